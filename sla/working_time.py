"""Arithmetic of working hours: pure, no query, and no walk over the days in between.

Working time up to an instant is a sum that can be looked up: what the wall clock has shown by then
(`sla/wall_clock.py`), and what each change of the clocks before it was worth, because the hour it skipped was not
worked and the hour it repeated was worked twice. So two instants a minute or forty years apart cost the same.

A holiday takes away the night shift that starts on it, and leaves the one that began the evening before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla.clock_changes import DAY, EPOCH, MICROSECOND, clock_changes, offset
from sla.spans import Span, clipped, united
from sla.wall_clock import WallClock

Week = Mapping[int, Sequence[tuple[time, time]]]
Changes = tuple[int, list[tuple[int, int]]]  # see `WorkingHours._changes_in`

LOOK_AHEAD = 366  # days
NOTHING: list[Span] = []


class NoWorkingTime(ValueError):
    """The calendar has no working time in the next 366 days."""


class WorkingHours:
    """When work is done: a week, holidays and exceptions in one time zone."""

    def __init__(
        self,
        timezone: str,
        week: Week,
        holidays: Collection[date] = (),
        exceptions: Mapping[date, Sequence[tuple[time, time]]] | None = None,
    ) -> None:
        self.zone = ZoneInfo(timezone)
        usual = {day: spans_of_day(spans) for day, spans in week.items()}
        if unknown := [day for day in usual if day not in range(7)]:
            raise ValueError(f"Weekday {unknown[0]} does not exist. Use 0 for Monday to 6 for Sunday.")
        special = {day: spans_of_day(spans) for day, spans in (exceptions or {}).items()}
        special.update(dict.fromkeys(holidays, NOTHING))
        self._wall = WallClock(usual, special)
        # Only where a year and a day may pass without work is it looked for day by day.
        self._steady = bool(self._wall.pattern.total) and self._wall.longest_stretch <= LOOK_AHEAD * DAY
        self._changes: tuple[int, list[Changes]] = 0, []  # of consecutive years, the first of which is named

    def between(
        self, start: datetime, end: datetime, *, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> timedelta:
        """Working time in [start, end) without what lies in `pauses`; zero where `end` is not after `start`."""
        begin, finish = instant(start), instant(end)
        if finish <= begin:
            return timedelta(0)
        worked = self._between(begin, finish)
        for low, high in united((instant(a), instant(b)) for a, b in pauses):
            low, high = max(low, begin), min(high, finish)
            worked -= self._between(low, high) if low < high else 0
        return worked * MICROSECOND

    def add(
        self, start: datetime, work: timedelta, *, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> datetime:
        """The earliest instant by which `work` has been done; no work: `start`, or the next opening after it.

        Raises `NoWorkingTime` where the calendar has none in the next 366 days.
        """
        moment, left = instant(start), work // MICROSECOND
        if left < 0:
            raise ValueError(f"Working time to add must not be negative, it is {work}.")
        if left == 0:
            return self._datetime(self._opening(moment))
        for low, high in united((instant(a), instant(b)) for a, b in pauses):
            if high <= moment:
                continue
            done = self._between(moment, low) if low > moment else 0
            if done >= left:
                break
            moment, left = high, left - done
        return self._datetime(self._after(moment, left))

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The working time in [start, end) as real, disjoint spans of instants in order."""
        found = self._real_spans(instant(start), instant(end))
        return [(self._datetime(low), self._datetime(high)) for low, high in found]

    # Instants, in microseconds since 1970 in UTC ------------------------------------------------------------

    @staticmethod
    def _datetime(moment: int) -> datetime:
        # In UTC: Python calls two datetimes of one instant unequal when one is in an hour that happens twice.
        return EPOCH + moment * MICROSECOND

    def _local(self, moment: int) -> datetime:
        try:
            return self._datetime(moment).astimezone(self.zone)
        except OverflowError:
            raise NoWorkingTime("No working time is left before the calendar's last year.") from None

    def _between(self, start: int, end: int) -> int:
        return self._up_to(end) - self._up_to(start)

    def _up_to(self, moment: int) -> int:
        """Working time up to this instant, from an arbitrary zero."""
        return self._wall.up_to(moment + offset(self._local(moment))) + self._worth(moment)

    def _worth(self, moment: int) -> int:
        """What all changes of the clocks up to this instant have added to the sums of the wall clock."""
        worth, changes = self._changes_in(self._datetime(moment).year)
        for at, value in changes:
            if at <= moment:
                worth += value
        return worth

    def _changes_in(self, year: int) -> Changes:
        """The worth of all changes before this year of UTC, from an arbitrary zero, and those in it with theirs."""
        first, known = self._changes
        if not first <= year < first + len(known):
            first, known = self._changes = self._changes_to(year)
        return known[year - first]

    def _changes_to(self, year: int) -> tuple[int, list[Changes]]:
        """What is known, extended to this year. A new list: another thread may be reading the old one."""
        first, known = self._changes
        if not known:
            return year, [(0, self._values(year))]
        known = known.copy()
        for later in range(first + len(known), year + 1):
            before, values = known[-1]
            known.append((before + sum(value for _, value in values), self._values(later)))
        earlier: list[Changes] = []
        before = known[0][0]
        for sooner in range(first - 1, year - 1, -1):
            values = self._values(sooner)
            before -= sum(value for _, value in values)
            earlier.append((before, values))
        return min(first, year), earlier[::-1] + known

    def _values(self, year: int) -> list[tuple[int, int]]:
        up_to = self._wall.up_to
        return [
            (change.at, up_to(change.at + change.before) - up_to(change.at + change.after))
            for change in clock_changes(self.zone.key, year)
        ]

    def _after(self, moment: int, left: int) -> int:
        """The instant at which `left` (more than nothing) of working time after `moment` has passed."""
        zero = self._up_to(moment)
        if self._steady:
            found = self._by(zero + left, moment)
            if found is not None:
                return found
        return self._search(moment, left)

    def _by(self, total: int, near: int) -> int | None:
        """The first instant by which the sum is `total`, where the wall clock alone (or nearly) tells it."""
        shift = offset(self._local(near))
        worth = self._worth(near)
        for _ in range(3):  # the clocks may have changed on the way: then the second try starts from there
            wall = self._wall.by(total - worth)
            if wall is None:
                return None
            found = wall - shift
            if self._up_to(found) == total and self._up_to(found - 1) == total - 1:
                return found
            shift, worth = offset(self._local(found)), self._worth(found)
        return None

    def _search(self, moment: int, left: int) -> int:
        """The same, found by halving the days in which it must lie."""
        moment, left, days = self._enough_days(moment, left)
        zero = self._up_to(moment)
        days = bisect_left(
            range(days), left, days // 2, key=lambda day: self._up_to(moment + day * DAY) - zero
        )
        low, high = moment + (days - 1) * DAY, moment + days * DAY
        left -= self._up_to(low) - zero if days > 1 else 0
        for start, end in self._real_spans(low, high):
            if end - start >= left:
                return start + left
            left -= end - start
        raise AssertionError("the sum and the spans of a day disagree")

    def _enough_days(self, moment: int, left: int) -> tuple[int, int, int]:
        """A moment from which `left` is done within these days (a power of two, or 366)."""
        days, zero = 1, self._up_to(moment)
        while (done := self._up_to(moment + days * DAY) - zero) < left:
            if days < LOOK_AHEAD:
                days = min(days * 2, LOOK_AHEAD)
            elif done:
                moment, left, days = moment + days * DAY, left - done, 1
                zero = self._up_to(moment)
            else:
                raise self._none_after(moment)
        return moment, left, days

    def _opening(self, moment: int) -> int:
        """`moment` where it is working time, else the next opening."""
        moment, _, days = self._enough_days(moment, 1)
        zero = self._up_to(moment)
        days = bisect_left(range(days), 1, days // 2, key=lambda day: self._up_to(moment + day * DAY) - zero)
        return self._real_spans(moment + (days - 1) * DAY, moment + days * DAY)[0][0]

    def _none_after(self, moment: int) -> NoWorkingTime:
        return NoWorkingTime(
            f"There is no working time in the 366 days after {self._datetime(moment):%Y-%m-%d}."
        )

    def _real_spans(self, start: int, end: int) -> list[Span]:
        """Working time in [start, end) as instants; the wall clock of each stretch between two changes counts."""
        first, last = self._local(start).date().toordinal() - 2, self._local(end).date().toordinal() + 1
        wall = united(self._wall.spans(first, last))
        found: list[Span] = []
        for low, high, shift in self._even(start, end):
            found += clipped(((a - shift, b - shift) for a, b in wall), low, high)
        return united(found)

    def _even(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """[start, end) cut where the clocks change, each part with its offset from UTC."""
        shift = offset(self._local(start))
        for year in range((EPOCH + start * MICROSECOND).year, (EPOCH + end * MICROSECOND).year + 1):
            for change in clock_changes(self.zone.key, year):
                if start < change.at < end:
                    yield start, change.at, shift
                    start, shift = change.at, change.after
        yield start, end, shift


def instant(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(
            f"{moment} has no time zone. Working time is reckoned between aware date-times only."
        )
    return (moment - EPOCH) // MICROSECOND


def spans_of_day(spans: Sequence[tuple[time, time]]) -> list[Span]:
    """Spans from the day's midnight; one that closes at or before its opening runs into the next day."""
    found = []
    for opening, closing in spans:
        low, high = since_midnight(opening), since_midnight(closing)
        if low == high and low:
            raise ValueError(
                f"An interval opens and closes at {opening}. Use 00:00 to 00:00 for a whole day."
            )
        found.append((low, high if high > low else high + DAY))
    return found


def since_midnight(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond

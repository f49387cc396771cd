"""Arithmetic of working hours: pure, no query, and no walk over the days in between.

Working time up to a wall-clock moment is a sum that can be looked up: whole weeks of the pattern, the part of
the week begun, and what holidays and exceptions before it took away or added. A change of the clocks adds
what the skipped or repeated wall-clock hour is worth. So two instants a minute or forty years apart cost the
same.

An interval belongs to the date on which it opens, also where it runs past midnight: a holiday takes away the
night shift that starts on it, and leaves the one that began the evening before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.clock_changes import DAY, EPOCH, MICROSECOND, clock_changes, offset
from sla.spans import Span, Spans, clipped, united

Week = Mapping[int, Sequence[tuple[time, time]]]

WEEK = 7 * DAY
A_MONDAY = -3 * DAY  # 29 December 1969
FIRST_ORDINAL = date(1970, 1, 1).toordinal()
LOOK_AHEAD = 366  # days


class NoWorkingTime(ValueError):
    """The calendar has no working time in the next 366 days."""


class Stretch(NamedTuple):
    """Dates on which the week does not hold, and the working time they have instead."""

    start: int
    end: int
    spans: Spans
    shift: int  # what all such stretches before this one add to the plain weeks


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
        self._week = {day: spans_of_day(spans) for day, spans in week.items()}
        if unknown := [day for day in self._week if day not in range(7)]:
            raise ValueError(f"Weekday {unknown[0]} does not exist. Use 0 for Monday to 6 for Sunday.")
        self._special = {day: spans_of_day(spans) for day, spans in (exceptions or {}).items()}
        self._special.update((day, []) for day in holidays)
        self._pattern = Spans(self._pattern_spans())
        self._stretches = self._make_stretches()
        self._stretch_starts = [stretch.start for stretch in self._stretches]
        self._changes: dict[int, tuple[list[tuple[int, int]], int]] = {}

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

    # Wall-clock time, in microseconds since 1970 of the zone's own clock ------------------------------------

    def _pattern_spans(self) -> Iterator[Span]:
        for day, spans in self._week.items():
            for low, high in spans:
                low, high = low + day * DAY, high + day * DAY
                yield low, min(high, WEEK)
                if high > WEEK:  # Sunday's night shift ends on Monday
                    yield 0, high - WEEK

    def _make_stretches(self) -> list[Stretch]:
        stretches: list[Stretch] = []
        shift = 0
        for first, last in runs(self._special):
            start, end = (first - FIRST_ORDINAL) * DAY, (last + 2 - FIRST_ORDINAL) * DAY
            spans = Spans(clipped(self._dates_spans(first - 1, last + 1), start, end))
            stretches.append(Stretch(start, end, spans, shift))
            shift += spans.total - (self._plain(end) - self._plain(start))
        self._whole_shift = shift
        return stretches

    def _dates_spans(self, first: int, last: int) -> Iterator[Span]:
        """Wall-clock spans that open on the dates with these ordinals."""
        for ordinal in range(max(first, 1), min(last, date.max.toordinal()) + 1):
            day = date.fromordinal(ordinal)
            spans = self._special.get(day)
            begin = (ordinal - FIRST_ORDINAL) * DAY
            for low, high in self._week.get(day.weekday(), ()) if spans is None else spans:
                yield begin + low, begin + high

    def _plain(self, wall: int) -> int:
        weeks, rest = divmod(wall - A_MONDAY, WEEK)
        return weeks * self._pattern.total + self._pattern.up_to(rest)

    def _up_to(self, wall: int) -> int:
        """Working time up to this wall-clock moment, from an arbitrary zero."""
        index = bisect_right(self._stretch_starts, wall) - 1
        if index < 0:
            return self._plain(wall)
        stretch = self._stretches[index]
        if wall < stretch.end:
            return self._plain(stretch.start) + stretch.shift + stretch.spans.up_to(wall)
        following = index + 1
        shift = self._stretches[following].shift if following < len(self._stretches) else self._whole_shift
        return self._plain(wall) + shift

    # Instants, in microseconds since 1970 in UTC ------------------------------------------------------------

    @staticmethod
    def _datetime(moment: int) -> datetime:
        # In UTC: Python calls two datetimes of one instant unequal when one is in an hour that happens twice.
        return EPOCH + moment * MICROSECOND

    def _local(self, moment: int) -> datetime:
        try:
            return (EPOCH + moment * MICROSECOND).astimezone(self.zone)
        except OverflowError:
            raise NoWorkingTime("No working time is left before the calendar's last year.") from None

    def _between(self, start: int, end: int) -> int:
        return self._since(start)(end)

    def _since(self, start: int) -> Callable[[int], int]:
        """A function from a later instant to the working time since `start`."""
        local = self._local(start)
        first, sum_before = local.year - 1, self._up_to(start + offset(local))

        def worked(end: int) -> int:
            local = self._local(end)
            found = self._up_to(end + offset(local)) - sum_before
            last = local.year + 1
            for year in range(first, last + 1):  # a year wider at both ends: local and UTC years differ
                changes, total = self._worth_of_changes(year)
                if year - first > 1 and last - year > 1:
                    found += total
                else:
                    for at, worth in changes:
                        if start < at <= end:
                            found += worth
            return found

        return worked

    def _worth_of_changes(self, year: int) -> tuple[list[tuple[int, int]], int]:
        """What each change of the clocks in this year adds to the difference of wall-clock sums, and all of it."""
        known = self._changes.get(year)
        if known is None:
            worths = [
                (change.at, self._up_to(change.at + change.before) - self._up_to(change.at + change.after))
                for change in clock_changes(self.zone.key, year)
            ]
            known = self._changes[year] = worths, sum(worth for _, worth in worths)
        return known

    def _after(self, moment: int, left: int) -> int:
        """The instant at which `left` (more than nothing) of working time after `moment` has passed."""
        moment, left = self._skip_weeks(moment, left)
        moment, left, days = self._enough_days(moment, left)
        worked = self._since(moment)
        days = bisect_left(range(days), left, days // 2, key=lambda day: worked(moment + day * DAY))
        low, high = moment + (days - 1) * DAY, moment + days * DAY
        left -= worked(low) if days > 1 else 0
        for start, end in self._real_spans(low, high):
            if end - start >= left:
                return start + left
            left -= end - start
        raise AssertionError("the sum and the spans of a day disagree")

    def _skip_weeks(self, moment: int, left: int) -> tuple[int, int]:
        """Closer to the end by so many weeks as cannot be too many; exceptions may make a week richer."""
        weeks = left // self._pattern.total - 1 if self._pattern.total else 0
        while weeks > 0:
            done = self._between(moment, moment + weeks * WEEK)
            if done >= left:
                weeks //= 2
            elif done:
                moment, left = moment + weeks * WEEK, left - done
                weeks = left // self._pattern.total - 1
            else:
                break
        return moment, left

    def _enough_days(self, moment: int, left: int) -> tuple[int, int, int]:
        """A moment from which `left` is done within these days (a power of two, or 366)."""
        days, worked = 1, self._since(moment)
        while (done := worked(moment + days * DAY)) < left:
            if days < LOOK_AHEAD:
                days = min(days * 2, LOOK_AHEAD)
            elif done:
                moment, left, days = moment + days * DAY, left - done, 1
                worked = self._since(moment)
            else:
                raise self._none_after(moment)
        return moment, left, days

    def _opening(self, moment: int) -> int:
        """`moment` where it is working time, else the next opening."""
        moment, _, days = self._enough_days(moment, 1)
        worked = self._since(moment)
        days = bisect_left(range(days), 1, days // 2, key=lambda day: worked(moment + day * DAY))
        return self._real_spans(moment + (days - 1) * DAY, moment + days * DAY)[0][0]

    def _none_after(self, moment: int) -> NoWorkingTime:
        return NoWorkingTime(
            f"There is no working time in the 366 days after {self._datetime(moment):%Y-%m-%d}."
        )

    def _real_spans(self, start: int, end: int) -> list[Span]:
        """Working time in [start, end) as instants; the wall clock of each stretch between two changes counts."""
        first, last = self._local(start).date().toordinal() - 2, self._local(end).date().toordinal() + 1
        wall = united(self._dates_spans(first, last))
        found: list[Span] = []
        for low, high, shift in self._steady(start, end):
            found += clipped(((a - shift, b - shift) for a, b in wall), low, high)
        return united(found)

    def _steady(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
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


def runs(days: Iterable[date]) -> list[tuple[int, int]]:
    """First and last ordinal of runs of dates with no more than one day between neighbours."""
    found: list[tuple[int, int]] = []
    for ordinal in sorted(day.toordinal() for day in days):
        if found and ordinal <= found[-1][1] + 2:
            found[-1] = found[-1][0], ordinal
        else:
            found.append((ordinal, ordinal))
    return found

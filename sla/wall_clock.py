"""Working time by the clock at the wall: no zone, no change of the clocks, no query.

The sum up to any moment is looked up: whole weeks of the pattern, the part of the week begun, and what holidays
and exceptions before it took away or added. So it costs the same a minute or forty years from any other.
Moments are microseconds since 1970 of the wall clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from sla.clock_changes import DAY
from sla.spans import Span, Spans, clipped

WEEK = 7 * DAY
A_MONDAY = -3 * DAY  # 29 December 1969
FIRST_ORDINAL = date(1970, 1, 1).toordinal()


class WallClock:
    """A week that repeats, and dates that have spans of their own instead.

    An interval belongs to the date on which it opens, also where it runs past midnight.
    """

    def __init__(self, week: Mapping[int, list[Span]], special: Mapping[date, list[Span]]) -> None:
        self._week, self._special = week, special
        self.pattern = Spans(self._pattern_spans())
        # Stretches: dates on which the week does not hold, and the night after them. From, to, the sum at the
        # start, and what the stretch and all before it add to plain weeks.
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._sums: list[int] = []
        self._shifts: list[int] = []
        self._known: dict[int, Spans] = {}
        self._lay_out()

    def up_to(self, wall: int) -> int:
        """Working time up to this moment, from an arbitrary zero."""
        index = bisect_right(self._starts, wall) - 1
        if index < 0:
            return self._plain(wall)
        if wall < self._ends[index]:
            return self._sums[index] + self._spans_within(index).up_to(wall)
        return self._plain(wall) + self._shifts[index]

    def by(self, total: int) -> int | None:
        """The first moment by which the sum is `total`; None where it never gets so far."""
        index = bisect_left(self._sums, total) - 1
        shift = 0
        if index >= 0:
            within, missing = self._spans_within(index), total - self._sums[index]
            if missing <= within.total:
                return within.by(missing)
            shift = self._shifts[index]
        if not self.pattern.total:
            return None
        weeks, rest = divmod(total - shift - 1, self.pattern.total)
        return A_MONDAY + weeks * WEEK + self.pattern.by(rest + 1)

    def spans(self, first: int, last: int) -> Iterator[Span]:
        """What opens on the dates with these ordinals; spans may touch and overlap."""
        for ordinal in range(max(first, 1), min(last, date.max.toordinal()) + 1):
            day = date.fromordinal(ordinal)
            spans = self._special.get(day)
            begin = (ordinal - FIRST_ORDINAL) * DAY
            for low, high in self._week.get(day.weekday(), ()) if spans is None else spans:
                yield begin + low, begin + high

    @property
    def longest_stretch(self) -> int:
        return max((end - start for start, end in zip(self._starts, self._ends, strict=True)), default=0)

    def _pattern_spans(self) -> Iterator[Span]:
        for day, spans in self._week.items():
            for low, high in spans:
                low, high = low + day * DAY, high + day * DAY
                yield low, min(high, WEEK)
                if high > WEEK:  # Sunday's night shift ends on Monday
                    yield 0, high - WEEK

    def _lay_out(self) -> None:
        shift = 0
        for first, last in runs(self._special):
            start, end = (first - FIRST_ORDINAL) * DAY, (last + 2 - FIRST_ORDINAL) * DAY
            before = self._plain(start)
            self._starts.append(start)
            self._ends.append(end)
            self._sums.append(before + shift)
            shift += self._spans_between(start, end).total - (self._plain(end) - before)
            self._shifts.append(shift)

    def _spans_within(self, index: int) -> Spans:
        # Made when they are first asked for: most of some hundred holidays never are, and they take memory.
        known = self._known.get(index)
        if known is None:
            known = self._known[index] = self._spans_between(self._starts[index], self._ends[index])
        return known

    def _spans_between(self, start: int, end: int) -> Spans:
        """Of a stretch; what opens on the day before may reach into it."""
        first, after = start // DAY + FIRST_ORDINAL, end // DAY + FIRST_ORDINAL
        return Spans(clipped(self.spans(first - 1, after - 1), start, end))

    def _plain(self, wall: int) -> int:
        weeks, rest = divmod(wall - A_MONDAY, WEEK)
        return weeks * self.pattern.total + self.pattern.up_to(rest)


def runs(days: Iterable[date]) -> list[tuple[int, int]]:
    """First and last ordinal of runs of dates with no more than one day between neighbours."""
    found: list[tuple[int, int]] = []
    for ordinal in sorted(day.toordinal() for day in days):
        if found and ordinal <= found[-1][1] + 2:
            found[-1] = found[-1][0], ordinal
        else:
            found.append((ordinal, ordinal))
    return found

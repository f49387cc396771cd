"""Spans of time as whole microseconds: disjoint, in order, and with the sum up to any point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Span = tuple[int, int]  # from and to, in microseconds


class Spans:
    """Disjoint spans in order, with the time they hold up to each."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = united(spans)
        self.starts = [start for start, _ in self.spans]
        self.held = [0]
        for start, end in self.spans:
            self.held.append(self.held[-1] + end - start)

    @property
    def total(self) -> int:
        return self.held[-1]

    def up_to(self, moment: int) -> int:
        """How much of the spans lies before `moment`."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        start, end = self.spans[index]
        return self.held[index] + min(moment, end) - start

    def by(self, amount: int) -> int:
        """The first moment by which so much of the spans has passed; more than nothing, at most the total."""
        index = bisect_left(self.held, amount) - 1
        return self.starts[index] + amount - self.held[index]


def united(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in order; empty ones are left out."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(high, found[-1][1])
        elif low < high:
            found.append((low, high))
    return found


def clipped(spans: Iterable[Span], low: int, high: int) -> Iterator[Span]:
    return ((max(a, low), min(b, high)) for a, b in spans if a < high and b > low)

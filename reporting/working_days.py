"""Working time inside PostgreSQL: the organisation's calendar as arrays with one place per UTC day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sla.working_time import WorkingHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class WorkingDays(NamedTuple):
    """Parameters of a query, and how to reckon with them there."""

    parameters: dict[str, Any]
    spans: int  # of working time on a day, at most

    @staticmethod
    def day(at: str) -> str:
        """SQL of the place of the day of a moment, given in seconds since 1970."""
        return f"floor({at} / 86400)::int - %(wd_before)s"

    def worked(self, at: str, day: str) -> str:
        """SQL of the working seconds up to such a moment on the day with this place, from an arbitrary zero."""
        second = f"({at} - ({day} + %(wd_before)s) * 86400::float8)"
        parts = [
            f"greatest(0, least({second}, (%(wd_until_{n})s::float8[])[{day}]) - (%(wd_since_{n})s::float8[])[{day}])"
            for n in range(self.spans)
        ]
        return " + ".join([f"(%(wd_worked)s::float8[])[{day}]", *parts])


def working_days(hours: WorkingHours, first: datetime, last: datetime) -> WorkingDays:
    """Every UTC day from that of `first` to that of `last`."""
    before = (first - EPOCH) // DAY
    days = spans_by_day(hours, before, (last - EPOCH) // DAY)
    worked = [0.0]
    for spans in days[:-1]:
        worked.append(worked[-1] + sum(until - since for since, until in spans))
    most = max(len(spans) for spans in days)
    parameters: dict[str, Any] = {"wd_before": before - 1, "wd_worked": literal(worked)}
    for n in range(most):
        for name, index in (("since", 0), ("until", 1)):
            places = [spans[n][index] if n < len(spans) else 0.0 for spans in days]
            parameters[f"wd_{name}_{n}"] = literal(places)
    return WorkingDays(parameters, most)


def literal(numbers: Iterable[float]) -> str:
    """An array as one constant: PostgreSQL reads a list as an expression for each of its places."""
    return f"{{{','.join(map(str, numbers))}}}"


def spans_by_day(hours: WorkingHours, first: int, last: int) -> list[list[tuple[float, float]]]:
    """The working spans of each day (counted from 1970) as seconds of that day; cut at UTC midnight."""
    days: list[list[tuple[float, float]]] = [[] for _ in range(first, last + 1)]
    for low, high in hours.spans(EPOCH + first * DAY, EPOCH + (last + 1) * DAY):
        while low < high:
            day = (low - EPOCH) // DAY
            midnight = EPOCH + day * DAY
            end = min(high, midnight + DAY)
            days[day - first].append(((low - midnight).total_seconds(), (end - midnight).total_seconds()))
            low = end
    return days

"""Working time inside PostgreSQL: the organisation's calendar as one row per day, with the sum up to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sla.working_time import WorkingHours
from smarketing.foundation.models import Organisation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class WorkingDays(NamedTuple):
    """A table of UTC days for a query, and how to look a moment up in it."""

    table: str
    parameters: dict[str, Any]
    spans: int

    def worked(self, at: str, alias: str) -> str:
        """SQL of the working seconds up to the moment `at`, which lies on the day joined as `alias`."""
        second = f"(extract(epoch FROM {at})::float8 - {alias}.day * 86400::float8)"
        parts = [
            f"greatest(0, least({second}, {alias}.until_{n}) - {alias}.since_{n})" for n in range(self.spans)
        ]
        return " + ".join([f"{alias}.worked", *parts])

    @staticmethod
    def joined(at: str, alias: str) -> str:
        return (
            f"JOIN working_days {alias} ON {alias}.day = floor(extract(epoch FROM {at})::float8 / 86400)::int"
        )


def hours_of(organisation: Organisation) -> WorkingHours:
    calendar = organisation.calendar
    holidays = [datetime.fromisoformat(day).date() for day in calendar.holidays]
    return WorkingHours(calendar.time_zone, calendar.hours(), holidays)


def working_days(hours: WorkingHours, first: datetime, last: datetime) -> WorkingDays:
    """CTE `working_days` for every UTC day from `first` to `last`."""
    numbers = range((first - EPOCH) // DAY, (last - EPOCH) // DAY + 1)
    origin = EPOCH + numbers[0] * DAY
    spans: list[list[tuple[float, float]]] = [[] for _ in numbers]
    for low, high in hours.spans(origin, EPOCH + (numbers[-1] + 1) * DAY):
        while low < high:  # cut at UTC midnight
            day = (low - EPOCH) // DAY
            end = min(high, EPOCH + (day + 1) * DAY)
            midnight = EPOCH + day * DAY
            spans[day - numbers[0]].append(
                ((low - midnight).total_seconds(), (end - midnight).total_seconds())
            )
            low = end
    worked = [0.0]
    for day_spans in spans[:-1]:
        worked.append(worked[-1] + sum(until - since for since, until in day_spans))
    most = max(len(day_spans) for day_spans in spans)
    parameters: dict[str, Any] = {"wd_days": list(numbers), "wd_worked": worked}
    columns = ["%(wd_days)s::int[]", "%(wd_worked)s::float8[]"]
    names = ["day", "worked"]
    for n in range(most):
        for name, place in (("since", 0), ("until", 1)):
            parameters[f"wd_{name}_{n}"] = [day[n][place] if n < len(day) else 0.0 for day in spans]
            columns.append(f"%(wd_{name}_{n})s::float8[]")
            names.append(f"{name}_{n}")
    table = f"working_days ({', '.join(names)}) AS MATERIALIZED (SELECT * FROM unnest({', '.join(columns)}))"
    return WorkingDays(table, parameters, most)

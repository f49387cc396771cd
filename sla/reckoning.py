"""When a promise falls due, and how much of its time was used: pure arithmetic over who held the lead.

A re-assignment does not start the time anew. Each holder's hours are spent by that holder's own calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.facts import Hold
from sla.working_time import NoWorkingTime, WorkingHours

Hours = Mapping[int | None, WorkingHours]


@dataclass(frozen=True)
class Reckoning:
    """The instants of one clock, and whom it is booked to."""

    half_at: datetime | None
    warn_at: datetime | None
    soon_at: datetime | None
    due_at: datetime | None
    owner: int | None
    assigned_at: datetime | None
    worked: timedelta | None


def reckon(
    within: timedelta,
    warn_percent: int,
    start: datetime,
    stopped: datetime | None,
    holds: Sequence[Hold],
    hours: Hours,
) -> Reckoning:
    """Reckon one clock; `holds` are all assignments of its lead, oldest first. Those after its stop are not its."""
    spans = since(start, [hold for hold in holds if stopped is None or hold.at <= stopped])
    due = after(within, spans, hours)
    settled = min((moment for moment in (stopped, due) if moment is not None), default=None)
    return Reckoning(
        half_at=after(within / 2, spans, hours),
        warn_at=after(within * warn_percent / 100, spans, hours),
        soon_at=after(within * 4 / 5, spans, hours),
        due_at=due,
        owner=holder(spans, settled),
        assigned_at=next((hold.at for hold in spans if hold.owner is not None), None),
        worked=None if stopped is None else spent(start, stopped, spans, hours),
    )


def since(start: datetime, holds: Sequence[Hold]) -> list[Hold]:
    """Who held the lead from `start` on: the first span begins there, whoever held it."""
    before = [hold for hold in holds if hold.at <= start]
    spans = [Hold(start, before[-1].owner if before else None)]
    spans += [hold for hold in holds if hold.at > start]
    return spans


def after(work: timedelta, spans: Sequence[Hold], hours: Hours) -> datetime | None:
    """When so much working time has passed; None where a holder's calendar has none ahead."""
    for index, (begin, owner) in enumerate(spans):
        until = spans[index + 1].at if index + 1 < len(spans) else None
        try:
            end = hours[owner].add(begin, work)
        except NoWorkingTime:
            end = None
        if until is None or (end is not None and end <= until):
            return end
        work -= hours[owner].between(begin, until)
    raise AssertionError("the last span has no end")


def spent(start: datetime, stop: datetime, spans: Sequence[Hold], hours: Hours) -> timedelta:
    """Working time from start to stop, each part by its holder's calendar."""
    total = timedelta(0)
    for index, (begin, owner) in enumerate(spans):
        until = min(spans[index + 1].at, stop) if index + 1 < len(spans) else stop
        if until > begin:
            total += hours[owner].between(begin, until)
    return total


def holder(spans: Sequence[Hold], moment: datetime | None) -> int | None:
    """Who held the lead at that instant; of one who gave it away just then, the former."""
    if moment is None:
        return spans[-1].owner
    return [hold for hold in spans if hold.at < moment or hold is spans[0]][-1].owner

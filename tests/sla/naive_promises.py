"""What RULES say about clocks, written as plainly as possible: minute by minute, one lead at a time, no SQL.

It shares no code with the product. Everything happens on whole minutes; moves that were undone are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
AWAY = {"nurturing", "disqualified", "lost", "churned"}
PROMISES = {"mql": ("decide", 240), "sal": ("first-contact", 480)}
HORIZON = timedelta(days=20)
Works = Callable[
    [int | None, datetime], bool
]  # whether this minute is working time of this person (None: nobody)


@dataclass
class Told:
    """One lead's story."""

    moves: list[tuple[datetime, str, str, str]] = field(
        default_factory=list
    )  # at, move, to stage, to standing
    holders: list[tuple[datetime, int | None]] = field(default_factory=list)
    contacts: list[datetime] = field(default_factory=list)
    starts: list[tuple[datetime, str, int]] = field(
        default_factory=list
    )  # by hand: at, stage, moves before it


@dataclass(frozen=True)
class Expected:
    """One clock as it must be."""

    promise: str
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime | None
    stopped_at: datetime | None
    ended: str
    owner: int | None
    worked: timedelta | None

    def status(self, moment: datetime) -> str:
        stop = self.stopped_at if self.stopped_at and self.stopped_at <= moment else None
        if self.due_at and (stop or moment) > self.due_at:
            return "broken"
        return "running" if stop is None else "excused" if self.ended == "withdrawn" else "kept"


def clocks_of(told: Told, works: Works) -> list[Expected]:
    found = []
    for number, (at, move, stage, standing) in enumerate(told.moves):
        if move in ("qualify", "reopen", "accept") and standing == "active" and stage in PROMISES:
            found.append(_clock(told, at, stage, number + 1, works))
    found += [_clock(told, at, stage, before, works) for at, stage, before in told.starts]
    return sorted(found, key=lambda clock: (clock.started_at, clock.promise))


def _clock(told: Told, at: datetime, stage: str, before: int, works: Works) -> Expected:
    promise, minutes = PROMISES[stage]
    stop, ended = (_decision if promise == "decide" else _contact)(told, at, before)
    due = _after(told, at, minutes, stop, works)
    settled = min((moment for moment in (stop, due) if moment), default=None)
    return Expected(
        promise,
        at,
        _after(told, at, minutes * 3 // 4, stop, works),
        due,
        stop,
        ended,
        _booked(told, at, settled),
        None if stop is None else _spent(told, at, stop, works),
    )


def _decision(told: Told, at: datetime, before: int) -> tuple[datetime | None, str]:
    if len(told.moves) == before:
        return None, ""
    gone, move, _, standing = told.moves[before]
    return gone, "withdrawn" if standing == "disqualified" and move != "reject" else "decided"


def _contact(told: Told, at: datetime, before: int) -> tuple[datetime | None, str]:
    opened = [when for when, _, *place in told.moves[:before] if place == ["mql", "active"]]
    contact = min((when for when in told.contacts if when >= max(opened, default=at)), default=None)
    left = next((when for when, _, _, standing in told.moves[before:] if standing in AWAY), None)
    if contact is not None and (left is None or contact <= left):
        return max(contact, at), "contacted"
    return left, "withdrawn" if left else ""


def holder(told: Told, minute: datetime, stop: datetime | None = None) -> int | None:
    """Who holds the lead in the minute that begins now; what happens after the stop is another story."""
    known = [who for at, who in told.holders if at <= minute and (stop is None or at <= stop)]
    return known[-1] if known else None


def _booked(told: Told, start: datetime, settled: datetime | None) -> int | None:
    """Of one who gave it away at that very instant, the former."""
    known = [who for at, who in told.holders if at <= start or settled is None or at < settled]
    return known[-1] if known else None


def _after(told: Told, start: datetime, minutes: int, stop: datetime | None, works: Works) -> datetime | None:
    minute = start
    while minute < start + HORIZON:
        minutes -= works(holder(told, minute, stop), minute)
        minute += MINUTE
        if not minutes:
            return minute
    return None


def _spent(told: Told, start: datetime, stop: datetime, works: Works) -> timedelta:
    count, minute = 0, start
    while minute < stop:
        count += works(holder(told, minute, stop), minute)
        minute += MINUTE
    return count * MINUTE

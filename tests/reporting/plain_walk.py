"""The funnel's rules once more, in plain Python over one lead at a time: what the SQL is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from leads.models import Lead, StageChange
from leads.stages import LADDER, RETURNS, STATES

ROAD = [str(stage) for stage in LADDER]


@dataclass
class Walk:
    """What one lead's history says as of a moment."""

    born: datetime
    state: str | None = None
    entries: list[tuple[str, datetime]] = field(default_factory=list)
    visits: list[list] = field(default_factory=list)  # state, from, until, next state
    moves: list[tuple[str, datetime]] = field(default_factory=list)

    def reached(self, stage: str) -> datetime | None:
        later = ROAD[ROAD.index(stage) :]
        return min((when for state, when in self.entries if state in later), default=None)

    def times(self, state: str) -> int:
        return sum(1 for entered, _ in self.entries if entered == state)


def walks(as_of: datetime, known_at: datetime | None = None) -> dict[int, Walk]:
    """Of every lead born by then."""
    found = {}
    for lead in Lead.objects.alive():
        if known_at is None or lead.created_at <= known_at:
            walk = walk_of(lead, as_of, known_at)
            if walk.born <= as_of:
                found[lead.pk] = walk
    return found


def walk_of(lead: Lead, as_of: datetime, known_at: datetime | None) -> Walk:
    rows = list(StageChange.objects.counted().filter(lead=lead).in_order())
    first_of_all = min((row.at for row in StageChange.objects.filter(lead=lead)), default=None)
    known = [row for row in rows if known_at is None or row.recorded_at <= known_at]
    born = lead.born_at
    if known_at is not None and first_of_all is not None and first_of_all <= born:
        born = min([lead.created_at, *(row.at for row in known)])
    walk = Walk(born)
    if not known or born < known[0].at:
        _enter(walk, "visitor", born)
    highest = -1
    for row in known:
        if row.at > as_of:
            break
        rank = ROAD.index(row.to_stage)
        lived = row.kind == "live" and row.move != "capture"
        moves = lived or row.to_standing in RETURNS or rank >= highest
        highest = 1 if row.state == "nurturing" else max(highest, rank)
        walk.moves.append((row.move, row.at))
        if row.state == walk.state:
            continue
        if moves:
            _enter(walk, row.state, row.at)
        else:
            walk.entries.append((row.state, row.at))
            walk.visits.append([row.state, row.at, row.at, None, False])
    for visit in walk.visits:
        visit[2] = visit[2] or as_of
    return walk


def _enter(walk: Walk, state: str, when: datetime) -> None:
    open_visit = next((visit for visit in walk.visits if visit[2] is None), None)
    if open_visit:
        open_visit[2], open_visit[3] = when, state
    walk.state = state
    walk.entries.append((state, when))
    walk.visits.append([state, when, None, None, True])


def states(found: dict[int, Walk]) -> dict[str, int]:
    return {state: sum(1 for walk in found.values() if walk.state == state) for state in STATES}

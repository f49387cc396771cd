"""Live history in bulk: PostgreSQL lets a move follow only from where its lead stands, so each round is one move
of every lead that has another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.db import connection

from leads.stages import LADDER, RETURNS, Position
from smarketing.demo.journeys import Journey, Step

_LADDER = "ARRAY[{}]".format(", ".join(f"'{stage}'" for stage in LADDER))
_RETURNS = "({})".format(", ".join(f"'{standing}'" for standing in RETURNS))
_DATES = ", ".join(
    f"{stage}_at = CASE WHEN c.to_stage = '{stage}' AND c.to_standing NOT IN {_RETURNS}"
    f" THEN coalesce(l.{stage}_at, c.at) ELSE l.{stage}_at END"
    for stage in LADDER
)
# The same as `funnel._write` does for one.
_TAKE = f"""
UPDATE leads_lead l SET seq = c.seq, stage = c.to_stage, standing = c.to_standing, stage_since = c.at,
    return_on = CASE WHEN c.to_standing = 'nurturing' THEN c.return_on END,
    returned_at = CASE WHEN c.to_standing IN {_RETURNS} THEN c.at ELSE l.returned_at END,
    highest_stage = ({_LADDER})[greatest(
        array_position({_LADDER}, c.to_stage::text), array_position({_LADDER}, l.highest_stage::text))],
    {_DATES}, version = l.version + 1
FROM leads_stagechange c WHERE c.id = ANY(%s) AND l.id = c.lead_id
"""


class Link(NamedTuple):
    """One live move of one lead, numbered, and where it starts."""

    journey: Journey
    step: Step
    seq: int
    before: Position | None

    @property
    def prev_seq(self) -> int | None:
        return self.seq - 1 if self.seq > 1 else None


def of(journeys: Sequence[Journey], went_live: datetime) -> list[list[Link]]:
    """The captures, then the next live move of every lead, and so on."""
    chains = [_chain(journey, went_live) for journey in journeys]
    captures = [chain.pop(0) for chain in chains if chain and chain[0].before is None]
    later = zip_longest(*(chain for chain in chains if chain))
    return [captures, *([link for link in links if link] for links in later)]


def _chain(journey: Journey, went_live: datetime) -> list[Link]:
    live = [number for number, step in enumerate(journey.steps) if step.at >= went_live]
    return [
        Link(journey, journey.steps[number], seq, journey.steps[number - 1].to if number else None)
        for seq, number in enumerate(live, start=1)
    ]


def past(journeys: Sequence[Journey], went_live: datetime) -> list[tuple[Journey, Step]]:
    """What happened before the company went live."""
    return [(journey, step) for journey in journeys for step in journey.steps if step.at < went_live]


def take(changes: Sequence[int]) -> None:
    """Let the leads stand where these moves, one of each, have led them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(_TAKE, [list(changes)])
        cursor.execute("SET LOCAL enable_nestloop = off")

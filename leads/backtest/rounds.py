"""When each lead was with marketing and might have been handed over, and what became of it when it was.

A round begins with the lead, or with its return to marketing, and ends with the next return; it goes on while sales
has the lead, because under other rules sales might not have had it yet.
"""

# ruff: noqa: S608 - put together from the readings' own words; the leads are a parameter

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection

from leads.models.back_test import BackTestLead
from leads.readings import merged_history
from leads.stages import RETURNS, Move, Stage, Standing

How, Outcome = BackTestLead.How, BackTestLead.Outcome
WITH_SALES = (Stage.MQL, Stage.SAL, Stage.SQL, Stage.CUSTOMER)
TAKEN = (Stage.SAL, Stage.SQL, Stage.CUSTOMER)

_MOVES = f"""
WITH {merged_history("c.lead_id = ANY(%(leads)s) AND c.at <= %(until)s")}
SELECT lead_id, at, to_stage, to_standing, move, by_id FROM moving ORDER BY lead_id, at, id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of history that moved a lead."""

    lead: int
    at: datetime
    stage: str
    standing: str
    move: str
    by: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """`returned_at` is the lead's last return before it, `end` where the next one ended it."""

    lead: int
    start: datetime
    standing: str
    returned_at: datetime | None
    end: datetime | None = None
    handed_at: datetime | None = None
    how: str = How.NEVER
    outcome: str = Outcome.NONE


def rounds(lead_ids: Iterable[int], until: datetime) -> dict[int, list[Round]]:
    """The rounds of these leads up to that moment, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, {"leads": list(lead_ids), "until": until})
        steps = [Step(*row) for row in cursor.fetchall()]
    return {lead: list(_rounds(of)) for lead, of in groupby(steps, key=attrgetter("lead"))}


def _rounds(steps: Iterable[Step]) -> Iterator[Round]:
    running: Round | None = None
    returned: datetime | None = None
    for step in steps:
        if step.standing in RETURNS:
            returned = step.at
            if running is not None:
                yield _ended(running, step)
                running = None
        if running is None and step.stage == Stage.VISITOR and step.standing != Standing.DISQUALIFIED:
            running = Round(step.lead, step.at, step.standing, returned)
        elif running is not None and step.stage in WITH_SALES:
            running = _handed(running, step)
    if running is not None:
        yield running


def _handed(running: Round, step: Step) -> Round:
    if running.handed_at is None:
        how = How.OTHER if step.move != Move.QUALIFY else How.CRITERIA if step.by is None else How.HAND
        running = replace(running, handed_at=step.at, how=how, outcome=Outcome.OPEN)
    if step.stage == Stage.CUSTOMER:
        return replace(running, outcome=Outcome.WON)
    return replace(running, outcome=Outcome.ACCEPTED) if step.stage in TAKEN else running


def _ended(running: Round, step: Step) -> Round:
    """What was accepted once stays so, whatever came of it; what was won stays won."""
    outcome = running.outcome
    if outcome == Outcome.OPEN:
        outcome = Outcome.REJECTED if step.move == Move.REJECT else Outcome.RETURNED
    return replace(running, end=step.at, outcome=outcome)

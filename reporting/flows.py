"""Where the leads of a window went: from what brought them, up the stages, to where each of them stands.

A lead is followed once, by the highest stage it reached and the state it is in, so that what flows into a stage
is what reached or passed it, and what flows out of it is what went on or ended there.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from leads.stages import LADDER, OFF_THE_ROAD, Stage
from reporting.happenings import REACHED, reached_at
from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import OPEN_STATES, leads_then, quoted

OPEN = "open"  # as in the closed loop: a visitor, MQL, SAL or SQL
OUTCOMES = [OPEN, *OFF_THE_ROAD]
# The highest stage reached and the state of who went no further; who stands as a customer has arrived.
ENDED = [f"ended:{stage}:{outcome}" for stage, outcome in product(LADDER, OUTCOMES)]


def went(scope: Scope, *, some: bool = False) -> str:
    """SELECT of id, key, reached (a place on the ladder) and outcome of every lead born in the window."""
    whens = " ".join(
        f"WHEN {reached_at(stage)} <= %(as_of)s THEN {stage.rank}" for stage in reversed(REACHED.values())
    )
    return f"""
    SELECT l.id, {scope.key()} AS key, CASE {whens} ELSE {Stage.VISITOR.rank} END AS reached,
        CASE WHEN l.state IN ({quoted(OPEN_STATES)}) THEN '{OPEN}' ELSE l.state END AS outcome
    FROM ({leads_then(scope, some=some)}) l WHERE {scope.within("l.born_at")}
    """


def ended(scope: Scope, name: str) -> str:
    """SELECT of id and key of the leads that a figure of `ENDED` counts."""
    _, stage, outcome = name.split(":")
    return f"""
    SELECT w.id, w.key FROM ({went(scope, some=True)}) w
    WHERE w.reached = {Stage(stage).rank} AND w.outcome = '{outcome}'
    """


def flows_of(scope: Scope) -> list[dict[str, Any]]:
    """Per group, stage and outcome: how many leads. Every lead of the window is in exactly one row."""
    sql = f"SELECT key, reached, outcome, count(*) AS leads FROM ({went(scope)}) w GROUP BY key, reached, outcome"
    return rows(sql, scope.parameters)

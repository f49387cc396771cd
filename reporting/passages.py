"""What came into each stage in a window, what left it and where to: a balance of all leads, whenever they were born.

Who stood there at the start and came in either went on, went out, or stands there at the end. A visit that moved
nothing (see `standings.visits`) is none of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from leads.stages import LADDER
from reporting.periods import start_of
from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import code_of, leads_then, visits
from smarketing.foundation.models import Organisation

KINDS = ("stood", "came", "went_on", "went_out", "stands")
PASSAGES = [f"{kind}:{stage}" for kind in KINDS for stage in LADDER]


def ending(scope: Scope) -> Scope:
    """The same question as of the window's end, which the as-of is where the window is still open."""
    if scope.until is None:
        return scope
    end = start_of(scope.until, Organisation(time_zone=scope.zone).zone) - timedelta(microseconds=1)
    return replace(scope, until=None, as_of=min(scope.as_of, end))


def passages_of(scope: Scope) -> dict[str, dict[str, int]]:
    """Per stage, of each kind, how many: leads that stood and stand there, and passages."""
    scope = ending(scope)
    kinds = ("came", "went_on", "went_out")
    columns = [
        f'count(*) FILTER (WHERE {_passed(scope, kind, stage)}) AS "{kind}:{stage}"'
        for kind in kinds
        for stage in LADDER
    ]
    moved = f"c.lead_id IN (SELECT w.lead_id FROM leads_stagechange w WHERE {scope.within('w.at')})"
    passed = rows(f"SELECT {', '.join(columns)} FROM ({visits(scope, moved)}) v", scope.parameters)[0]
    stands = rows(
        f"SELECT state, count(*) AS n FROM ({leads_then(scope)}) l GROUP BY state", scope.parameters
    )
    return _balanced(passed, {row["state"]: row["n"] for row in stands})


def _balanced(passed: dict[str, int], stands: dict[str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for stage in LADDER:
        came, on, out = (passed[f"{kind}:{stage}"] for kind in ("came", "went_on", "went_out"))
        now = stands.get(stage, 0)
        found[stage] = {"stood": now - came + on + out, "came": came, "went_on": on, "went_out": out}
        found[stage]["stands"] = now
    return found


def behind(scope: Scope, name: str) -> str:
    """SELECT of `id`, one row for each that a figure of `PASSAGES` counts."""
    kind, _, stage = name.partition(":")
    scope = ending(scope)
    if kind == "stands":
        return f"SELECT l.id FROM ({leads_then(scope, some=True)}) l WHERE l.state = '{stage}'"
    return f"SELECT v.lead_id AS id FROM ({visits(scope)}) v WHERE {_passed(scope, kind, stage)}"


def _passed(scope: Scope, kind: str, stage: str) -> str:
    """SQL over a visit (alias v)."""
    here = f"v.moves AND v.code = {code_of(stage)}"
    left = f"v.next_code IS NOT NULL AND {scope.within('v.until')}"
    further = f"v.next_code BETWEEN {code_of(stage) + 1} AND {len(LADDER)}"
    if kind == "stood":
        start = "v.at < %(since)s AND (v.next_code IS NULL OR v.until >= %(since)s)"
        return f"{here} AND {start}" if scope.since else "false"
    if kind == "came":
        return f"{here} AND {scope.within('v.at')}"
    return f"{here} AND {left} AND {further if kind == 'went_on' else f'NOT ({further})'}"

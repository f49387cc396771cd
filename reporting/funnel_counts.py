"""What the funnel counts: SQL of the leads, or of the visits and moves, behind each of its figures."""

from __future__ import annotations

import re

from leads.stages import LADDER, Stage
from reporting.happenings import reached_at
from reporting.scope import Scope
from reporting.standings import COUNTED, NOT_MERGED, NOT_UNDONE, code_of, leads_then, visits

MQL = code_of(Stage.MQL)
ACCEPTING = [code_of(stage) for stage in LADDER[Stage.SAL.rank :]]
ACCEPTED = f"v.code = {MQL} AND v.next_code IN ({', '.join(map(str, ACCEPTING))})"
MOVED = ["requalified", "rejections", "accepted"]
WAITS = [Stage.MQL, Stage.SAL, Stage.SQL]  # where somebody of sales has to do something
STUCK_AFTER = 30  # days without a move, where the definitions name no time for a stage
STUCK = re.compile(rf"stuck:({'|'.join(LADDER[:-1])}):([1-9]\d{{0,2}})")  # the stage, and days


def counted(scope: Scope, name: str) -> str:
    """SELECT of `id`, one row for each that the figure counts: leads, or for entries and moves each of them."""
    kind, _, of = name.partition(":")
    if kind == "entries":
        return f"SELECT v.lead_id AS id FROM ({cohort_visits(scope)}) v WHERE v.code = {code_of(of)}"
    if kind in MOVED:
        return {"requalified": requalified, "rejections": rejections, "accepted": accepted}[kind](scope)
    if kind == "stuck":
        stage, days = of.split(":")
        where = stuck(scope, stage, int(days))
    else:
        where = condition(kind, of)
    return (
        f"SELECT l.id FROM ({leads_then(scope, some=True)}) l WHERE {where} AND {scope.within('l.born_at')}"
    )


def cohort(scope: Scope, column: str) -> str:
    """SQL: this lead was born in the window, if the question has one."""
    if not (scope.since or scope.until):
        return "true"
    return f"{column} IN (SELECT b.id FROM ({leads_then(scope)}) b WHERE {scope.within('b.born_at')})"


def cohort_visits(scope: Scope) -> str:
    """The visits of the leads that were born in the window."""
    if not (scope.since or scope.until):
        return visits(scope)
    return f"SELECT * FROM ({visits(scope, cohort(scope, 'c.lead_id'))}) a WHERE {cohort(scope, 'a.lead_id')}"


def stuck(scope: Scope, stage: str, days: int) -> str:
    """SQL over a lead (alias l): it stands in this stage, and nothing moved it for so many days."""
    return f"""
    l.state = '{stage}' AND l.born_at <= %(as_of)s - interval '{days} days' AND NOT EXISTS (
        SELECT 1 FROM leads_stagechange c
        WHERE c.lead_id = l.id AND c.at <= %(as_of)s AND c.at > %(as_of)s - interval '{days} days'
            AND {scope.known("c.recorded_at")} AND {COUNTED}
    )
    """


def condition(kind: str, of: str) -> str:
    """SQL over a lead (alias l of `leads_then`): it is in this state, entered this stage, or got so far."""
    if kind == "currently_in":
        return f"l.state = '{of}'"
    if kind == "reached_or_passed":
        unwritten = " OR l.unwritten" if of == Stage.VISITOR else ""
        return f"({reached_at(Stage(of))} <= %(as_of)s{unwritten})"
    return "(l.visitor_at <= %(as_of)s OR l.unwritten)" if of == Stage.VISITOR else f"l.{of}_at <= %(as_of)s"


def requalified(scope: Scope) -> str:
    return f"""
    SELECT v.lead_id AS id FROM ({cohort_visits(scope)}) v WHERE v.code = {MQL} GROUP BY v.lead_id HAVING count(*) > 1
    """


def accepted(scope: Scope) -> str:
    return f"SELECT v.lead_id AS id FROM ({cohort_visits(scope)}) v WHERE {ACCEPTED}"


def rejections(scope: Scope) -> str:
    return f"""
    SELECT c.lead_id AS id FROM leads_stagechange c
    WHERE c.move = 'reject' AND c.at <= %(as_of)s AND {scope.known("c.recorded_at")} AND {NOT_UNDONE} AND {NOT_MERGED}
        AND {cohort(scope, "c.lead_id")}
    """

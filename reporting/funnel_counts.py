"""What the funnel counts: SQL of the leads, or of the visits and moves, behind each of its figures."""

from __future__ import annotations

from leads.stages import LADDER, Stage
from reporting.happenings import reached_at
from reporting.scope import Scope
from reporting.standings import NOT_MERGED, NOT_UNDONE, code_of, leads_then, visits

MQL = code_of(Stage.MQL)
ACCEPTING = [code_of(stage) for stage in LADDER[Stage.SAL.rank :]]
ACCEPTED = f"v.code = {MQL} AND v.next_code IN ({', '.join(map(str, ACCEPTING))})"
MOVED = ["requalified", "rejections", "accepted"]


def counted(scope: Scope, name: str) -> str:
    """SELECT of `id`, one row for each that the figure counts: leads, or for entries and moves each of them."""
    kind, _, of = name.partition(":")
    if kind == "entries":
        return f"SELECT v.lead_id AS id FROM ({visits(scope)}) v WHERE v.code = {code_of(of)}"
    if kind in MOVED:
        return {"requalified": requalified, "rejections": rejections, "accepted": accepted}[kind](scope)
    return f"SELECT l.id FROM ({leads_then(scope, some=True)}) l WHERE {condition(kind, of)}"


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
    SELECT v.lead_id AS id FROM ({visits(scope)}) v WHERE v.code = {MQL} GROUP BY v.lead_id HAVING count(*) > 1
    """


def accepted(scope: Scope) -> str:
    return f"SELECT v.lead_id AS id FROM ({visits(scope)}) v WHERE {ACCEPTED}"


def rejections(scope: Scope) -> str:
    return f"""
    SELECT c.lead_id AS id FROM leads_stagechange c
    WHERE c.move = 'reject' AND c.at <= %(as_of)s AND {scope.known("c.recorded_at")} AND {NOT_UNDONE} AND {NOT_MERGED}
    """

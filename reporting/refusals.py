"""Why sales rejected leads: by reason, within each group of the closed loop.

As the report counts it: of a cohort each lead once for each reason it was rejected with, of a flow every rejection
in the window.
"""

from __future__ import annotations

import re
from typing import Any

from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import NOT_UNDONE, leads_then

FIGURE = re.compile(r"rejected_for:[^\0]{0,60}")


def reason_of(name: str) -> str:
    return name.partition(":")[2]


def refused(scope: Scope) -> str:
    """SELECT of id, key and reason of what the report counts as rejected, once for each reason."""
    is_cohort = scope.basis == "cohort"
    window = "c.at <= %(as_of)s" if is_cohort else scope.within("c.at")
    born = scope.within("l.born_at") if is_cohort else "true"
    return f"""
    SELECT {"DISTINCT" if is_cohort else ""} l.id, {scope.key(at="l.born_at" if is_cohort else "c.at")} AS key, c.reason
    FROM leads_stagechange c JOIN ({leads_then(scope, some=True)}) l ON l.id = c.lead_id
    WHERE c.move = 'reject' AND {window} AND {scope.known("c.recorded_at")} AND {NOT_UNDONE} AND {born}
    """


def refusals_of(scope: Scope) -> list[dict[str, Any]]:
    """Per group and reason: `n` as the report counts, and `leads`, how many leads they are."""
    sql = f"""
    SELECT key, reason, count(*) AS n, count(DISTINCT id) AS leads FROM ({refused(scope)}) r GROUP BY key, reason
    """
    return rows(sql, scope.parameters)

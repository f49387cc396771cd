"""What was entered as the cost of one group of the closed loop, and what its cost per lead and its return come from."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reporting.closed_loop import closed_loop_of
from reporting.costs import SPENT_BY
from reporting.figures import ALL, Figure, key_from, scope_from
from reporting.money import shown
from reporting.pages import words
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.figure import report_url
from reporting.periods import WrongUsage
from reporting.snapshot import snapshot
from reporting.spendings import spendings
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request


@requires("reports.read")
@require_safe
def costs(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET)
        key = key_from(request.GET["key"], scope.by) if "key" in request.GET else ALL
    except WrongUsage as error:
        return wrong_usage(request, error)
    asked = Figure("cost", key, scope)
    with snapshot():
        report = closed_loop_of(scope)
        found = spendings(scope, key)
    row = _row(report, key)
    context = {
        "scope": scope,
        "group": words.group_of(asked),
        "row": row,
        "sum": row["cost"],
        "rows": [
            row | {"counted": row["cents"] is not None and shown(row["cents"], scope.currency)}
            for row in found
        ],
        "window": words.span_words(scope.since, scope.until, scope.last_day),
        "report_url": report_url(asked),
        "has_costs_by": scope.by in SPENT_BY,
        "dimension": words.DIMENSIONS[scope.by][0].lower(),
    }
    return render(request, "reporting/costs.html", context)


def _row(report: dict[str, Any], key: Any) -> dict[str, Any]:
    """The group's row of the report; the total where all is asked for or the group has neither leads nor cost."""
    if key is ALL:
        return report["total"]
    wanted = key.isoformat() if hasattr(key, "isoformat") else key
    return next((row for row in report["rows"] if row["id"] == wanted), {"cost": "0"})

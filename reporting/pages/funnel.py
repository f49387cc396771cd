"""The funnel: five stages in words and numbers, and the leads that stepped aside."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.stages import LADDER, OFF_THE_ROAD
from reporting.figures import ALL, Figure, scope_from
from reporting.funnel import funnel_of
from reporting.pages import words
from reporting.pages.closed_loop import figure_url, wrong_usage
from reporting.periods import WrongUsage
from reporting.scope import Scope
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

COHORTS = 13  # months on the page
REACHED = ("mql", "sal", "sql", "customers")


@requires("reports.read")
@require_safe
def funnel(request: Request) -> HttpResponse:
    given = {name: request.GET[name] for name in ("as_of", "known_at", "currency") if request.GET.get(name)}
    try:
        scope = scope_from({"by": "month", **given})
    except WrongUsage as error:
        return wrong_usage(request, error)
    report = funnel_of(scope)
    context = {
        "report": report,
        "scope": scope,
        "stages": [stage_context(report, scope, stage) for stage in LADDER],
        "standings": [
            {"key": str(standing), **opened(scope, f"currently_in:{standing}", report["states"][standing])}
            for standing in OFF_THE_ROAD
        ],
        "again": opened(scope, "requalified", report["requalified"]),
        "rejections": opened(scope, "rejections", report["rejections"]),
        "worst": worst(report),
        "cohorts": [cohort(scope, row) for row in report["cohorts"][-COHORTS:][::-1]],
        "cohort_columns": [{"label": "Month"}, *({"label": text, "num": True} for text in COHORT_HEADS)],
    }
    return render(request, "reporting/funnel.html", context)


COHORT_HEADS = ("Born", "MQL", "SAL", "SQL", "Customers")


def opened(scope: Scope, name: str, n: int, key: Any = ALL) -> dict[str, Any]:
    """A number and where it opens to."""
    return {"n": n, "href": figure_url(Figure(name, key, scope)) if n else ""}


def stage_context(report: dict[str, Any], scope: Scope, stage: str) -> dict[str, Any]:
    numbers = report["stages"][stage]
    team, means, then = words.MEANINGS[stage]
    step = next((step for step in report["steps"] if step["to"] == stage), None)
    born = report["born"] or 1
    return {
        "key": str(stage),
        "team": team,
        "means": means,
        "then": then,
        "step": step,
        "before": words.STATES[step["from"]] if step else "",
        "pct": 100 * numbers["reached_or_passed"] / born,
        "reached": opened(scope, f"reached_or_passed:{stage}", numbers["reached_or_passed"]),
        "now": opened(scope, f"currently_in:{stage}", numbers["currently_in"]),
        "entered": opened(scope, f"ever_entered:{stage}", numbers["ever_entered"]),
        "entries": opened(scope, f"entries:{stage}", numbers["entries"]),
        "median": words.time_words(numbers["median_seconds"]),
        "working": words.work_words(numbers["median_working_minutes"]),
    }


def worst(report: dict[str, Any]) -> dict[str, str] | None:
    """The step after the first that lets the smallest share through: the one to look at."""
    steps = [step for step in report["steps"] if step["of"]]
    if len(steps) < 2:
        return None
    step = min(steps, key=lambda one: one["rate"])
    return {"from": words.STATES[step["from"]], "to": words.STATES[step["to"]], "step": step}


def cohort(scope: Scope, row: dict[str, Any]) -> dict[str, Any]:
    month = date.fromisoformat(f"{row['period']}-01")
    figures = [("leads", row["born"]), *((name, row[name]) for name in REACHED)]
    return {
        "label": words.key_words("month", month),
        "figures": [opened(scope, name, n, month) for name, n in figures],
    }

"""The funnel: how far the leads of a window got, the step that leaks, what waits, and what each stage means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from leads.definitions import in_force
from leads.pages.definition_words import signatures
from leads.stages import LADDER, OFF_THE_ROAD
from reporting.ageing import limits_of, oldest, stuck_in
from reporting.figures import scope_from
from reporting.funnel import cohorts_of, funnel_of
from reporting.leak import ends_of
from reporting.leak import steps as steps_of
from reporting.pages import funnel_parts as parts
from reporting.pages import stage_terms
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.words import span_words
from reporting.passages import passages_of
from reporting.periods import WrongUsage
from reporting.scope import Scope
from reporting.snapshot import snapshot
from smarketing.foundation.models import Organisation
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

PERIODS = {"90": "90 days", "quarter": "Quarter", "year": "Year", "all": "All"}
ASKED = ("since", "until", "as_of", "known_at", "currency")


@requires("reports.read")
@require_safe
def funnel(request: Request) -> HttpResponse:
    try:
        scope, period = scope_of(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    is_now = not (request.GET.get("as_of") or request.GET.get("known_at"))
    with snapshot():
        agreed = in_force(scope.as_of)
        report = funnel_of(scope)
        reached = {str(stage): report["stages"][stage]["reached_or_passed"] for stage in LADDER}
        steps, ends, limits = steps_of(scope, reached), ends_of(scope), limits_of(agreed.document)
        stuck, passages = stuck_in(scope, limits), passages_of(scope)
        cohorts = report["cohorts"] if not scope.since else cohorts_of(replace(scope, since=None, until=None))
    known = parts.Known(report, scope, steps, ends, agreed.document, days_words(scope, period))
    terms = stage_terms.terms_of(agreed)
    context = {
        "agreed": agreed,
        "signatures": signatures(agreed.row),
        "proposed": (proposed := stage_terms.proposed() if is_now else None),
        "keys": signatures(proposed),
        "report": report,
        "scope": scope,
        "period": period,
        "segments": segments(request, period),
        "window": span_words(scope.since, scope.until, scope.last_day),
        "heading": TITLES.get(period) or span_words(scope.since, scope.until, scope.last_day),
        "stages": [parts.stage_context(known, stage) | terms[stage] for stage in LADDER],
        "standings": [standing(known, str(one)) for one in OFF_THE_ROAD],
        "passages_sub": passages_words(scope, period),
        "passages": parts.passages(known, passages),
        "again": parts.opened(scope, "requalified", report["requalified"]),
        "rejections": parts.opened(scope, "rejections", report["rejections"]),
        "compared": bool(steps),
        "leak": parts.leak(known),
        "weakest": parts.weakest(report),
        "ageing": parts.ageing(known, limits, stuck, oldest(request.user, limits) if is_now else {}),
        "heat": parts.heat(replace(scope, since=None, until=None), cohorts),
    }
    return render(request, "reporting/funnel.html", context)


def standing(known: parts.Known, key: str) -> dict[str, Any]:
    n = known.report["states"][key]
    return {"key": key, **parts.opened(known.scope, f"currently_in:{key}", n)}


# --- Which leads ----------------------------------------------------------------------------------------------
def scope_of(request: Request) -> tuple[Scope, str]:
    """The cohort that the address asks for, the last 90 days if it names none; and which of the periods it is."""
    given = {name: request.GET[name] for name in ASKED if request.GET.get(name)}
    scope = scope_from({"by": "month", **given})
    if "since" in given or "until" in given:
        return scope, ""
    period = request.GET.get("period", "90")
    period = period if period in PERIODS else "90"
    return replace(scope, since=first_day(period, today(scope))), period


def today(scope: Scope) -> date:
    return scope.as_of.astimezone(Organisation(time_zone=scope.zone).zone).date()


def first_day(period: str, day: date) -> date | None:
    """The first day of the window, which ends with this day; None of all time."""
    if period == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return {"90": day - timedelta(days=89), "year": day - timedelta(days=364)}.get(period)


def segments(request: Request, period: str) -> list[dict[str, Any]]:
    kept = {name: request.GET[name] for name in ("as_of", "known_at", "currency") if request.GET.get(name)}
    page = reverse("reporting:funnel")
    return [
        {"label": text, "url": f"{page}?{urlencode({'period': name, **kept})}", "current": name == period}
        for name, text in PERIODS.items()
    ]


TITLES = {"90": "Last 90 days", "quarter": "This quarter", "year": "Last 365 days"}
BEFORE = {
    "90": "the 90 days before",
    "quarter": "the same days of the quarter before",
    "year": "the year before",
}


def passages_words(scope: Scope, period: str) -> str:
    title = "All time" if period == "all" else TITLES.get(period)
    return title.lower() if title else span_words(scope.since, scope.until, scope.last_day)


def days_words(scope: Scope, period: str) -> str:
    """What the comparison is with."""
    if period == "quarter" and scope.since:
        return f"the {(scope.last_day - scope.since).days + 1} days before"
    return BEFORE.get(period, "as many days before")

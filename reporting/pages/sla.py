"""The SLA page: both teams' promises in sentences, who keeps them, what broke, and what is due next."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leads.models import Lead
from reporting.exports.flat import flat
from reporting.pages import promise_cards as cards
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.words import span_words
from reporting.periods import WrongUsage
from reporting.promises import LATE, OPEN, READERS, Done, Promised, make_window
from reporting.scope import Scope
from reporting.sla import agreement_of, commitments_of, sla_of
from sla.statuses import Status
from sla.words import agreement_words
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.models import Organisation
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

BROKEN, DUE = 10, 5  # clocks of a list on the page; its link has all of them
PERIODS = {"week": "This week", "month": "This month", "quarter": "This quarter"}


@requires("reports.read")
@require_safe
def sla(request: Request) -> HttpResponse:
    try:
        scope, period = window_of(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    report = sla_of(scope)
    promises = {promise.pk: promise for promise in commitments_of(scope)}
    # What is late, due or unclaimed is so now, whenever its clock started.
    now = make_window(as_of=scope.as_of)
    late, unclaimed = Promised(now, None, LATE), Promised(now, None, OPEN, None)
    due, broken = Promised(now, None, Status.RUNNING), Promised(scope, None, Status.BROKEN)
    numbers = now_of(
        now, late=late.in_state(), due=due.in_state(), unclaimed=unclaimed.in_state() & Q(owner=None)
    )
    all_broken = sum(one["broken"] for one in report["commitments"] if one["kind"] == "response")
    context = {
        "scope": scope,
        "period": period,
        "segments": segments(period),
        "window": window_words(scope, period),
        "agreement": agreement_words(agreement_of(list(promises.values()), scope)),
        "teams": cards.teams(report, promises, scope),
        "people": cards.people(report, promises, scope),
        "people_columns": cards.people_columns(report, promises),
        "late": {"n": numbers["late"], "href": figure_url(late)},
        "unclaimed": {"n": numbers["unclaimed"], "href": figure_url(unclaimed)},
        "due": listed(request, due, "due_at", DUE, numbers["due"]),
        "broken": listed(request, broken, "-due_at", BROKEN, all_broken),
        "started": any(one["rows"] for one in report["commitments"] if one["kind"] == "response"),
        "csv_url": f"{reverse('reporting:sla_csv')}?{urlencode(days_of(scope))}",
        "may_reassign": request.user.may("leads.act_on_any"),
        "moment": scope.as_of,
    }
    return render(request, "reporting/sla.html", context)


@requires("reports.read")
@require_safe
def sla_csv(request: Request) -> HttpResponse:
    try:
        scope, _ = window_of(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    header, rows = flat("sla", sla_of(scope))
    text = StringIO()
    write_rows(text, [header, *rows])
    named = {"Content-Disposition": 'attachment; filename="sla.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=named)


# --- Which days ---------------------------------------------------------------------------------------------
def window_of(request: Request) -> tuple[Scope, str]:
    """The window that the address asks for, this month if it names none; and which of the periods it is."""
    given = {name: READERS[name](request.GET[name], name) for name in READERS if request.GET.get(name)}
    if "since" in given or "until" in given:
        return make_window(**given), ""
    period = request.GET.get("period", "month")
    period = period if period in PERIODS else "month"
    scope = make_window(**given)
    return make_window(**given | {"since": first_day(period, today(scope)), "as_of": scope.as_of}), period


def today(scope: Scope) -> date:
    return scope.as_of.astimezone(Organisation(time_zone=scope.zone).zone).date()


def first_day(period: str, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    return date(day.year, day.month if period == "month" else (day.month - 1) // 3 * 3 + 1, 1)


def segments(period: str) -> list[dict[str, Any]]:
    page = reverse("reporting:sla")
    return [
        {"label": text, "url": f"{page}?period={name}", "current": name == period}
        for name, text in PERIODS.items()
    ]


def window_words(scope: Scope, period: str) -> str:
    words = span_words(scope.since, scope.until, scope.last_day)
    return f"{PERIODS[period]}, {words}" if period else words


def days_of(scope: Scope) -> dict[str, str]:
    days = {"since": scope.since, "until": scope.until}
    return {name: day.isoformat() for name, day in days.items() if day}


# --- Clocks ---------------------------------------------------------------------------------------------------
def figure_url(figure: Promised | Done) -> str:
    return f"{reverse('reporting:promised')}?{urlencode(figure.query())}"


def now_of(now: Scope, **states: Q) -> dict[str, int]:
    """How many clocks are in each of these states, in one look."""
    return (
        Promised(now)
        .clocks()
        .aggregate(**{name: Count("pk", filter=state) for name, state in states.items()})
    )


def listed(request: Request, figure: Promised, order: str, most: int, number: int) -> dict[str, Any]:
    """The first clocks of a figure whose leads this person may read, and how many there are in all."""
    readable = readable_clocks(request, figure)
    field = F(order.removeprefix("-"))
    sort = field.desc(nulls_last=True) if order.startswith("-") else field.asc(nulls_last=True)
    return {
        "rows": list(with_leads(readable).order_by(sort, "-pk")[:most]),
        "n": number,
        "href": figure_url(figure),
    }


def readable_clocks(request: Request, figure: Promised) -> Any:
    """Row visibility is the lead's: one door for queue, lists and this."""
    clocks = figure.clocks()
    if request.user.may("leads.read_all"):
        return clocks
    return clocks.filter(lead__in=Lead.objects.visible_to(request.user))


def with_leads(clocks: Any) -> Any:
    return clocks.select_related("commitment", "owner", "lead__account", "lead__owner")

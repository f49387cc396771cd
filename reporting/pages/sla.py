"""The SLA page: what is broken right now, both teams' promises, where the pace leads, who keeps them, what broke."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from reporting.exports.flat import as_file
from reporting.pages import broken, by_rep
from reporting.pages import promise_cards as cards
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.sla_window import People, View, everybody, filters, view_of
from reporting.periods import WrongUsage
from reporting.promises import OPEN, Promised, make_window
from reporting.scope import Scope
from reporting.sla import agreement_of, commitments_of, told
from reporting.sla import sla_of as report_of
from reporting.sla_history import responses_before, volumes_by_week
from reporting.snapshot import snapshot
from sla import agreements, tallies
from sla.models import Agreement, Commitment
from sla.words import agreement_words
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

KEPT = ("by", "sort", "show")  # what links of the page keep beside the window and of whom it is


@requires("reports.read")
@require_safe
def sla(request: Request) -> HttpResponse:
    try:
        view = view_of(request, *KEPT)
        people = everybody()
        choices = filters(view, people)
    except WrongUsage as error:
        return wrong_usage(request, error)
    promises = commitments_of(view.scope) or _default(view.scope)
    with snapshot():
        known = known_of(view, people, promises)
        counts = broken.counts(view.scope, view.among)
    context = {
        "view": view,
        "scope": view.scope,
        "segments": view.segments(),
        "window": view.words(),
        "agreement": agreed_words(agreement_of(promises, view.scope)),
        "filters": choices,
        "counts": counts,
        "late_words": broken.late_words(counts["deeds"]),
        "late_href": cards.promised_url(broken.figures(view.scope, view.among)[broken.LATE]),
        "unclaimed_href": cards.promised_url(
            Promised(make_window(as_of=view.scope.as_of), None, OPEN, None, view.among)
        ),
        "teams": cards.teams(known),
        "pacing": cards.pacing(known),
        "reps": by_rep.by_rep(known, view),
        "table": (foot := table(request, view, counts)),
        "any_open": any(line.may_reassign for line in foot["rows"]),
        "started": any(one["rows"] for one in known.report["commitments"] if one["kind"] == "response"),
        "csv_url": view.url("reporting:sla_csv"),
        "moment": view.scope.as_of,
    }
    # After an act the table asks for itself alone.
    again = request.htmx and request.htmx.target == "broken"
    return render(request, "reporting/_sla_refresh.html" if again else "reporting/sla.html", context)


def known_of(view: View, people: People, promises: list[Commitment]) -> cards.Told:
    """The report and what there was before it."""
    scope, among, before = view.scope, view.among, view.before
    staff = tallies.office_of(people.among(among), scope.as_of, some=among.of_reps() is not None)
    volumes = {} if among.campaign else volumes_by_week(promises, staff, scope)
    began = {
        key: next(day for day, n in weeks if n) for key, weeks in volumes.items() if any(n for _, n in weeks)
    }
    return cards.Told(
        report=told(scope, promises, among, staff, people.names, began),
        promises={promise.pk: promise for promise in promises},
        scope=scope,
        among=among,
        past=responses_before(scope, before, among),
        before_words=view.before_words if before else "",
        volumes=volumes,
    )


def agreed_words(agreement: Agreement | None) -> str:
    """Which version is in force, and since when: "Version 2, in force since 1 Oct 2026"."""
    words = agreement_words(agreement)
    if agreement is None or not agreement.version or agreement.in_force_from is None:
        return words
    since = localtime(agreement.in_force_from)
    return f"{words}, in force since {since.day} {since:%b %Y}"


def _default(scope: Scope) -> list[Commitment]:
    """Before anybody has looked there is no agreement yet, or none was in force then."""
    agreements.ensure_default()
    return commitments_of(scope)


def table(request: Request, view: View, counts: dict[str, Any]) -> dict[str, Any]:
    """The list at the foot of the page, one of several, and how many each of them holds."""
    name = view.rest.get("show", "")
    if name not in broken.LISTS:
        # Where nothing broke, what could break next is the news.
        name = broken.BROKEN if counts[broken.BROKEN] or not counts[broken.DUE] else broken.DUE
    figure = broken.figures(view.scope, view.among)[name]
    rows = broken.shown(request, figure, name) if counts[name] else []
    return {
        "name": name,
        "tabs": [
            {
                "label": label,
                "count": counts[key],
                "url": f"{view.url(show=key)}#broken",
                "current": key == name,
            }
            for key, label in broken.LISTS.items()
        ],
        "rows": rows,
        "n": counts[name],
        "href": cards.promised_url(figure),
        "csv": cards.promised_url(figure).replace(
            reverse("reporting:promised"), reverse("reporting:promised_csv")
        ),
        "none": broken.NOTHING[name],
    }


@requires("reports.read")
@require_safe
def sla_csv(request: Request) -> HttpResponse:
    try:
        view = view_of(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    header, rows = as_file("sla", report_of(view.scope, view.among))
    return as_csv("sla.csv", [header, *rows])


def as_csv(name: str, rows: list[list[Any]]) -> HttpResponse:
    text = StringIO()
    write_rows(text, rows)
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=named)

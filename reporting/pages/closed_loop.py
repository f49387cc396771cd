"""The closed loop: what became of marketing's leads and money. Every figure opens to what is behind it."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reporting.closed_loop import closed_loop_of
from reporting.costs import SPENT_BY
from reporting.exports.flat import as_file
from reporting.figures import ALL, Key, key_from, scope_from
from reporting.pages import loop_choices, loop_flows, loop_table, words
from reporting.pages.loop_choices import View, address, view_from
from reporting.pages.loop_kpis import kpis
from reporting.pages.loop_table import figure_url as figure_url
from reporting.periods import WrongUsage
from reporting.scope import Scope
from reporting.snapshot import snapshot
from reporting.weeks import weeks_of
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

SHOWN = 100  # rows on the page; totals are over all of them


def wrong_usage(request: Request, error: WrongUsage) -> HttpResponse:
    return render(request, "reporting/wrong.html", {"sentence": str(error)}, status=400)


@requires("reports.read")
@require_safe
def closed_loop(request: Request) -> HttpResponse:
    try:
        scope, only = _asked(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    view = view_from(request)
    with snapshot():
        report = _narrowed(closed_loop_of(scope), only)
        context = _table(request, scope, view, report)
        if request.htmx.target == "results":
            return render(request, "reporting/_results.html", context | {"is_swap": True})
        context |= _around(scope, view, report, only)
    return render(request, "reporting/closed_loop.html", context)


def _asked(request: Request) -> tuple[Scope, Key]:
    """The report's scope, and the one group that is asked for."""
    scope = scope_from(request.GET)
    return scope, key_from(request.GET["only"], scope.by) if "only" in request.GET else ALL


def _narrowed(report: dict[str, Any], only: Key) -> dict[str, Any]:
    """The report, or one of its rows as the whole of it."""
    if only is ALL:
        return report
    wanted = only.isoformat() if isinstance(only, date) else only
    rows = [row for row in report["rows"] if row["id"] == wanted]
    return report | {"rows": rows, "total": rows[0] if rows else None, "only": True}


def _table(request: Request, scope: Scope, view: View, report: dict[str, Any]) -> dict[str, Any]:
    """What a choice swaps: the table, and whatever stands in its head."""
    mondays, weeks = weeks_of(scope) if scope.by != "month" else ([], {})
    rows = loop_table.ordered(report["rows"], view.sort)
    shown = rows if view.shows_all else rows[:SHOWN]
    offered = loop_choices.periods(request, scope)
    return {
        "scope": scope,
        "report": report,
        "columns": loop_table.columns(request, scope, view),
        "rows": [
            (
                row | {"weeks": weeks.get(row["id"])},
                loop_table.label(scope, row),
                loop_table.cells(scope, row, view),
            )
            for row in shown
        ],
        "total": [] if "only" in report else loop_table.cells(scope, report["total"], view, total=True),
        "total_weeks": [sum(of_week) for of_week in zip(*weeks.values(), strict=True)],
        "rest_url": address(request, only=None) if "only" in report else "",
        "weeks": mondays,
        "hidden": len(rows) - len(shown),
        "all_url": address(request, all="1"),
        "csv_url": f"{reverse('reporting:closed_loop_csv')}?{request.GET.urlencode()}",
        "periods": offered,
        "period": loop_choices.period_name(offered),
        "models": loop_choices.models(request, scope),
        "model": words.MODELS[scope.model],
        "model_says": words.MODEL_SAYS[scope.model],
        "models_url": f"{reverse('reporting:models')}?{request.GET.urlencode()}",
        "groups": loop_choices.groups(request, scope),
        "views": loop_choices.views(request, view),
        "bases": loop_choices.bases(request, scope),
        "compares": view.compares,
        "compare_url": address(request, compare="none" if view.compares else None),
        "window": loop_choices.window_words(scope),
        "dimension": words.DIMENSIONS[scope.by],
        "has_costs_by": scope.by in SPENT_BY,
        "basis_says": words.BASIS_SAYS[scope.basis],
    }


def _around(scope: Scope, view: View, report: dict[str, Any], only: Key) -> dict[str, Any]:
    """What the whole page has besides: the headline, its comparison, the flows and the reasons."""
    if report["total"] is None:
        return {}
    earlier = loop_choices.before(scope) if view.compares else None
    before = _narrowed(closed_loop_of(earlier), only)["total"] if earlier else None
    of_group = (only, words.name_of(scope, only)) if only is not ALL else ()
    return {
        "kpis": kpis(scope, only, report["total"], before),
        "compared": words.span_words(earlier.since, earlier.until, earlier.last_day)
        if earlier and before
        else "",
        "went": loop_flows.went_from(scope, *of_group) if of_group else loop_flows.went(scope),
        "refused": loop_flows.refused(scope, only, report, every=view.shows_all),
    }


@requires("reports.read")
@require_safe
def closed_loop_csv(request: Request) -> HttpResponse:
    try:
        scope, only = _asked(request)
    except WrongUsage as error:
        return wrong_usage(request, error)
    header, rows = as_file("closed_loop", _narrowed(closed_loop_of(scope), only))
    text = StringIO()
    write_rows(text, [header, *rows])
    named = {"Content-Disposition": f'attachment; filename="closed-loop-by-{scope.by}.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=named)

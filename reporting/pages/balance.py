"""The ledger: what marketing delivered to sales and what became of it, with the proof of the day beside it."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.models import Lead
from reporting import reconcile
from reporting.exports.flat import flat
from reporting.figures import ALL, Figure, key_from, scope_from
from reporting.ledger import BY, COUNTED, ENDINGS, ledger_of, make_ledger_scope
from reporting.models import LedgerProof
from reporting.pages import words
from reporting.pages.closed_loop import SHOWN, wrong_usage
from reporting.pages.loop_choices import address, periods
from reporting.pages.loop_table import figure_url
from reporting.periods import WrongUsage
from reporting.scope import Scope
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.models import User
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

OVERDUE = timedelta(hours=30)  # a proof that much older than now: the daily job has missed a day


@requires("reports.read")
@require_safe
def balance(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET, make_ledger_scope)
    except WrongUsage as error:
        return wrong_usage(request, error)
    report = ledger_of(scope)
    lines = report["rows"] if "all" in request.GET else report["rows"][:SHOWN]
    context = {
        "scope": scope,
        "report": report,
        "choices": [
            {"label": "Period", "segments": periods(request, scope)},
            {"label": "By", "segments": dimensions(request, scope)},
        ],
        "columns": [{"label": words.DIMENSIONS[scope.by][0]}]
        + [{"label": words.LEDGER[name], "num": True} for name in COUNTED],
        "rows": [(line, label(scope, line), cells(scope, line, key_of(scope, line))) for line in lines],
        "total": cells(scope, report["total"], ALL),
        "terms": terms(scope, report["total"]),
        "hidden": len(report["rows"]) - len(lines),
        "all_url": address(request, all="1"),
        "csv_url": f"{reverse('reporting:balance_csv')}?{request.GET.urlencode()}",
        "window": words.span_words(scope.since, scope.until, scope.last_day),
        "dimension": words.DIMENSIONS[scope.by],
        "waiting": Lead.objects.alive().unclaimed().count(),
        "proof": proof_shown(request.user),
    }
    return render(request, "reporting/balance.html", context)


@requires("reports.read")
@require_safe
def balance_csv(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET, make_ledger_scope)
    except WrongUsage as error:
        return wrong_usage(request, error)
    header, lines = flat("ledger", ledger_of(scope))
    text = StringIO()
    write_rows(text, [header, *lines])
    named = {"Content-Disposition": f'attachment; filename="ledger-by-{scope.by}.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=named)


def dimensions(request: Request, scope: Scope) -> list[dict[str, Any]]:
    return [
        {"label": words.DIMENSIONS[by][0], "url": address(request, by=by), "current": by == scope.by}
        for by in BY
    ]


# --- The table ---------------------------------------------------------------------------------------------
def key_of(scope: Scope, line: dict[str, Any]) -> Any:
    return None if line["id"] is None else key_from(str(line["id"]), scope.by)


def label(scope: Scope, line: dict[str, Any]) -> str:
    if line["id"] is None:
        return words.none_of(scope.by)
    return words.week_words(date.fromisoformat(line["id"])) if scope.by == "week" else line["key"]


def cells(scope: Scope, line: dict[str, Any], key: Any) -> list[dict[str, Any]]:
    return [opened(scope, name, line[name], key) for name in COUNTED]


def opened(scope: Scope, name: str, n: int, key: Any) -> dict[str, Any]:
    """A number and where it opens to."""
    return {"n": n, "href": figure_url(Figure(f"ledger:{name}", key, scope)) if n else ""}


def terms(scope: Scope, total: dict[str, Any]) -> list[dict[str, Any]]:
    """The right side of the equation: what became of all that was delivered."""
    return [
        {"words": words.LEDGER[name].lower(), **opened(scope, name, total[name], ALL)} for name in ENDINGS
    ]


# --- The proof ---------------------------------------------------------------------------------------------
def proof_shown(reader: User) -> dict[str, Any] | None:
    """The last daily proof; of the leads that differ the reader sees those that are theirs to read."""
    proof = LedgerProof.objects.first()
    if proof is None:
        return None
    named = {offender["lead"] for finding in proof.findings for offender in finding["offenders"]}
    readable = Lead.objects.visible_to(reader).in_bulk(named)
    return {
        "row": proof,
        "overdue": now() - proof.proved_at > OVERDUE,
        "findings": [finding_shown(finding, readable) for finding in proof.findings],
    }


def finding_shown(finding: dict[str, Any], readable: dict[int, Lead]) -> dict[str, Any]:
    leads = [
        (readable[offender["lead"]], offender["about"])
        for offender in finding["offenders"]
        if offender["lead"] in readable
    ]
    return {
        "says": reconcile.SENTENCES.get(finding["check"], finding["check"]),
        "count": finding["count"],
        "leads": leads,
        "more": finding["count"] - len(leads),
    }

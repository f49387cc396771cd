"""The leads behind one number: exactly those, of which a reader opens the ones that are theirs to see."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reporting import ledger
from reporting.figures import ALL, MONEY, Figure, figure_from, is_funnel
from reporting.money import shown
from reporting.pages import words
from reporting.pages.closed_loop import wrong_usage
from reporting.passages import PASSAGES
from reporting.periods import WrongUsage
from reporting.snapshot import rows
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

COLUMNS = ("Name", "Stage now", "Owner", "Campaign", "Channel", "Born")


@requires("reports.read")
@require_safe
def figure(request: Request) -> HttpResponse:
    try:
        asked = figure_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    behind = asked.leads()
    readable = behind.visible_to(request.user)  # type: ignore[attr-defined]
    number, visible = behind.count(), readable.count()
    page = page_by_time(
        readable.select_related("account", "owner", "campaign", "channel"),
        "born_at",
        cursor=request.GET.get("cursor"),
    )
    context = {
        "title": words.title_of(asked),
        "sum": sum_of(asked),
        "group": words.group_of(asked),
        "asked": asked,
        "number": number,
        "hidden": number - visible,
        "happened": happened(asked, number),
        "page": page,
        "words": f"{len(page.rows):,} of {visible:,} lead{'' if visible == 1 else 's'}" if visible else "",
        "columns": [{"label": label} for label in COLUMNS],
        "window": words.span_words(asked.scope.since, asked.scope.until, asked.scope.last_day),
        "basis_says": basis_words(asked),
        "is_funnel": is_funnel(asked.name) and not is_passage(asked),
        "report_url": report_url(asked),
    }
    return render(request, "reporting/figure.html", context)


def sum_of(asked: Figure) -> str | None:
    """The money that the report shows for this figure, in the report's currency; None where it shows a count."""
    if asked.name not in MONEY:
        return None
    source, _ = MONEY[asked.name]
    signed = "sign * cents" if asked.name == "revenue" else "cents"
    group = "true" if asked.key is ALL else "key IS NULL" if asked.key is None else "key = %(key)s"
    sql = f"SELECT sum({signed}) AS cents FROM ({source(asked.scope)}) m WHERE cents IS NOT NULL AND {group}"
    found = rows(sql, asked.scope.parameters | {"key": asked.key})[0]["cents"]
    return shown(Decimal(found or 0), asked.scope.currency)


def happened(asked: Figure, number: int) -> int | None:
    """Of a flow: how often it happened, where that is more than the leads it happened to."""
    times = asked.number()
    return times if times != number else None


def is_ledger(asked: Figure) -> bool:
    return asked.name in ledger.FIGURES


def is_passage(asked: Figure) -> bool:
    return asked.name in PASSAGES


def basis_words(asked: Figure) -> str:
    if is_ledger(asked):
        return "handed over in the period"
    return words.BASIS_SAYS["flow" if is_passage(asked) else asked.scope.basis]


def report_url(asked: Figure) -> str:
    scope = asked.scope
    days = {name: day.isoformat() for name in ("since", "until") if (day := getattr(scope, name))}
    if is_funnel(asked.name):
        return f"{reverse('reporting:funnel')}?{urlencode(days or {'period': 'all'})}"
    given = {"by": scope.by}
    given |= {} if is_ledger(asked) else {"model": scope.model, "basis": scope.basis}
    page = "reporting:balance" if is_ledger(asked) else "reporting:closed_loop"
    return f"{reverse(page)}?{urlencode(given | days)}"

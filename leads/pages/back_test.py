"""A version replayed before it is signed: how many MQLs more or fewer, and which leads are behind each number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from leads.backtest import figures, job
from leads.models import BackTest, BackTestLead, Definition, Lead
from leads.naming import said
from leads.pages import back_test_words as words
from smarketing.foundation.models import Job
from smarketing.foundation.moments import database_now
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import may, requires
from smarketing.foundation.refusals import Forbidden
from smarketing.foundation.requests import Request

COLUMNS = ("Name", "Stage now", "Owner", "Handed over", "By this version", "What became of it")


@requires("definitions.read")
@require_http_methods(["GET", "HEAD", "POST"])
def back_test(request: Request, pk: int) -> HttpResponse:
    """The result, or how far it has come; by POST it is begun."""
    row = get_object_or_404(Definition.objects.defer("document"), pk=pk)
    if request.method == "POST":
        if not may(request.user, "definitions.propose"):
            raise Forbidden("Heads of team, marketers and administrators replay a version. Ask one of them.")
        job.begin(pk, by=request.user, moment=database_now())
        messages.success(request, "The last 90 days are being replayed. This page shows the result.")
        return redirect("leads:back_test", pk)
    context = {"row": row, **told(row), "may_begin": may_begin(request, row)}
    template = "definitions/_back_test_result.html" if request.htmx else "definitions/back_test.html"
    return render(request, template, context)


@requires("definitions.read")
@require_safe
def back_test_leads(request: Request, pk: int) -> HttpResponse:
    """The leads behind one number, as far as they are the reader's to see."""
    test = get_object_or_404(
        BackTest.objects.select_related("definition").defer("definition__document"), definition=pk
    )
    name = request.GET.get("figure", "would")
    if name not in figures.FIGURES:
        raise Http404
    behind = figures.behind(test, name)
    leads = Lead.objects.filter(pk__in=behind.values("lead"))
    number, times = leads.count(), behind.count()
    readable = leads.visible_to(request.user)
    visible = readable.count()
    page = page_by_time(
        readable.select_related("account", "owner"), "born_at", cursor=request.GET.get("cursor")
    )
    context = {
        "test": test,
        "row": test.definition,
        "title": said(words.TITLES[name]),
        "number": number,
        "times": times if times != number else None,
        "hidden": number - visible,
        "page": page,
        "lines": _lines(page.rows, behind),
        "words": f"{len(page.rows):,} of {visible:,} lead{'' if visible == 1 else 's'}" if visible else "",
        "columns": [{"label": label} for label in COLUMNS],
    }
    return render(request, "definitions/back_test_leads.html", context)


def _lines(leads: list[Lead], behind: Any) -> list[tuple[Lead, BackTestLead]]:
    """Each lead with its hand-overs behind the number: one line for each."""
    rows: dict[int, list[BackTestLead]] = {}
    for row in behind.filter(lead__in=[lead.pk for lead in leads]).order_by("pk"):
        rows.setdefault(row.lead_id, []).append(row)
    return [(lead, row) for lead in leads for row in rows[lead.pk]]


def told(row: Definition) -> dict[str, Any]:
    """What there is to say of the back-test of this version, wherever it is shown."""
    test = BackTest.objects.filter(definition=row.pk).select_related("job", "by").first()
    if test is None:
        return {"test": None}
    context: dict[str, Any] = {
        "test": test,
        "state": test.job.state,
        "is_stale": test.revision != row.revision,
    }
    if test.job.state == Job.State.RUNNING:
        parts = test.job.chunks.values_list("done_at", flat=True)
        done, of = sum(at is not None for at in parts), len(parts)
        return context | {"done": done, "of": of, "percent": round(100 * done / of) if of else 0}
    if test.finished_at is None:
        return context
    result, url = test.result, reverse("leads:back_test_leads", args=[row.pk])
    return context | {
        "result": result,
        "headline": words.headline(result),
        "kpis": words.kpis(result, url),
        "table": words.table(result, url),
        "total": words.total(result, url),
        "agreement": words.agreement(test),
        "leads_url": url,
    }


def may_begin(request: Request, row: Definition) -> bool:
    return row.status in job.OPEN and may(request.user, "definitions.propose")

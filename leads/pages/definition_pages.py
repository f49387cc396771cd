"""What both teams agree on: the version in force, its history, and any version with what it changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from leads import definitions
from leads.definitions import acknowledging, diff
from leads.definitions.document import Document
from leads.models import Definition, DefinitionRemark
from leads.pages import definition_words as words
from smarketing.foundation import signing
from smarketing.foundation.models import User
from smarketing.foundation.moments import database_now
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

Status = Definition.Status
PEOPLE = ("created_by", "proposed_by", "marketing_by", "sales_by", "based_on")


@requires("definitions.read")
@require_safe
def definitions_page(request: Request) -> HttpResponse:
    """What is in force now, and what waits beside it."""
    moment = database_now()
    now = definitions.in_force(moment)
    row = now.row and Definition.objects.select_related(*PEOPLE).get(pk=now.row.pk)
    context: dict[str, Any] = {
        "now": now,
        "row": row,
        "shown": words.document(now.document),
        "sides": words.signatures(row),
        "open": open_row(),
        "pending": definitions.pending(moment),
        "unread": acknowledging.unread(request.user, now.version),
        "may_write": request.user.may("definitions.propose"),
    }
    context["to_sign"] = signs(context["open"], request.user, moment)
    return render(request, "definitions/in_force.html", context)


@requires("definitions.read")
@require_safe
def history(request: Request) -> HttpResponse:
    """All versions, newest first, each with how much it changed; what is open stands before them."""
    moment = database_now()
    rows = list(Definition.objects.select_related(*PEOPLE).order_by("-id"))
    signed = sorted((row for row in rows if row.version), key=lambda row: row.version or 0)
    documents = [definitions.unsigned(), *(Document.of(row.document) for row in signed)]
    changed = {row.pk: diff.count(diff.differences(*documents[n : n + 2])) for n, row in enumerate(signed)}
    context = {
        "signed": [(row, changed[row.pk]) for row in reversed(signed)],
        "others": [row for row in rows if row.status == Status.WITHDRAWN],
        "open": next((row for row in rows if row.status in (Status.DRAFT, Status.PROPOSED)), None),
        "now": definitions.in_force(moment).version,
        "moment": moment,
        "may_write": request.user.may("definitions.propose"),
    }
    return render(request, "definitions/history.html", context)


@requires("definitions.read")
@require_safe
def definition(request: Request, pk: int) -> HttpResponse:
    """One version as it was agreed, and what it changed; an open one has a page of its own."""
    row = get_object_or_404(Definition.objects.select_related(*PEOPLE), pk=pk)
    if row.status in (Status.DRAFT, Status.PROPOSED):
        return redirect("leads:definitions_draft")
    context = version_context(row, request.user)
    context["now"] = definitions.in_force(database_now()).version
    return render(request, "definitions/version.html", context)


@requires("definitions.read")
@require_POST
def acknowledge(request: Request) -> HttpResponse:
    """This person has read what is in force now."""
    acknowledging.acknowledge(request.user, moment=database_now())
    return redirect("leads:definitions")


def version_context(row: Definition, user: User) -> dict[str, Any]:
    """A document, what it is held against, and what was said about it."""
    document = definitions.Document.of(row.document)
    before = previous(row)
    return {
        "row": row,
        "shown": words.document(document),
        "sides": words.signatures(row),
        "before": before,
        "parts": diff.differences(before.document, document),
        "remarks": [said(one) for one in row.remarks.select_related("by").order_by("at", "id")],
        "may_write": user.may("definitions.propose"),
    }


def said(remark: DefinitionRemark) -> dict[str, Any]:
    sent_back = remark.kind == DefinitionRemark.Kind.SENT_BACK
    title = f"{remark.by} sent it back" if sent_back else str(remark.by)
    return {"title": title, "text": remark.text, "at": remark.at, "tone": "warn" if sent_back else ""}


def previous(row: Definition) -> definitions.InForce:
    """What this version follows: the one before it, or the last signed one while it is open or withdrawn."""
    if row.version is None:
        return definitions.latest()
    last = Definition.objects.filter(version=row.version - 1).defer("document").first()
    if last is None:
        return definitions.InForce(0, definitions.unsigned(), None)
    return definitions.InForce(row.version - 1, definitions.document_of(last), last)


def open_row() -> Definition | None:
    return Definition.objects.open().select_related(*PEOPLE).defer("based_on__document").first()


def signs(row: Definition | None, user: User, moment: Any) -> list[str]:
    """The sides for which the open proposal waits for this person."""
    if row is None or row.status != Status.PROPOSED:
        return []
    return signing.may_sign(row, by=user, moment=moment)

"""One section of the draft at a time: what it says, what is wrong with what was typed, and what was stored."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads.definitions import DocumentFault, drafts
from leads.models import Definition
from leads.pages.definition_pages import open_row
from leads.pages.definition_sections import SECTIONS, Section
from smarketing.foundation.moments import database_now
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request


@requires("definitions.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, section: str) -> HttpResponse:
    one = SECTIONS.get(section)
    if one is None:
        raise Http404
    row = open_row()
    if row is None or row.status != Definition.Status.DRAFT:
        messages.info(request, "There is no draft to write in.")
        return redirect("leads:definitions_draft")
    if request.method != "POST":
        return show(request, one, row, one.editor(one, row.document, None))
    if "add" in request.POST:  # without script: the same form with one more empty row
        return show(request, one, row, one.editor(one, row.document, with_more(request.POST)), typed=True)
    return store(request, one, row)


def store(request: Request, section: Section, row: Definition) -> HttpResponse:
    editor, fault, clashed = section.editor(section, row.document, request.POST), "", False
    seen = request.POST.get("seen", "")
    if editor.is_valid():
        try:
            drafts.save(row.pk, editor.parts(), seen=seen, by=request.user, moment=database_now())
        except (DocumentFault, drafts.ChangedMeanwhile) as refusal:
            clashed = isinstance(refusal, drafts.ChangedMeanwhile)
            fault = refusal.sentence if isinstance(refusal, DocumentFault) else str(refusal)
        else:
            messages.success(request, f"“{section.title}” is saved in the draft.")
            return redirect("leads:definitions_draft")
    return show(request, section, row, editor, typed=True, fault=fault, clashed=clashed, status=422)


def show(
    request: Request,
    section: Section,
    row: Definition,
    editor: Any,
    *,
    typed: bool = False,
    fault: str = "",
    clashed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form; after a conflict it is drawn for what is stored now, so that saving again keeps what was typed."""
    # What was read stays what was read, until a conflict has been told.
    read = request.POST.get("seen", "") if typed and not clashed else ""
    context = {
        "section": section,
        "sections": SECTIONS,
        "row": row,
        "editor": editor,
        "fault": fault,
        "seen": read or drafts.fingerprint(row.document, list(section.paths)),
    }
    return render(request, "definitions/edit.html", context, status=status)


def with_more(given: Any) -> Any:
    """What was typed, with one more empty row in the list whose button was pressed."""
    more = given.copy()
    name = f"{given['add']}-TOTAL_FORMS"
    count = given.get(name, "")
    if count.isascii() and count.isdecimal() and len(count) < 4:
        more[name] = str(int(count) + 1)
    return more

"""The open document: written, proposed, signed by both heads, sent back or withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from leads.definitions import agreeing, drafts
from leads.limits import NOTE_LENGTH
from leads.models import Definition
from leads.pages.definition_pages import open_row, signs, version_context
from leads.pages.definition_sections import SECTIONS
from leads.pages.fields import Day, PlainWords
from smarketing.foundation import signing
from smarketing.foundation.moments import database_now
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

Status = Definition.Status


class ProposeForm(PlainWords, forms.Form):
    fields: dict[str, Any]
    summary = forms.CharField(
        label="Why is it better?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Both heads read it before they sign.",
    )
    starts_on = Day(
        label="In force from", required=False, help_text="Left empty it begins with the second signature."
    )


class RemarkForm(PlainWords, forms.Form):
    fields: dict[str, Any]
    text = forms.CharField(
        label="What should change?", max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class CommentForm(RemarkForm):
    text = forms.CharField(label="In words", max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))


@requires("definitions.read")
@require_safe
def draft(request: Request) -> HttpResponse:
    """The open draft or proposal, with everything that may be done to it."""
    row = open_row()
    if row is None:
        return render(
            request, "definitions/none_open.html", {"may_write": request.user.may("definitions.propose")}
        )
    return show(request, row)


def show(request: Request, row: Definition, *, status: int = 200, **forms_given: forms.Form) -> HttpResponse:
    moment = database_now()
    keys = signing.keys_of(request.user, moment)
    initial = {"summary": row.summary, "starts_on": row.starts_on}
    context = version_context(row, request.user) | {
        "is_draft": row.status == Status.DRAFT,
        "sections": SECTIONS,
        "to_sign": signs(row, request.user, moment),
        "sole": keys.sole,
        "may_send_back": row.status == Status.PROPOSED and bool(keys),
        "may_withdraw": drafts.may_withdraw(row, request.user),
        "propose_form": ProposeForm(initial=initial, auto_id="propose-%s"),
        "back_form": RemarkForm(auto_id="back-%s"),
        "comment_form": CommentForm(auto_id="comment-%s"),
        **forms_given,
    }
    return render(request, "definitions/draft.html", context, status=status)


@requires("definitions.propose")
@require_POST
def start(request: Request) -> HttpResponse:
    """Begin a draft, of what was signed last or of the version that is named."""
    given = request.POST.get("source", "")
    named = given.isascii() and given.isdecimal() and len(given) < 19
    source = get_object_or_404(Definition, pk=int(given)) if named else None
    drafts.start(by=request.user, moment=database_now(), source=source)
    messages.success(request, "A draft is open. It changes no rule until both heads have signed it.")
    return redirect("leads:definitions_draft")


@requires("definitions.propose")
@require_POST
def propose(request: Request, pk: int) -> HttpResponse:
    form = ProposeForm(request.POST, auto_id="propose-%s")
    row = get_object_or_404(Definition, pk=pk)
    if not form.is_valid():
        return show(request, row, status=422, propose_form=form)
    drafts.propose(pk, revision=read(request), by=request.user, moment=database_now(), **form.cleaned_data)
    messages.success(request, "Proposed. Both heads were told that it waits for them.")
    return redirect("leads:definitions_draft")


@requires("definitions.read")
@require_POST
def sign(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Definition, pk=pk)
    row = agreeing.sign(pk, revision=read(request), by=request.user, moment=database_now())
    if row.version is None:
        missing = signing.missing(row)[0]
        messages.success(request, f"Signed. The head of {missing} was told that one signature is missing.")
        return redirect("leads:definitions_draft")
    messages.success(request, f"Signed by both. Version {row.version} is agreed.")
    return redirect("leads:definitions")


@requires("definitions.read")
@require_POST
def send_back(request: Request, pk: int) -> HttpResponse:
    row, form = get_object_or_404(Definition, pk=pk), RemarkForm(request.POST, auto_id="back-%s")
    agreeing.ensure_may_send_back(request.user, database_now())
    if not form.is_valid():
        return show(request, row, status=422, back_form=form)
    agreeing.send_back(
        pk, revision=read(request), text=form.cleaned_data["text"], by=request.user, moment=database_now()
    )
    messages.success(request, "Sent back. It is a draft again, and its authors read your words.")
    return redirect("leads:definitions_draft")


@requires("definitions.propose")
@require_POST
def comment(request: Request, pk: int) -> HttpResponse:
    row, form = get_object_or_404(Definition, pk=pk), CommentForm(request.POST, auto_id="comment-%s")
    if not form.is_valid():
        return show(request, row, status=422, comment_form=form)
    agreeing.comment(pk, text=form.cleaned_data["text"], by=request.user, moment=database_now())
    return redirect(f"{reverse('leads:definitions_draft')}#remarks")


@requires("definitions.propose")
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Nothing is lost: a draft can be made of it again, which the answer offers at once."""
    get_object_or_404(Definition, pk=pk)
    row = drafts.withdraw(pk, revision=read(request), by=request.user, moment=database_now())
    said = render_to_string("definitions/_withdrawn.html", {"row": row}, request)
    messages.success(request, said)
    return redirect("leads:definitions")


def read(request: Request) -> int:
    """The revision that the form was drawn for; 0, which no document has, where it is damaged."""
    given = request.POST.get("revision", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0

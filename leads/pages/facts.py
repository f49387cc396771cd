"""Correct what is known about a lead, without overwriting what a colleague corrected meanwhile."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads import custom_fields, facts
from leads.limits import a_real_email, a_real_phone
from leads.models import CustomField, FactChange, Lead
from leads.models.account import RevenueBand
from leads.pages.adding import told_of
from leads.pages.door import visible_lead
from leads.pages.fact_entries import fact_name, fact_words
from leads.pages.fields import PlainWords, own_fields
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

PAST = 30  # corrections that are told


class FactsForm(PlainWords, forms.ModelForm):
    """The facts a person may correct; origin and history are not among them."""

    company = forms.CharField(label="Company", max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Lead
        fields = facts.FIELDS
        labels = {"email": "E-mail"}

    field_order = ("first_name", "last_name", "email", "phone", "company", "job_title")

    def __init__(self, data=None, *, lead: Lead, only: str = "") -> None:
        # A copy, because checking the form writes what was typed into its instance.
        there = facts.stored(lead) | {"version": lead.version}
        super().__init__(data, instance=copy(lead), initial=there, auto_id="fact-%s" if only else "id_%s")
        self.fields["email"].widget.input_type = "email"
        self.fields["phone"].widget.input_type = "tel"
        self.fields |= own_fields("lead")
        self.only = only
        self.facts = [only] if only else [name for name in self.fields if name != "version"]
        if only:
            self.fields = {name: self.fields[name] for name in (only, "version")}
            self.fields[only].widget.attrs["autofocus"] = True
        for name in self.facts:
            self.fields[name].show_hidden_initial = True

    def clean_email(self) -> str:
        return a_real_email(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return a_real_phone(self.cleaned_data["phone"])

    def changes(self) -> dict[str, tuple[str | None, str]]:
        """Field → (what it said when the form was opened, what was typed), where the two differ."""
        opened = {name: self.data.get(f"initial-{name}") for name in self.facts}
        typed = {name: self.cleaned_data[name] for name in self.facts}
        return {
            name: (opened[name], typed[name])
            for name in self.facts
            if (opened[name] or "").strip() != typed[name].strip() or opened[name] is None
        }


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    facts.ensure_may_edit(request.user, lead)
    form = FactsForm(request.POST if request.method == "POST" else None, lead=lead)
    if request.method != "POST":
        return _page(request, lead, form)
    if not form.is_valid():
        return _page(request, lead, form, status=422)
    try:
        facts.correct(pk, form.changes(), version=form.cleaned_data["version"], by=request.user)
    except facts.ChangedMeanwhile as conflict:
        return _page(request, conflict.lead, reopened(form, conflict), status=409)
    except Refusal as refusal:  # said above the form, so that nothing typed is lost
        return _page(request, lead, form, status=409, **told_of(request, refusal))
    return redirect("leads:detail", pk)


def _page(request: Request, lead: Lead, form: FactsForm, *, status: int = 200, **more) -> HttpResponse:
    context = {"form": form, "lead": lead, "past": past_of(lead=lead), **more}
    return render(request, "leads/edit.html", context, status=status)


def past_of(**about: Any) -> list[dict[str, Any]]:
    """The latest corrections of a lead, a company, or one fact of it, in the words of its page."""
    rows = FactChange.objects.filter(**about).select_related("by").order_by("-at", "-id")[:PAST]
    entity = "account" if "account" in about else "lead"
    own = {f"{facts.OWN}{field.key}": field for field in custom_fields.fields(entity)}
    return [
        {
            "change": change,
            "label": own[change.field].label if change.field in own else fact_name(change.field),
            "before": _said(own.get(change.field), change.field, change.before),
            "after": _said(own.get(change.field), change.field, change.after),
        }
        for change in rows
    ]


def _said(own: CustomField | None, name: str, text: str) -> str:
    """What stood there, as the page says it; a text that its field no longer takes is told as it is."""
    if own is None:
        return (
            str(dict(RevenueBand.choices).get(text, text))
            if name == "revenue_band"
            else fact_words(name, text)
        )
    with suppress(ValidationError):
        return custom_fields.shown(own, custom_fields.parse(own, text))
    return text


def reopened(form: FactsForm, conflict: facts.ChangedMeanwhile) -> FactsForm:
    """The form as if opened now: what was typed stays, the rest is as stored, and saving again is an answer."""
    stored = facts.stored(conflict.lead)
    data = stored | {name: new for name, (_, new) in form.changes().items()}
    data |= {f"initial-{name}": value for name, value in stored.items()}
    again = FactsForm(data | {"version": conflict.lead.version}, lead=conflict.lead, only=form.only)
    again.add_error(None, str(conflict))
    for name, (now_, yours) in conflict.fields.items():
        again.add_error(name, f"{_told(now_)} meanwhile, and you wrote {_quoted(yours)}.")
    return again


def _told(value: str) -> str:
    return f"Changed to “{value}”" if value else "Emptied"


def _quoted(value: str) -> str:
    return f"“{value}”" if value else "nothing"

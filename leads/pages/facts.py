"""Correct what is known about a lead, without overwriting what a colleague corrected meanwhile."""

from __future__ import annotations

from copy import copy

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from leads import access, capture, suppression
from leads.identity import normalise_email, normalise_phone
from leads.models import Lead, name_key
from leads.pages.adding import a_real_email, a_real_phone, told_of
from leads.pages.door import visible_lead
from leads.pages.fields import PlainWords
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request


class FactsForm(PlainWords, forms.ModelForm):
    """The facts a person may correct; origin and history are not among them."""

    company = forms.CharField(label="Company", max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Lead
        fields = (
            "first_name",
            "last_name",
            "email",
            "phone",
            "job_title",
            "buying_role",
            "country",
            "consent",
        )
        labels = {"email": "E-mail"}

    field_order = ("first_name", "last_name", "email", "phone", "company", "job_title")

    def __init__(self, data=None, *, lead: Lead) -> None:
        # A copy, because checking the form writes what was typed into its instance.
        super().__init__(data, instance=copy(lead), initial=stored_facts(lead) | {"version": lead.version})
        self.fields["email"].widget.input_type = "email"
        self.fields["phone"].widget.input_type = "tel"
        for name in FACTS:
            self.fields[name].show_hidden_initial = True

    def clean_email(self) -> str:
        return a_real_email(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return a_real_phone(self.cleaned_data["phone"])

    def changes(self) -> dict[str, tuple[str | None, str]]:
        """Field → (what it said when the form was opened, what was typed), where the two differ."""
        opened = {name: self.data.get(f"initial-{name}") for name in FACTS}
        typed = {name: self.cleaned_data[name] for name in FACTS}
        return {
            name: (opened[name], typed[name])
            for name in FACTS
            if (opened[name] or "").strip() != typed[name].strip() or opened[name] is None
        }


FACTS = (*FactsForm.Meta.fields, "company")


def stored_facts(lead: Lead) -> dict[str, str]:
    return {name: getattr(lead, name) for name in FactsForm.Meta.fields} | {
        "company": str(lead.account or "")
    }


class ChangedMeanwhile(Refusal):
    """Somebody else changed the same fields to something else; `fields` says which, to what, and what to what."""

    code = "changed_meanwhile"

    def __init__(self, lead: Lead, fields: dict[str, tuple[str, str]]) -> None:
        super().__init__(
            f"Somebody changed {lead.name} while you were editing. "
            "Read the marked fields, then save again: what stands in the form counts."
        )
        self.lead, self.fields = lead, fields


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    if not access.may_edit_facts(request.user, lead):
        raise Forbidden(f"{lead.name} was handed over. Its owner or a head of team edits the facts now.")
    form = FactsForm(request.POST if request.method == "POST" else None, lead=lead)
    if request.method != "POST":
        return _page(request, lead, form)
    if not form.is_valid():
        return _page(request, lead, form, status=422)
    try:
        correct(pk, form, by=request.user)
    except ChangedMeanwhile as conflict:
        return _page(request, conflict.lead, reopened(form, conflict), status=409)
    except Refusal as refusal:  # said above the form, so that nothing typed is lost
        return _page(request, lead, form, status=409, **told_of(request, refusal))
    return redirect("leads:detail", pk)


def _page(request: Request, lead: Lead, form: FactsForm, *, status: int = 200, **more) -> HttpResponse:
    return render(request, "leads/edit.html", {"form": form, "lead": lead, **more}, status=status)


@transaction.atomic
def correct(pk: int, form: FactsForm, *, by: User) -> None:
    """Store what the form changed, beside what others changed meanwhile; raises `ChangedMeanwhile` or `Refusal`."""
    lead = Lead.objects.lock(pk)
    stored, typed = stored_facts(lead), form.changes()
    changed = {name: new for name, (_, new) in typed.items() if new != stored[name]}
    if not changed:
        return
    if form.cleaned_data["version"] != lead.version:
        both = {name: (stored[name], new) for name, new in changed.items() if typed[name][0] != stored[name]}
        if both:
            raise ChangedMeanwhile(lead, both)
    for name in changed.keys() - {"company"}:
        setattr(lead, name, changed[name])
    _recognise(lead)
    if "company" in changed:
        lead.account = capture.find_account(changed["company"]) if changed["company"] else None
    lead.version += 1
    lead.save()
    audit.record("lead.facts_corrected", by=by, about=lead, fields=sorted(changed))


def reopened(form: FactsForm, conflict: ChangedMeanwhile) -> FactsForm:
    """The form as if opened now: what was typed stays, the rest is as stored, and saving again is an answer."""
    stored = stored_facts(conflict.lead)
    data = stored | {name: new for name, (_, new) in form.changes().items()}
    data |= {f"initial-{name}": value for name, value in stored.items()}
    again = FactsForm(data | {"version": conflict.lead.version}, lead=conflict.lead)
    again.add_error(None, str(conflict))
    for name, (now_, yours) in conflict.fields.items():
        again.add_error(name, f"{_told(now_)} meanwhile, and you wrote {_quoted(yours)}.")
    return again


def _told(value: str) -> str:
    return f"Changed to “{value}”" if value else "Emptied"


def _quoted(value: str) -> str:
    return f"“{value}”" if value else "nothing"


def _recognise(lead: Lead) -> None:
    """Set the normal forms by which the lead is recognised; they may belong to nobody else, nor be barred."""
    email, phone = normalise_email(lead.email), normalise_phone(lead.phone)
    if email is None and phone is None and (lead.email_norm or lead.phone_norm):
        raise Refusal("Keep an e-mail address or a phone number: one of them is how a lead is recognised.")
    if (email, phone) != (lead.email_norm, lead.phone_norm):
        other = capture.find(email, phone, besides=lead.pk)
        if other is not None:
            raise capture.AlreadyKnown(other)
    barred = suppression.match(
        moment=now(),
        email=email if email != lead.email_norm else None,
        phone=phone if phone != lead.phone_norm else None,
    )
    if barred is not None:
        raise Refusal("The never-again register bars this e-mail address or phone number.")
    lead.email_norm, lead.phone_norm = email, phone
    lead.name_key = name_key(f"{lead.first_name} {lead.last_name}")

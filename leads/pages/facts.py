"""Correct what is known about a lead, without overwriting what a colleague corrected meanwhile."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from leads import access, capture, suppression
from leads.identity import normalise_email, normalise_phone
from leads.models import Lead, name_key
from leads.pages.adding import a_real_email, a_real_phone
from leads.pages.door import visible_lead
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request


class FactsForm(forms.ModelForm):
    """The facts a person may correct; origin and history are not among them."""

    company = forms.CharField(max_length=200, required=False)
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

    def __init__(self, data=None, *, instance: Lead) -> None:
        seen = {"company": str(instance.account or ""), "version": instance.version}
        super().__init__(data, instance=instance, initial=seen)
        self.fields["email"].widget.input_type = "email"
        self.fields["phone"].widget.input_type = "tel"

    def clean_email(self) -> str:
        return a_real_email(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return a_real_phone(self.cleaned_data["phone"])

    def differences(self, lead: Lead) -> dict[str, tuple[str, str]]:
        """Field → (what is stored, what this form says), where the two differ."""
        stored = {name: getattr(lead, name) for name in self.Meta.fields}
        stored["company"] = str(lead.account or "")
        return {
            name: (stored[name], self.cleaned_data[name])
            for name in stored
            if stored[name] != self.cleaned_data[name]
        }


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    if not access.may_edit_facts(request.user, lead):
        raise Forbidden(f"{lead.name} was handed over. Its owner or a head of team edits the facts now.")
    form = FactsForm(request.POST if request.method == "POST" else None, instance=lead)
    if request.method != "POST":
        return render(request, "leads/edit.html", {"form": form, "lead": lead})
    if not form.is_valid():
        return render(request, "leads/edit.html", {"form": form, "lead": lead}, status=422)
    correct(pk, form, by=request.user)
    return redirect("leads:detail", pk)


@transaction.atomic
def correct(pk: int, form: FactsForm, *, by: User) -> None:
    """Store what the form says; raises `Refusal` when the lead changed since the form was opened."""
    lead = Lead.objects.lock(pk)
    changed = form.differences(lead)
    if not changed:
        return
    if form.cleaned_data["version"] != lead.version:
        raise Refusal(_changed_meanwhile(form, lead, changed))
    _recognise(form, lead)
    for name in form.Meta.fields:
        setattr(lead, name, form.cleaned_data[name])
    if "company" in changed:
        lead.account = (
            capture.find_account(form.cleaned_data["company"], None) if changed["company"][1] else None
        )
    lead.version += 1
    lead.save()
    audit.record("lead.facts_corrected", by=by, about=lead, fields=sorted(changed))


def _changed_meanwhile(form: FactsForm, lead: Lead, changed: dict[str, tuple[str, str]]) -> str:
    both = [
        f"{form.fields[name].label or name} is now “{now_}” and you wrote “{yours}”"
        for name, (now_, yours) in changed.items()
    ]
    return (
        f"{lead.name} was changed while you were editing: {'; '.join(both)}. Open the lead and edit it again."
    )


def _recognise(form: FactsForm, lead: Lead) -> None:
    """Set the normal forms by which the lead is recognised; they may belong to nobody else, nor be barred."""
    email, phone = normalise_email(form.cleaned_data["email"]), normalise_phone(form.cleaned_data["phone"])
    if email is None and phone is None and (lead.email_norm or lead.phone_norm):
        raise Refusal("Keep an e-mail address or a phone number: one of them is how a lead is recognised.")
    if email is not None and email != lead.email_norm:
        other = Lead.objects.alive().filter(email_norm=email).exclude(pk=lead.pk).first()
        if other is not None:
            raise Refusal(f"{other.name} is already a lead with this e-mail address.")
    barred = suppression.match(
        moment=now(),
        email=email if email != lead.email_norm else None,
        phone=phone if phone != lead.phone_norm else None,
    )
    if barred is not None:
        raise Refusal("The never-again register bars this e-mail address or phone number.")
    lead.email_norm, lead.phone_norm = email, phone
    lead.name_key = name_key(f"{form.cleaned_data['first_name']} {form.cleaned_data['last_name']}")

"""Enter one lead by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads import capture, custom_fields, facts
from leads.buying import role_of
from leads.limits import NOTE_LENGTH, a_real_email, a_real_phone
from leads.models import Campaign, Lead
from leads.pages.fields import PlainWords, own_fields
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

OF_ANOTHER_TEAM = (
    "Somebody with this e-mail or phone is already a lead of another team. Ask your head of team."
)


class LeadForm(PlainWords, forms.Form):
    """What is known of a person; an e-mail or a phone number is needed, so that the person can be recognised."""

    first_name = forms.CharField(max_length=120, required=False)
    last_name = forms.CharField(max_length=120, required=False)
    email = forms.CharField(label="E-mail", max_length=254, required=False)
    phone = forms.CharField(max_length=60, required=False)
    company = forms.CharField(max_length=200, required=False)
    job_title = forms.CharField(max_length=160, required=False)
    buying_role = forms.CharField(
        max_length=60,
        required=False,
        help_text="Champion, economic buyer, technical buyer, user or blocker, or in your own words.",
    )
    country = forms.CharField(max_length=80, required=False)
    campaign = forms.ModelChoiceField(
        queryset=Campaign.objects.select_related("channel").order_by("key"),
        required=False,
        empty_label="None",
        help_text="Where this lead came from. It cannot be changed later.",
    )
    consent = forms.ChoiceField(choices=Lead.Consent.choices, required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=NOTE_LENGTH)

    def __init__(self, data=None, *, initial=None) -> None:
        super().__init__(data, initial=initial)
        self.fields["email"].widget.input_type = "email"
        self.fields["phone"].widget.input_type = "tel"
        self.fields["first_name"].widget.attrs["autofocus"] = True
        note = self.fields.pop("note")  # asked for last, below the company's own fields
        self.fields |= own_fields("lead") | {"note": note}

    def clean_email(self) -> str:
        return a_real_email(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return a_real_phone(self.cleaned_data["phone"])

    def clean(self) -> dict:
        given = super().clean() or {}
        if not given.get("email") and not given.get("phone") and not self.errors:
            self.add_error("email", "Enter an e-mail address or a phone number: one of them is needed.")
        return given

    def given(self) -> dict[str, Any]:
        """What `capture.create` takes."""
        plain = {name: value for name, value in self.cleaned_data.items() if not name.startswith(facts.OWN)}
        own = {
            name.removeprefix(facts.OWN): text
            for name, text in self.cleaned_data.items()
            if name not in plain
        }
        values = custom_fields.read("lead", {key: text for key, text in own.items() if text})
        return plain | {"custom": values}


@requires("leads.create")
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    if request.method != "POST":
        return render(request, "leads/create.html", {"form": LeadForm(initial=known_of(request))})
    form = LeadForm(request.POST)
    if not form.is_valid():
        return render(request, "leads/create.html", {"form": form}, status=422)
    try:
        return redirect(capture.create(by=request.user, **form.given()))
    except Refusal as refusal:  # known already, or barred: said above the form, so that nothing typed is lost
        return render(request, "leads/create.html", {"form": form, **told_of(request, refusal)}, status=409)


def known_of(request: Request) -> dict[str, str]:
    """What the page that led here knows of the person already."""
    role = role_of(request.GET.get("role", ""))
    known = {"company": request.GET.get("company", "")[:200], "buying_role": str(role.label) if role else ""}
    return {name: value for name, value in known.items() if value}


def told_of(request: Request, refusal: Refusal) -> dict[str, object]:
    """What a page says of a refusal: somebody who is a lead already is named only to those who may see that lead."""
    if not isinstance(refusal, capture.AlreadyKnown):
        return {"refusal": str(refusal)}
    known = Lead.objects.visible_to(request.user).filter(pk=refusal.lead.pk).first()
    return {"refusal": str(refusal) if known else OF_ANOTHER_TEAM, "known": known}

"""Settings, organisation: what the company decides for everybody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads import definitions, naming
from leads.pages.fields import PlainWords
from smarketing import company
from smarketing.foundation.models import Organisation
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request
from smarketing.people.profile import Zone, zones

TOUCHES = 100  # more than anybody makes before they are ready for sales


class OrganisationForm(PlainWords, forms.Form):
    """What may still change can be filled in; what may not says why."""

    fields: dict[str, Any]
    name = forms.CharField(label="Name", max_length=120, help_text="Stands on every page.")
    time_zone = Zone(help_text="Days of reports begin and end by it, and bare dates of files are read in it.")
    currency = forms.ChoiceField(label="Currency", help_text="Of all reports.")
    leads_visible = forms.ChoiceField(
        label="Which leads sales may see",
        choices=Organisation.LeadsVisible.choices,
        widget=forms.RadioSelect,
        help_text="Heads, marketing and administrators see all leads in any case.",
    )
    qualify_at_touches = forms.IntegerField(
        label="Touches that make a visitor ready for sales",
        min_value=1,
        max_value=TOUCHES,
        help_text="Counted since the lead was born, or since it last came back. Holds for touches from now on.",
        error_messages={
            "min_value": "At least one touch is needed. Enter 1 or more.",
            "max_value": f"Enter {TOUCHES} touches at most.",
            "invalid": "Enter a whole number of touches, such as 3.",
        },
    )
    sole_head = forms.BooleanField(
        label="One person heads marketing and sales",
        required=False,
        help_text="That person, or an administrator, then signs for both sides, and each such signature says so.",
    )

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        initial = {name: getattr(organisation, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        codes = sorted({*company.CURRENCIES, organisation.currency})
        self.fields["currency"].choices = [(code, code) for code in codes]
        if version := definitions.latest().version:
            self.fields["qualify_at_touches"].disabled = True
            self.fields["qualify_at_touches"].help_text = naming.said(
                "Held until version 1 of the definitions. Version {} says now what makes {an_mql}.", version
            )
        for name, sentence in company.fixed(organisation).items():
            self.fields[name].disabled = True
            self.fields[name].help_text = sentence

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


@requires("people.manage_all")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: Request) -> HttpResponse:
    one = Organisation.get()
    form = OrganisationForm(request.POST if request.method == "POST" else None, organisation=one)
    if request.method == "POST" and form.is_valid():
        company.change(one, form.cleaned_data, by=request.user)
        messages.success(request, f"{one} is saved.")
        return redirect("organisation")
    context = {"form": form, "zones": zones()}
    return render(request, "settings/organisation.html", context, status=422 if form.errors else 200)

"""Settings, profile: what is one's own to say: name, zone, where to start, who stands in."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads.pages.fields import PlainWords
from sla.calendar_words import hours_words
from smarketing.company import near_zones
from smarketing.foundation import audit
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.requests import Request
from smarketing.people.forms import NO_CHOICE, others
from smarketing.shell import navigation, usual_home


class Zone(forms.CharField):
    """The name of a time zone; one that is misspelt is answered with those that were meant."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"})
        super().__init__(label="Time zone", max_length=64, widget=widget, **options)

    def clean(self, value: Any) -> str:
        name = super().clean(value)
        if name and name not in available_timezones():
            near = near_zones(name)
            meant = f"Did you mean {' or '.join(near)}?" if near else "Choose one from the list."
            raise forms.ValidationError(f"“{name}” is not a time zone. {meant}")
        return name


class ProfileForm(PlainWords, forms.ModelForm):
    time_zone = Zone(required=False)
    start_page = forms.ChoiceField(label="Start page", required=False)
    deputy = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        help_text="Hears of broken promises of your team while you are on leave.",
        error_messages=NO_CHOICE,
    )

    class Meta:
        model = User
        fields = ("name", "time_zone", "start_page", "deputy")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.instance
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["time_zone"].widget.attrs["placeholder"] = zone
        self.fields["time_zone"].help_text = f"Times are shown in it. Empty: the organisation’s, {zone}."
        self.fields["start_page"].choices = [  # type: ignore[attr-defined]
            ("", f"{usual_home(user).name}, as usual for your role"),
            *((place.url_name, place.name) for _, places in navigation(user, "") for place in places),
        ]
        self.fields["deputy"].queryset = others(user)  # type: ignore[attr-defined]
        if not user.is_head:
            del self.fields["deputy"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    @transaction.atomic
    def save_by(self, by: User) -> None:
        if self.changed_data:
            self.instance.save(update_fields=self.changed_data)
            audit.record("user.changed", by=by, about=self.instance, fields=self.changed_data)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    """One's own: nobody else changes it."""
    # A copy: a form that cannot be saved leaves the name in the frame as it is.
    me = User.objects.select_related("team").get(pk=request.user.pk)
    organisation = Organisation.get()
    form = ProfileForm(_posted(request), instance=me, zone=organisation.time_zone)
    if request.method == "POST" and form.is_valid():
        form.save_by(request.user)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    context = {
        "form": form,
        "me": request.user,
        "zones": zones(),
        "calendars_readable": request.user.may("calendars.read"),
        "hours": hours_words([request.user.pk])[request.user.pk],
    }
    return render(request, "settings/profile.html", context, status=422 if form.errors else 200)


def zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _posted(request: Request) -> Any:
    return request.POST if request.method == "POST" else None

"""Put a lead off, wake it, and take that back. When is offered by the page; here any time to come is taken."""

from __future__ import annotations

from datetime import datetime, time

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST

from leads import snoozing
from leads.limits import NOTE_LENGTH
from leads.models import Lead, Snooze
from leads.pages.answers import CHANGED, done, taken_back
from leads.pages.door import visible_lead
from leads.pages.fields import Day, PlainWords
from leads.pages.last_acts import undo_of_snooze
from smarketing.foundation.requests import Request

MORNING = time(9)
OTHER = "other"
NO_TIME = "Choose until when."


def offered(text: str) -> datetime | None:
    """A moment as the page writes it into its buttons, or None where it is none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


class SnoozeForm(PlainWords, forms.Form):
    """Until when, as one of the offered moments or as a day and a time on the reader's own clock; why is free."""

    until = forms.CharField(required=False, max_length=40)
    on = Day(label="Day", required=False)
    at = forms.TimeField(
        label="Time",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter “Time” on the clock, such as 14:30."},
    )
    note = forms.CharField(label="Why", required=False, max_length=NOTE_LENGTH)

    def clean(self) -> dict:
        given = super().clean() or {}
        if self.errors:
            return given
        chosen = given.get("until", "")
        moment = self._other(given) if chosen in ("", OTHER) else offered(chosen)
        if moment is None and not self.errors:
            self.add_error("until", NO_TIME)
        elif moment is not None and moment <= timezone.now():
            self.add_error("on" if chosen in ("", OTHER) else "until", "Choose a time to come.")
        given["moment"] = moment
        return given

    def _other(self, given: dict) -> datetime | None:
        if not given.get("on"):
            self.add_error("on", NO_TIME)
            return None
        clock = given.get("at") or MORNING
        return timezone.make_aware(datetime.combine(given["on"], clock))


@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: Request, pk: int) -> HttpResponse:
    """The dialog, as a fragment or as a page of its own; and what it sends."""
    lead = visible_lead(request, pk)
    if request.method != "POST":
        return _shown(request, lead, SnoozeForm())
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _shown(request, lead, form, status=422)
    row = snoozing.snooze(
        lead.pk, by=request.user, until=form.cleaned_data["moment"], note=form.cleaned_data["note"]
    )
    words = snoozing.within(snoozing.when_words(row.until_at, row.at))
    return done(request, lead, f"{lead.name} is put off until {words}.", undo=undo_of_snooze(row.pk))


def _shown(request: Request, lead: Lead, form: SnoozeForm, status: int = 200) -> HttpResponse:
    template = "leads/_snooze.html" if request.htmx else "leads/snooze.html"
    return render(request, template, {"lead": lead, "form": form, "moment": timezone.now()}, status=status)


@require_POST
def wake(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    snoozing.wake(lead.pk, by=request.user)
    return done(request, lead, f"{lead.name} is back in the queue.", event=CHANGED)


@require_POST
def undo_snooze(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, get_object_or_404(Snooze, pk=pk).lead_id)
    snoozing.take_back(lead.pk, snooze_id=pk, by=request.user)
    return taken_back(request, lead)

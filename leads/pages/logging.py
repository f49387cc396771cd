"""Log work on a lead in one click; the words and the next try are asked afterwards, beside the work that goes on."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads import activities, snoozing
from leads.limits import NOTE_LENGTH
from leads.models import Activity, Lead
from leads.pages.acts import with_form
from leads.pages.answers import CHANGED, MOVED, done, taken_back, with_news
from leads.pages.door import visible_lead
from leads.pages.fields import PlainWords
from leads.pages.last_acts import outcome_words, undo_of_snooze, undo_of_work
from leads.pages.putting_off import offered
from smarketing.foundation.requests import Request

HERE = "strip"  # where a page shows what is asked afterwards


@require_POST
def log(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)

    def act(what: tuple[str, str], text: str) -> HttpResponse:
        kind, outcome = what
        logged = activities.log(lead.pk, by=request.user, kind=kind, outcome=outcome, text=text)
        undo = undo_of_work(logged.pk)
        if request.htmx.target == HERE:
            event = MOVED if kind == Activity.Kind.CALL else CHANGED
            return _asked(request, lead, logged, DetailsForm(), event=event)
        sentence = f"Logged for {lead.name}: {outcome_words(outcome)}."
        return done(request, lead, sentence, event=CHANGED if text else MOVED, undo=undo)

    return with_form("log", lead, request, act)


class DetailsForm(PlainWords, forms.Form):
    """What came of it in words, and when to try again: one of the offered moments, or none."""

    text = forms.CharField(label="Note", required=False, max_length=NOTE_LENGTH)
    until = forms.CharField(required=False, max_length=40)

    def clean_until(self) -> datetime | None:
        given = self.cleaned_data["until"]
        moment = offered(given) if given else None
        if given and (moment is None or moment <= now()):
            raise forms.ValidationError("That time is over. Choose another.")
        return moment


@require_POST
def details(request: Request, pk: int) -> HttpResponse:
    """Add the words, put the lead off until the next try, or both."""
    logged = get_object_or_404(Activity.objects, pk=pk)
    lead = visible_lead(request, logged.lead_id)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _asked(request, lead, logged, form, status=422)
    text, until = form.cleaned_data["text"], form.cleaned_data["until"]
    said, undo = [], ""
    if text.strip():
        activities.add_words(logged.pk, by=request.user, text=text)
        said.append("Note kept.")
    if until is not None:
        row = snoozing.snooze(lead.pk, by=request.user, until=until)
        said.append(f"Next try {snoozing.within(snoozing.when_words(row.until_at, row.at))}.")
        undo = undo_of_snooze(row.pk)
    return done(
        request,
        lead,
        f"{lead.name}: {' '.join(said) or 'Nothing to add.'}",
        event=CHANGED,
        undo=undo,
        swap=True,
    )


@require_POST
def undo_log(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, get_object_or_404(Activity.recorded, pk=pk).lead_id)
    activities.take_back(pk, by=request.user)
    return taken_back(request, lead)


def _asked(
    request: Request, lead: Lead, logged: Activity, form: DetailsForm, *, event: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "lead": lead,
        "logged": logged,
        "form": form,
        "words": outcome_words(logged.outcome),
        "undo_url": undo_of_work(logged.pk),
        "may_snooze": snoozing.may_snooze(request.user, lead),
    }
    answer = render(request, "leads/_strip.html", context, status=status)
    return with_news(answer, {event: {"lead": lead.pk}}) if event else answer

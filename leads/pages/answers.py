"""How a page answers an act: panels of the same page are told by an event, a page without script is sent back."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from leads.models import Lead
from smarketing.foundation.requests import Request

MOVED = "lead-moved"  # the work on this lead is done for now: a queue goes on to the next one
CHANGED = "lead-changed"  # something about it is new: show it again


def done(
    request: Request, lead: Lead, sentence: str, *, event: str = MOVED, undo: Lead | None = None
) -> HttpResponse:
    """Say what was done; with `undo`, the lead as it was moved, offer to take exactly that back."""
    undo_url = f"{reverse('leads:undo', args=[lead.pk])}?seq={undo.seq}" if undo is not None else ""
    if request.htmx:
        return told({event: {"lead": lead.pk}, "toast": {"text": sentence, "undo": undo_url}})
    said = render_to_string("leads/_message.html", {"sentence": sentence, "undo_url": undo_url}, request)
    messages.success(request, said)
    return redirect(lead)


def told(events: dict, **headers: str) -> HttpResponse:
    """204: nothing to swap, only news for the panels of the page."""
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events), **headers})


def not_valid(request: Request, lead: Lead, act) -> HttpResponse:
    """422: the form again, with what is wrong beside each field."""
    template = act.act.template if request.htmx else "leads/act.html"
    return render(request, template, {"lead": lead, "act": act}, status=422)

"""How a page answers an act: panels of the same page are told by an event, a page without script is sent back."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from leads.models import Lead
from leads.pages.last_acts import undo_of_move
from smarketing.foundation.requests import Request

MOVED = "lead-moved"  # the work on this lead is done for now: a queue goes on to the next one
CHANGED = "lead-changed"  # something about it is new: show it again


def done(
    request: Request,
    lead: Lead,
    sentence: str,
    *,
    event: str = MOVED,
    undo: Lead | str = "",
    swap: bool = False,
) -> HttpResponse:
    """Say what was done; with `undo`, the lead as it was moved or an address, offer to take exactly that back.

    `swap`: what asked stands in a place of its own, which is emptied.
    """
    undo_url = undo if isinstance(undo, str) else undo_of_move(lead.pk, undo.seq)
    if request.htmx:
        news = {event: {"lead": lead.pk}, "toast": {"text": sentence, "undo": undo_url}}
        return with_news(HttpResponse(), news) if swap else told(news)
    said = render_to_string("leads/_message.html", {"sentence": sentence, "undo_url": undo_url}, request)
    messages.success(request, said)
    return redirect(lead)


def taken_back(request: Request, lead: Lead) -> HttpResponse:
    """In the queue the lead is shown again, wherever the person went meanwhile."""
    sentence = f"Taken back. {lead.name} is where it was."
    if request.htmx and (request.htmx.current_url_abs_path or "").startswith(reverse("sla:queue")):
        shown = {"path": reverse("sla:queue_lead", args=[lead.pk]), "target": "#queue", "swap": "outerHTML"}
        return told({"toast": {"text": sentence}}, **{"HX-Location": json.dumps(shown)})
    return done(request, lead, sentence, event=CHANGED)


def told(events: dict, **headers: str) -> HttpResponse:
    """204: nothing to swap, only news for the panels of the page."""
    return with_news(HttpResponse(status=204, headers=headers), events)


def with_news(answer: HttpResponse, events: dict) -> HttpResponse:
    answer["HX-Trigger"] = json.dumps(events)
    return answer


def not_valid(request: Request, lead: Lead, act) -> HttpResponse:
    """422: the form again, with what is wrong beside each field."""
    template = act.act.template if request.htmx else "leads/act.html"
    return render(request, template, {"lead": lead, "act": act}, status=422)

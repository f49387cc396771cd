"""How the SLA's pages answer an act: with an event that renews the tables, or back to where the person was."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from leads.pages.answers import told
from smarketing.foundation.requests import Request

CHANGED = "sla-changed"  # a promise was explained or a lead changed hands: draw the lists again
HOME = "/sla/"


def back_of(request: Request) -> str:
    """The page of ours that the person came from, else the SLA."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe and back.startswith("/") else HOME


def done(request: Request, sentence: str, *, undo_url: str = "") -> HttpResponse:
    if request.htmx:
        return told({CHANGED: {}, "toast": {"text": sentence, "undo": undo_url}})
    said = render_to_string("leads/_message.html", {"sentence": sentence, "undo_url": undo_url}, request)
    messages.success(request, said)
    return redirect(back_of(request))

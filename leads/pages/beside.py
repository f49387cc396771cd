"""Two leads side by side: what of them is alike, and what is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.lists.filters import is_number
from leads.models import Lead
from leads.pages.door import visible_lead
from leads.twins import matches, twins_of
from smarketing.foundation.requests import Request


@dataclass(frozen=True)
class Pair:
    """One fact of both: `moment` says that it is a moment, not words."""

    name: str
    left: Any
    right: Any
    moment: bool = False

    @property
    def same(self) -> bool:
        return bool(self.left) and self.left == self.right


@require_safe
def beside(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    twin = visible_lead(request, _other(request, lead))
    context = {
        "lead": lead,
        "twin": twin,
        "matches": list(matches(lead, twin)),
        "pairs": [pair for pair in _pairs(lead, twin) if pair.left or pair.right],
    }
    return render(request, "leads/beside.html", context)


def _other(request: Request, lead: Lead) -> int:
    """Whom the address names, or else the likeliest twin; 404 where there is none."""
    other = request.GET.get("with", "")
    if not other:
        found = twins_of(lead, request.user).shown
        other = str(found[0].lead.pk) if found else ""
    if not is_number(other) or int(other) == lead.pk:
        raise Http404
    return int(other)


def _pairs(left: Lead, right: Lead) -> list[Pair]:
    both = (left, right)
    told: list[tuple[str, list[str]]] = [
        ("E-mail", [one.email for one in both]),
        ("Phone", [one.phone_norm or one.phone for one in both]),
        ("Company", [str(one.account) if one.account else "" for one in both]),
        ("Title", [one.job_title for one in both]),
        ("Buying role", [one.buying_role for one in both]),
        ("Country", [one.country for one in both]),
        ("Consent", [one.get_consent_display() for one in both]),
        ("Owner", [str(one.owner) if one.owner else "" for one in both]),
        ("Campaign", [str(one.campaign) if one.campaign else "" for one in both]),
        ("Channel", [str(one.channel) if one.channel else "" for one in both]),
    ]
    moments: list[tuple[str, list[datetime | None]]] = [
        ("Born", [one.born_at for one in both]),
        ("In stage since", [one.stage_since for one in both]),
        ("Last worked on", [one.worked_at for one in both]),
    ]
    pairs = [Pair(name, ours, theirs) for name, (ours, theirs) in told]
    return pairs + [Pair(name, ours, theirs, moment=True) for name, (ours, theirs) in moments]

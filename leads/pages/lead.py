"""The page of one lead, and the fragment of it that the queue shows beside its list."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.models import Deal, Handover, Lead, StageChange
from leads.pages.act_forms import open_act
from leads.pages.actions import actions_for, dialogs_for
from leads.pages.door import whole_lead
from leads.pages.timeline import Story, story, why_owner_in_short, why_stage
from leads.reasons import label
from leads.stages import Move
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request


@require_safe
def detail(request: Request, pk: int) -> HttpResponse:
    lead = whole_lead(request, pk)
    context = record(lead, user=request.user, moment=now(), everything="all" in request.GET)
    template = "leads/_lead.html" if request.htmx else "leads/lead.html"
    return render(request, template, {**context, "heading": "h1"})


def record(lead: Lead, *, user: User, moment: datetime, everything: bool = False) -> dict[str, object]:
    """All that `leads/_lead.html` shows of a lead from `door.whole_lead`."""
    told = story(lead, everything=everything)
    deals = list(_deals(lead))
    actions = actions_for(user, lead, last=told.last_live, moment=moment)
    return {
        "lead": lead,
        "story": told,
        "deals": deals,
        "handovers": [(handover, ending_words(handover)) for handover in _handovers(lead)],
        "actions": actions,
        "dialogs": dialogs_for(lead, actions, deals),
        "log": open_act("log", lead) if actions.log else None,
        "appeal": lead.appeals_open[0] if lead.appeals_open else None,  # type: ignore[attr-defined]
        "why": {"owner": _why_owner(told), "stage": why_stage(_decisive(lead, told.history))},
    }


def _deals(lead: Lead) -> QuerySet[Deal]:
    return lead.deals.annotate(refunded=Sum("refunds__amount")).order_by("-id")[:50]


def _handovers(lead: Lead) -> QuerySet[Handover]:
    return lead.handovers.select_related("rep").order_by("-opened_at", "-id")[:50]


def ending_words(handover: Handover) -> str:
    if handover.ended_at is None:
        return "waits for a decision"
    cause = label(handover.cause).lower() if handover.cause else ""
    return f"{handover.get_ending_display().lower()}{f': {cause}' if cause else ''}"


def _why_owner(told: Story) -> str:
    return why_owner_in_short(told.assignments[0]) if told.assignments else ""


def _decisive(lead: Lead, history: list[StageChange]) -> StageChange | None:
    """The row that brought the lead to where it stands: not an undo, and not what an undo took back."""
    for row in history:
        taken_back = getattr(row, "undone_by", None) is not None
        if row.position == lead.position and not taken_back and row.move not in (Move.UNDO, Move.ADOPT):
            return row
    return None

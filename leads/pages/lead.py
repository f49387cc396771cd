"""The page of one lead, and the fragment of it that the queue shows beside its list."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import segments
from leads.buying import BuyingTeam, team_of
from leads.models import Deal, Lead, Snooze, StageChange
from leads.pages.actions import Actions, actions_for, asked_by, dialogs_for
from leads.pages.door import visible_lead, whole_lead
from leads.pages.entries import why_owner_in_short
from leads.pages.inline import facts_of
from leads.pages.interest import content_taken, criteria_for, pages_read, qualified
from leads.pages.last_acts import last_act_on
from leads.pages.local_time import Local, local_time
from leads.pages.next_best import Facts, NextBest, next_best
from leads.pages.open_acts import open_act
from leads.pages.score_card import score_card
from leads.pages.sources import ALL
from leads.pages.timeline import Story, story, timeline, why_stage
from leads.snoozing import when_words, within
from leads.stages import Move
from leads.twins import twins_of
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request
from smarketing.foundation.statements import Statement


@require_safe
def detail(request: Request, pk: int) -> HttpResponse:
    lead = whole_lead(request, pk)
    show, before = request.GET.get("show", ALL), request.GET.get("before", "")
    context = record(lead, user=request.user, moment=now(), show=show, before=before)
    template = "leads/_lead.html" if request.htmx else "leads/lead.html"
    return render(request, template, {**context, "heading": "h1"})


@require_safe
def happened(request: Request, pk: int) -> HttpResponse:
    """One kind of what happened, or the page after the one that is read; without script, on the lead's own page."""
    lead = visible_lead(request, pk)
    if not request.htmx:
        return redirect(f"{lead.get_absolute_url()}?{request.GET.urlencode()}#card-what-happened")
    before = request.GET.get("before", "")
    told = timeline(lead, moment=now(), show=request.GET.get("show", ALL), before=before)
    return render(
        request, "leads/_older.html" if before else "leads/_timeline.html", {"lead": lead, "timeline": told}
    )


def record(
    lead: Lead, *, user: User, moment: datetime, show: str = ALL, before: str = ""
) -> dict[str, object]:
    """All that `leads/_lead.html` shows of a lead from `door.whole_lead`."""
    told = story(lead, moment=moment, show=show, before=before)
    deals = list(_DEALS.all(lead=lead.pk))
    undo = last_act_on(lead, user, moment=moment, move=told.last_live, work=told.work, snoozes=told.snoozes)
    actions = actions_for(user, lead, undo=undo is not None, moment=moment)
    asleep = asleep_now(lead, told, moment)
    team = team_of(lead.account, user) if lead.account is not None else None
    local = local_time(lead.phone_norm or "", lead.country, moment)
    criteria = criteria_for(lead, moment)
    asked = asked_by(lead, actions, moment)
    names, missing = segments.judged(lead.pk, [*criteria, *asked], moment)
    asked = [one for one in asked if one in missing]
    return {
        "lead": lead,
        "moment": moment,
        "story": told,
        "timeline": told.timeline,
        "deals": deals,
        "facts": facts_of(lead, may_edit=actions.edit),
        "segments": names,
        "undo": undo,
        "actions": actions,
        "asleep": asleep,
        "asleep_until": within(when_words(asleep.until_at, moment)) if asleep else "",
        "local": local,
        "best": _best(lead, told, actions, local, asleep, team, moment),
        "reading": pages_read(told.touches),
        "content": content_taken(told.touches),
        "qualified": qualified(lead, told, criteria, missing),
        "score": score_card(lead),
        "team": team,
        "twins": twins_of(lead, user) if lead.merged_into_id is None else None,
        "asked": asked,
        "dialogs": dialogs_for(lead, actions, deals, asked),
        "log": open_act("log", lead) if actions.log else None,
        "appeal": lead.appeals_open[0] if lead.appeals_open else None,  # type: ignore[attr-defined]
        "why": {"owner": _why_owner(lead), "stage": why_stage(_decisive(lead, told.history))},
    }


def asleep_now(lead: Lead, told: Story, moment: datetime) -> Snooze | None:
    """The snooze that still keeps this lead away; the same rule as `Snooze.objects.sleeping`, over rows at hand."""
    row = next((row for row in told.snoozes if row.ended_at is None), None)
    if row is None or row.until_at <= moment or (row.owner_id, row.seq) != (lead.owner_id, lead.seq):
        return None
    return None if any(touch.at > row.at and touch.is_the_buyers for touch in told.touches) else row


def _best(
    lead: Lead,
    told: Story,
    actions: Actions,
    local: Local | None,
    asleep: Snooze | None,
    team: BuyingTeam | None,
    moment: datetime,
) -> NextBest | None:
    missing = {str(seat.role) for seat in team.missing} if team is not None else set()
    return next_best(
        Facts(
            lead=lead,
            actions=actions,
            story=told,
            local=local,
            moment=moment,
            asleep_until=within(when_words(asleep.until_at, moment)) if asleep else "",
            sleeps_why=asleep.text if asleep else "",  # type: ignore[attr-defined]
            missing_buyer="Economic buyer" if "economic_buyer" in missing else "",
        )
    )


def _deals(lead: int) -> QuerySet[Deal]:
    return Deal.objects.filter(contact=lead).annotate(refunded=Sum("refunds__amount")).order_by("-id")[:50]


_DEALS: Statement[Deal] = Statement(_deals)


def _why_owner(lead: Lead) -> str:
    given = next(iter(lead.given), None)  # type: ignore[attr-defined]
    return why_owner_in_short(given["rule"], len(given["candidates"])) if given else ""


def _decisive(lead: Lead, history: list[StageChange]) -> StageChange | None:
    """The row that brought the lead to where it stands: not an undo, and not what an undo took back."""
    for row in history:
        taken_back = getattr(row, "undone_by", None) is not None
        if row.position == lead.position and not taken_back and row.move not in (Move.UNDO, Move.ADOPT):
            return row
    return None

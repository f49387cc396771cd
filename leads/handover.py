"""The hand-over from marketing to sales: qualify, deliver, claim, accept, reject, return to nurture."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import now

from leads import (
    access,
    bars,
    criteria,
    deals,
    definitions,
    deliveries,
    evidence,
    funnel,
    handover_ends,
    naming,
    routing,
)
from leads.models import Handover, Lead, Note
from leads.reasons import Qualification
from leads.stages import MQL, NURTURE, SAL, Move, Position, Stage, Standing
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal


def qualify(
    lead_id: int,
    *,
    by: User | None,
    why: str = "",
    moment: datetime | None = None,
    noticed_at: datetime | None = None,
) -> Lead:
    """Visitor (or nurtured lead) becomes MQL and is delivered to a rep.

    By hand it needs a reason in words where the lead lacks something that the definitions ask for.

    A sweep may notice late what happened at `moment`: whoever is present at `noticed_at` gets the lead.
    """
    moment = moment or now()
    bars.ensure_free(lead_id, way="qualify", moment=moment)
    return _qualify(lead_id, by=by, why=why.strip(), moment=moment, noticed_at=noticed_at or moment)


@transaction.atomic
def _qualify(lead_id: int, *, by: User | None, why: str, moment: datetime, noticed_at: datetime) -> Lead:
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.QUALIFY, lead)
    evidence.ensure(lead)
    if by is not None and not why:
        criteria.ensure_met(lead.pk, moment)
    reason = Qualification.TOUCHES if by is None else Qualification.MANUAL
    entry = funnel.change(lead, Move.QUALIFY, MQL, by=by, moment=moment, reason=reason)
    if why:
        Note.objects.create(lead=lead, change=entry, by=by, text=why, at=moment)
    deliveries.deliver(lead, entry, moment=moment, noticed_at=noticed_at)
    return lead


def claim(lead_id: int, *, by: User, moment: datetime | None = None) -> Lead:
    """Take an unclaimed MQL; of two who click at once the second is told who was first."""
    moment = moment or now()
    bars.ensure_free(lead_id, way="route", moment=moment)
    return _claim(lead_id, by=by, moment=moment)


@transaction.atomic
def _claim(lead_id: int, *, by: User, moment: datetime) -> Lead:
    by = routing.hold(by)
    lead = Lead.objects.lock(lead_id)
    if lead.owner_id is not None:
        raise Refusal(f"{lead.name} was just claimed by {lead.owner}.")
    if not access.may_claim(by, lead):
        raise Forbidden(naming.said("Only sales claims leads, and only {mqls} that nobody owns."))
    routing.assign(lead, by, rule="claimed", by=by, moment=moment)
    deliveries.open_for(lead, deliveries.entry_of(lead), by, moment)
    return lead


def reassign(lead_id: int, *, to: User, by: User, moment: datetime | None = None) -> Lead:
    """Give a lead to another rep: the open hand-over ends as reassigned, a new one opens for the same entry."""
    moment = moment or now()
    if not by.may("leads.act_on_any"):
        raise Forbidden("Only heads and administrators reassign leads.")
    bars.ensure_free(lead_id, way="route", moment=moment)
    return _reassign(lead_id, to=to, by=by, moment=moment)


@transaction.atomic
def _reassign(lead_id: int, *, to: User, by: User, moment: datetime) -> Lead:
    to = routing.hold(to)
    lead = Lead.objects.lock(lead_id)
    if not (to.is_active and to.is_sales):
        raise Refusal(f"{to} cannot own leads: choose somebody active in sales.")
    if lead.owner_id == to.pk:
        raise Refusal(f"{lead.name} already belongs to {to}.")
    if lead.standing in evidence.RETURNED:
        evidence.ensure(lead)
    handover_ends.end(lead, Handover.Ending.REASSIGNED, change=None, moment=moment)
    routing.assign(lead, to, rule="reassigned", by=by, moment=moment)
    if (lead.stage, lead.standing) == MQL:
        deliveries.open_for(lead, deliveries.entry_of(lead), to, moment)
    return lead


@transaction.atomic
def accept(lead_id: int, *, by: User | None, moment: datetime | None = None) -> Lead:
    """MQL becomes SAL: the rep takes the lead on."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.ACCEPT, lead)
    if lead.owner_id is None and (lead.stage, lead.standing) == MQL:
        raise Refusal(f"{lead.name} has no owner yet. Claim or assign the lead first.")
    criteria.ensure_enters(lead, Move.ACCEPT, Stage.SAL, moment)
    change = funnel.change(lead, Move.ACCEPT, SAL, by=by, moment=moment)
    handover_ends.end(lead, Handover.Ending.ACCEPTED, change=change, moment=moment)
    return lead


@transaction.atomic
def reject(
    lead_id: int,
    *,
    by: User | None,
    reason: str,
    return_on: date | None = None,
    note: str = "",
    moment: datetime | None = None,
) -> Lead:
    """An MQL goes back to marketing with a reason: to nurture, or out for good when it never fits."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.REJECT, lead)
    agreed = definitions.ensure_agreed("rejection", reason, moment)
    if agreed.needs_date and return_on is None:
        raise Refusal(
            f"Enter the date on which this lead should come back: “{agreed.label.lower()}” needs one."
        )
    _ensure_ahead(return_on, moment)
    for_good = agreed.outcome == "disqualify"
    to = Position(Stage.MQL, Standing.DISQUALIFIED) if for_good else NURTURE
    change = funnel.change(
        lead, Move.REJECT, to, by=by, moment=moment, reason=reason, return_on=None if for_good else return_on
    )
    handover_ends.end(lead, Handover.Ending.REJECTED, change=change, moment=moment, cause=reason)
    deals.close_open(lead, change=change, moment=moment, reason=reason)
    if for_good:
        bars.enter_lead(lead, change=change, reason=reason, by=by)
    if note.strip():
        Note.objects.create(lead=lead, change=change, by=by, text=note.strip(), at=moment)
    return lead


@transaction.atomic
def recycle(
    lead_id: int, *, by: User | None, reason: str, return_on: date, moment: datetime | None = None
) -> Lead:
    """Return a lead to nurture until a date; its open deals are closed with the same reason."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.RECYCLE, lead)
    definitions.ensure_agreed("recycling", reason, moment)
    _ensure_ahead(return_on, moment)
    change = funnel.change(
        lead, Move.RECYCLE, NURTURE, by=by, moment=moment, reason=reason, return_on=return_on
    )
    handover_ends.end(lead, Handover.Ending.RECYCLED, change=change, moment=moment, cause=reason)
    deals.close_open(lead, change=change, moment=moment, reason=reason)
    return lead


def _ensure_ahead(return_on: date | None, moment: datetime) -> None:
    today = moment.astimezone(Organisation.get().zone).date()
    if return_on is not None and return_on <= today:
        raise Refusal(f"The return date {return_on:%-d %B %Y} is not in the future. Choose a later day.")

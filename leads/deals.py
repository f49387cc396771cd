"""From accepted to customer: the deal, and the moves that go with it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import now

from leads import access, criteria, definitions, funnel
from leads.limits import too_fine
from leads.models import Deal, Lead, Refund, StageChange
from leads.naming import said
from leads.reasons import Churning
from leads.stages import CHURNED, CUSTOMER, LOST, SQL, Move, Stage
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Refusal

Outcome = Deal.Outcome
# What taking back a move makes of the deals that it closed.
OPEN_AGAIN = {
    "outcome": Outcome.OPEN,
    "closed_at": None,
    "close_recorded_at": None,
    "lost_reason": "",
    "closed_by_change": None,
}
NAME_LENGTH = 200  # of a deal; of a person's first and last name together it may be more


@transaction.atomic
def advance(
    lead_id: int,
    *,
    by: User | None,
    name: str = "",
    amount: Decimal | None = None,
    currency: str | None = None,
    moment: datetime | None = None,
) -> Lead:
    """SAL becomes SQL: there is a deal to win. An existing open deal of the lead is taken, else one is opened."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.ADVANCE, lead)
    if amount is None and not _open_deals(lead).exists():
        raise Refusal(said("Enter what the deal may be worth: {an_sql} has a deal with an amount."))
    criteria.ensure_enters(lead, Move.ADVANCE, Stage.SQL, moment)
    change = funnel.change(lead, Move.ADVANCE, SQL, by=by, moment=moment)
    if amount is not None:
        currency = currency or Organisation.get().currency
        _ensure_exact(amount, currency)
        Deal.objects.create(
            account=lead.account,
            contact=lead,
            name=name or f"{lead.account or lead.name}"[:NAME_LENGTH],
            amount=amount,
            currency=currency,
            opened_at=moment,
            opened_by_change=change,
        )
    return lead


@transaction.atomic
def win(
    lead_id: int, *, by: User | None, amount: Decimal | None = None, moment: datetime | None = None
) -> Lead:
    """SQL becomes customer; the open deal is won, at its final amount where one is given."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.WIN, lead)
    criteria.ensure_enters(lead, Move.WIN, Stage.CUSTOMER, moment)
    change = funnel.change(lead, Move.WIN, CUSTOMER, by=by, moment=moment)
    deal = _open_deals(lead).select_for_update().order_by("opened_at", "id").first()
    if deal is None:
        deal = Deal(
            contact=lead, account=lead.account, currency=Organisation.get().currency, opened_at=moment
        )
        deal.opened_by_change = change
    if amount is not None:
        _ensure_exact(amount, deal.currency)
        deal.amount = amount
    if deal.amount is None:
        raise Refusal("Enter what the deal was won for.")
    deal.outcome, deal.closed_at, deal.close_recorded_at = Outcome.WON, moment, now()
    deal.closed_by_change = change
    deal.save()
    return lead


@transaction.atomic
def lose(lead_id: int, *, by: User | None, reason: str, moment: datetime | None = None) -> Lead:
    """The deal is lost, with a reason from the agreed list; the lead keeps its stage."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.LOSE, lead)
    definitions.ensure_agreed("loss", reason, moment)
    change = funnel.change(lead, Move.LOSE, LOST, by=by, moment=moment, reason=reason)
    close_open(lead, change=change, moment=moment, reason=reason)
    return lead


@transaction.atomic
def churn(lead_id: int, *, by: User | None, reason: str, moment: datetime | None = None) -> Lead:
    """A customer leaves; what it once earned stays earned."""
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.CHURN, lead)
    if reason not in Churning.values:
        raise Refusal("Choose why the customer left from the agreed list.")
    funnel.change(lead, Move.CHURN, CHURNED, by=by, moment=moment or now(), reason=reason)
    return lead


@transaction.atomic
def refund(deal_id: int, *, amount: Decimal, moment: datetime | None = None) -> Refund:
    """Give back part of a won deal, dated; never more than it was won for."""
    deal = Deal.objects.select_for_update().get(pk=deal_id)
    given = sum((row.amount for row in deal.refunds.all()), Decimal(0))
    if deal.outcome != Outcome.WON or given + amount > (deal.amount or 0):
        raise Refusal(f"{deal} was won for {deal.amount or 0} {deal.currency}; {given} is already refunded.")
    return Refund.objects.create(deal=deal, amount=amount, at=moment or now())


def _ensure_exact(amount: Decimal, currency: str) -> None:
    if fault := too_fine(amount, currency):
        raise Refusal(fault)


def _open_deals(lead: Lead):
    return Deal.objects.filter(contact=lead, outcome=Outcome.OPEN)


def close_open(lead: Lead, *, change: StageChange, moment: datetime, reason: str) -> None:
    """A lead that leaves the road takes its open deals along: nothing stays in the pipeline for ever."""
    _open_deals(lead).update(
        outcome=Outcome.LOST,
        closed_at=moment,
        close_recorded_at=now(),
        lost_reason=reason,
        closed_by_change=change,
    )


def take_back(change: StageChange) -> None:
    """Undo what a move did to deals: those it closed are open again, one it opened is gone."""
    Deal.objects.filter(opened_by_change=change).delete()
    Deal.objects.filter(closed_by_change=change).update(**OPEN_AGAIN)

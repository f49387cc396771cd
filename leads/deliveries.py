"""How an MQL reaches a rep: chosen among those who are present, one open hand-over, the rep told once."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import now

from leads import routing
from leads.models import Handover, Lead, StageChange
from leads.stages import Stage, Standing
from smarketing.foundation import outbox
from smarketing.foundation.models import User

NEW_LEAD = "leads.new_lead"  # the outbox topic: tell a rep that a lead was handed over


def deliver(lead: Lead, entry: StageChange, *, moment: datetime, noticed_at: datetime) -> Handover | None:
    """Hand a fresh MQL, locked by the caller, to a rep who is present; unclaimed when nobody is.

    An owner from before who is away loses it then: what nobody may claim and nobody was told of would be lost.
    """
    choice = routing.choose(lead, noticed_at)
    if choice is None:
        routing.assign(lead, None, rule="released", by=None, moment=moment)
        return None
    routing.assign(lead, choice.rep, rule=choice.rule, candidates=choice.candidates, by=None, moment=moment)
    return open_for(lead, entry, choice.rep, moment)


def open_for(lead: Lead, entry: StageChange, rep: User, moment: datetime) -> Handover:
    """Open a hand-over of that qualification to this rep, and tell them in a while."""
    handover = Handover.objects.create(lead=lead, entry=entry, rep=rep, opened_at=moment)
    outbox.put(
        NEW_LEAD,
        f"new-lead-{handover.pk}",
        {"handover": handover.pk},
        available_at=now() + outbox.HOLD,
    )
    return handover


def entry_of(lead: Lead) -> StageChange:
    """The history row with which the lead became the MQL it is now."""
    entries = StageChange.objects.counted().filter(lead=lead, to_stage=Stage.MQL, to_standing=Standing.ACTIVE)
    return entries.order_by("-at", "-id")[0]

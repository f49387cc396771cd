"""The never-again register: whom we bar, and how two heads lift a bar; `bars` is what every way in asks."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from leads import access, bars, deals, definitions, deliveries, funnel, handover_ends
from leads.models import Appeal, Lead, Note, Suppression
from leads.stages import BARRED, MQL, Move, Position, Standing
from smarketing.foundation import signing
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal


@transaction.atomic
def disqualify(lead_id: int, *, by: User | None, reason: str, moment: datetime | None = None) -> Lead:
    """Take a lead off the road for good: the stage stays, the register bars it, its open hand-over is withdrawn."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    access.ensure_may_move(by, Move.DISQUALIFY, lead)
    definitions.ensure_agreed("disqualification", reason, moment)
    to = Position(lead.stage, Standing.DISQUALIFIED)
    change = funnel.change(lead, Move.DISQUALIFY, to, by=by, moment=moment, reason=reason)
    bars.enter_lead(lead, change=change, reason=reason, by=by)
    handover_ends.end(lead, "withdrawn", change=change, moment=moment, cause="disqualified")
    deals.close_open(lead, change=change, moment=moment, reason=reason)
    return lead


@transaction.atomic
def appeal(lead_id: int, *, by: User, evidence: str, moment: datetime | None = None) -> Appeal:
    """Ask both heads to reopen a disqualified lead, with what is new about it."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    if lead.position not in BARRED:
        raise Refusal(f"{lead.name} is not disqualified, so there is nothing to appeal.")
    if not evidence.strip():
        raise Refusal("Say what is new: without new evidence a disqualified lead stays barred.")
    if Appeal.objects.filter(lead=lead, change=None).exists():
        raise Refusal(f"An appeal for {lead.name} already waits for the signatures of both heads.")
    note = Note.objects.create(lead=lead, by=by, text=evidence.strip(), at=moment)
    return Appeal.objects.create(lead=lead, note=note, by=by)


@transaction.atomic
def sign_appeal(lead_id: int, *, by: User, moment: datetime | None = None) -> Lead:
    """Put one head's key on the open appeal; the second signature reopens the lead and lifts its bars.

    Reopened as an MQL it is handed over anew: its hand-over ended when it was disqualified.
    """
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    open_appeal = Appeal.objects.select_for_update().filter(lead=lead, change=None).first()
    if open_appeal is None:
        raise Refusal(f"No appeal for {lead.name} waits for a signature.")
    signing.sign(open_appeal, by=by, moment=moment, what="an appeal")
    if not signing.missing(open_appeal):
        to = Position(lead.stage, Standing.ACTIVE)
        open_appeal.change = funnel.change(lead, Move.REOPEN, to, by=by, moment=moment, reason="appeal")
        Suppression.objects.filter(lead=lead, lifted_at=None).update(lifted_at=moment)
        _ensure_free(lead, moment)
        if to == MQL:
            deliveries.deliver(lead, open_appeal.change, moment=moment, noticed_at=moment)
    open_appeal.save()
    return lead


def _ensure_free(lead: Lead, moment: datetime) -> None:
    """An appeal is about one person: a barred domain or company stays barred, and its people with it."""
    entry = bars.barred([lead.pk], moment).get(lead.pk)
    if entry is not None:
        raise Refusal(
            f"{lead.name} cannot be reopened while the register bars the {entry.get_kind_display().lower()} too. "
            "Appeal against that entry first."
        )

"""Taking back the last move of a lead: same author, within ten minutes, nothing after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now

from leads import bars, deals, funnel, handover_ends, routing
from leads.models import Appeal, Assignment, Handover, Lead, StageChange, Suppression
from leads.stages import UNDOABLE, Move, Standing
from smarketing.foundation import outbox
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

WITHIN = timedelta(minutes=10)
DELIVERING = {Move.QUALIFY, Move.REOPEN}  # moves that hand a lead over in the same breath


def last_move(lead: Lead) -> StageChange | None:
    """The lead's last live row, if it is one that may be undone at all."""
    row = StageChange.objects.filter(lead=lead, seq=lead.seq).first() if lead.seq else None
    return row if row is not None and row.move in UNDOABLE else None


def _given_away_since(lead: Lead, row: StageChange) -> bool:
    """A change of owner after the move stands in the way of its undo; the move's own delivery does not."""
    later = Assignment.objects.filter(lead=lead, recorded_at__gte=row.recorded_at)
    if row.move in DELIVERING:
        later = later.exclude(at=row.at, by=None)
    return later.exists()


def may_undo(lead: Lead, *, by: User, moment: datetime) -> bool:
    """Whether this person could take back the lead's last move at that moment."""
    row = last_move(lead)
    if row is None or row.by_id != by.pk or moment - row.at > WITHIN:
        return False
    return not _given_away_since(lead, row)


@transaction.atomic
def undo(lead_id: int, *, by: User, moment: datetime | None = None, seq: int | None = None) -> Lead:
    """Take back the lead's last move and all it did; readings then ignore the pair.

    `seq` names the row that is meant: where it is no longer the last one, nothing is taken back.
    """
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    if seq is not None and seq != lead.seq:
        raise Refusal(f"Something happened to {lead.name} since. Open the lead and look before you undo.")
    row = last_move(lead)
    if row is None or row.before is None:
        raise Refusal(f"There is nothing to undo on {lead.name}.")
    if row.by_id != by.pk:
        raise Forbidden(f"Only {row.by or 'the system'} can undo this move.")
    if moment - row.at > WITHIN:
        raise Refusal("A move can be undone for ten minutes. Make a new move with a reason instead.")
    if _given_away_since(lead, row):
        raise Refusal(
            f"{lead.name} was given to {lead.owner or 'nobody'} since, so this can no longer be undone."
        )
    undone = funnel.change(lead, Move.UNDO, row.before, by=by, moment=moment, undoes=row)
    _take_back(lead, row, undone, moment)
    funnel.settle([lead.pk])
    lead.refresh_from_db()
    if lead.standing == Standing.DISQUALIFIED:
        bars.keep_out([lead.pk], moment)
        handover_ends.end(
            lead, Handover.Ending.WITHDRAWN, change=None, moment=moment, cause=Standing.DISQUALIFIED
        )
    return lead


def _take_back(lead: Lead, row: StageChange, undone: StageChange, moment: datetime) -> None:
    if row.move in DELIVERING:
        _withdraw(lead, row, undone, moment)
    handover_ends.reopen(row)
    deals.take_back(row)
    bars.take_back([row.pk], moment)
    if row.move == Move.REOPEN:
        _bar_again(row)


def _withdraw(lead: Lead, entry: StageChange, undone: StageChange, moment: datetime) -> None:
    """A delivery that should not have been: withdrawn, its mail cancelled, the lead back with its former owner."""
    for handover in Handover.objects.filter(entry=entry):
        outbox.take_back(f"new-lead-{handover.pk}")
    handover_ends.end(lead, Handover.Ending.WITHDRAWN, change=undone, moment=moment, cause="undone")
    if lead.owner_id != entry.owner_id:
        routing.assign(lead, entry.owner, rule="undone", by=undone.by, moment=moment)


def _bar_again(row: StageChange) -> None:
    lifted = Suppression.objects.filter(lead=row.lead_id, lifted_at=row.at)
    Suppression.objects.bulk_create(
        [
            Suppression(
                kind=entry.kind,
                value=entry.value,
                reason=entry.reason,
                until=entry.until,
                lead=entry.lead,
                by=entry.by,
            )
            for entry in lifted
        ],
        ignore_conflicts=True,
    )
    Appeal.objects.filter(change=row).update(change=None, marketing_by=None, sales_by=None)

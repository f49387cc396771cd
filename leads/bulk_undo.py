"""Taking back an act on many leads: exactly its leads, but those with which something happened since."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from leads import bars, bulk_effects, deals, funnel
from leads.models import Assignment, BulkAct, Deal, Handover, Lead, StageChange
from leads.routing import hold
from leads.stages import MQL, Move
from leads.undo import WITHIN
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

Kind = BulkAct.Kind
GIVING = {Kind.REASSIGN, Kind.CLAIM}


def may_undo(act: BulkAct, *, by: User, moment: datetime) -> bool:
    return act.by_id == by.pk and act.undone_at is None and moment - act.at <= WITHIN


@transaction.atomic
def undo(act_id: int, *, by: User, moment: datetime | None = None) -> BulkAct:
    """Take the act back; leads that moved or changed hands since stay, and are kept by number on the act."""
    moment = moment or now()
    act = BulkAct.objects.select_for_update(no_key=True).get(pk=act_id)
    if act.by_id != by.pk:
        raise Forbidden(f"Only {act.by} can take this back.")
    if act.undone_at is not None:
        raise Refusal("This was taken back already.")
    if moment - act.at > WITHIN:
        raise Refusal("An act can be taken back for ten minutes. Make a new one with a reason instead.")
    of = {pk: (seq, row, owner) for pk, seq, row, owner in act.done}
    gone = _gone(act)
    leads = list(Lead.objects.filter(pk__in=of).order_by("pk").select_for_update(no_key=True))
    given = _given_since(act, list(of))
    free = [
        lead
        for lead in leads
        if lead.seq == of[lead.pk][0] and lead.pk not in given and of[lead.pk][2] not in gone
    ]
    if act.kind in GIVING:
        _give_back(act, free, {pk: owner for pk, (_, _, owner) in of.items()}, by, moment)
    elif act.kind == Kind.POSTPONE:
        funnel.take_back_dates({lead.pk: of[lead.pk][1] for lead in free}, moment)
    else:
        _move_back(act, free, {pk: row for pk, (_, row, _) in of.items()}, by, moment)
    act.undone_at, act.kept = moment, sorted(set(of) - {lead.pk for lead in free})
    act.save(update_fields=["undone_at", "kept"])
    audit.record("leads.bulk_undone", by=by, about=act)
    return act


def _gone(act: BulkAct) -> set[int]:
    """Owners from before who cannot have their leads back, since they left or sell no more; the others are held.

    Names from files were nobody before and may be again.
    """
    if act.kind not in GIVING:
        return set()
    before = User.objects.filter(pk__in={owner for *_, owner in act.done if owner is not None})
    held = [hold(person) for person in before.order_by("pk")]
    return {person.pk for person in held if person.email and not (person.is_active and person.is_sales)}


def _given_since(act: BulkAct, pks: list[int]) -> set[int]:
    """Leads that were assigned after the act; its own assignments are of its very moment."""
    rows = Assignment.objects.filter(lead__in=pks, recorded_at__gte=act.at)
    if act.kind in GIVING:
        own = {row for _, _, row, _ in act.done}
        return {lead for pk, lead in rows.values_list("pk", "lead_id") if pk not in own}
    return set(rows.exclude(at=act.at, by=None).values_list("lead_id", flat=True))


def _give_back(
    act: BulkAct, leads: list[Lead], owners: dict[int, int | None], by: User, moment: datetime
) -> None:
    """To the owner before, or to nobody; a new hand-over opens, since the one before has ended."""
    back = {lead.pk: owners[lead.pk] for lead in leads}
    bulk_effects.end_handovers(list(back), Handover.Ending.REASSIGNED, moment=moment, cause="undone")
    bulk_effects.assign(back, rule="undone", by=by, moment=moment)
    owned = [lead.pk for lead in leads if lead.position == MQL and back[lead.pk] is not None]
    bulk_effects.open_handovers(bulk_effects.entries_of(owned), back, moment)
    bulk_effects.untell([act.to_id] if act.to_id else [], act=act.pk)


def _move_back(act: BulkAct, leads: list[Lead], rows: dict[int, int], by: User, moment: datetime) -> None:
    changes = StageChange.objects.in_bulk([rows[lead.pk] for lead in leads])
    of = {row.lead_id: row for row in changes.values()}
    before = {pk: row.before for pk, row in of.items() if row.before is not None}
    undone = funnel.change_many(
        leads, Move.UNDO, lambda lead: before[lead.pk], by=by, moment=moment, undoes=of
    )
    if act.kind == Kind.QUALIFY:
        _withdraw(act, leads, of, undone, moment)
    Handover.objects.filter(ended_by_change__in=changes).update(
        ended_at=None, ending="", cause="", ended_by_change=None
    )
    Deal.objects.filter(closed_by_change__in=changes).update(**deals.OPEN_AGAIN)
    bars.take_back(changes, moment)
    pks = [lead.pk for lead in leads]
    funnel.settle(pks)
    bars.keep_out(pks, moment)


def _withdraw(
    act: BulkAct,
    leads: list[Lead],
    of: dict[int, StageChange],
    undone: dict[int, StageChange],
    moment: datetime,
) -> None:
    """Deliveries that should not have been; each lead goes back to its former owner."""
    bulk_effects.untell([lead.owner_id for lead in leads if lead.owner_id], act=act.pk)
    pks = [lead.pk for lead in leads]
    bulk_effects.end_handovers(pks, Handover.Ending.WITHDRAWN, moment=moment, changes=undone, cause="undone")
    back = {lead.pk: of[lead.pk].owner_id for lead in leads if lead.owner_id != of[lead.pk].owner_id}
    bulk_effects.assign(back, rule="undone", by=act.by, moment=moment)

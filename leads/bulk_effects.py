"""What acts on many leads do beside the moves: owners, hand-overs, deals, the register. One statement each.

The same as `routing`, `deliveries`, `handover_ends`, `deals` and `suppression` do for one; the caller holds the
leads locked, in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.timezone import now

from leads import bars
from leads.models import Assignment, Deal, Handover, Lead, StageChange
from leads.routing import locked_pool, turns
from leads.stages import Stage, Standing
from smarketing.foundation import outbox
from smarketing.foundation.models import Organisation, User

GIVEN = "leads.given_many"  # the outbox topic: tell a rep about leads that came in one act


def assign(
    owners: Mapping[int, int | None],
    *,
    rule: str,
    by: User | None,
    moment: datetime,
    candidates: Sequence[int] = (),
) -> dict[int, Assignment]:
    """Give each lead to its new owner (None: to nobody) and write why; answers the rows by lead."""
    rows = [
        Assignment(lead_id=lead, owner_id=owner, at=moment, rule=rule, by=by, candidates=list(candidates))
        for lead, owner in owners.items()
    ]
    Assignment.objects.bulk_create(rows)
    for owner in set(owners.values()):
        Lead.objects.filter(pk__in=[pk for pk, to in owners.items() if to == owner]).update(owner=owner)
    return {row.lead_id: row for row in rows}


def open_handovers(entries: Mapping[int, int], owners: Mapping[int, int | None], moment: datetime) -> None:
    """Hand each lead that has an owner to them, for the qualification in `entries`."""
    Handover.objects.bulk_create(
        Handover(lead_id=lead, entry_id=entry, rep_id=rep, opened_at=moment)
        for lead, entry in entries.items()
        if (rep := owners[lead]) is not None
    )


def tell(owners: Mapping[int, int | None], *, act: int, by: User) -> None:
    """One mail for each new owner but the one who acted, however many leads."""
    new = [owner for owner in owners.values() if owner is not None and owner != by.pk]
    effects = [
        (f"given-many-{act}-{owner}", {"rep": owner, "by": by.pk, "leads": new.count(owner)})
        for owner in sorted(set(new))
    ]
    outbox.put_many(GIVEN, effects, available_at=now() + outbox.HOLD)


def untell(owners: Sequence[int], *, act: int) -> None:
    for owner in set(owners):
        outbox.take_back(f"given-many-{act}-{owner}")


def deliver(leads: Sequence[Lead], entries: Mapping[int, int], *, moment: datetime) -> dict[int, int | None]:
    """Hand fresh MQLs to reps who are present, in turn; unclaimed when nobody is. A present owner keeps theirs."""
    reps = User.objects.reps().present(moment.astimezone(Organisation.get().zone).date())
    pool = locked_pool()
    present = sorted(reps.values_list("pk", flat=True))
    stays = {lead.pk: lead.owner_id for lead in leads if lead.owner_id in present}
    goes = [lead for lead in leads if lead.pk not in stays]
    turn = turns(present, pool.last_rep_id, len(goes)) if present else [None] * len(goes)
    given: dict[int, int | None] = {lead.pk: to for lead, to in zip(goes, turn, strict=True)}
    if present and goes:
        pool.last_rep_id = turn[-1] or pool.last_rep_id
        pool.save(update_fields=["last_rep_id"])
        assign(given, rule="round_robin", by=None, moment=moment, candidates=present)
    else:
        owned = {lead.pk: None for lead in goes if lead.owner_id is not None}
        assign(owned, rule="released", by=None, moment=moment)
    open_handovers(entries, stays | given, moment)
    return stays | given


def entries_of(leads: Sequence[int]) -> dict[int, int]:
    """The history rows with which these leads became the MQLs they are."""
    rows = StageChange.objects.counted().filter(
        lead__in=leads, to_stage=Stage.MQL, to_standing=Standing.ACTIVE
    )
    found = rows.order_by("lead_id", "-at", "-id").distinct("lead_id")
    return dict(found.values_list("lead_id", "pk"))


def end_handovers(
    leads: Sequence[int],
    ending: str,
    *,
    moment: datetime,
    changes: Mapping[int, StageChange] | None = None,
    cause: str = "",
) -> None:
    """End the open hand-overs of these leads, each by the change of its own lead where there is one."""
    Handover.objects.open().filter(lead__in=leads).update(
        ended_at=moment, ending=ending, cause=cause, ended_by_change=_own(changes, "lead")
    )


def close_deals(changes: Mapping[int, StageChange], *, moment: datetime, reason: str) -> None:
    Deal.objects.filter(contact__in=list(changes), outcome=Deal.Outcome.OPEN).update(
        outcome=Deal.Outcome.LOST,
        closed_at=moment,
        close_recorded_at=now(),
        lost_reason=reason,
        closed_by_change=_own(changes, "contact"),
    )


def _own(changes: Mapping[int, StageChange] | None, column: str) -> Subquery | None:
    if not changes:
        return None
    rows = StageChange.objects.filter(pk__in=[row.pk for row in changes.values()], lead=OuterRef(column))
    return Subquery(rows.values("pk")[:1])


def bar(leads: Sequence[Lead], changes: Mapping[int, StageChange], *, reason: str, by: User | None) -> None:
    """Enter leads and their addresses in the register, in force at once."""
    entries = [
        entry
        for lead in leads
        for entry in bars.entries_of(lead, change=changes[lead.pk], reason=reason, by=by)
    ]
    if entries:
        bars.enter(entries, next(iter(changes.values())).at)

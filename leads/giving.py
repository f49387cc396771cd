"""All that is open of somebody who leaves, given to others in one act; and leads that a file booked to a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from leads import bars
from leads.models import Assignment, Handover, Lead, StageChange
from leads.routing import hold, locked_pool, turns
from leads.stages import Stage, Standing
from smarketing.foundation import outbox
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal

GIVEN = "leads.given"  # the outbox topic: tell a rep that leads of somebody else are theirs now
BATCH = 5_000
ACCEPTED = (Stage.SAL, Stage.SQL)


@dataclass(frozen=True)
class Turn:
    """Whose one lead becomes (None: nobody's), and why."""

    lead: int
    owner: int | None
    rule: str
    at_mql: bool


def open_of(person: User) -> QuerySet[Lead]:
    """The leads of this person with which something is still to be done: visitors, MQLs, SALs and SQLs."""
    return Lead.objects.alive().filter(owner=person, standing=Standing.ACTIVE)


@transaction.atomic
def give_all(
    person: User, *, to: User | None, by: User, moment: datetime | None = None
) -> dict[int | None, int]:
    """Give every open lead of `person` to `to`, or back to the pool: shared in turn among the reps who are there.

    Open hand-overs end as reassigned and new ones open for the same qualification. Of the pool visitors belong to
    nobody, and so do MQLs while nobody is there. Answers how many leads each new owner (None: nobody) has got.
    """
    moment = moment or now()
    if not by.may("leads.act_on_any"):
        raise Forbidden("Only heads and administrators give leads to others.")
    to = hold(to) if to is not None else None
    if to is not None and (to.pk == person.pk or not (to.is_active and to.is_sales)):
        raise Refusal(f"{to} cannot take these leads: choose somebody else who is active in sales.")
    # Leads before the pool, in order of their ids. Whoever was just being chosen has the pool: what they got in
    # that moment is there once the pool is ours.
    found = list(_locked(open_of(person)))
    pool = locked_pool()
    found += _locked(open_of(person).exclude(pk__in=[pk for pk, _ in found]), skip_locked=True)
    reps = [] if to else _reps_there(moment, but=person)
    barred = bars.barred([pk for pk, _ in found], moment)
    bars.log(barred, way="route")
    free = [(pk, stage) for pk, stage in found if pk not in barred]
    plan = _to_one(free, to) if to else _shared(free, reps, pool.last_rep_id)
    if dealt := [turn.owner for turn in plan if turn.owner is not None and to is None]:
        pool.last_rep_id = dealt[-1]
        pool.save(update_fields=["last_rep_id"])
    plan += [Turn(pk, None, "released", False) for pk in barred]  # nobody has whom the register bars
    _carry_out(plan, by=by, moment=moment, candidates=reps)
    return _tell(plan, person, moment)


def _locked(leads: QuerySet[Lead], *, skip_locked: bool = False) -> QuerySet:
    rows = leads.select_for_update(no_key=True, skip_locked=skip_locked)
    return rows.order_by("pk").values_list("pk", "stage")


def _reps_there(moment: datetime, *, but: User) -> list[int]:
    today = moment.astimezone(Organisation.get().zone).date()
    present = User.objects.reps().present(today).exclude(pk=but.pk)
    return list(present.order_by("pk").values_list("pk", flat=True))


def _to_one(found: Sequence[tuple[int, str]], to: User) -> list[Turn]:
    return [Turn(pk, to.pk, "reassigned", stage == Stage.MQL) for pk, stage in found]


def _shared(found: Sequence[tuple[int, str]], reps: list[int], last: int) -> list[Turn]:
    accepted = sum(stage in ACCEPTED for _, stage in found)
    if accepted and not reps:
        raise Refusal(
            f"No rep is there to share {accepted} accepted {'lead' if accepted == 1 else 'leads'}, and nobody "
            "could claim them. Name who takes them over."
        )
    worked = [(pk, stage) for pk, stage in found if stage != Stage.VISITOR]
    owners = turns(reps, last, len(worked)) if reps else [None] * len(worked)
    plan = [
        Turn(pk, owner, _rule(stage, owner), stage == Stage.MQL)
        for (pk, stage), owner in zip(worked, owners, strict=True)
    ]
    return plan + [Turn(pk, None, "released", False) for pk, stage in found if stage == Stage.VISITOR]


def _rule(stage: str, owner: int | None) -> str:
    """The round robin delivers MQLs; what was accepted already is not delivered anew."""
    if owner is None:
        return "released"
    return "round_robin" if stage == Stage.MQL else "reassigned"


def _carry_out(plan: list[Turn], *, by: User, moment: datetime, candidates: list[int]) -> None:
    leads = [turn.lead for turn in plan]
    Handover.objects.open().filter(lead__in=leads).update(ended_at=moment, ending=Handover.Ending.REASSIGNED)
    rows = (
        Assignment(
            lead_id=turn.lead,
            owner_id=turn.owner,
            at=moment,
            rule=turn.rule,
            candidates=candidates if turn.rule == "round_robin" else [],
            by=by,
        )
        for turn in plan
    )
    Assignment.objects.bulk_create(rows, batch_size=BATCH)
    for owner in {turn.owner for turn in plan}:
        of_owner = [turn.lead for turn in plan if turn.owner == owner]
        Lead.objects.filter(pk__in=of_owner).update(owner=owner)
    _hand_over([turn for turn in plan if turn.at_mql], moment)


def _hand_over(plan: list[Turn], moment: datetime) -> None:
    """A new hand-over to the new owner, if there is one, for the qualification by which each lead is an MQL."""
    entries = (
        StageChange.objects.counted()
        .filter(lead__in=[turn.lead for turn in plan], to_stage=Stage.MQL, to_standing=Standing.ACTIVE)
        .order_by("lead_id", "-at", "-id")
        .distinct("lead_id")
    )
    entry_of = dict(entries.values_list("lead_id", "pk"))
    rows = (
        Handover(lead_id=turn.lead, entry_id=entry_of[turn.lead], rep_id=turn.owner, opened_at=moment)
        for turn in plan
        if turn.owner is not None
    )
    Handover.objects.bulk_create(rows, batch_size=BATCH)


def _tell(plan: list[Turn], person: User, moment: datetime) -> dict[int | None, int]:
    """One mail for each new owner, however many leads."""
    counts = Counter(turn.owner for turn in plan)
    told = [
        (f"given-{person.pk}-{owner}-{moment.isoformat()}", {"rep": owner, "from": person.pk, "leads": n})
        for owner, n in counts.items()
        if owner is not None
    ]
    outbox.put_many(GIVEN, told, available_at=now() + outbox.HOLD)
    return dict(counts)


@transaction.atomic
def book(name: User, *, to: User, by: User, moment: datetime | None = None) -> int:
    """Book every lead that a file gave to a name we did not know to the person behind it; answers how many.

    As if the file had named that person: an imported owner opens no hand-over (RULES.md 2).
    """
    moment = moment or now()
    if not by.may("people.manage_all"):
        raise Forbidden("Only an administrator says who a name in a file is.")
    if name.is_active or name.email:
        raise Refusal(f"{name} is a person of this company. Give the leads away instead.")
    leads = [pk for pk, _ in _locked(Lead.objects.filter(owner=name))]
    Handover.objects.open().filter(lead__in=leads).update(
        ended_at=moment, ending=Handover.Ending.REASSIGNED, cause="imported"
    )
    rows = (Assignment(lead_id=pk, owner=to, at=moment, rule="imported", by=by) for pk in leads)
    Assignment.objects.bulk_create(rows, batch_size=BATCH)
    return Lead.objects.filter(pk__in=leads).update(owner=to)

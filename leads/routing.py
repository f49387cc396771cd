"""Who gets the next lead: a round robin over present reps, its turn kept in one locked row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leads.models import Assignment, Lead, Pool
from smarketing.foundation.models import Organisation, User

DEFAULT_POOL = "Sales"


@dataclass(frozen=True)
class Choice:
    """The rep chosen, by which rule, and between whom: kept with the assignment, so that “why?” has an answer."""

    rep: User
    rule: str
    candidates: list[int]


def choose(lead: Lead, moment: datetime) -> Choice | None:
    """A present rep for this lead, or None when nobody is there; locks the pool until the transaction ends."""
    today = moment.astimezone(Organisation.get().zone).date()
    present = {rep.pk: rep for rep in User.objects.reps().present(today)}
    if lead.owner_id is not None and lead.owner_id in present:
        return Choice(present[lead.owner_id], "owner", [lead.owner_id])
    if not present:
        return None
    pool = _locked_pool()
    order = sorted(present)
    pool.last_rep_id = next((pk for pk in order if pk > pool.last_rep_id), order[0])
    pool.save(update_fields=["last_rep_id"])
    return Choice(present[pool.last_rep_id], "round_robin", order)


def _locked_pool() -> Pool:
    Pool.objects.bulk_create([Pool(name=DEFAULT_POOL)], ignore_conflicts=True)
    return Pool.objects.select_for_update(no_key=True).get(name=DEFAULT_POOL)


def assign(
    lead: Lead,
    owner: User | None,
    *,
    rule: str,
    by: User | None,
    moment: datetime,
    candidates: list[int] | None = None,
) -> None:
    """Give a lead, which the caller holds locked, to `owner` (None: to nobody) and write why."""
    if lead.owner_id == (owner.pk if owner else None):
        return
    Assignment.objects.create(
        lead=lead, owner=owner, at=moment, rule=rule, candidates=candidates or [], by=by
    )
    lead.owner = owner
    lead.save(update_fields=["owner"])

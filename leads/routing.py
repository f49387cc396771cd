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
    reps = User.objects.reps().present(moment.astimezone(Organisation.get().zone).date())
    owner = reps.filter(pk=lead.owner_id).first() if lead.owner_id is not None else None
    if owner is not None:
        return Choice(owner, "owner", [owner.pk])
    # The pool before the people: whoever leaves takes it too (`leads.giving`), so that nobody gets a lead behind it.
    pool = locked_pool()
    present = {rep.pk: rep for rep in reps}
    if not present:
        return None
    order = sorted(present)
    [pool.last_rep_id] = turns(order, pool.last_rep_id, 1)
    pool.save(update_fields=["last_rep_id"])
    return Choice(present[pool.last_rep_id], "round_robin", order)


def turns(order: list[int], last: int, n: int) -> list[int]:
    """Whose turn it is for the next `n` leads, after `last`; `order` holds the keys of those who share, ascending."""
    first = next((i for i, pk in enumerate(order) if pk > last), 0)
    return [order[(first + i) % len(order)] for i in range(n)]


def locked_pool() -> Pool:
    """The pool of all reps, locked until the transaction ends; made when there is none."""
    Pool.objects.bulk_create([Pool(name=DEFAULT_POOL)], ignore_conflicts=True)
    return Pool.objects.select_for_update(no_key=True).get(name=DEFAULT_POOL)


def hold(person: User) -> User:
    """This person as they are now, who does not leave and keeps their role until the transaction ends.

    To be asked before any lead is locked: whoever leaves has their own row first, then their leads (`leads.giving`).
    """
    [now_is] = User.objects.raw("SELECT * FROM foundation_user WHERE id = %s FOR SHARE", [person.pk])
    return now_is


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

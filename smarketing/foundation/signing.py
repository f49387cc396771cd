"""Two keys: what both teams agree on counts when marketing's head and sales' head have signed.

One person never turns both keys, unless an administrator declared that one person heads both teams. The deputy
of a head who is on leave may turn the head's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal

SIDES = ("marketing", "sales")
HEADED = {User.Role.MARKETING_HEAD: "marketing", User.Role.SALES_HEAD: "sales"}
ROLES = {side: role for role, side in HEADED.items()}


@dataclass(frozen=True)
class Keys:
    """The sides a person may sign for; `deputy` ones are a head's who is on leave; a sole head turns both at once."""

    own: frozenset[str] = frozenset()
    deputy: frozenset[str] = frozenset()
    sole: bool = False

    @property
    def all(self) -> frozenset[str]:
        return self.own | self.deputy

    def __bool__(self) -> bool:
        return bool(self.all)


def keys_of(user: User, moment: datetime) -> Keys:
    """What this person may sign at that moment; one query."""
    if not user.is_active:
        return Keys()
    if Organisation.get().sole_head and (user.is_head or user.is_administrator):
        return Keys(frozenset(SIDES), sole=True)
    own = frozenset({HEADED[User.Role(user.role)]} if user.is_head else ())
    return Keys(own, _stands_in(user, moment) - own)


def _stands_in(user: User, moment: datetime) -> frozenset[str]:
    """The sides whose head is on leave that day and named this person."""
    heads = User.objects.filter(deputy=user, role__in=HEADED, is_active=True)
    day = moment.astimezone(Organisation.get().zone).date()
    away = heads.filter(absences__starts_on__lte=day, absences__ends_on__gte=day)
    return frozenset(HEADED[User.Role(role)] for role in away.values_list("role", flat=True))


def missing(row: Any) -> list[str]:
    """The sides that have not signed this row."""
    return [side for side in SIDES if getattr(row, f"{side}_by_id") is None]


def may_sign(row: Any, *, by: User, moment: datetime, keys: Keys | None = None) -> list[str]:
    """The sides that this person's signature would fill now: none where they cannot sign, both for a sole head."""
    keys = keys or keys_of(by, moment)
    free = [side for side in missing(row) if side in keys.all]
    if keys.sole:
        return free
    if any(getattr(row, f"{side}_by_id") == by.pk for side in SIDES):
        return []
    return sorted(free, key=lambda side: side not in keys.own)[:1]


def sign(row: Any, *, by: User, moment: datetime, what: str = "this") -> list[str]:
    """Put this person's signature on the row, which the caller holds locked and stores; answers the sides signed.

    Raises `Forbidden` for whoever holds no key and `Refusal` where theirs is turned already.
    """
    keys = keys_of(by, moment)
    if not keys:
        raise Forbidden(f"Only the heads of marketing and of sales sign {what}.")
    sides = may_sign(row, by=by, moment=moment, keys=keys)
    if not sides:
        raise Refusal(_why_not(row, by, keys))
    for side in sides:
        setattr(row, f"{side}_by", by)
        if hasattr(row, f"{side}_at"):
            setattr(row, f"{side}_at", moment)
    return sides


def _why_not(row: Any, by: User, keys: Keys) -> str:
    for side in SIDES:
        if getattr(row, f"{side}_by_id") == by.pk and missing(row):
            return f"You have signed already, for {side}. The other signature is another person's."
    side = sorted(keys.all)[0]
    return f"{getattr(row, f'{side}_by')} has signed for {side} already."


def signers(side: str, moment: datetime) -> list[User]:
    """Who may turn this key: the heads of that side, and the deputies of those on leave."""
    if Organisation.get().sole_head:
        return list(User.objects.filter(role__in=HEADED, is_active=True).order_by("pk"))
    day = moment.astimezone(Organisation.get().zone).date()
    heads = User.objects.filter(role=ROLES[side], is_active=True).select_related("deputy").order_by("pk")
    at_work = set(User.objects.present(day).values_list("pk", flat=True))
    found = {}
    for head in heads:
        found[head.pk] = head
        if head.pk not in at_work and head.deputy is not None and head.deputy.is_active:
            found[head.deputy.pk] = head.deputy
    return list(found.values())

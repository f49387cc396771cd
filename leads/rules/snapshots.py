"""What is known about a lead at a moment, as much of it as rules ask about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F

from leads.models import Lead, Touch
from leads.rules.facts import BUILT_IN, Fact, Kind

PATHS = {fact.path for fact in BUILT_IN.values()} | {"custom", "account__custom"}
COLUMNS = sorted(PATHS | {"born_at", "returned_at"})
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
LEAST, MOST = 1e-300, 1e300  # of numbers that are compared as floating point


@dataclass(frozen=True, slots=True)
class Seen:
    """One touch, dated as readings date it: that of the origin at the lead's birth."""

    pk: int
    at: datetime
    kind: str
    team: str
    campaign: int | None
    content: str
    url: str


@dataclass(frozen=True)
class Snapshot:
    """One lead: its columns by their paths, and its touches up to the moment, the latest first."""

    lead_id: int
    columns: Mapping[str, Any]
    touches: tuple[Seen, ...] = field(default=())

    @property
    def returned_at(self) -> datetime | None:
        return self.columns["returned_at"]

    def value(self, fact: Fact) -> Any:
        """The fact as its kind has it; None where it is unknown."""
        stored = self.columns.get(fact.path)
        if fact.key:
            return own_value(fact.kind, stored.get(fact.key) if isinstance(stored, dict) else None)
        if stored is None or stored == "":
            return None
        return str(stored) if fact.kind == Kind.GRADE else stored


def own_value(kind: Kind, stored: Any) -> Any:
    """The value of an own field; whatever is not of its kind counts as unknown."""
    if kind == Kind.NUMBER:
        is_number = isinstance(stored, int | float) and not isinstance(stored, bool)
        return stored if is_number and (stored == 0 or LEAST < abs(stored) < MOST) else None
    if kind == Kind.YES_NO:
        return stored if isinstance(stored, bool) else None
    if not isinstance(stored, str) or not stored:
        return None
    return stored if kind != Kind.DATE or ISO_DAY(stored) else None


def snapshots(lead_ids: Iterable[int], moment: datetime, *, touches: bool = True) -> dict[int, Snapshot]:
    """All that rules can ask of these leads, in two queries, by lead; `touches=False` leaves those out in one."""
    ids = list(lead_ids)
    rows = Lead.objects.filter(pk__in=ids).order_by().values_list("pk", *map(F, COLUMNS))
    seen = _seen(ids, moment) if touches else {}
    found = {pk: dict(zip(COLUMNS, values, strict=True)) for pk, *values in rows}
    return {
        pk: Snapshot(pk, columns, _in_order(seen.get(pk, ()), columns, moment))
        for pk, columns in found.items()
    }


def _seen(ids: list[int], moment: datetime) -> dict[int, list[tuple[bool, Seen]]]:
    rows: Any = Touch.objects.filter(lead__in=ids).order_by()
    found: dict[int, list[tuple[bool, Seen]]] = {}
    for lead, is_origin, *told in rows.values_list(
        "lead_id", "is_origin", "pk", "at", "kind", "team", "campaign_id", "content", "url"
    ):
        found.setdefault(lead, []).append((is_origin, Seen(*told)))
    return found


def _in_order(
    found: Iterable[tuple[bool, Seen]], columns: Mapping[str, Any], moment: datetime
) -> tuple[Seen, ...]:
    dated = (
        Seen(one.pk, columns["born_at"], one.kind, one.team, one.campaign, one.content, one.url)
        if is_origin
        else one
        for is_origin, one in found
    )
    return tuple(
        sorted((one for one in dated if one.at <= moment), key=lambda one: (one.at, one.pk), reverse=True)
    )


def days_of(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day

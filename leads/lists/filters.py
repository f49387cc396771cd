"""What a list of leads can be narrowed by, and how an address says it.

A filter reads its own parameters of an address and answers what it asks for: a condition, and a chip in words.
What nobody knows is ignored and told. Other floors add filters of their own with `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.http import QueryDict

from smarketing.foundation.models import User

M = TypeVar("M", bound=Model)
NONE, ME = "none", "me"
OFFERED = 500  # options of one filter that are listed
MOST = 40  # values of one filter that are read


@dataclass(frozen=True)
class Asker:
    """Who asks, and when: what “me” and “the last seven days” mean."""

    user: User
    moment: datetime


@dataclass(frozen=True)
class Applied:
    """One filter as an address sets it: what a chip says, and which parameters it takes away."""

    filter: Filter
    words: str
    condition: Q
    params: dict[str, list[str]]


@dataclass
class Reading:
    """What an address asks for, and what of it nobody understood."""

    applied: list[Applied] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def narrow(self, rows: QuerySet[M]) -> QuerySet[M]:
        for one in self.applied:
            rows = rows.filter(one.condition)
        return rows

    @property
    def params(self) -> dict[str, list[str]]:
        return {name: values for one in self.applied for name, values in one.params.items()}


class Filter(Protocol):
    """`kind` names the form that sets it; `params` are the names that it reads in an address."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def params(self) -> tuple[str, ...]: ...

    def asks(self, data: QueryDict) -> set[str]: ...

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None: ...

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]: ...

    def offered_to(self, user: User) -> bool: ...


@dataclass(frozen=True)
class Plain:
    """What most filters are: offered to everybody, and without numbers whose names have to be looked up."""

    def offered_to(self, user: User) -> bool:
        return True

    def asks(self, data: QueryDict) -> set[str]:
        return set()


def clean(values: Iterable[str]) -> list[str]:
    """Each value once, in order, without the empty and the unreadable."""
    kept = (value.strip() for value in values if value and "\0" not in value)
    return [value for value in dict.fromkeys(kept) if value][:MOST]


def listed(labels: Sequence[str], *, most: int = 3) -> str:
    """ "A, B or C"; long lists are cut: "A, B, C or 4 more"."""
    if len(labels) > most + 1:
        labels = [*labels[:most], f"{len(labels) - most} more"]
    return f"{', '.join(labels[:-1])} or {labels[-1]}" if len(labels) > 1 else "".join(labels)


@dataclass(frozen=True)
class OneOf:
    """Any of some values: `choices` are always there, `table` holds more by their numbers.

    `condition` answers what the chosen values ask for together.
    """

    name: str
    label: str
    condition: Callable[[list[str], Asker], Q]
    choices: tuple[tuple[str, str], ...] = ()
    table: Callable[[Asker], QuerySet] | None = None
    shown: Callable[[QuerySet], QuerySet] = lambda rows: rows.order_by("name", "pk")
    named: str = "name"
    needs: str = ""
    verb: str = "is"
    listed: bool = True  # whether the table is short enough to offer
    kind: str = "one_of"

    @property
    def params(self) -> tuple[str, ...]:
        return (self.name,)

    def offered_to(self, user: User) -> bool:
        return (self.listed or self.table is None) and self.allowed(user)

    def allowed(self, user: User) -> bool:
        return not self.needs or user.may(self.needs)

    def asks(self, data: QueryDict) -> set[str]:
        """The numbers whose names have to be looked up."""
        if self.table is None:
            return set()
        return {value for value in clean(data.getlist(self.name)) if is_number(value)}

    def rows(self, asker: Asker, values: Iterable[str]) -> QuerySet | None:
        if self.table is None or not self.allowed(asker.user):
            return None
        return self.table(asker).filter(pk__in=[int(value) for value in values])

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        fixed = dict(self.choices)
        given = clean(data.getlist(self.name))
        known = {value: fixed.get(value) or names.get(value) for value in given}
        if unknown := [value for value, label in known.items() if label is None]:
            notices.append(f"{self.label} “{unknown[0][:40]}” is not known, so it was left out.")
        chosen = {value: str(label) for value, label in known.items() if label is not None}
        if not chosen:
            return None
        words = f"{self.label} {self.verb} {listed(list(chosen.values()))}".replace("  ", " ")
        return Applied(self, words, self.condition(list(chosen), asker), {self.name: list(chosen)})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        chosen = clean(data.getlist(self.name))
        offered = list(self.choices)
        if self.table is not None and self.allowed(asker.user):
            rows = self.shown(self.table(asker))[:OFFERED]
            offered += [(str(row.pk), named(row, self.named)) for row in rows]
        return {"options": [(value, label, value in chosen) for value, label in offered]}


def read_by(filters: Sequence[Filter], data: QueryDict, asker: Asker) -> Reading:
    """What an address asks these filters for; what nobody knows is left out and told."""
    reading = Reading()
    names = names_of(filters, data, asker)
    for one in filters:
        if not any(data.getlist(name) for name in one.params):
            continue
        applied = one.read(data, names.get(one.name, {}), asker, reading.notices)
        if applied is not None:
            reading.applied.append(applied)
    return reading


def named(row: Model, attribute: str) -> str:
    return str(getattr(row, attribute) or row)


def is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 19


def names_of(filters: Sequence[Filter], data: QueryDict, asker: Asker) -> dict[str, dict[str, str]]:
    """What the numbers in an address are called, all tables in one query: by filter, then number."""
    queries = []
    for one in filters:
        wanted = one.asks(data)
        rows = one.rows(asker, wanted) if wanted and isinstance(one, OneOf) else None
        if rows is not None and isinstance(one, OneOf):
            queries.append(_named_rows(one, rows))
    if not queries:
        return {}
    found: dict[str, dict[str, str]] = {}
    first, *rest = queries
    for name, pk, label in first.union(*rest, all=True) if rest else first:
        found.setdefault(name, {})[str(pk)] = label
    return found


def _named_rows(one: OneOf, rows: QuerySet) -> QuerySet:
    return rows.order_by().values_list(
        Value(one.name, output_field=CharField()), F("pk"), Cast(F(one.named), CharField())
    )

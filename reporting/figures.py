"""One object per figure: it says how the number is counted, and it is the list of leads behind the number.

A report and its drill-down start from the same SQL, so they cannot disagree. A figure fits into a query string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from leads.models import Lead
from leads.stages import LADDER, STATES
from reporting import flows, funnel_counts, happenings, ledger, passages, refusals
from reporting.credits import credits
from reporting.money import pipeline, sales
from reporting.periods import WrongUsage, iso, parse_day, parse_moment
from reporting.scope import Scope, choose, make_scope
from reporting.snapshot import rows

# What a report without options assumes: an address need not say it.
USUAL = {"model": "first", "basis": "cohort"}


class Group(Enum):
    ALL = "all"


ALL = Group.ALL  # the key of the total
Key = int | str | date | Group | None
MONEY: dict[str, tuple[Callable[[Scope], str], str]] = {
    "revenue": (sales, "cents IS NOT NULL"),
    "credited_revenue": (credits, "true"),
    "pipeline": (pipeline, "cents IS NOT NULL"),
}
CLOSED_LOOP = [*happenings.COUNTED, *MONEY]
DECIDED = "decided"  # accepted or rejected: what the rate of acceptance is of
FUNNEL = [
    *(f"currently_in:{state}" for state in STATES),
    *(f"{what}:{stage}" for what in ("ever_entered", "reached_or_passed", "entries") for stage in LADDER),
    *funnel_counts.MOVED,
]


def is_funnel(name: str) -> bool:
    """Whether the funnel page shows this figure."""
    return name in FUNNEL or name in passages.PASSAGES or bool(funnel_counts.STUCK.fullmatch(name))


@dataclass(frozen=True)
class Figure:
    """One number of a report: which (`name`), of which group (`key`: an id, a text, a month, or none), of what.

    `key` is `ALL` for the total, None for the leads that have no value of the dimension.
    """

    name: str
    key: Key
    scope: Scope

    def leads(self) -> QuerySet[Lead]:
        """The leads behind the number; for a flow each lead once, however often it happened to it."""
        sql, parameters = positional(f"SELECT id FROM ({self._rows()}) f", self._parameters())
        return Lead.objects.filter(pk__in=RawSQL(sql, parameters))

    def number(self) -> int:
        """The number as the report shows it: of leads, or in a flow of things that happened."""
        return rows(f"SELECT count(*) AS n FROM ({self._rows()}) f", self._parameters())[0]["n"]

    def _rows(self) -> str:
        if self.name in passages.PASSAGES:
            return passages.behind(self.scope, self.name)
        if is_funnel(self.name):
            return funnel_counts.counted(self.scope, self.name)
        group = "true" if self.key is ALL else "key IS NULL" if self.key is None else "key = %(key)s"
        if self.name in ledger.FIGURES:
            return f"SELECT id FROM ({ledger.behind(self.scope, self.name)}) d WHERE {group}"
        if self.name in MONEY:
            source, counts = MONEY[self.name]
            return f"SELECT DISTINCT lead_id AS id FROM ({source(self.scope)}) m WHERE {counts} AND {group}"
        if self.name in flows.ENDED:
            return f"SELECT id FROM ({flows.ended(self.scope, self.name)}) w WHERE {group}"
        if refusals.FIGURE.fullmatch(self.name):
            return f"SELECT id FROM ({refusals.refused(self.scope)}) r WHERE reason = %(reason)s AND {group}"
        counted = f"SELECT id FROM ({happenings.happenings(self.scope, some=True)}) h WHERE {group} AND "
        return f"{counted} sal UNION ALL {counted} rejected" if self.name == DECIDED else counted + self.name

    def _parameters(self) -> dict[str, Any]:
        scope = passages.ending(self.scope) if self.name in passages.PASSAGES else self.scope
        return scope.parameters | {"key": self.key, "reason": refusals.reason_of(self.name)}

    def query(self) -> dict[str, str]:
        """Everything that makes this figure, as short texts for a query string; `figure_from` reads them back."""
        texts = {"figure": self.name}
        if self.key is not ALL:
            texts["key"] = "" if self.key is None else str(self.key)
        for field in fields(self.scope):
            value = getattr(self.scope, field.name)
            if field.name != "zone" and value not in (None, USUAL.get(field.name)):
                texts[field.name] = str(iso(value)) if isinstance(value, datetime) else str(value)
        return texts


def figure_from(query: Mapping[str, str]) -> Figure:
    """The figure that `Figure.query` wrote; raises `WrongUsage` for one that does not exist."""
    name = query.get("figure", "")
    if not (refusals.FIGURE.fullmatch(name) or is_funnel(name)):
        choose("figure", name, [*CLOSED_LOOP, DECIDED, *flows.ENDED, *FUNNEL, *ledger.FIGURES])
    scope = scope_from(query, ledger.make_ledger_scope if query["figure"] in ledger.FIGURES else make_scope)
    return Figure(query["figure"], key_from(query["key"], scope.by) if "key" in query else ALL, scope)


def scope_from(query: Mapping[str, str], make: Callable[..., Scope] = make_scope) -> Scope:
    """The scope in a query string; what is missing is as in a report without options."""
    readers = {"since": parse_day, "until": parse_day, "as_of": parse_moment, "known_at": parse_moment}
    values: dict[str, Any] = {}
    for name in ("by", "model", "basis", "currency", *readers):
        if text := query.get(name, ""):
            values[name] = readers[name](text, name) if name in readers else text
    return make(**values)


def key_from(text: str, by: str) -> Key:
    if not text:
        return None
    if "\0" in text:  # PostgreSQL has no such text
        raise WrongUsage("key has a character that no name has. Open the figure from its report again.")
    try:
        if by in ("month", "week"):
            return date.fromisoformat(text)
        return _id(text) if by in ("campaign", "channel", "owner", "rep") else text
    except ValueError:
        raise WrongUsage(f"key “{text}” is not a {by}. Open the figure from its report again.") from None


def _id(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(f"{text} numbers no row")
    return number


def positional(sql: str, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The same SQL with parameters by place, as Django wants them in a part of a query."""
    # Behind two of them stands what a text of a rule says, not a parameter.
    names = re.findall(r"(?<!%)%\((\w+)\)s", sql)
    return re.sub(r"(?<!%)%\(\w+\)s", "%s", sql), [parameters[name] for name in names]

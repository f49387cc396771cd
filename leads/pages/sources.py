"""What a lead's timeline is made of: kinds of rows, each read newest first and only as far as shown.

One statement reads all of them (`read`), a page of rows at a time: whatever happened to a lead, its twentieth page
costs what its first costs. Other floors add what only they know with `register`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from leads.models import Lead
from smarketing.foundation.prepared import Prepared

SIZE = 20  # rows of a page
END = datetime(9999, 12, 31, tzinfo=UTC)  # the first page begins after everything
ALL, BUYER, US, MOVES, SCORE, PROMISES, FACTS = "all", "buyer", "us", "moves", "score", "promises", "facts"
KINDS = {
    ALL: "All",
    BUYER: "Buyer",
    US: "Us",
    MOVES: "Moves",
    SCORE: "Score",
    PROMISES: "Promises",
    FACTS: "Facts",
}


@dataclass(frozen=True)
class Entry:
    """One line: `order` breaks ties, so that what was written later stands higher. `of`: the kind it is shown with."""

    at: datetime
    order: tuple[int, int]
    icon: str
    title: str
    text: str = ""
    tone: str = ""
    of: str = MOVES


@dataclass(frozen=True)
class Row:
    """One row of a source: `told` is what it answered of itself."""

    at: datetime
    rank: int
    id: int
    told: dict[str, Any]
    lead: Lead
    moment: datetime

    @property
    def order(self) -> tuple[int, int]:
        return self.rank, self.id


@dataclass(frozen=True)
class Source:
    """Rows of one kind. `rank` places them among others of the same instant; `told` is SQL for a JSON object.

    `alone` narrows them where everything is shown: what another source tells too stands there once. In its SQL
    `%(lead)s` and `%(moment)s` are the lead and the present.
    """

    name: str
    rank: int
    of: str
    table: str
    told: str
    entry: Callable[[Row], Entry]
    where: str = "true"
    lead: str = "r.lead_id"
    at: str = "r.at"
    id: str = "r.id"
    alone: str = "true"
    sql: str = field(default="", repr=False)  # instead of what the others make of it

    def page(self, show: str) -> str:
        """The newest rows before the place (`at`, `rank`, `id`)."""
        if self.sql:
            return f"({self.sql})"
        where = [f"{self.lead} = %(lead)s", self.where, before(self.at, self.rank, self.id)]
        where += [self.alone] if show == ALL else []
        return (
            f"(SELECT {self.at} AS at, {self.rank} AS rank, {self.id}::bigint AS id, {self.told} AS told "  # noqa: S608 of the code
            f"FROM {self.table} WHERE {' AND '.join(where)} ORDER BY {self.at} DESC, {self.id} DESC LIMIT {SIZE + 1})"
        )


def before(at: str, rank: int, id: str) -> str:
    """Rows before the place. The first condition says nothing new, but an index can be entered by it."""
    return f"{at} <= %(at)s AND ({at} < %(at)s OR ({rank}, {id}::bigint) < (%(rank)s, %(id)s))"


def person(column: str) -> str:
    """The name of whom a column names."""
    return f"(SELECT coalesce(nullif(u.name, ''), u.email) FROM foundation_user u WHERE u.id = {column})"  # noqa: S608


def told(**parts: str) -> str:
    """SQL for a JSON object of these expressions."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in parts.items())
    return f"jsonb_build_object({pairs})"


SOURCES: dict[int, Source] = {}


def register(*sources: Source) -> None:
    for source in sources:
        assert source.rank not in SOURCES, source.name
        SOURCES[source.rank] = source


@dataclass(frozen=True)
class Place:
    """After which row a page begins."""

    at: datetime = END
    rank: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.rank}_{self.id}"

    @classmethod
    def of(cls, words: str) -> Place:
        """The place that an address names; the beginning where it names none."""
        try:
            at, rank, pk = words.split("_")
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None or not 0 <= int(rank) < 1000 or not 0 <= int(pk) < 2**63:
                return cls()
            return cls(moment.astimezone(UTC), int(rank), int(pk))
        except (ValueError, OverflowError):
            return cls()


def read(
    lead: Lead, *, moment: datetime, show: str = ALL, place: Place | None = None
) -> tuple[list[Entry], Place | None]:
    """A page of entries, newest first, and the place where the next one begins. One query."""
    after = place or Place()
    values = {"lead": lead.pk, "moment": moment, "at": after.at, "rank": after.rank, "id": after.id}
    statement = _statement(show, len(SOURCES))
    found = statement.rows({slot: values[slot] for slot in statement.slots})
    rows = [Row(at, rank, pk, json.loads(told), lead, moment) for at, rank, pk, told in found[:SIZE]]
    more = Place(rows[-1].at, rows[-1].rank, rows[-1].id) if len(found) > SIZE else None
    return [SOURCES[row.rank].entry(row) for row in rows], more


@cache
def _statement(show: str, registered: int) -> Prepared:
    parts = [source.page(show) for source in SOURCES.values() if show in (ALL, source.of)]
    every = " UNION ALL ".join(parts)
    order = f"ORDER BY at DESC, rank DESC, id DESC LIMIT {SIZE + 1}"
    return Prepared.named(f"SELECT at, rank, id, told FROM ({every}) every {order}")  # noqa: S608

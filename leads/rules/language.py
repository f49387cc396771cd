"""A rule as it stands after reading: groups of clauses, each of which holds for a lead or does not."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from leads.rules.facts import Fact, Kind

Data = dict[str, Any]


class Rule(ABC):
    """What every part of a rule can do."""

    @property
    @abstractmethod
    def data(self) -> Data:
        """Its one form as JSON, which `parse` reads back."""

    @property
    def compact(self) -> str:
        """Its data as JSON without blanks, as addresses carry it."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))

    @property
    def parts(self) -> Sequence[Rule]:
        return ()

    def clauses(self) -> Iterator[Clause | Touches]:
        """Its clauses in reading order."""
        for part in self.parts:
            yield from part.clauses()

    def facts(self) -> list[str]:
        """The names of the facts that it asks about, each once."""
        return list(dict.fromkeys(one.fact.name for one in self.clauses() if isinstance(one, Clause)))

    def asks_touches(self) -> bool:
        return any(isinstance(one, Touches) for one in self.clauses())

    def sentence(self) -> str:
        """Such as “Fit is B or better, and a form filled in the last 30 days”."""
        from leads.rules.sentences import sentence

        return sentence(self)

    def __str__(self) -> str:
        return self.sentence()


@dataclass(frozen=True)
class All(Rule):
    rules: tuple[Rule, ...]

    @property
    def data(self) -> Data:
        return {"all": [rule.data for rule in self.rules]}

    @property
    def parts(self) -> Sequence[Rule]:
        return self.rules


@dataclass(frozen=True)
class AnyOf(Rule):
    rules: tuple[Rule, ...]

    @property
    def data(self) -> Data:
        return {"any": [rule.data for rule in self.rules]}

    @property
    def parts(self) -> Sequence[Rule]:
        return self.rules


@dataclass(frozen=True)
class Not(Rule):
    rule: Rule

    @property
    def data(self) -> Data:
        return {"not": self.rule.data}

    @property
    def parts(self) -> Sequence[Rule]:
        return (self.rule,)


@dataclass(frozen=True)
class Clause(Rule):
    """One question about one fact. `value` is None, a text, a number, a day, a yes or no, or a tuple of these."""

    fact: Fact
    op: str
    value: Any = None

    @property
    def data(self) -> Data:
        told = {} if self.value is None else {"value": as_json(self.value)}
        return {"field": self.fact.name, "op": self.op, **told}

    def clauses(self) -> Iterator[Clause | Touches]:
        yield self

    @property
    def texts(self) -> tuple[Any, ...]:
        """The values as they are compared: texts without regard to case."""
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return tuple(fold(value) for value in values) if self.fact.kind == Kind.TEXT else values


@dataclass(frozen=True)
class Touched:
    """Which touches are meant; what is left empty does not narrow."""

    kinds: tuple[str, ...] = ()
    content: str = ""
    url: str = ""
    campaign: int | None = None
    team: str = ""

    @property
    def data(self) -> Data:
        told = {
            "kinds": list(self.kinds),
            "content": self.content,
            "url": self.url,
            "campaign": self.campaign,
            "team": self.team,
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Touches(Rule):
    """At least so many touches, in the last so many days where that is said; after a return only later ones."""

    touched: Touched
    within_days: int | None = None
    at_least: int = 1

    @property
    def data(self) -> Data:
        within = {"within_days": self.within_days} if self.within_days else {}
        return {"touches": self.touched.data, **within, "at_least": self.at_least}

    def clauses(self) -> Iterator[Clause | Touches]:
        yield self


def as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


# Capitals that PostgreSQL 18 knows and an older Python does not: of Unicode 16.
_NEWER = {0x1C89: 0x1C8A, 0xA7CB: 0x0264, 0xA7CC: 0xA7CD, 0xA7DA: 0xA7DB, 0xA7DC: 0x019B}
_NEWER |= {capital: capital + 0x20 for capital in range(0x10D50, 0x10D66)}


def fold(text: str) -> str:
    """The text without regard to case, letter by letter as PostgreSQL's `lower` in `pg_c_utf8` does it."""
    if text.isascii():
        return text.lower()
    return "".join("i" if letter == "İ" else letter.lower() for letter in text.translate(_NEWER))

"""Why a rule holds for a lead or does not: each clause, whether it is met, and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from leads.rules.facts import Kind
from leads.rules.language import All, Clause, Not, Rule, Touches
from leads.rules.matching import holds, touches_of
from leads.rules.sentences import Names, names_of, said, words
from leads.rules.snapshots import Snapshot, days_of

UNKNOWN = "not known"


@dataclass(frozen=True)
class Answer:
    """A clause or a group as it turned out for one lead.

    `found` is what the lead has; `unknown` says that a fact is missing, so that learning it could change the answer.
    `needs_all` tells a group of which every part must be met from one of which any will do.
    """

    rule: Rule
    sentence: str
    met: bool
    found: str = ""
    unknown: bool = False
    needs_all: bool = True
    parts: tuple[Answer, ...] = ()

    @property
    def facts(self) -> list[str]:
        return self.rule.facts()


def explain(rule: Rule, snapshot: Snapshot, moment: datetime, *, names: Names | None = None) -> Answer:
    """The whole rule with an answer for each of its parts; `names_of` may look names up for many at once."""
    return _explain(rule, snapshot, moment, names_of(rule) if names is None else names, denied=False)


def lacking(rule: Rule, snapshot: Snapshot, moment: datetime, *, names: Names | None = None) -> list[Answer]:
    """The clauses that would have to turn out otherwise for the rule to hold, as few as will do; none: it holds."""
    return list(_lacking(explain(rule, snapshot, moment, names=names)))


def _lacking(answer: Answer) -> Iterator[Answer]:
    if answer.met:
        return
    if not answer.parts:
        yield answer
    elif answer.needs_all:
        for part in answer.parts:
            yield from _lacking(part)
    else:
        yield from min((list(_lacking(part)) for part in answer.parts), key=len)


def _explain(rule: Rule, snapshot: Snapshot, moment: datetime, names: Names, *, denied: bool) -> Answer:
    if isinstance(rule, Not):
        return _explain(rule.rule, snapshot, moment, names, denied=not denied)
    text = words(rule, names, denied=denied)
    told = text[:1].upper() + text[1:]
    if isinstance(rule, Touches):
        found = touches_of(rule, snapshot, moment)
        return Answer(
            rule,
            told,
            (len(found) >= rule.at_least) != denied,
            _touches(len(found), found[0].at if found else None),
        )
    if isinstance(rule, Clause):
        return _clause(rule, told, snapshot, moment, names, denied)
    parts = tuple(_explain(part, snapshot, moment, names, denied=denied) for part in rule.parts)
    needs_all = isinstance(rule, All) != denied
    met = all(part.met for part in parts) if needs_all else any(part.met for part in parts)
    return Answer(rule, told, met, needs_all=needs_all, parts=parts)


def _clause(
    clause: Clause, told: str, snapshot: Snapshot, moment: datetime, names: Names, denied: bool
) -> Answer:
    value = snapshot.value(clause.fact)
    met = holds(clause, value, moment) != denied
    if value is None:
        return Answer(clause, told, met, UNKNOWN, unknown=True)
    if clause.fact.kind == Kind.ROW:
        names = _also(names, clause, value)
    shown = days_of(value) if clause.fact.kind == Kind.DATE else value
    return Answer(clause, told, met, said(clause.fact, shown, names))


def _also(names: Names, clause: Clause, value: int) -> Names:
    """With the name of what the lead has, which the rule need not name."""
    if (clause.fact.name, value) in names:
        return names
    return names | names_of(Clause(clause.fact, "is", value))


def _touches(n: int, last: datetime | None) -> str:
    if last is None:
        return "none"
    return f"{n:,}, the last on {last.day} {last:%B %Y}"

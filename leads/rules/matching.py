"""Whether a rule holds for one lead, in Python. `leads.rules.conditions` says the same of many, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leads.rules.days import ago, span_of
from leads.rules.facts import Kind
from leads.rules.language import All, AnyOf, Clause, Not, Rule, Touched, Touches, fold
from leads.rules.snapshots import Seen, Snapshot, days_of


def matches(rule: Rule, snapshot: Snapshot, moment: datetime) -> bool:
    """Whether it holds; a clause about something unknown does not, except “is unknown”."""
    if isinstance(rule, All):
        return all(matches(one, snapshot, moment) for one in rule.rules)
    if isinstance(rule, AnyOf):
        return any(matches(one, snapshot, moment) for one in rule.rules)
    if isinstance(rule, Not):
        return not matches(rule.rule, snapshot, moment)
    if isinstance(rule, Touches):
        return len(touches_of(rule, snapshot, moment)) >= rule.at_least
    assert isinstance(rule, Clause)
    return holds(rule, snapshot.value(rule.fact), moment)


def holds(clause: Clause, value: Any, moment: datetime) -> bool:
    """Whether the clause holds for this value of its fact; None is unknown."""
    if clause.op == "is_unknown":
        return value is None
    if value is None:
        return False
    if clause.op == "is_known":
        return True
    kind = clause.fact.kind
    if kind in (Kind.DATE, Kind.MOMENT):
        return span_of(clause, moment).holds(days_of(value) if kind == Kind.DATE else value)
    if kind == Kind.NUMBER:
        return _holds_number(clause, value)
    if kind == Kind.GRADE and clause.op == "at_least":
        return value in as_good(clause)
    return _holds_word(clause, fold(value) if kind == Kind.TEXT else value)


def as_good(clause: Clause) -> tuple[str, ...]:
    """The grades that are as good as the one asked for, or better."""
    return clause.fact.values[: clause.fact.values.index(clause.value) + 1]


def _holds_number(clause: Clause, value: float) -> bool:
    if clause.op == "between":
        return clause.value[0] <= value <= clause.value[1]
    if clause.op == "at_least":
        return value >= clause.value
    return value <= clause.value if clause.op == "at_most" else value == clause.value


def _holds_word(clause: Clause, value: Any) -> bool:
    if clause.op == "contains":
        return clause.texts[0] in value
    if clause.op == "starts_with":
        return value.startswith(clause.texts[0])
    return (value in clause.texts) == (clause.op in ("is", "is_one_of"))


def touches_of(rule: Touches, snapshot: Snapshot, moment: datetime) -> list[Seen]:
    """The touches that count for it, the latest first."""
    since = ago(moment, rule.within_days) if rule.within_days else None
    returned = snapshot.returned_at
    if returned is not None and returned <= moment:
        since = max(since, returned) if since else returned
    return [
        one
        for one in snapshot.touches
        if one.at <= moment and (since is None or one.at > since) and is_meant(rule.touched, one)
    ]


def is_meant(touched: Touched, one: Seen) -> bool:
    return (
        (not touched.kinds or one.kind in touched.kinds)
        and (not touched.team or one.team == touched.team)
        and (touched.campaign is None or one.campaign == touched.campaign)
        and (not touched.content or fold(touched.content) in fold(one.content))
        and (not touched.url or fold(touched.url) in fold(one.url))
    )

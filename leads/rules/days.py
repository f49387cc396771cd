"""What “in the last 30 days” and “before 1 March” mean at a moment. Every span is half-open.

An instant is compared with the instant so many days ago: (moment - n days, moment]. A day is compared with today in
the organisation's zone: (today - n, today], and ahead (today, today + n]. A day of the calendar begins and ends at
the organisation's midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from leads.rules.facts import Kind
from leads.rules.language import Clause
from smarketing.foundation.models import Organisation

AGES_AGO = datetime(1, 1, 2, tzinfo=timezone.get_fixed_timezone(0))


@dataclass(frozen=True)
class Span:
    """After `above` or from `least` on, up to `most` or before `below`; None leaves an end open."""

    above: Any = None
    least: Any = None
    most: Any = None
    below: Any = None

    def holds(self, value: Any) -> bool:
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )


def span_of(clause: Clause, moment: datetime) -> Span:
    """Between which days or instants a value must lie for the clause to hold."""
    return _of_instants(clause, moment) if clause.fact.kind == Kind.MOMENT else _of_days(clause, moment)


def _of_instants(clause: Clause, moment: datetime) -> Span:
    if clause.op == "within_days":
        return Span(above=ago(moment, clause.value), most=moment)
    if clause.op == "over_days":
        return Span(most=ago(moment, clause.value))
    if clause.op == "before":
        return Span(below=_midnight(clause.value))
    return Span(least=_midnight(clause.value + timedelta(days=1)))


def _of_days(clause: Clause, moment: datetime) -> Span:
    if clause.op == "before":
        return Span(below=clause.value)
    if clause.op == "after":
        return Span(above=clause.value)
    today = moment.astimezone(_zone()).date()
    if clause.op == "within_days":
        return Span(above=_shift(today, -clause.value), most=today)
    if clause.op == "over_days":
        return Span(most=_shift(today, -clause.value))
    return Span(above=today, most=_shift(today, clause.value))


def ago(moment: datetime, days: int) -> datetime:
    try:
        return moment - timedelta(days=days)
    except OverflowError:
        return AGES_AGO


def _shift(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_zone())


def _zone() -> Any:
    organisation = Organisation.find()
    return organisation.zone if organisation else timezone.get_fixed_timezone(0)

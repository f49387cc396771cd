"""Deadlines in lists of leads: a filter, an order and a column that only promises know about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from leads.lists import offered, orders
from leads.lists.filters import Asker, OneOf
from leads.models import Lead
from leads.stages import Stage
from sla.models import Clock

CHOICES = (
    ("late", "Late"),
    ("soon", "Due within 24 hours"),
    ("running", "Running"),
    ("none", "None running"),
)
SOON = timedelta(hours=24)


def _running() -> QuerySet[Clock]:
    """As the queue: whoever has just been decided on waits for no decision."""
    return Clock.objects.running().filter(~Q(commitment__stops_on="decision") | Q(lead__stage=Stage.MQL))


def _condition(values: list[str], asker: Asker) -> Q:
    mine = _running().filter(lead=OuterRef("pk"))
    late, soon = Q(due_at__lt=asker.moment), Q(due_at__gte=asker.moment, due_at__lt=asker.moment + SOON)
    parts = {
        "late": Q(Exists(mine.filter(late))),
        "soon": Q(Exists(mine.filter(soon))),
        "running": Q(Exists(mine)),
        "none": ~Q(Exists(mine)),
    }
    condition = Q()
    for value in values:
        condition |= parts[value]
    return condition


def _with_deadline(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Each lead once, with the clock that falls due first."""
    running = Q(clocks__stopped_at=None, clocks__voided_at=None)
    earlier = Clock.objects.running().filter(lead=OuterRef("pk"))
    earlier = earlier.filter(
        Q(due_at__lt=OuterRef("running__due_at"))
        | Q(due_at=OuterRef("running__due_at"), pk__lt=OuterRef("running__pk"))
    )
    found = leads.annotate(running=FilteredRelation("clocks", condition=running))
    return found.filter(running__due_at__isnull=False).filter(~Exists(earlier))


def _pressing(leads: Sequence[Lead], moment: datetime) -> dict[int, Any]:
    """The clock of each lead that falls due first."""
    clocks = _running().filter(lead__in=leads).select_related("commitment")
    found: dict[int, Any] = {}
    for clock in clocks.order_by(F("due_at").asc(nulls_last=True), "pk"):
        found.setdefault(clock.lead_id, clock)
    return found


offered.register(OneOf("deadline", "Deadline", _condition, CHOICES, verb=""))
orders.register_order(
    orders.Order(
        "deadline",
        "Deadline",
        F("running__due_at"),
        ascending=True,
        prepare=_with_deadline,
        leaves_out="Leads without a deadline",
    )
)
orders.register_column(orders.Column("deadline", "Deadline", "deadline", load=_pressing), before="campaign")

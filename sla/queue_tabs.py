"""The tabs of the queue: whose leads each holds, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField
from django.utils.timezone import localtime

from leads.models import Lead
from leads.models.lead import LeadQuerySet
from sla.queue import Queue, due_until, queue_of, snoozed_of
from smarketing.foundation.models import User

COUNTED = 1_000  # a tab counts its leads up to this many
MINE, EVERYONE, TODAY, UNCLAIMED, SNOOZED = "mine", "everyone", "today", "unclaimed", "snoozed"


def tabs_for(user: User) -> list[str]:
    """Who may act on any lead sees everybody's queue; a rep the own one and what is unclaimed."""
    whose = EVERYONE if user.may("leads.read_all") else MINE
    return [whose, TODAY, UNCLAIMED, SNOOZED]


def leads_in(tab: str, user: User, *, moment: datetime, owner: int | None = None) -> LeadQuerySet:
    """The leads of a tab. What is one's own and what nobody has, everybody in sales may see: asked more simply."""
    if tab == UNCLAIMED:
        return Lead.objects.unclaimed()  # type: ignore[no-any-return]
    whose = _whose(tab, user, owner)
    if tab == SNOOZED:
        return whose.asleep(moment)
    return due_until(whose.awake(moment), end_of_day(moment)) if tab == TODAY else whose.awake(moment)


def _whose(tab: str, user: User, owner: int | None) -> LeadQuerySet:
    if not user.may("leads.read_all"):
        return Lead.objects.filter(owner=user)  # type: ignore[return-value]
    leads = Lead.objects.visible_to(user)
    return leads.filter(owner=owner) if owner else leads.filter(owner__isnull=False)


def queue_in(tab: str, user: User, *, moment: datetime, owner: int | None = None) -> Queue:
    """The list of a tab."""
    if tab == SNOOZED:
        return snoozed_of(_whose(tab, user, owner), moment=moment)
    if tab == UNCLAIMED:
        return queue_of(leads_in(tab, user, moment=moment), moment=moment, accepted=False)
    leads = _whose(tab, user, owner).awake(moment)
    if tab == TODAY:
        by = end_of_day(moment)
        return queue_of(due_until(leads, by), moment=moment, due_by=by)
    return queue_of(leads, moment=moment)


def end_of_day(moment: datetime) -> datetime:
    """Midnight on the reader's own clock."""
    day = localtime(moment) + timedelta(days=1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def counts_of(
    tabs: Iterable[str], user: User, *, moment: datetime, owner: int | None = None
) -> dict[str, int]:
    """How many leads each of these tabs holds, counted to one more than is told; one query."""
    wanted = list(tabs)
    if not wanted:
        return {}
    numbers = [_number(leads_in(tab, user, moment=moment, owner=owner)) for tab in wanted]
    found = User.objects.filter(pk=user.pk).values_list(*numbers).get()
    return dict(zip(wanted, found, strict=True))


def _number(leads: LeadQuerySet) -> Func:
    ids = ArraySubquery(leads.waiting().order_by().values("pk")[: COUNTED + 1])
    return Func(ids, function="cardinality", output_field=IntegerField())

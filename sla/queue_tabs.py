"""The tabs of the queue: whose leads each holds, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from inspect import signature

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, QuerySet
from django.utils.timezone import localtime

from leads.models import Lead
from leads.models.lead import LeadQuerySet
from sla.queue import Leads, Queue, due_until, queue_of, snoozed_of
from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement, Value

COUNTED = 1_000  # a tab counts its leads up to this many
MINE, EVERYONE, TODAY, UNCLAIMED, SNOOZED = "mine", "everyone", "today", "unclaimed", "snoozed"


def tabs_for(user: User) -> list[str]:
    """Who may act on any lead sees everybody's queue; a rep the own one and what is unclaimed."""
    whose = EVERYONE if user.may("leads.read_all") else MINE
    return [whose, TODAY, UNCLAIMED, SNOOZED]


# --- Whose leads: each a shape of its own, of which SQL is composed once -----------------------------------
def _owned() -> LeadQuerySet:
    return Lead.objects.filter(owner__isnull=False)  # type: ignore[return-value]


def _of_one(owner: int) -> LeadQuerySet:
    return Lead.objects.filter(owner=owner)  # type: ignore[return-value]


def _owned_awake(moment: datetime) -> LeadQuerySet:
    return _owned().awake(moment)


def _awake_of_one(moment: datetime, owner: int) -> LeadQuerySet:
    return _of_one(owner).awake(moment)


def _owned_due(moment: datetime, by: datetime) -> LeadQuerySet:
    return due_until(_owned_awake(moment), by)


def _due_of_one(moment: datetime, owner: int, by: datetime) -> LeadQuerySet:
    return due_until(_awake_of_one(moment, owner), by)


def _owned_asleep(moment: datetime) -> LeadQuerySet:
    return _owned().asleep(moment)


def _asleep_of_one(moment: datetime, owner: int) -> LeadQuerySet:
    return _of_one(owner).asleep(moment)


def _unclaimed() -> LeadQuerySet:
    return Lead.objects.unclaimed()  # type: ignore[no-any-return]


Build = Callable[..., LeadQuerySet]
OF_ALL: dict[str, Build] = {TODAY: _owned_due, SNOOZED: _owned_asleep, EVERYONE: _owned_awake}
OF_ONE: dict[str, Build] = {
    TODAY: _due_of_one,
    SNOOZED: _asleep_of_one,
    EVERYONE: _awake_of_one,
    MINE: _awake_of_one,
}


def leads_in(tab: str, user: User, *, moment: datetime, owner: int | None = None) -> Leads:
    """The leads of a tab. What is one's own and what nobody has, everybody in sales may see: asked more simply."""
    if tab == UNCLAIMED:
        return Leads(_unclaimed, {})
    whose = owner if user.may("leads.read_all") else user.pk
    values: dict[str, Value] = {"moment": moment}
    if whose:
        values["owner"] = whose
    if tab == TODAY:
        values["by"] = end_of_day(moment)
    return Leads((OF_ONE if whose else OF_ALL)[tab], values)


def queue_in(tab: str, user: User, *, moment: datetime, owner: int | None = None) -> Queue:
    """The list of a tab."""
    if tab == SNOOZED:
        whose = owner if user.may("leads.read_all") else user.pk
        return snoozed_of(_of_one(whose) if whose else _owned(), moment=moment)
    by = end_of_day(moment) if tab == TODAY else None
    leads = leads_in(tab, user, moment=moment, owner=owner)
    return queue_of(leads, moment=moment, accepted=tab != UNCLAIMED, due_by=by)


def end_of_day(moment: datetime) -> datetime:
    """Midnight on the reader's own clock."""
    day = localtime(moment) + timedelta(days=1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def counts_of(
    tabs: Iterable[str], user: User, *, moment: datetime, owner: int | None = None
) -> dict[str, int]:
    """How many leads each of these tabs holds, counted to one more than is told; one query."""
    asked = list(tabs)
    if not asked:
        return {}
    wanted = [leads_in(tab, user, moment=moment, owner=owner) for tab in asked]
    values = {name: value for leads in wanted for name, value in leads.values.items()}
    found = _counted(tuple(leads.build for leads in wanted)).first(pk=user.pk, **values)
    assert found is not None  # whoever asks is there
    return dict(zip(asked, found, strict=True))


@cache
def _counted(builds: tuple[Build, ...]) -> Statement[tuple]:
    takes = [signature(build).parameters for build in builds]

    def numbers(pk: int, **values: Value) -> QuerySet[User, tuple]:
        leads = [
            build(**{name: values[name] for name in named})
            for build, named in zip(builds, takes, strict=True)
        ]
        return User.objects.filter(pk=pk).values_list(*map(_number, leads))

    return Statement(numbers)


def _number(leads: LeadQuerySet) -> Func:
    ids = ArraySubquery(leads.waiting().order_by().values("pk")[: COUNTED + 1])
    return Func(ids, function="cardinality", output_field=IntegerField())

"""Whom to work on next: who is back from a snooze, what is due soonest, then leads without a deadline.

Of two that are due at the same time, or wait equally long, the better score comes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models import Value as Given
from django.db.models.functions import Cast

from leads.models import Lead, Snooze
from leads.models.lead import IN_WORK, QUIET_SINCE, LeadQuerySet
from leads.stages import MQL, Stage
from sla.models import Clock
from sla.queue_words import due_words, wakes_words
from sla.reasons import Why, copy_facts, told_of, why_now
from smarketing.foundation.statements import Statement, Value

SHOWN = 30  # rows of one part; nobody works through more before the list is new
BACK = "Back from snooze"
BEST = (F("score__total").desc(nulls_last=True), "pk")  # of leads that wait equally long


@dataclass(frozen=True)
class Row:
    """One line of the list: the lead, why it is here, and its deadline, or since when it waits.

    `snooze`: what put it off, where it sleeps still or has just come back.
    """

    lead: Lead
    since: datetime
    why: Why
    clock: Clock | None = None
    snooze: Snooze | None = None

    @property
    def reason(self) -> str:
        return self.why.words

    @property
    def score(self) -> dict | None:
        """Its total and grade; None before the first sweep."""
        return self.lead.scored  # type: ignore[attr-defined]

    @property
    def token(self) -> str:
        return token_of(self.lead, self.lead.touched)  # type: ignore[attr-defined]


def token_of(lead: Lead, touched: dict | None) -> str:
    """Changes when anything about a lead does that its pane would show."""
    told = (lead.seq, lead.owner_id, lead.version, lead.worked_at, touched and touched["at"])
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]
    more: bool = False


@dataclass(frozen=True)
class Queue:
    groups: list[Group]
    rows: list[Row] = field(default_factory=list)

    @property
    def order(self) -> list[int]:
        return [row.lead.pk for row in self.rows]

    def after(self, pk: int) -> list[int]:
        return after(pk, self.order)

    def first_of(self, pks: list[int]) -> int | None:
        """The first of these that is still in the queue, else the queue's first."""
        present = set(self.order)
        return next((pk for pk in pks if pk in present), self.rows[0].lead.pk if self.rows else None)

    @property
    def more(self) -> bool:
        return any(group.more for group in self.groups)

    @property
    def version(self) -> str:
        """Changes when the list does: who stands in it, in which group and order, why, until and since when."""
        told = [
            (
                g.title,
                r.lead.pk,
                r.token,
                r.score,
                r.since,
                r.clock and r.clock.due_at,
                r.snooze and r.snooze.pk,
            )
            for g in self.groups
            for r in g.rows
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def after(pk: int, order: list[int], n: int = 5) -> list[int]:
    """The leads that stand after this one: where the work goes on when it is done."""
    here = order.index(pk) + 1 if pk in order else 0
    return order[here : here + n]


class Leads(NamedTuple):
    """Leads to list: `build` makes them of `values`. It is a function of a module: SQL is composed once for each."""

    build: Callable[..., LeadQuerySet]
    values: dict[str, Value]


def queue_of(
    leads: Leads, *, moment: datetime, accepted: bool = True, due_by: datetime | None = None
) -> Queue:
    """The queue over these leads as of `moment`; five queries at most, however many there are.

    `accepted`: whether some of them may be in work; of what nobody claimed nothing is. `due_by`: only what has a
    deadline until then, and what is back from a snooze.
    """
    back = _back(leads, moment)
    rest = leads.values | {"back": f"{{{','.join(str(row.lead.pk) for row in back)}}}"}
    groups = [Group(BACK, back), *_by_deadline(_pressing(leads.build, rest, due_by), moment)]
    if due_by is None:
        new, work = _new(leads.build).all(**rest), _work(leads.build).all(**rest) if accepted else ()
        groups.append(_group("New, longest waiting first", new, moment))
        groups.append(_group("In work, longest quiet first", work, moment))
    return _queue(groups)


def snoozed_of(leads: LeadQuerySet, *, moment: datetime) -> Queue:
    """Leads that are put off, by when they come back; a deadline that runs meanwhile stands beside them."""
    found = _snoozes(Snooze.objects.sleeping(moment).filter(lead__in=leads.waiting())).order_by(
        "until_at", "pk"
    )
    rows: dict[str, list[Row]] = {}
    for row in _with_clocks(found[: SHOWN + 1], moment):
        assert row.snooze is not None
        rows.setdefault(wakes_words(row.snooze.until_at, moment), []).append(row)
    return _queue(_cut([Group(title, part) for title, part in rows.items()]))


def _queue(groups: list[Group]) -> Queue:
    groups = [group for group in groups if group.rows]
    return Queue(groups, [row for group in groups for row in group.rows])


# --- Leads that were put off -------------------------------------------------------------------------------
def _back(leads: Leads, moment: datetime) -> list[Row]:
    """Leads whose time has come or whose buyer came first, and on which nobody worked since; the latest first."""
    return _with_clocks(_over(leads.build).all(**leads.values, at=moment), moment)


@cache
def _over(build: Callable[..., LeadQuerySet]) -> Statement[Snooze]:
    def over(at: datetime, **values: Value) -> QuerySet[Snooze]:
        found = _snoozes(Snooze.objects.over(at).filter(lead__in=build(**values).waiting()))
        return found.order_by("-woken_at", "-pk")[:SHOWN]  # type: ignore[misc]

    return Statement(over)


def _rest(build: Callable[..., LeadQuerySet], back: str, values: dict[str, Value]) -> LeadQuerySet:
    """Those leads whose number is not in `back`, an array in the words of PostgreSQL: one value, whatever is in it."""
    numbers = Func(Cast(Given(back), ArrayField(BigIntegerField())), template="(%(expressions)s)")
    is_other = Func(
        F("pk"), numbers, template="%(expressions)s", arg_joiner=" <> ALL ", output_field=BooleanField()
    )
    return build(**values).filter(is_other)


def _snoozes(rows: QuerySet[Snooze]) -> QuerySet[Snooze]:
    return rows.select_related("lead__account", "lead__owner", "note").annotate(**told_of("lead"))


def _with_clocks(snoozes: Iterable[Snooze], moment: datetime) -> list[Row]:
    found = list(snoozes)
    clocks = _most_pressing(found)
    rows = []
    for snooze in found:
        lead = copy_facts(snooze, snooze.lead)
        since = getattr(snooze, "woken_at", snooze.until_at)
        rows.append(Row(lead, since, why_now(lead, moment), clocks.get(lead.pk), snooze))
    return rows


def _most_pressing(snoozes: list[Snooze]) -> dict[int, Clock]:
    if not snoozes:
        return {}
    clocks = _unmet().filter(lead__in=[snooze.lead_id for snooze in snoozes]).select_related("commitment")
    ordered = clocks.order_by(F("due_at").desc(nulls_first=True), "-pk")
    return {clock.lead_id: clock for clock in ordered}


# --- Leads with a deadline ---------------------------------------------------------------------------------
def _running(leads: LeadQuerySet) -> QuerySet[Clock]:
    """The clocks of these leads that nothing has stopped yet: what is due first, then who is worth most."""
    return (
        _unmet()
        .filter(lead__in=leads.waiting())
        .order_by(F("due_at").asc(nulls_last=True), F("lead__score__total").desc(nulls_last=True), "pk")
    )


def _unmet() -> QuerySet[Clock]:
    """Running clocks; a lead that was just decided on waits for no decision, though no sweep has seen it yet."""
    return Clock.objects.running().filter(~Q(commitment__stops_on="decision") | Q(lead__stage=Stage.MQL))


def due_until(leads: LeadQuerySet, due_by: datetime) -> LeadQuerySet:
    """Those of these leads with a deadline before `due_by`, late ones included."""
    return leads.filter(Exists(_unmet().filter(lead=OuterRef("pk"), due_at__lt=due_by)))


def _pressing(
    build: Callable[..., LeadQuerySet], rest: dict[str, Value], due_by: datetime | None
) -> list[Clock]:
    """One clock of each lead, the most pressing."""
    until = {} if due_by is None else {"until": due_by}
    found: dict[int, Clock] = {}
    for clock in (
        _due(build).all(**rest, **until) if due_by is None else _due_until(build).all(**rest, **until)
    ):
        copy_facts(clock, clock.lead)
        found.setdefault(clock.lead_id, clock)
    return list(found.values())


@cache
def _due(build: Callable[..., LeadQuerySet]) -> Statement[Clock]:
    return Statement(lambda back, **values: _clocks(_running(_rest(build, back, values))))


@cache
def _due_until(build: Callable[..., LeadQuerySet]) -> Statement[Clock]:
    def due(back: str, until: datetime, **values: Value) -> QuerySet[Clock]:
        return _clocks(_running(_rest(build, back, values)).filter(due_at__lt=until))

    return Statement(due)


def _clocks(running: QuerySet[Clock]) -> QuerySet[Clock]:
    clocks = running.select_related("commitment", "lead__account", "lead__owner").annotate(**told_of("lead"))
    return _first(clocks)


def _by_deadline(clocks: Iterable[Clock], moment: datetime) -> list[Group]:
    rows: dict[str, list[Row]] = {}
    for clock in clocks:
        row = Row(clock.lead, clock.started_at, why_now(clock.lead, moment), clock)
        rows.setdefault(due_words(clock.due_at, moment), []).append(row)
    return _cut([Group(title, found) for title, found in rows.items()])


def _cut(groups: list[Group]) -> list[Group]:
    """At most so many rows in all; the last group says that there are more."""
    if sum(len(group.rows) for group in groups) <= SHOWN:
        return groups
    *before, last = groups
    return [*before, Group(last.title, last.rows[:-1], more=True)]


# --- Leads without ------------------------------------------------------------------------------------------
@cache
def _new(build: Callable[..., LeadQuerySet]) -> Statement[Lead]:
    """MQLs whose promises never started, as those of a file: since they became one."""

    def new(back: str, **values: Value) -> QuerySet[Lead]:
        leads = _free(_rest(build, back, values)).alive().in_position(MQL)
        return _first(_told(leads).annotate(since=F("stage_since")).order_by("since", *BEST))

    return Statement(new)


@cache
def _work(build: Callable[..., LeadQuerySet]) -> Statement[Lead]:
    """Accepted and not yet decided, since the last move or the last thing a person did."""

    def work(back: str, **values: Value) -> QuerySet[Lead]:
        leads = _free(_rest(build, back, values)).alive().filter(IN_WORK)
        return _first(_told(leads).annotate(since=QUIET_SINCE).order_by("since", *BEST))

    return Statement(work)


def _told(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.select_related("account", "owner").annotate(**told_of())


def _free(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.filter(~Exists(_unmet().filter(lead=OuterRef("pk"))))


def _first(rows):
    return rows[: SHOWN + 1]


def _group(title: str, leads: Iterable[Lead], moment: datetime) -> Group:
    rows = [Row(lead, lead.since, why_now(lead, moment)) for lead in leads]  # type: ignore[attr-defined]
    return Group(title, rows[:SHOWN], len(rows) > SHOWN)

"""Whom to work on next: what is due soonest first, then leads without a deadline by how long nothing happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.timezone import localtime

from leads.models import Lead, StageChange
from leads.models.lead import IN_WORK, QUIET_SINCE, LeadQuerySet
from leads.stages import MQL, UNDOABLE, Move, Stage, Standing
from leads.undo import WITHIN
from sla.models import Clock
from sla.reasons import last_touch, reasons_of
from smarketing.foundation.models import User
from smarketing.foundation.paging import capped_count

SHOWN = 60  # rows of one part; nobody works through more before the list is new
COUNTED = 1_000  # a tab counts its leads up to this many
SOON = timedelta(hours=4)  # what is due within it is next
MINE, UNCLAIMED, EVERYONE = "mine", "unclaimed", "everyone"


@dataclass(frozen=True)
class Row:
    """One line of the list: the lead, why it is here, and its deadline, or since when it waits."""

    lead: Lead
    since: datetime
    reason: str
    clock: Clock | None = None


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]
    more: bool = False


@dataclass(frozen=True)
class Queue:
    groups: list[Group]
    rows: list[Row] = field(default_factory=list)

    def after(self, pk: int) -> list[int]:
        return after(pk, [row.lead.pk for row in self.rows])

    def first_of(self, pks: list[int]) -> int | None:
        """The first of these that is still in the queue, else the queue's first."""
        present = {row.lead.pk for row in self.rows}
        return next((pk for pk in pks if pk in present), self.rows[0].lead.pk if self.rows else None)

    @property
    def version(self) -> str:
        """Changes when the list does: who stands in it, in which group and order, until and since when."""
        told = [
            (g.title, r.lead.pk, r.since, r.clock and r.clock.due_at) for g in self.groups for r in g.rows
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def after(pk: int, order: list[int], n: int = 5) -> list[int]:
    """The leads that stand after this one: where the work goes on when it is done."""
    here = order.index(pk) + 1 if pk in order else 0
    return order[here : here + n]


def queue_of(leads: LeadQuerySet, *, moment: datetime, accepted: bool = True) -> Queue:
    """The queue over these leads as of `moment`; five queries, however many there are.

    `accepted`: whether some of them may be in work; of what nobody claimed nothing is.
    """
    whole = leads.select_related("account", "owner").annotate(touched=last_touch())
    pressing, new, work = _pressing(leads), list(_new(whole)), list(_work(whole)) if accepted else []
    reasons = reasons_of([*(clock.lead for clock in pressing), *new, *work])
    groups = [
        *_by_deadline(pressing, reasons, moment),
        _group("New, longest waiting first", new, reasons),
        _group("In work, longest quiet first", work, reasons),
    ]
    groups = [group for group in groups if group.rows]
    return Queue(groups, [row for group in groups for row in group.rows])


def order_of(leads: LeadQuerySet, *, accepted: bool = True) -> list[int]:
    """The same leads in the same order, and nothing else about them."""
    pressing = dict.fromkeys(_first(_running(leads)).values_list("lead", flat=True))
    rest = [_new(leads), *([_work(leads)] if accepted else [])]
    parts = [part.values_list("pk", flat=True) for part in rest]
    return [*pressing, *(pk for part in parts for pk in part)]


# --- Leads with a deadline ---------------------------------------------------------------------------------
def _running(leads: LeadQuerySet) -> QuerySet[Clock]:
    """The clocks of these leads that nothing has stopped yet, what is due first first."""
    standing = leads.alive().filter(stage__in=[Stage.MQL, Stage.SAL, Stage.SQL], standing=Standing.ACTIVE)
    return _unmet().filter(lead__in=standing).order_by(F("due_at").asc(nulls_last=True), "pk")


def _unmet() -> QuerySet[Clock]:
    """Running clocks; a lead that was just decided on waits for no decision, though no sweep has seen it yet."""
    return Clock.objects.running().filter(~Q(commitment__stops_on="decision") | Q(lead__stage=Stage.MQL))


def _pressing(leads: LeadQuerySet) -> list[Clock]:
    """One clock of each lead, the most pressing."""
    clocks = _first(_running(leads)).select_related("commitment", "lead__account", "lead__owner")
    found: dict[int, Clock] = {}
    for clock in clocks.annotate(touched=last_touch("lead")):
        clock.lead.touched = clock.touched  # type: ignore[attr-defined]
        found.setdefault(clock.lead_id, clock)
    return list(found.values())


def _by_deadline(clocks: Iterable[Clock], reasons: dict[int, str], moment: datetime) -> list[Group]:
    rows: dict[str, list[Row]] = {}
    for clock in clocks:
        row = Row(clock.lead, clock.started_at, reasons.get(clock.lead_id, ""), clock)
        rows.setdefault(due_words(clock.due_at, moment), []).append(row)
    return _cut([Group(title, found) for title, found in rows.items()])


def _cut(groups: list[Group]) -> list[Group]:
    """At most so many rows in all; the last group says that there are more."""
    if sum(len(group.rows) for group in groups) <= SHOWN:
        return groups
    *before, last = groups
    return [*before, Group(last.title, last.rows[:-1], more=True)]


def due_words(due_at: datetime | None, moment: datetime) -> str:
    """Under which heading a deadline stands, in the reader's own days."""
    if due_at is None:
        return "No deadline: nobody is at work"
    if due_at < moment:
        return "Late"
    if due_at - moment <= SOON:
        return "Due next"
    days = (localtime(due_at).date() - localtime(moment).date()).days
    return "Later today" if days == 0 else "Tomorrow" if days == 1 else "Later"


# --- Leads without ------------------------------------------------------------------------------------------
def _new(leads: LeadQuerySet) -> LeadQuerySet:
    """MQLs whose promises never started, as those of a file: since they became one."""
    return _first(
        _free(leads.alive().in_position(MQL)).annotate(since=F("stage_since")).order_by("since", "pk")
    )


def _work(leads: LeadQuerySet) -> LeadQuerySet:
    """Accepted and not yet decided, since the last move or the last thing a person did."""
    return _first(_free(leads.alive().filter(IN_WORK)).annotate(since=QUIET_SINCE).order_by("since", "pk"))


def _free(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.filter(~Exists(_unmet().filter(lead=OuterRef("pk"))))


def _first(rows):
    return rows[: SHOWN + 1]


def _group(title: str, leads: list[Lead], reasons: dict[int, str]) -> Group:
    rows = [Row(lead, lead.since, reasons.get(lead.pk, "")) for lead in leads]  # type: ignore[attr-defined]
    return Group(title, rows[:SHOWN], len(rows) > SHOWN)


# --- Tabs ---------------------------------------------------------------------------------------------------
def tabs_for(user: User) -> list[str]:
    """Who may act on any lead sees everybody's queue; a rep the own one and what is unclaimed."""
    return [EVERYONE, UNCLAIMED] if user.may("leads.read_all") else [MINE, UNCLAIMED]


def leads_in(tab: str, user: User, *, owner: int | None = None) -> LeadQuerySet:
    """The leads of a tab. What is one's own and what nobody has, everybody in sales may see: asked more simply."""
    if tab == UNCLAIMED:
        return Lead.objects.unclaimed()  # type: ignore[no-any-return]
    if tab == MINE:
        return Lead.objects.filter(owner=user)  # type: ignore[return-value]
    leads = Lead.objects.visible_to(user)
    return leads.filter(owner=owner) if owner else leads.filter(owner__isnull=False)


def waiting_in(leads: LeadQuerySet) -> tuple[int, bool]:
    """How many leads a tab holds, counted to a cap."""
    open_stages = [Stage.MQL, Stage.SAL, Stage.SQL]
    return capped_count(leads.alive().filter(stage__in=open_stages, standing=Standing.ACTIVE), cap=COUNTED)


def last_move_of(user: User, *, moment: datetime) -> StageChange | None:
    """This person's last move that can still be taken back, whichever lead it was on."""
    recent = StageChange.objects.filter(
        kind=StageChange.Kind.LIVE,
        recorded_at__gt=moment - WITHIN,
        at__gt=moment - WITHIN,
        by=user,
        seq=F("lead__seq"),
        move__in=UNDOABLE - {Move.CAPTURE},
    )
    return recent.select_related("lead").order_by("-id").first()


def span_words(span: timedelta) -> str:
    """How long, in the largest unit that fits: "8 min", "5 h", "3 d"."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"

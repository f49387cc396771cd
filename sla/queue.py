"""Whom to work on next: MQLs that wait for a decision, then leads in work by how long nothing happened.

There are no deadlines here yet, so none are shown: a row says how long its lead has waited or been quiet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest, JSONObject

from leads.models import Activity, Lead, StageChange, Touch
from leads.models.lead import LeadQuerySet
from leads.pages.timeline import touch_words, work_words
from leads.reasons import label
from leads.stages import MQL, UNDOABLE, Move, Stage, Standing
from leads.undo import WITHIN
from smarketing.foundation.models import User
from smarketing.foundation.paging import capped_count

SHOWN = 100  # rows of one group; nobody works through more before the list is new
MISSED = [Activity.Outcome.VOICEMAIL, Activity.Outcome.NO_ANSWER]
MINE, UNCLAIMED, EVERYONE = "mine", "unclaimed", "everyone"


@dataclass(frozen=True)
class Row:
    """One line of the list: the lead, since when it waits, and why it is here."""

    lead: Lead
    since: datetime
    reason: str


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]
    more: bool


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
        """Changes when the list does: who stands in it, in which order, and since when."""
        return str(hash(tuple((row.lead.pk, row.since.timestamp()) for row in self.rows)))


def after(pk: int, order: list[int], n: int = 5) -> list[int]:
    """The leads that stand after this one: where the work goes on when it is done."""
    here = order.index(pk) + 1 if pk in order else 0
    return order[here : here + n]


def queue_of(leads: LeadQuerySet) -> Queue:
    """The queue over these leads; four queries, however many there are."""
    leads = leads.select_related("account", "owner").annotate(touched=_last_touch())
    new, work = list(_new(leads)), list(_work(leads))
    reasons = reasons_of([*new, *work])
    groups = [
        _group("New, longest waiting first", new, reasons),
        _group("In work, longest quiet first", work, reasons),
    ]
    groups = [group for group in groups if group.rows]
    return Queue(groups, [row for group in groups for row in group.rows])


def _group(title: str, leads: list[Lead], reasons: dict[int, str]) -> Group:
    rows = [Row(lead, lead.since, reasons.get(lead.pk, "")) for lead in leads]  # type: ignore[attr-defined]
    return Group(title, rows[:SHOWN], len(rows) > SHOWN)


def order_of(leads: LeadQuerySet) -> list[int]:
    """The same leads in the same order, and nothing else about them."""
    return [pk for part in (_new(leads), _work(leads)) for pk in part.values_list("pk", flat=True)]


def _new(leads: LeadQuerySet) -> LeadQuerySet:
    """MQLs that wait for a decision, since they became one."""
    return _first(leads.alive().in_position(MQL).annotate(since=F("stage_since")))


def _work(leads: LeadQuerySet) -> LeadQuerySet:
    """Accepted and not yet decided, since the last move or the last thing a person did."""
    worked = Activity.objects.filter(lead=OuterRef("pk")).order_by("-at", "-id").values("at")[:1]
    quiet = Greatest("stage_since", Coalesce(Subquery(worked), "stage_since"))
    stages = [Stage.SAL, Stage.SQL]
    return _first(leads.alive().filter(stage__in=stages, standing=Standing.ACTIVE).annotate(since=quiet))


def _first(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.order_by("since", "pk")[: SHOWN + 1]  # type: ignore[misc]


def reasons_of(leads: list[Lead]) -> dict[int, str]:
    """Why to act on each lead: what was done last, else how it last came to us, else why it was qualified."""
    pks = [lead.pk for lead in leads]
    if not pks:
        return {}
    entries, work = _last_entries(pks), _last_work(pks)
    return {lead.pk: work.get(lead.pk) or _interest(lead, entries.get(lead.pk)) for lead in leads}


def _interest(lead: Lead, entry: StageChange | None) -> str:
    """The last touch; but what a marketer wrote for the rep stands until the person does something newer."""
    touch = lead.touched  # type: ignore[attr-defined]
    note = _note(entry) if entry is not None else ""
    if touch and not (entry and note and entry.at >= datetime.fromisoformat(touch["at"])):
        return touch_words(touch["kind"], touch["content"] or touch["campaign"])
    return note or (label(entry.reason) if entry is not None else "")


def _last_entries(pks: list[int]) -> dict[int, StageChange]:
    entries = StageChange.objects.counted().filter(lead__in=pks, move=Move.QUALIFY).select_related("note")
    return {row.lead_id: row for row in entries.order_by("lead", "-at", "-id").distinct("lead")}


def _note(entry: StageChange) -> str:
    note = getattr(entry, "note", None)
    return f"“{note.text}”" if note is not None and note.text else ""


def _last_touch() -> Subquery:
    """When marketing last met the lead, how, and over what."""
    touches = Touch.objects.filter(lead=OuterRef("pk"), team=Touch.Team.MARKETING).order_by("-at", "-id")
    said = JSONObject(at="at", kind="kind", content="content", campaign="campaign__name")
    return Subquery(touches.values(json=said)[:1])


def _last_work(pks: list[int]) -> dict[int, str]:
    """The last thing a person did, in words; of calls that reached nobody also the how manieth it was."""
    latest = Activity.objects.filter(lead__in=pks).order_by("lead", "-at", "-id").distinct("lead")
    rows = Activity.objects.filter(pk__in=latest.values("pk")).annotate(tries=_tries())
    return {work.lead_id: _work_words(work, work.tries or 0) for work in rows}


def _work_words(work: Activity, tries: int) -> str:
    words = work_words(work)
    return f"{words}, try {tries}" if work.outcome in MISSED and tries > 1 else words


def _tries() -> Subquery:
    """Calls to the same lead that reached nobody, since somebody last was reached."""
    reached = Activity.objects.filter(lead=OuterRef("lead"), connected=True, at__gte=OuterRef("at"))
    missed = Activity.objects.filter(~Exists(reached), lead=OuterRef("lead"), outcome__in=MISSED)
    return Subquery(missed.order_by().values("lead").annotate(n=Count("pk")).values("n"))


def tabs_for(user: User) -> list[str]:
    """Who may act on any lead sees everybody's queue; a rep the own one and what is unclaimed."""
    return [EVERYONE, UNCLAIMED] if user.may("leads.read_all") else [MINE, UNCLAIMED]


def leads_in(tab: str, user: User, *, owner: int | None = None) -> LeadQuerySet:
    leads = Lead.objects.visible_to(user)
    if tab == UNCLAIMED:
        return leads.unclaimed()
    if tab == MINE:
        return leads.filter(owner=user)
    return leads.filter(owner=owner) if owner else leads.filter(owner__isnull=False)


def waiting_in(leads: LeadQuerySet) -> tuple[int, bool]:
    """How many leads a tab holds, counted to a cap."""
    open_stages = [Stage.MQL, Stage.SAL, Stage.SQL]
    return capped_count(leads.alive().filter(stage__in=open_stages, standing=Standing.ACTIVE))


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

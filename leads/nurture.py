"""Leads that sales returned: which are due again, whom marketing is told of, and why they came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from leads import bars, definitions, funnel
from leads.models import Lead, Note, ReturnDate, StageChange, Suppression
from leads.stages import Move, Standing
from smarketing.foundation import outbox
from smarketing.foundation.models import Organisation, User

DUE = "leads.nurture_due"  # the outbox topic: tell marketing which leads came up
TOLD_AT = time(7)  # on the clock of the company
IN_MARKETING = (User.Role.MARKETER, User.Role.MARKETING_HEAD)
BATCH = 5_000
RETURNS = (Move.REJECT, Move.RECYCLE, Move.DISQUALIFY)
LISTS = {Move.REJECT: "rejection", Move.RECYCLE: "recycling", Move.DISQUALIFY: "disqualification"}


def today_of(moment: datetime) -> date:
    """The day it is for the company."""
    return moment.astimezone(Organisation.get().zone).date()


def due(today: date) -> QuerySet[Lead]:
    """Leads whose return date has come."""
    return Lead.objects.alive().filter(standing=Standing.NURTURING, return_on__lte=today)


def returned_for(codes: Iterable[str]) -> Q:
    """Leads whose last return was for one of these reasons."""
    rows = StageChange.objects.counted().filter(lead=OuterRef("pk"), at=OuterRef("returned_at"))
    return Q(Exists(rows.filter(move__in=RETURNS, reason__in=list(codes))))


def returns_of(lead_ids: Sequence[int]) -> dict[int, StageChange]:
    """The last return of each of these leads to nurture, with who returned it."""
    rows = StageChange.objects.counted().filter(lead__in=lead_ids, to_standing=Standing.NURTURING)
    found = rows.order_by("lead_id", "-at", "-id").distinct("lead_id").select_related("by")
    return {row.lead_id: row for row in found}


def words_of_sales(lead_ids: Sequence[int]) -> dict[int, Note]:
    """The last note that somebody in sales wrote about each of these leads."""
    sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
    rows = Note.objects.filter(lead__in=lead_ids, by__role__in=sales).exclude(text="")
    found = rows.order_by("lead_id", "-at", "-id").distinct("lead_id").select_related("by")
    return {note.lead_id: note for note in found}


# --- Once a day ---------------------------------------------------------------------------------------------
def sweep(moment: datetime) -> int:
    """Lift bars that are over, keep barred leads from coming up until they are lifted, and tell marketing once of
    those due today.

    Answers how many are told of. Asked as often as one likes: each day is told once.
    """
    if Organisation.find() is None:
        return 0
    bars.expire(moment)
    hold_barred(moment)
    release(moment)
    zone, today = Organisation.get().zone, today_of(moment)
    if moment.astimezone(zone).time() < TOLD_AT:
        return 0
    n = due(today).filter(return_on=today).count()
    if n:
        people = User.objects.filter(role__in=IN_MARKETING, is_active=True).order_by("pk")
        told = [
            (f"nurture-due-{pk}-{today}", {"person": pk, "day": today.isoformat()})
            for pk in people.values_list("pk", flat=True)
        ]
        outbox.put_many(DUE, told, available_at=moment)
    return n


def hold_barred(moment: datetime) -> int:
    """Leads that are due and that the register bars do not come up: stopped once, and due when the bar ends."""
    held = 0
    ids = list(due(today_of(moment)).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        held += _hold(bars.barred(ids[start : start + BATCH], moment), moment)
    return held


@transaction.atomic
def _hold(entries: dict[int, Suppression], moment: datetime) -> int:
    leads = (
        due(today_of(moment))
        .filter(pk__in=entries)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    zone = Organisation.get().zone
    days: dict[date | None, list[Lead]] = {}
    for lead in leads:
        until = entries[lead.pk].until  # type: ignore[attr-defined]
        days.setdefault(until.astimezone(zone).date() if until else None, []).append(lead)
    for day, held in days.items():
        funnel.postpone(held, day, by=None, moment=moment)
        bars.log({lead.pk: entries[lead.pk] for lead in held}, way="nurture")  # type: ignore[misc]
    return sum(map(len, days.values()))


def release(moment: datetime) -> int:
    """Whom a bar had put off comes up once both heads have lifted it, however long it was to last."""
    today = today_of(moment)
    later = ReturnDate.objects.filter(lead=OuterRef("lead"), taken_back_at=None, id__gt=OuterRef("id"))
    put_off = ReturnDate.objects.filter(
        ~Exists(later),
        Q(return_on=None) | Q(return_on__gt=today),
        by=None,
        taken_back_at=None,
        at__gte=F("lead__returned_at"),
        lead__standing=Standing.NURTURING,
    )
    ids = list(put_off.order_by("lead").values_list("lead", flat=True))
    free = set(ids) - bars.barred(ids, moment).keys() if ids else set()
    return _come_up(free, put_off, today, moment) if free else 0


@transaction.atomic
def _come_up(ids: set[int], put_off: QuerySet[ReturnDate], today: date, moment: datetime) -> int:
    leads = Lead.objects.alive().filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    still = set(put_off.values_list("lead", flat=True))
    return len(funnel.postpone([lead for lead in leads if lead.pk in still], today, by=None, moment=moment))


# --- What to mend -------------------------------------------------------------------------------------------
@dataclass
class Mending:
    """One action and the leads whose last return asks for it: by reason and by campaign, most frequent first."""

    action: str
    n: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    campaigns: dict[tuple[int | None, str], int] = field(default_factory=dict)

    def add(self, reason: str, campaign: tuple[int | None, str], n: int) -> None:
        self.n += n
        self.reasons[reason] = self.reasons.get(reason, 0) + n
        self.campaigns[campaign] = self.campaigns.get(campaign, 0) + n


def to_mend(since: datetime, moment: datetime) -> list[Mending]:
    """What the returns since then ask marketing to mend, in the order of the agreed actions; "" is none agreed."""
    document = definitions.in_force(moment).document
    routed = {
        (move, reason.code): reason.action
        for move, kind in LISTS.items()
        for reason in document.reasons[kind]
    }
    rows = StageChange.objects.counted().filter(
        move__in=RETURNS,
        at__gte=since,
        at=F("lead__returned_at"),
        lead__voided_at=None,
        lead__merged_into=None,
    )
    grouped = rows.values_list("move", "reason", "lead__campaign", "lead__campaign__name").order_by()
    found = {action: Mending(action) for action in ("targeting", "form", "nurture", "tries", "")}
    for move, reason, campaign, name, n in grouped.annotate(n=Count("lead", distinct=True)):
        found[routed.get((Move(move), reason), "")].add(reason, (campaign, name or ""), n)
    return list(found.values())


def back_on(reason_days: int | None, moment: datetime) -> date | None:
    """The day that the agreed reasons suggest."""
    return today_of(moment) + timedelta(days=reason_days) if reason_days else None

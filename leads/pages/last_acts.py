"""The last thing a person did that can still be taken back: a move, a logged activity or a snooze."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.urls import reverse

from leads.models import Activity, Lead, Snooze, StageChange
from leads.stages import UNDOABLE, Move
from leads.undo import WITHIN
from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement

MOVE, WORK, SNOOZE = "move", "work", "snooze"
NAME = ("lead__first_name", "lead__last_name", "lead__email", "lead__phone")


@dataclass(frozen=True)
class LastAct:
    lead_id: int
    lead: str
    words: str
    undo_url: str


def undo_of_move(lead_id: int, seq: int | None) -> str:
    return f"{reverse('leads:undo', args=[lead_id])}?seq={seq}"


def undo_of_work(activity: int) -> str:
    return reverse("leads:undo_log", args=[activity])


def undo_of_snooze(snooze: int) -> str:
    return reverse("leads:undo_snooze", args=[snooze])


def last_act_of(user: User, *, moment: datetime) -> LastAct | None:
    """Whichever lead it was on; one query."""
    row = _LATEST.first(person=user.pk, moment=moment, since=moment - WITHIN)
    return _read(dict(zip(TOLD, row, strict=True))) if row is not None else None


def _latest(person: int, moment: datetime, since: datetime) -> QuerySet:
    moves = StageChange.objects.filter(
        kind=StageChange.Kind.LIVE,
        recorded_at__gt=since,
        at__gt=since,
        by=person,
        seq=F("lead__seq"),
        move__in=UNDOABLE - {Move.CAPTURE},
    )
    work = Activity.objects.filter(recorded_at__gt=since, at__gt=since, by=person)
    snoozes = Snooze.objects.filter(by=person, at__gt=since, ended_at=None, until_at__gt=moment)
    rows = _told(moves, MOVE, F("move")).union(
        _told(work, WORK, F("outcome")), _told(snoozes, SNOOZE, Value("")), all=True
    )
    return rows.order_by("-at", "-recorded_at")[:1]


_LATEST: Statement[tuple] = Statement(_latest)
TOLD = ("pk", "lead_id", "at", "recorded_at", *NAME, "what", "said", "number")


def _told(rows: QuerySet, kind: str, said: F | Value) -> QuerySet:
    number = F("seq") if kind == MOVE else Value(0, output_field=IntegerField())
    told = {"what": Value(kind), "said": said, "number": number}
    if kind == SNOOZE:
        told["said"] = Value("", output_field=CharField())
    return rows.order_by().annotate(**told).values_list(*TOLD)


def _read(row: dict) -> LastAct:
    given = dict(
        zip(("first_name", "last_name", "email", "phone"), (row[name] for name in NAME), strict=True)
    )
    name, pk = Lead(pk=row["lead_id"], **given).name, row["lead_id"]
    if row["what"] == MOVE:
        return LastAct(pk, name, Move(row["said"]).label.lower(), undo_of_move(pk, row["number"]))
    if row["what"] == WORK:
        return LastAct(pk, name, outcome_words(row["said"]), undo_of_work(row["pk"]))
    return LastAct(pk, name, "put off", undo_of_snooze(row["pk"]))


def outcome_words(outcome: str) -> str:
    return Activity.Outcome(outcome).label.lower() if outcome else "note"


def last_act_on(
    lead: Lead,
    user: User,
    *,
    moment: datetime,
    move: StageChange | None,
    work: Iterable[Activity],
    snoozes: Iterable[Snooze],
) -> LastAct | None:
    """The same for one lead, from rows at hand: its last live move, its activities and its snoozes, newest first."""
    since = moment - WITHIN
    found: list[tuple[datetime, LastAct]] = []
    if move is not None and move.move in UNDOABLE - {Move.CAPTURE} and move.by_id == user.pk:
        words = Move(move.move).label.lower()
        found.append((move.at, LastAct(lead.pk, lead.name, words, undo_of_move(lead.pk, move.seq))))
    done = next((row for row in work if row.by_id == user.pk and row.taken_back_at is None), None)
    if done is not None:
        url = undo_of_work(done.pk)
        found.append((done.at, LastAct(lead.pk, lead.name, outcome_words(done.outcome), url)))
    off = next((row for row in snoozes if row.by_id == user.pk and row.ended_at is None), None)
    if off is not None and off.until_at > moment:
        url = undo_of_snooze(off.pk)
        found.append((off.at, LastAct(lead.pk, lead.name, "put off", url)))
    recent = [one for one in found if one[0] > since]
    return max(recent, key=lambda one: one[0])[1] if recent else None

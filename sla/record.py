"""What was promised about one lead: each clock with its four moments, the delays between them, and why it is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils.timezone import localtime

from leads.models import Lead, StageChange
from leads.stages import MQL, SAL
from sla.calendar_words import hours_words
from sla.models import Clock, Commitment, Explanation, PromiseStart
from sla.words import span_words, working_words
from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement

SHOWN = 12  # clocks of one lead; the latest


@dataclass(frozen=True)
class Promise:
    """One clock as a person reads it."""

    clock: Clock
    moments: list[tuple[str, datetime | None]]
    delays: list[tuple[str, str]]
    why: str
    told: list[dict[str, str]]  # why it broke: cause, text, by


@dataclass(frozen=True)
class Record:
    promises: list[Promise]
    pressing: Clock | None  # the one that waits to be met, the soonest
    may_start: bool


def record_of(lead: Lead, user: User, moment: datetime, *, history: Iterable[StageChange] = ()) -> Record:
    """The promises about a lead, the latest first, and whether this person, who sees its history, may start them."""
    clocks = list(_CLOCKS.all(lead=lead.pk))
    waiting = [clock for clock in clocks if waits(clock, lead)]
    hours = _hours(waiting)
    promises = [
        Promise(
            clock,
            _moments(clock),
            _delays(clock, moment),
            _why(clock, hours) if clock in waiting else "",
            [{**one, "cause": Explanation.Cause(one["cause"]).label} for one in clock.told],  # type: ignore[attr-defined]
        )
        for clock in clocks
    ]
    pressing = min(waiting, key=lambda clock: (clock.due_at is None, clock.due_at), default=None)
    return Record(promises, pressing, _may_start(lead, user, clocks, history))


def _clocks(lead: int) -> QuerySet[Clock]:
    found = Clock.objects.counted().filter(lead=lead).select_related("commitment", "owner")
    return found.annotate(told=_told()).order_by("-started_at", "-pk")[:SHOWN]


_CLOCKS: Statement[Clock] = Statement(_clocks)


def _told() -> ArraySubquery:
    """What was said about why it broke, the first word first, with the clock itself: cause, text, by."""
    said = Explanation.objects.filter(clock=OuterRef("pk")).order_by("pk")
    by = Coalesce(NullIf("by__name", Value("")), "by__email")
    return ArraySubquery(said.values(json=JSONObject(cause="cause", text="note__text", by=by)))


def waits(clock: Clock, lead: Lead) -> bool:
    """Whether somebody still has to do it; who moved on waits for no decision, though no sweep has seen it yet."""
    decides = clock.commitment.stops_on == Commitment.StopsOn.DECISION
    return clock.stopped_at is None and not (decides and lead.position != MQL)


# --- Four moments ------------------------------------------------------------------------------------------
def _moments(clock: Clock) -> list[tuple[str, datetime | None]]:
    return [
        ("It happened", clock.occurred_at),
        ("We wrote it down", clock.captured_at),
        ("Somebody had it", clock.assigned_at),
        ("First human touch", clock.touched_at),
    ]


def _delays(clock: Clock, moment: datetime) -> list[tuple[str, str]]:
    """System, queue, rep: how long each of them took, or takes so far."""
    return [
        ("System", _delay(clock.occurred_at, clock.captured_at)),
        ("Queue", _delay(clock.occurred_at, clock.assigned_at) or _waiting(clock, moment)),
        ("Rep", _reps_delay(clock, moment)),
    ]


def _delay(since: datetime, until: datetime | None) -> str:
    return "" if until is None else span_words(max(until - since, timedelta(0)))


def _reps_delay(clock: Clock, moment: datetime) -> str:
    if clock.assigned_at is None:
        return "nobody has it"
    since = max(clock.assigned_at, clock.occurred_at)
    if clock.touched_at is not None and clock.touched_at < since:
        return "touched before"
    return _delay(since, clock.touched_at) or _so_far(clock, since, moment)


def _waiting(clock: Clock, moment: datetime) -> str:
    return span_words(max((clock.stopped_at or moment) - clock.occurred_at, timedelta(0)))


def _so_far(clock: Clock, since: datetime, moment: datetime) -> str:
    return (
        "never" if clock.stopped_at is not None else f"{span_words(max(moment - since, timedelta(0)))} so far"
    )


# --- Why this deadline -------------------------------------------------------------------------------------
def _hours(waiting: Iterable[Clock]) -> dict[int | None, str]:
    """The hours of who holds the lead, with what is unusual between start and deadline; of nobody the company's."""
    clocks = [clock for clock in waiting if clock.due_at is not None]
    if not clocks:
        return {}
    since, until = (
        min(clock.started_at for clock in clocks),
        max(clock.due_at for clock in clocks if clock.due_at),
    )
    return hours_words({clock.owner_id for clock in clocks}, since=since, until=until)


def _why(clock: Clock, hours: dict[int | None, str]) -> str:
    if clock.due_at is None:
        return f"{clock.owner or 'Nobody'} has no working time ahead, so there is no deadline."
    start = localtime(clock.started_at)
    whose = (
        f"the hours of {clock.owner}" if clock.owner else "the company’s hours, because nobody holds the lead"
    )
    work = working_words(clock.commitment.within)
    work = work[0].upper() + work[1:]
    return f"{work} from {start:%A} {start:%H:%M}, by {whose}: {hours[clock.owner_id]}."


# --- Starting promises --------------------------------------------------------------------------------------
def _may_start(lead: Lead, user: User, clocks: Sequence[Clock], history: Iterable[StageChange]) -> bool:
    """A head may start the promises of a lead that a file put where it stands, once."""
    if not user.may("leads.act_on_any") or lead.position not in (MQL, SAL) or lead.merged_into_id is not None:
        return False
    if any(
        clock.commitment.starts_on == lead.stage and clock.started_at >= lead.stage_since for clock in clocks
    ):
        return False
    if any(row.kind == StageChange.Kind.LIVE and row.position == lead.position for row in history):
        return False
    return not PromiseStart.objects.filter(lead=lead, stage=lead.stage, seq=lead.seq or 0).exists()

"""Is the promise kept? Computed here and nowhere else, for queue, pages, alerts, exports and API alike.

Twice: in Python for a clock at hand and as SQL for sets; a test holds the two against each other. As of an
instant, only what had happened by then counts, so a report on the past does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, Value, When

if TYPE_CHECKING:
    from sla.models import Clock


class Status(models.TextChoices):
    KEPT = "kept", "Kept"
    BROKEN = "broken", "Broken"
    RUNNING = "running", "Running"
    EXCUSED = "excused", "Excused"


class Tone(models.TextChoices):
    """How pressing an unstopped clock is; `done` where there is nothing left to do."""

    OK = "ok", "In time"
    WARN = "warn", "Less than half of the time left"
    DUE = "due", "Due soon"
    LATE = "late", "Late"
    DONE = "done", "Done"


@dataclass(frozen=True)
class Reading:
    """One clock at one instant."""

    status: str
    tone: str
    due_at: datetime | None
    left: timedelta | None  # real time until due, negative when late; None once stopped or without a due time
    share: float  # of the working time that is left, 0 to 1


def read(clock: Clock, moment: datetime) -> Reading:
    stopped = clock.stopped_at if clock.stopped_at is not None and clock.stopped_at <= moment else None
    status, tone = status_of(clock, moment), tone_of(clock, moment)
    left = clock.due_at - moment if clock.due_at is not None and stopped is None else None
    return Reading(status, tone, clock.due_at, left, 0.0 if stopped else share_left(clock, moment))


def status_of(clock: Clock, moment: datetime) -> str:
    """Being done at the due instant is in time; a withdrawal before it excuses, after it changes nothing."""
    stopped = clock.stopped_at if clock.stopped_at is not None and clock.stopped_at <= moment else None
    if clock.due_at is not None and (stopped or moment) > clock.due_at:
        return str(Status.BROKEN)
    if stopped is None:
        return str(Status.RUNNING)
    return str(Status.EXCUSED if clock.ended == "withdrawn" else Status.KEPT)


def status_case(moment: datetime) -> Case:
    """The same as `status_of`, for a queryset of clocks."""
    stopped = Q(stopped_at__lte=moment)
    return Case(
        When(stopped & Q(stopped_at__gt=F("due_at")), then=Value(Status.BROKEN.value)),
        When(~_stopped(moment) & Q(due_at__lt=moment), then=Value(Status.BROKEN.value)),
        When(~_stopped(moment), then=Value(Status.RUNNING.value)),
        When(ended="withdrawn", then=Value(Status.EXCUSED.value)),
        default=Value(Status.KEPT.value),
    )


def tone_of(clock: Clock, moment: datetime) -> str:
    if clock.stopped_at is not None and clock.stopped_at <= moment:
        return str(Tone.DONE)
    if clock.due_at is None or clock.half_at is None or clock.soon_at is None or moment < clock.half_at:
        return str(Tone.OK)
    if moment > clock.due_at:
        return str(Tone.LATE)
    return str(Tone.WARN if moment < clock.soon_at else Tone.DUE)


def tone_case(moment: datetime) -> Case:
    """The same as `tone_of`, for a queryset of clocks."""
    return Case(
        When(_stopped(moment), then=Value(Tone.DONE.value)),
        When(Q(due_at=None) | Q(half_at__gt=moment), then=Value(Tone.OK.value)),
        When(due_at__lt=moment, then=Value(Tone.LATE.value)),
        When(soon_at__gt=moment, then=Value(Tone.WARN.value)),
        default=Value(Tone.DUE.value),
    )


def _stopped(moment: datetime) -> Q:
    return Q(stopped_at__isnull=False, stopped_at__lte=moment)


def share_left(clock: Clock, moment: datetime) -> float:
    """How much of the working time is left, between the instants that were reckoned when the clock was set."""
    if clock.due_at is None or clock.half_at is None or clock.soon_at is None:
        return 1.0
    marks = [(clock.started_at, 1.0), (clock.half_at, 0.5), (clock.soon_at, 0.2), (clock.due_at, 0.0)]
    if moment <= clock.started_at:
        return 1.0
    for (low, share_low), (high, share_high) in pairwise(marks):
        if moment < high:
            return share_low - (share_low - share_high) * ((moment - low) / (high - low))
    return 0.0

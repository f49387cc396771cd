"""One status in one place: what Python says of a clock, PostgreSQL says of a set of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from leads.stages import Stage
from sla import agreements
from sla.models import Clock, Commitment
from sla.statuses import Status, Tone, read, status_of, tone_of
from tests.factories import make_lead

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Around each instant that decides: before, at, after.
OFFSETS = [-MINUTE, timedelta(0), MINUTE]


def make(started=NOON - 10 * MINUTE, due: datetime | None = NOON, stopped=None, ended="") -> Clock:
    half, soon = (started + (due - started) / 2, due - (due - started) / 5) if due else (None, None)
    return Clock(
        origin_id=1,
        occurred_at=started,
        captured_at=started,
        started_at=started,
        half_at=half,
        soon_at=soon,
        due_at=due,
        stopped_at=stopped,
        ended=ended,
    )


@pytest.mark.parametrize(
    ("stopped", "ended", "moment", "status", "tone"),
    [
        (None, "", NOON - 6 * MINUTE, Status.RUNNING, Tone.OK),
        (None, "", NOON - 5 * MINUTE, Status.RUNNING, Tone.WARN),
        (None, "", NOON - 2 * MINUTE, Status.RUNNING, Tone.DUE),
        (None, "", NOON, Status.RUNNING, Tone.DUE),
        (None, "", NOON + MINUTE, Status.BROKEN, Tone.LATE),
        (NOON, "decided", NOON + MINUTE, Status.KEPT, Tone.DONE),
        (NOON + MINUTE, "decided", NOON + 2 * MINUTE, Status.BROKEN, Tone.DONE),
        (NOON + MINUTE, "withdrawn", NOON + 2 * MINUTE, Status.BROKEN, Tone.DONE),
        (NOON - MINUTE, "withdrawn", NOON, Status.EXCUSED, Tone.DONE),
        # As of an instant before the stop, nothing had stopped yet.
        (NOON - MINUTE, "decided", NOON - 2 * MINUTE, Status.RUNNING, Tone.DUE),
        (NOON + 2 * MINUTE, "decided", NOON + MINUTE, Status.BROKEN, Tone.LATE),
    ],
)
def test_status_and_tone_at_the_instants_that_decide(stopped, ended, moment, status, tone):
    clock = make(stopped=stopped, ended=ended)

    assert (status_of(clock, moment), tone_of(clock, moment)) == (status, tone)


def test_what_is_left_runs_down_to_nothing():
    clock = make()

    shares = [read(clock, NOON - minutes * MINUTE).share for minutes in (12, 10, 5, 2, 0, -3)]

    assert shares == pytest.approx([1, 1, 0.5, 0.2, 0, 0])
    assert read(clock, NOON + 3 * MINUTE).left == -3 * MINUTE


def test_a_clock_without_a_due_time_is_never_late():
    clock = make(due=None)

    assert (status_of(clock, NOON), tone_of(clock, NOON), read(clock, NOON).left) == ("running", "ok", None)


@pytest.mark.django_db
def test_python_and_postgresql_agree_on_every_constellation(organisation):
    agreements.ensure_default()
    lead, promise = make_lead(stage=Stage.MQL), Commitment.objects.get(key="decide")
    made = []
    for due, stop, ended in product([None, NOON], [None, *OFFSETS], ["decided", "contacted", "withdrawn"]):
        clock = make(
            due=due, stopped=None if stop is None else NOON + stop, ended=ended if stop is not None else ""
        )
        clock.lead, clock.commitment, clock.origin_id = lead, promise, len(made)
        made.append(clock)
    Clock.objects.bulk_create(made)

    moments = [
        NOON - 10 * MINUTE,
        NOON - 5 * MINUTE,
        NOON - 3 * MINUTE,
        *(NOON + o for o in OFFSETS),
        NOON + 9 * MINUTE,
    ]
    for moment in moments:
        for clock in Clock.objects.with_status(moment):
            assert (clock.status, clock.tone) == (status_of(clock, moment), tone_of(clock, moment)), (
                clock,
                moment,
            )

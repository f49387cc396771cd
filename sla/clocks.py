"""Clocks follow history: opened, stopped, taken back and reckoned anew from what is recorded, never told.

Safe late, twice and overlapping: `facts` answers what differs, a unique key keeps each clock single, and every
instant comes from history. What is new is found by `recorded_at`; what is reckoned uses `at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from psycopg2.extras import execute_values

from leads import naming
from leads.models import Lead
from leads.stages import MQL, SAL
from sla import calendars, facts, reckoning
from sla.facts import Fact
from sla.models import Clock, PromiseStart
from smarketing.foundation.models import Heartbeat, User
from smarketing.foundation.refusals import Forbidden, Refusal

# `facts.read_up_to` waits for transactions that are still open; this much more costs nothing and forgives much.
LOOK_BACK = timedelta(seconds=10)
BATCH = 1_000  # leads in one transaction
PORTION = 10_000  # leads whose clocks are reckoned anew in one sweep, a few seconds of work
NEWS, HOURS, RECKONED = "clocks", "hours", "reckoned"

# One sweep at a time writes clocks or tells of deadlines: two would read the same and wait for each other's rows.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('sla.clocks'))"

_COLUMNS = (
    "commitment_id", "origin_kind", "origin_id", "lead_id", "owner_id", "occurred_at", "captured_at", "assigned_at",
    "touched_at", "started_at", "half_at", "warn_at", "soon_at", "due_at", "stopped_at", "ended", "worked_seconds",
    "assignment_id", "voided_at",
)  # fmt: skip
_KEY = _COLUMNS[:3]
# Reckoned by calendars, which may have changed since: a clock that stays stopped keeps what it had then.
_RECKONED = {
    "owner_id", "assigned_at", "half_at", "warn_at", "soon_at", "due_at", "worked_seconds",
}  # fmt: skip
_STAYS = (
    "sla_clock.stopped_at = EXCLUDED.stopped_at "
    "AND sla_clock.assignment_id IS NOT DISTINCT FROM EXCLUDED.assignment_id"
)
_STORE = (
    f"INSERT INTO sla_clock ({', '.join(_COLUMNS)}) VALUES %s ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET "
    + ", ".join(
        f"{name} = CASE WHEN {_STAYS} THEN sla_clock.{name} ELSE EXCLUDED.{name} END"
        if name in _RECKONED
        else f"{name} = EXCLUDED.{name}"
        for name in _COLUMNS
        if name not in _KEY
    )
    + " RETURNING id"
)

# Whom does it still make sense to warn, and which promise was or may be broken? A late stop is a breach all the same.
_WANTED = """
    c.voided_at IS NULL AND c.due_at IS NOT NULL AND CASE d.kind
        WHEN 'warning' THEN c.stopped_at IS NULL ELSE c.stopped_at IS NULL OR c.stopped_at > c.due_at END
"""
_PLAN = f"""
INSERT INTO sla_deadline (clock_id, kind, due_at)
SELECT c.id, d.kind, CASE d.kind WHEN 'warning' THEN c.warn_at ELSE c.due_at END
FROM sla_clock c CROSS JOIN (VALUES ('warning'), ('breach')) d (kind)
WHERE c.id = ANY(%(clocks)s) AND {_WANTED}
ORDER BY c.id, d.kind DESC  -- a warning is told before its breach, whatever way the rows were found
ON CONFLICT (clock_id, kind) DO UPDATE SET due_at = EXCLUDED.due_at, skipped_at = NULL
WHERE sla_deadline.fired_at IS NULL
"""
_SKIP = f"""
UPDATE sla_deadline d SET skipped_at = %(moment)s FROM sla_clock c
WHERE c.id = d.clock_id AND c.id = ANY(%(clocks)s) AND d.fired_at IS NULL AND d.skipped_at IS NULL
    AND NOT ({_WANTED})
"""


def follow(moment: datetime) -> int:
    """Bring the clocks of all leads with news up to date; answers how many clocks changed."""
    beat, read = Heartbeat.objects.filter(pk=NEWS).first(), facts.read_up_to()
    changed = sync(facts.news(beat.at - LOOK_BACK), moment) if beat else reconcile(moment)
    changed += _follow_calendars(moment)
    Heartbeat.beat(NEWS, read)
    return changed


def reconcile(moment: datetime) -> int:
    """Hold every clock against the whole of history."""
    changed, after = 0, 0
    while leads := facts.everyone(after, BATCH * 10):
        changed += sync(leads, moment)
        after = leads[-1]
    return changed


def sync(lead_ids: Sequence[int], moment: datetime) -> int:
    """Make the clocks of these leads what history says; `moment` is when it was noticed."""
    return sum(_sync(batch, moment) for batch in _batches(lead_ids))


@transaction.atomic
def _sync(lead_ids: Sequence[int], moment: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    found = facts.differing(lead_ids)
    if found:
        _store(found, moment)
    return len(found)


def _store(found: Sequence[Fact], moment: datetime) -> None:
    holds = facts.holds(sorted({fact.lead_id for fact in found}))
    owners = {None, *(hold.owner for held in holds.values() for hold in held)}
    hours = calendars.hours_of(owners, around=moment)
    rows = []
    for fact in found:
        reckoned = reckoning.reckon(
            timedelta(minutes=fact.within_minutes),
            fact.warn_percent,
            fact.at,
            fact.stopped_at,
            holds.get(fact.lead_id, []),
            hours,
        )
        rows.append(_row(fact, reckoned, moment))
    with connection.cursor() as cursor:
        clocks = [pk for (pk,) in execute_values(cursor.cursor, _STORE, rows, page_size=BATCH, fetch=True)]
        cursor.execute(_PLAN, {"clocks": clocks})
        cursor.execute(_SKIP, {"clocks": clocks, "moment": moment})


def _row(fact: Fact, reckoned: reckoning.Reckoning, moment: datetime) -> tuple[Any, ...]:
    return (
        fact.commitment_id,
        fact.origin_kind,
        fact.origin_id,
        fact.lead_id,
        reckoned.owner,
        fact.at,
        fact.recorded_at,
        reckoned.assigned_at,
        fact.touched_at,
        fact.at,
        reckoned.half_at,
        reckoned.warn_at,
        reckoned.soon_at,
        reckoned.due_at,
        fact.stopped_at,
        fact.ended,
        None if reckoned.worked is None else int(reckoned.worked.total_seconds()),
        fact.assignment_id,
        moment if fact.undone else None,
    )


def _follow_calendars(moment: datetime) -> int:
    """Reckon running clocks anew when somebody's hours changed; what has fired or stopped stays.

    A portion in each sweep, kept batch by batch: alerts never wait for all of it, and a sweep that is killed
    costs one batch.
    """
    changed = Heartbeat.objects.filter(pk=HOURS).values_list("watermark", flat=True).first() or 0
    done = Heartbeat.objects.filter(pk=RECKONED).values_list("watermark", flat=True).first() or 0
    if changed == done:
        return 0
    place, again = f"{RECKONED}:{changed}", 0
    leads = _running(Heartbeat.objects.filter(pk=place).values_list("watermark", flat=True).first() or 0)
    for batch in _batches(leads):
        again += _reckon_again(batch, moment)
        Heartbeat.objects.update_or_create(name=place, defaults={"at": moment, "watermark": batch[-1]})
    if len(leads) < PORTION:
        Heartbeat.objects.update_or_create(name=RECKONED, defaults={"at": moment, "watermark": changed})
        Heartbeat.objects.filter(name__startswith=f"{RECKONED}:").delete()
    return again


@transaction.atomic
def _running(after: int) -> list[int]:
    """The next leads with a running clock, when nobody is storing one any more by the hours before the change."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    leads = Clock.objects.running().filter(lead__gt=after).order_by("lead_id")
    return list(leads.values_list("lead_id", flat=True).distinct()[:PORTION])


@transaction.atomic
def _reckon_again(lead_ids: Sequence[int], moment: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    clocks = Clock.objects.running().filter(lead__in=lead_ids).select_related("commitment")
    found = [
        Fact(
            clock.commitment_id,
            clock.origin_kind,
            clock.origin_id,
            clock.lead_id,
            clock.started_at,
            clock.captured_at,
            clock.touched_at,
            clock.stopped_at,
            clock.ended,
            clock.assignment_id,
            False,
            clock.commitment.within_minutes or 0,
            clock.commitment.warn_percent,
        )
        for clock in clocks
    ]
    if found:
        _store(found, moment)
    return len(found)


def _batches(lead_ids: Iterable[int]) -> Iterator[list[int]]:
    rest = list(lead_ids)
    for start in range(0, len(rest), BATCH):
        yield rest[start : start + BATCH]


@transaction.atomic
def start_promises(lead_id: int, *, by: User, moment: datetime) -> PromiseStart:
    """Start the promises for one lead that was imported where it stands: from now, as if it had just come."""
    if not by.may("leads.act_on_any"):
        raise Forbidden("Only heads and administrators start promises for imported leads.")
    lead = Lead.objects.lock(lead_id)
    if lead.position not in (MQL, SAL):
        raise Refusal(
            naming.said("{} is neither {mql} nor {sal}, so no promise waits to be started.", lead.name)
        )
    # A move of just now starts its promise by itself, though no sweep has seen it yet.
    sync([lead.pk], moment)
    started = Clock.objects.counted().filter(lead=lead, commitment__starts_on=lead.stage)
    if started.filter(Q(stopped_at=None) | Q(started_at__gte=lead.stage_since)).exists():
        raise Refusal(f"The clock of {lead.name} was started already.")
    start, _ = PromiseStart.objects.get_or_create(
        lead=lead, stage=lead.stage, seq=lead.seq or 0, defaults={"by": by, "at": moment}
    )
    return start

"""Gate 1: promises fall due while workers are killed and Redis forgets everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, perf_counter, sleep

from django.db import connection
from django.utils.timezone import now

from leads import handover
from leads.models import Lead
from sla import clocks
from sla.models import Clock, Deadline
from smarketing.foundation.models import Heartbeat, User
from smarketing.foundation.moments import database_now
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.roles import as_owner
from tests.chaos import society, verdicts
from tests.chaos.ground import Ground, at_random
from tests.chaos.society import PROMISE

REPS, WORKERS = 20, 3
NOT_DUE = 1_000  # leads of the last hour: nobody is told of them
AWAY_FROM_DUE = timedelta(seconds=3)  # an acceptance at the very instant may be right either way
LATEST = 10.0  # seconds, of 99 in 100
SEEN = """
INSERT INTO chaos_seen SELECT d.id, clock_timestamp() - d.due_at FROM sla_deadline d
WHERE d.fired_at > now() - interval '1 minute' AND d.kind = 'breach' ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Size:
    clocks: int
    kills: int
    flushes: int
    wipes: int
    seconds: int  # over which the clocks fall due


SMALL = Size(clocks=10_000, kills=10, flushes=2, wipes=0, seconds=30)
FULL = Size(clocks=100_000, kills=50, flushes=5, wipes=2, seconds=160)


def run(ground: Ground, *, full: bool) -> dict[str, float]:
    size = FULL if full else SMALL
    reps = society.found(REPS)
    begin = prepare(size, reps)
    ground.work(workers=WORKERS, beats=2)
    sleep(max(0.0, (begin - now()).total_seconds()))
    watch()
    at_random(
        ground,
        size.seconds,
        {
            ground.kill: size.kills,
            ground.flush: size.flushes,
            ground.wipe: size.wipes,
            lambda: accept_some(ground, 5): size.seconds,
        },
        watch,
    )
    settle()
    ground.rest()
    return verdicts.of_promises() | lateness(size, judged=full)


def prepare(size: Size, reps: list[User]) -> datetime:
    """The leads, their clocks reckoned, none of them due yet; answers when the first falls due."""
    recorded = now() - society.KNOWN_BEFORE
    taken = perf_counter()
    society.add_leads(NOT_DUE, now() - timedelta(hours=1), now(), reps=reps, recorded=recorded)
    clocks.reconcile(database_now())
    begin = now() + timedelta(seconds=20 + 1.5 * (perf_counter() - taken) * size.clocks / NOT_DUE)
    started = begin - PROMISE
    last = started + timedelta(seconds=size.seconds)
    society.add_leads(size.clocks, started, last, reps=reps, recorded=recorded)
    clocks.reconcile(database_now())
    Heartbeat.beat(clocks.NEWS, database_now())
    hours = Heartbeat.objects.get(pk=clocks.HOURS)  # those that the clocks have just been reckoned by
    Heartbeat.objects.create(name=clocks.RECKONED, at=hours.at, watermark=hours.watermark)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE chaos_seen (deadline bigint PRIMARY KEY, late interval)")
        cursor.execute("VACUUM ANALYZE")
    assert Clock.objects.count() == size.clocks + NOT_DUE
    assert now() < begin, "clocks fell due before they were reckoned"
    return begin


def accept_some(ground: Ground, leads: int) -> None:
    """Reps accept leads, some in time and some too late, while everything burns."""
    for _ in range(leads):
        pk = ground.random.randint(1, Lead.objects.count())
        clock = Clock.objects.select_related("lead__owner").filter(lead=pk, stopped_at=None).first()
        if clock is None or clock.due_at is None or abs(clock.due_at - now()) < AWAY_FROM_DUE:
            continue
        try:
            handover.accept(pk, by=clock.lead.owner)
        except Refusal:
            continue  # accepted before, and its clock has not been swept yet


def watch() -> None:
    """Note when a breach was first seen to be told: from then on people could know."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN)


def settle(seconds: float = 60) -> None:
    """Wait until the sweep has caught up."""
    until = monotonic() + seconds
    due = Deadline.objects.filter(fired_at=None, skipped_at=None, due_at__lt=now())
    while due.exists() and monotonic() < until:
        watch()
        sleep(0.3)
    watch()


def lateness(size: Size, *, judged: bool) -> dict[str, float]:
    """Told always, judged in the full run only: a test does not depend on how busy its machine is."""
    share = (
        "SELECT extract(epoch FROM percentile_cont(%(share)s) WITHIN GROUP (ORDER BY late)) FROM chaos_seen"
    )
    p50, p99, most = (float(verdicts.number(share, share=share_of)) for share_of in (0.5, 0.99, 1))
    told = int(verdicts.number("SELECT count(*) FROM chaos_seen"))
    print(
        f"  {told:,} breaches of {size.clocks:,} clocks told; late by {p50:.1f} s at p50, {p99:.1f} s at p99, "
        f"{most:.1f} s at most"
    )
    return {f"p99 later than {LATEST:.0f} s": float(judged and p99 > LATEST)}

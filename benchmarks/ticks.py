"""Figure 10: the sweep, when very much is due and when nothing is.

The floor is the bare UPDATE of the same deadlines by their partial index. Both are rolled back and vacuumed away
after each round. As most of the time many deadlines of one person become one alert, the sweep is measured both
so and with an alert and a planned mail for each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.elapsed import elapsed
from benchmarks.results import Result, at_most
from benchmarks.timing import medians, milliseconds, seconds
from leads.models import Lead
from sla import agreements, alerts, clocks, tasks
from sla.models import Commitment
from smarketing.foundation.models import Heartbeat, User
from smarketing.foundation.moments import database_now
from smarketing.foundation.roles import as_owner

LEADS, DUE, RUNNING = 100_000, 100_000, 1_000_000
TIMES, IDLE = 3, 20  # times the floor; milliseconds
BARE = """
UPDATE sla_deadline SET fired_at = %(moment)s
WHERE fired_at IS NULL AND skipped_at IS NULL AND due_at < %(moment)s AND kind = 'breach'
"""
# Clocks that history does not know would be news to nobody: a sweep looks at what was recorded of late.
CLOCKS = """
INSERT INTO sla_clock (commitment_id, origin_kind, origin_id, lead_id, owner_id, occurred_at, captured_at, started_at,
    half_at, warn_at, soon_at, due_at, ended)
SELECT %(commitment)s, 'change', i, 1 + mod(i, %(leads)s), (%(reps)s::bigint[])[1 + mod(i, cardinality(%(reps)s))],
    due - interval '4 hours', due - interval '4 hours', due - interval '4 hours', due - interval '2 hours',
    due - interval '1 hour', due - interval '48 minutes', due, ''
FROM (
    SELECT i, CASE WHEN i <= %(due)s THEN %(moment)s - i * interval '1 millisecond'
        ELSE %(moment)s + interval '2 days' + i * interval '1 millisecond' END AS due
    FROM generate_series(1, %(clocks)s) i
) s
"""
DEADLINES = """
INSERT INTO sla_deadline (clock_id, kind, due_at, fired_at)
SELECT c.id, d.kind, CASE d.kind WHEN 'warning' THEN c.warn_at ELSE c.due_at END,
    CASE WHEN d.kind = 'warning' AND c.due_at < %(moment)s THEN c.warn_at END
FROM sla_clock c, (VALUES ('warning'), ('breach')) d (kind)
"""


def measure(databases: Databases, scale: float) -> list[Result]:
    leads, due = sizes.leads(LEADS, scale), max(100, round(DUE * min(scale, 1)))
    running = max(due + 100, min(RUNNING, round(RUNNING * scale)))
    with databases.copy(leads):
        moment = database_now()
        fill(running, due, moment)
        results = sweeps(due, moment)
        results.append(idle(running - due, moment))
    return [*results, *elapsed()]


def fill(clocks_made: int, due: int, moment: datetime) -> None:
    User.objects.create_user("head@loadline.example", name="Head", role="sales_head")
    agreements.ensure_default()
    given = {
        "commitment": Commitment.objects.get(kind="response", starts_on="mql").pk,
        "leads": Lead.objects.count(),
        "reps": list(User.objects.reps().values_list("pk", flat=True)),
        "clocks": clocks_made,
        "due": due,
        "moment": moment,
    }
    with as_owner():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(CLOCKS, given)
            cursor.execute(DEADLINES, given)
        vacuum()
    Heartbeat.beat(clocks.NEWS, moment)


def vacuum() -> None:
    with connection.cursor() as cursor:
        for table in ("sla_clock", "sla_deadline", "sla_alert", "foundation_outboxitem"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def sweeps(due: int, moment: datetime) -> list[Result]:
    bundle_over = alerts.BUNDLE_OVER

    def bare() -> float:
        return undone(lambda: connection.cursor().execute(BARE, {"moment": moment}))

    def swept(most: int) -> float:
        alerts.BUNDLE_OVER = most
        try:
            return undone(lambda: refuse_other(due, alerts.sweep(moment)))
        finally:
            alerts.BUNDLE_OVER = bundle_over

    floor, bundled, single = medians(bare, lambda: swept(bundle_over), lambda: swept(3 * due))
    what = f"sweep of {due:,} due clocks"
    return [
        at_most("10", f"{what}, many told at once; floor: bare UPDATE", "ms", floor, bundled, TIMES),
        Result("10", f"{what}, an alert and a mail for each: what bundles avoid", "ms", floor, single),
    ]


def undone(act: Callable[[], object]) -> float:
    """Milliseconds of an act that is taken back, commit not counted."""
    with transaction.atomic():
        taken = 1000 * seconds(act)
        transaction.set_rollback(True)
    with as_owner():
        vacuum()
    return taken


def refuse_other(due: int, done: dict[str, int]) -> None:
    if done["breaches"] != due:
        raise RuntimeError(f"{done['breaches']} breaches were told of {due} due clocks")


def idle(running: int, moment: datetime) -> Result:
    """A whole tick that finds nothing: clocks follow history, no deadline has passed."""
    tasks.sweep(moment)
    with as_owner():
        vacuum()
    Heartbeat.beat(clocks.NEWS, moment + timedelta(hours=1))  # nothing was recorded since
    (taken,) = medians(lambda: milliseconds(lambda: tasks.sweep(moment + timedelta(seconds=10)), 5))
    what = f"sweep with nothing due, {running:,} clocks running"
    return Result("10", what, "ms", None, taken, f"≤ {IDLE}", taken <= IDLE)

"""Gate 24: the tables of the first version become today's while people write, and the run is killed on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import psycopg2
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.timezone import now

from smarketing.embedded.datadir import PROJECT
from smarketing.foundation.roles import as_owner
from tests.chaos import society
from tests.chaos.clocks import as_owner as on_the_server
from tests.chaos.ground import Ground
from tests.chaos.shape import shape
from tests.chaos.verdicts import number

BEFORE = (
    "before"  # the database that is migrated; that of the run itself was made new and tells how it must end
)
FIRST = [("foundation", "0002_roles"), ("leads", "0003_statistics"), ("sla", "0001_initial")]
LONGEST = 2.0  # seconds that somebody who writes may wait
TOUCHES = """
INSERT INTO leads_touch (lead_id, at, recorded_at, kind, team, is_origin, medium, content, url, source, event_id)
SELECT l.id, l.born_at + n * interval '1 hour', l.created_at, CASE n WHEN 0 THEN 'origin' ELSE 'visit' END, 'marketing',
    n = 0, '', '', '', 'chaos', CASE WHEN n > 0 THEN l.id || '-' || n END
FROM leads_lead l, generate_series(0, 4) n
"""
ACTIVITIES = """
INSERT INTO leads_activity (lead_id, by_id, kind, outcome, connected, at, recorded_at)
SELECT id, owner_id, 'call', 'spoke', true, stage_since, created_at FROM leads_lead WHERE mod(id, 3) = 0
"""
# What the first version sends, column by column: it knows none of those that came later.
WRITES = {
    "a new lead": """
        WITH made AS (
            INSERT INTO leads_lead (email, email_norm, first_name, last_name, name_key, phone, job_title, buying_role,
                country, consent, medium, content, stage, standing, highest_stage, stage_since, born_at, visitor_at,
                version)
            VALUES (%(mail)s, %(mail)s, 'Ada', 'Byron', 'ada byron', '', '', '', '', '', '', '', 'visitor', 'active',
                'visitor', now(), now(), now(), 1) RETURNING id
        )
        INSERT INTO leads_touch (lead_id, at, kind, team, is_origin, medium, content, url, source)
        SELECT id, now(), 'origin', 'marketing', true, '', '', '', '' FROM made""",
    "another fact": "UPDATE leads_lead SET job_title = %(mail)s, version = version + 1 WHERE id = %(lead)s",
    "a touch": """
        INSERT INTO leads_touch (lead_id, at, kind, team, is_origin, medium, content, url, source, event_id)
        VALUES (%(lead)s, now(), 'visit', 'marketing', false, '', '', '', 'chaos', %(mail)s)""",
    "a call": """
        INSERT INTO leads_activity (lead_id, by_id, kind, outcome, connected, at)
        VALUES (%(lead)s, %(rep)s, 'call', 'voicemail', false, now())""",
}
UNFILLED = """
SELECT count(*) FROM leads_lead l WHERE worked_at IS NULL
AND EXISTS (SELECT FROM leads_activity a WHERE a.lead_id = l.id AND a.recorded_at < %(since)s)
"""
UNTOUCHED = """
SELECT count(*) FROM (
    SELECT t.lead_id, max(CASE WHEN t.is_origin THEN l.born_at ELSE t.at END) AS at
    FROM leads_touch t JOIN leads_lead l ON l.id = t.lead_id GROUP BY t.lead_id
) t LEFT JOIN leads_lasttouch f ON f.lead_id = t.lead_id WHERE f.at IS DISTINCT FROM t.at
"""


@dataclass(frozen=True)
class Size:
    leads: int
    kills: int
    apart: tuple[float, float]  # seconds between a start and its kill


SMALL = Size(leads=3_000, kills=2, apart=(4, 12))
FULL = Size(leads=300_000, kills=5, apart=(5, 40))


@dataclass
class Work:
    """What people did meanwhile: how long each act took, and what was refused."""

    waits: list[tuple[float, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def run(ground: Ground, *, full: bool) -> dict[str, float]:
    size = FULL if full else SMALL
    with connection.cursor() as cursor:
        wanted = shape(cursor)
    reps = go_back()
    store(size.leads, reps)
    log, since = ground.data.root / "migrate.log", now()
    start = perf_counter()
    with people_at_work(size.leads, reps, ground.random) as work:
        for _ in range(size.kills):
            migrate_and_kill(log, ground.random.uniform(*size.apart))
        failed = float(migrating(log).wait() != 0)
    tell(size, work, log, perf_counter() - start)
    with connection.cursor() as cursor:
        differing = wanted ^ shape(cursor)
    print(*sorted(differing)[:10], *work.refused[:10], log.read_text()[-2000:] if failed else "", sep="\n  ")
    return {
        "migrate failed": failed,
        f"waited longer than {LONGEST:.0f} s": sum(wait > LONGEST for wait, _ in work.waits) if full else 0,
        "acts refused": len(work.refused),
        "nothing was written": float(not work.waits),
        "differences from tables that were made new": len(differing),
        "leads without when they were last worked on": number(UNFILLED, since=since),
        "leads whose last touch is another": number(UNTOUCHED),
    }


def go_back() -> list[int]:
    """Connect to a database as the first version left it, with ten reps."""
    connection.close()
    on_the_server(f"CREATE DATABASE {BEFORE}")
    for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[key] = f"{os.environ[key].rpartition('/')[0]}/{BEFORE}"
    connection.settings_dict["NAME"] = BEFORE
    for app, name in FIRST:
        manage("migrate", app, name, "--verbosity", "0", "--skip-checks").wait()
    user = MigrationLoader(connection).project_state(FIRST).apps.get_model("foundation", "User")
    return [
        user.objects.create(email=f"rep{n}@loadline.example", name=f"Rep {n}", role="rep").pk
        for n in range(10)
    ]


def store(leads: int, reps: list[int]) -> None:
    """Leads with history, hand-overs, touches and calls, all of the last year."""
    given = {
        "leads": leads,
        "after": 0,
        "first": now() - timedelta(days=365),
        "last": now() - timedelta(days=1),
        "stage": "mql",
        "recorded": now() - timedelta(days=1),
        "reps": reps,
    }
    with as_owner():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in (*society.ROWS, TOUCHES, ACTIVITIES):
                cursor.execute(statement, given)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def manage(*words: str, to: Path | None = None) -> subprocess.Popen[bytes]:
    line = [sys.executable, "manage.py", *words]
    if to is None:
        return subprocess.Popen(line, cwd=PROJECT)
    with to.open("ab") as file:
        return subprocess.Popen(line, cwd=PROJECT, stdout=file, stderr=subprocess.STDOUT)


def migrating(log: Path) -> subprocess.Popen[bytes]:
    return manage("migrate", "--noinput", "--skip-checks", to=log)


def migrate_and_kill(log: Path, seconds: float) -> None:
    """Begin, and kill -9 after so many seconds; PostgreSQL finishes what it was told."""
    child = migrating(log)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def people_at_work(leads: int, reps: list[int], dice: Random) -> Iterator[Work]:
    work = Work()
    hands = [
        threading.Thread(target=write, args=(work, leads, reps, Random(dice.random()))) for _ in range(2)
    ]
    hands.append(threading.Thread(target=read, args=(work,)))
    for hand in hands:
        hand.start()
    try:
        yield work
    finally:
        work.over.set()
        for hand in hands:
            hand.join()


def link() -> psycopg2.extensions.connection:
    return psycopg2.connect(os.environ["DATABASE_URL"])


def write(work: Work, leads: int, reps: list[int], dice: Random) -> None:
    """One act after another, each a transaction of the application's role."""
    mine = link()
    while not work.over.is_set():
        what = dice.choice(list(WRITES))
        given = {
            "lead": dice.randint(1, leads),
            "rep": dice.choice(reps),
            "mail": f"{dice.getrandbits(60):x}@chaos.example",
        }
        begin = perf_counter()
        try:
            with mine, mine.cursor() as cursor:
                cursor.execute(WRITES[what], given)
        except psycopg2.Error as error:
            work.refused.append(f"{what}: {error}")
        work.waits.append((perf_counter() - begin, what))
        sleep(0.005)
    mine.close()


def read(work: Work) -> None:
    """A report that takes a second and a half, every six seconds."""
    mine = link()
    while not work.over.wait(4.5):
        with mine, mine.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM leads_touch t JOIN leads_lead l ON l.id = t.lead_id WHERE l.id < 1000"
            )
            cursor.execute("SELECT pg_sleep(1.5)")
    mine.close()


def tell(size: Size, work: Work, log: Path, seconds: float) -> None:
    waits = sorted(work.waits, reverse=True)
    longest = ", ".join(f"{wait:.2f} s ({what})" for wait, what in waits[:3])
    print(
        f"  {size.leads:,} leads migrated in {seconds:.0f} s with {size.kills} kills; {len(waits):,} acts meanwhile, "
        f"99 in 100 within {waits[len(waits) // 100][0]:.2f} s, the longest {longest}; "
        f"gave way {log.read_text().count('trying again')} times"
    )

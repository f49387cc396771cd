"""Gates 17 and 18: the host's clock is wrong by minutes; nothing ran for three days."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import psycopg2
from django.db import connection
from django.utils.timezone import now

from sla import clocks
from sla.models import Alert, Deadline
from sla.tasks import tick
from smarketing.embedded.datadir import PROJECT
from smarketing.foundation.models import Heartbeat, OutboxItem
from smarketing.foundation.moments import database_now
from tests.chaos import society, verdicts
from tests.chaos.ground import Ground
from tests.chaos.society import PROMISE

SKEWS = {"right": 0, "ahead": 300, "behind": -300}  # seconds
HOUR = timedelta(hours=1)
THREE_DAYS = timedelta(hours=72)


def skew(ground: Ground, *, full: bool) -> dict[str, float]:
    """The same state is swept by hosts whose clocks differ by ten minutes; all must do the same."""
    leads = 20_000 if full else 400
    reps = society.found(5)
    due = now() - PROMISE
    # Due from an hour ago to an hour ahead, but for the ten minutes around now in which a run takes place.
    for first, last in ((due - HOUR, due - timedelta(seconds=1)), (due + timedelta(minutes=2), due + HOUR)):
        society.add_leads(leads // 2, first, last, reps=reps, recorded=first)
    seen = {name: swept(name, seconds) for name, seconds in SKEWS.items()}
    right = seen["right"]
    print(
        f"  {right['breaches']:,} breaches, {right['warnings']:,} warnings, {right['mails']:,} mails on each host"
    )
    return {
        "nothing was swept": float(not right["breaches"] or not right["mails"]),
        **{f"a host whose clock is {name} swept otherwise": float(seen[name] != right) for name in SKEWS},
    }


def swept(name: str, seconds: int) -> dict:
    """One sweep of a copy, by a process whose clock is wrong by so many seconds."""
    own, copy = connection.settings_dict["NAME"], f"clock_{name}"
    connection.close()
    as_owner(f"CREATE DATABASE {copy} TEMPLATE {own}")
    urls = {
        key: f"{os.environ[key].rpartition('/')[0]}/{copy}" for key in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.wrong_clock", str(seconds)],
        cwd=PROJECT,
        env={**os.environ, **urls, "EMAIL_URL": "dummymail://"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def as_owner(statement: str) -> None:
    link = psycopg2.connect(f"{os.environ['DATABASE_OWNER_URL'].rpartition('/')[0]}/postgres")
    try:
        link.autocommit = True
        link.cursor().execute(statement)
    finally:
        link.close()


def downtime(ground: Ground, *, full: bool) -> dict[str, float]:
    """Half of the clocks run when everything stops, half of the leads come in meanwhile; then one tick."""
    leads = 50_000 if full else 2_000
    reps = society.found(10)
    stopped = now() - THREE_DAYS
    # Some are due soon after the stop, the last fall due only after the end of it.
    society.add_leads(leads // 2, stopped - PROMISE, stopped, reps=reps, recorded=stopped)
    clocks.reconcile(stopped)
    Heartbeat.beat(clocks.NEWS, stopped)
    society.add_leads(leads // 2, stopped, now(), reps=reps, recorded=stopped)
    tick()
    due = Deadline.objects.filter(due_at__lt=database_now())
    told = list(Alert.objects.values_list("recipient", flat=True))
    warned = Deadline.objects.filter(kind="warning").exclude(fired_at=None).count()
    stale = Deadline.objects.exclude(skipped_at=None).count()
    print(
        f"  {due.filter(kind='breach').count():,} breaches and {warned:,} warnings in {len(told)} digests; "
        f"{stale:,} stale warnings left out"
    )
    return verdicts.of_promises() | {
        "more than one digest for somebody": len(told) - len(set(told)),
        "mails other than the digests": OutboxItem.objects.count() - len(told),
        "nobody was warned in time": float(not warned),
    }

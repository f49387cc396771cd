"""When scores are written anew: soon after something happened, every night, and after other rules came into force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import monotonic

from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils.timezone import now

from leads import definitions
from leads.models import ScoreDue, ScoreEntry, Touch
from leads.scoring.promotion import promote
from leads.scoring.scores import score
from smarketing.foundation.models import Heartbeat, Organisation

Cause = ScoreEntry.Cause
BATCH = 2_000  # things that happened, looked at together
LONGEST = 20.0  # seconds of one sweep; the next goes on
# What is dated a little ahead, as by a clock that is fast, is looked at again until its time has come.
AHEAD = timedelta(minutes=15)
SCORED = "scored:"


def sweep(moment: datetime | None = None) -> int:
    """Score the leads about which something is new, and qualify those that now meet the criteria; how many.

    What was due is forgotten only when all of it is done: a sweep that dies is done again by the next.
    """
    if Organisation.find() is None:
        return 0
    qualified, started = 0, monotonic()
    with _alone() as is_alone:
        while is_alone and monotonic() - started < LONGEST:
            dues = _due()
            promoted, done = _work(dues, moment or now()) if dues else (0, 0)
            qualified += promoted
            if not done or len(dues) < BATCH:
                break
    return qualified


def _due() -> list[ScoreDue]:
    """What happened first comes first; what imports brought comes after everything else."""
    rows = ScoreDue.objects.order_by("pk")
    found = list(rows.filter(~Q(cause=Cause.IMPORT))[:BATCH])
    return found + list(rows.filter(cause=Cause.IMPORT)[: BATCH - len(found)])


def _work(dues: list[ScoreDue], moment: datetime) -> tuple[int, int]:
    """How many leads were qualified, and how much of what was due is done with."""
    causes: dict[int, set[str]] = {}
    for due in dues:
        causes.setdefault(due.lead_id, set()).add(due.cause)
    score(list(causes), moment, causes=causes)
    # Where an import told something too, it may be the import that made the difference.
    learned = ScoreDue.objects.filter(pk__in=[due.pk for due in dues], made_ready=True).order_by("pk")
    ready = {
        pk: since for pk, since in learned.values_list("lead_id", "since") if Cause.IMPORT not in causes[pk]
    }
    touched = {pk for pk, happened in causes.items() if Cause.TOUCH in happened}
    qualified = promote(ready | dict.fromkeys(touched), moment)
    later = set(_ahead(list(causes), moment))
    done = [due.pk for due in dues if due.lead_id not in later]
    ScoreDue.objects.filter(pk__in=done).delete()
    return qualified, len(done)


def _ahead(lead_ids: list[int], moment: datetime) -> Iterator[int]:
    soon = Touch.objects.filter(lead__in=lead_ids, at__gt=moment, at__lte=moment + AHEAD)
    return iter(soon.values_list("lead_id", flat=True))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other sweep is at work; PostgreSQL lets go of it by itself when its process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('leads.scoring.sweep'))")
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            # A broken connection has let go already.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('leads.scoring.sweep'))")


def decay(moment: datetime | None = None) -> int:
    """Score everybody anew, as time has passed: nightly. Nobody is qualified; answers how many scores changed."""
    return score(None, moment or now(), why=Cause.DECAY)


def catch_up(moment: datetime | None = None) -> int:
    """Score everybody once by the rules in force, if that was not done yet; answers how many scores changed.

    Whoever meets the new criteria already is qualified when something next happens, so that other rules do not
    flood sales.
    """
    moment = moment or now()
    organisation = Organisation.find()
    if organisation is None:
        return 0
    version = definitions.in_force(moment).version
    name = f"{SCORED}{version}" if version else f"{SCORED}0 at {organisation.qualify_at_touches}"
    if Heartbeat.objects.filter(pk=name).exists():
        return 0
    changed = score(None, moment, why=Cause.VERSION)
    Heartbeat.objects.filter(name__startswith=SCORED).delete()
    Heartbeat.beat(name, moment)
    return changed

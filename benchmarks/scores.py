"""Every lead scored anew, by other rules and for a night's decay; the floor is one bare UPDATE of the same rows.

Each round is rolled back and vacuumed away, so that all of them find the same scores. The company's touches end in
the summer of 2025: everything is reckoned as of then.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.results import Result
from benchmarks.timing import median_of, seconds
from leads import definitions, scoring
from leads.models import Definition, LeadScore
from smarketing.foundation.models import User
from smarketing.foundation.roles import as_owner

LEADS = 100_000
ROUNDS = 3  # of a minute each, at the full size
MOMENT = datetime(2025, 7, 6, 3, 0, tzinfo=UTC)
BARE = "UPDATE leads_leadscore SET computed_at = now()"


def measure(databases: Databases, scale: float) -> list[Result]:
    with databases.copy(sizes.leads(LEADS, scale)):
        first = seconds(lambda: scoring.score(None, MOMENT))
        vacuum()
        leads = LeadScore.objects.count()
        nightly = MOMENT + timedelta(days=1)
        floor = median_of(ROUNDS, bare)
        night = median_of(ROUNDS, lambda: undone(lambda: scoring.decay(nightly)))
        sign_others(MOMENT + timedelta(hours=1))
        changed = median_of(ROUNDS, lambda: undone(lambda: refuse_other(leads, scoring.decay(nightly))))
        if astray := scoring.astray():
            raise RuntimeError(f"the log of leads {astray} does not add up to their scores")
    rows = leads / floor

    def rate(what: str, taken: float) -> Result:
        return Result("scores", f"{leads:,} leads {what}; floor: bare UPDATE", "leads/s", rows, leads / taken)

    return [
        rate("scored for the first time", first),
        rate("scored after a night", night),
        rate("scored by other rules", changed),
    ]


def bare() -> float:
    return undone(lambda: connection.cursor().execute(BARE))


def undone(act) -> float:
    """Seconds of an act that is taken back."""
    with transaction.atomic():
        taken = seconds(act)
        transaction.set_rollback(True)
    vacuum()
    return taken


def vacuum() -> None:
    with as_owner(), connection.cursor() as cursor:
        for table in ("leads_leadscore", "leads_scoreentry"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def sign_others(moment: datetime) -> None:
    """Version 1: every rule gives one point less or more, so that no score stays as it was."""
    document = definitions.unsigned().json()
    for rule in (*document["profile"]["rules"], *document["scoring"]["touches"]):
        rule["points"] += 1 if rule["points"] < 0 else -1
    heads = [
        User.objects.create_user(f"{team}@loadline.example", name=team.title(), role=f"{team}_head")
        for team in ("marketing", "sales")
    ]
    Definition.objects.create(
        status="signed",
        version=1,
        document=document,
        in_force_from=moment,
        marketing_by=heads[0],
        marketing_at=moment,
        sales_by=heads[1],
        sales_at=moment,
    )


def refuse_other(leads: int, changed: int) -> None:
    if changed != leads:
        raise RuntimeError(f"{changed} scores changed of {leads}")

"""Leads handed to reps per second: qualify, choose by round robin under the lock, assign, open the hand-over.

The floor is the same writes as bare SQL, one transaction a lead.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, transaction

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.results import Result, at_least
from benchmarks.timing import ROUNDS, medians, per_second
from leads import handover
from leads.models import Lead, Pool
from leads.routing import DEFAULT_POOL
from leads.stages import START
from smarketing.foundation.models import User

LEADS, ASSIGNED = 100_000, 200

BY_HAND = [
    "SELECT last_rep_id FROM leads_pool WHERE name = 'Sales' FOR NO KEY UPDATE",
    "UPDATE leads_pool SET last_rep_id = %(rep)s WHERE name = 'Sales'",
    """INSERT INTO leads_stagechange (lead_id, kind, seq, move, from_stage, from_standing, to_stage, to_standing, at,
        reason, definition_version) VALUES (%(lead)s, 'live', 1, 'qualify', 'visitor', 'active', 'mql', 'active',
        now(), 'touches', 0) RETURNING id""",
    """UPDATE leads_lead SET stage = 'mql', seq = 1, highest_stage = 'mql', stage_since = now(), mql_at = now(),
        owner_id = %(rep)s, version = version + 1 WHERE id = %(lead)s""",
    """INSERT INTO leads_assignment (lead_id, owner_id, at, rule, candidates)
        VALUES (%(lead)s, %(rep)s, now(), 'round_robin', '[]')""",
    """INSERT INTO leads_handover (lead_id, entry_id, rep_id, opened_at, ending, cause)
        SELECT lead_id, id, %(rep)s, now(), '', '' FROM leads_stagechange WHERE lead_id = %(lead)s AND seq = 1""",
    """INSERT INTO foundation_outboxitem (topic, dedupe_key, payload, attempts, last_error)
        VALUES ('leads.new_lead', 'floor-' || %(lead)s, '{}', 0, '')""",
]  # fmt: skip


def measure(databases: Databases, scale: float) -> list[Result]:
    with databases.copy(sizes.leads(LEADS, scale)):
        Pool.objects.create(name=DEFAULT_POOL)
        leads = visitors(2 * ROUNDS, sizes.times(ASSIGNED, scale))
        rep = User.objects.reps().first().pk
        floor, product = medians(
            lambda: per_second(lambda lead: by_hand(lead, rep), next(leads)),
            lambda: per_second(lambda lead: handover.qualify(lead, by=None), next(leads)),
        )
    return [at_least("routing", "qualify and assign a lead; floor: bare SQL", "per s", floor, product)]


def visitors(parts: int, size: int) -> Iterator[list[int]]:
    found = list(Lead.objects.in_position(START).order_by("pk").values_list("pk", flat=True)[: parts * size])
    size = len(found) // parts
    yield from (found[part * size : (part + 1) * size] for part in range(parts))


@transaction.atomic
def by_hand(lead: int, rep: int) -> None:
    with connection.cursor() as cursor:
        for statement in BY_HAND:
            cursor.execute(statement, {"lead": lead, "rep": rep})

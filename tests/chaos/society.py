"""People who work around the clock, and leads whose history was written at chosen moments."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from leads.models import Lead
from sla import agreements
from smarketing import company
from smarketing.foundation.models import Calendar, Team, User
from smarketing.foundation.roles import as_owner

PROMISE = timedelta(hours=4)  # within which an MQL is decided on
ALWAYS = {str(day): [["00:00", "00:00"]] for day in range(7)}
KNOWN_BEFORE = timedelta(minutes=30)

# Rows as the acts write them, a thousand times faster; `balance` holds them against each other at the end.
LEADS = """
INSERT INTO leads_lead (email, email_norm, first_name, last_name, name_key, phone, job_title, buying_role, country,
    consent, medium, content, owner_id, stage, standing, highest_stage, seq, stage_since, born_at, visitor_at, mql_at,
    version, created_at)
SELECT mail, mail, 'Ada', 'Byron ' || i, 'ada byron ' || i, '', '', '', '', '', '', '', owner, %(stage)s, 'active',
    %(stage)s, CASE %(stage)s WHEN 'mql' THEN 2 ELSE 1 END, since, born, born,
    CASE %(stage)s WHEN 'mql' THEN since END, 2, recorded
FROM chaos_person ORDER BY i
"""
HISTORY = """
INSERT INTO leads_stagechange (lead_id, kind, seq, prev_seq, move, from_stage, from_standing, to_stage, to_standing,
    at, recorded_at, reason, owner_id, definition_version)
SELECT l.id, 'live', h.seq, h.prev, h.move, h.was, h.stood, h.stage, 'active', h.at, p.recorded, '', NULL, 0
FROM chaos_person p JOIN leads_lead l ON l.email_norm = p.mail, LATERAL (VALUES
    (1, NULL::int, 'capture', NULL::text, NULL::text, 'visitor', p.born),
    (2, 1, 'qualify', 'visitor', 'active', 'mql', p.since)
) h (seq, prev, move, was, stood, stage, at) WHERE h.seq <= l.seq ORDER BY l.id, h.seq
"""
ASSIGNMENTS = """
INSERT INTO leads_assignment (lead_id, owner_id, at, recorded_at, rule, candidates)
SELECT l.id, p.owner, p.since, p.recorded, 'round_robin', '[]'
FROM chaos_person p JOIN leads_lead l ON l.email_norm = p.mail WHERE p.owner IS NOT NULL
"""
HANDOVERS = """
INSERT INTO leads_handover (lead_id, entry_id, rep_id, opened_at, recorded_at, ending, cause)
SELECT l.id, c.id, p.owner, p.since, p.recorded, '', ''
FROM chaos_person p JOIN leads_lead l ON l.email_norm = p.mail
JOIN leads_stagechange c ON c.lead_id = l.id AND c.seq = 2 WHERE p.owner IS NOT NULL
"""
PEOPLE = """
CREATE TEMP TABLE chaos_person ON COMMIT DROP AS
SELECT i, 'ada' || i || '@chaos.example' AS mail, since, since - interval '1 minute' AS born,
    greatest(since, %(recorded)s) AS recorded,
    (%(reps)s::bigint[])[1 + mod(i, greatest(1, cardinality(%(reps)s::bigint[])))] AS owner
FROM (
    SELECT i, %(first)s + (%(last)s - %(first)s) * (i - %(after)s) / %(leads)s::float AS since
    FROM generate_series(%(after)s + 1, %(after)s + %(leads)s) i
) s
"""
ROWS = (PEOPLE, LEADS, HISTORY, ASSIGNMENTS, HANDOVERS)


def found(reps: int) -> list[User]:
    """A company that always works: reps, and a head of sales."""
    organisation = company.found("Loadline", "UTC", "EUR")
    Calendar.objects.update(week=ALWAYS)
    sales = Team.objects.create(name="Sales", function="sales")
    User.objects.create_user("head@loadline.example", name="Head", role="sales_head", team=sales)
    agreements.ensure_default()
    assert organisation is not None
    return [
        User.objects.create_user(f"rep{n}@loadline.example", name=f"Rep {n}", role="rep", team=sales)
        for n in range(reps)
    ]


def add_leads(
    leads: int, first: datetime, last: datetime, *, reps: list[User], stage: str = "mql", recorded: datetime
) -> None:
    """So many leads, qualified evenly from `first` to `last`, recorded then or at `recorded` if that is later."""
    given = {
        "leads": leads,
        "after": Lead.objects.count(),
        "first": first,
        "last": last,
        "stage": stage,
        "recorded": recorded,
        "reps": [rep.pk for rep in reps],
    }
    with as_owner():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in ROWS:
                cursor.execute(statement, given)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

"""What history says about clocks: which there should be, what stopped them, who held the lead. One statement.

It answers only what differs from the clocks that are stored, so that looking again at what is known already
costs next to nothing, and a look at everything is a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

# A contact counts from the hand-over on: who called before accepting has called. A place that a chain adopted
# from imported history ends a clock as long as a row still bears it out: the import may have been undone.
_ORIGINS = """
    SELECT 'change' AS origin_kind, c.id AS origin_id, c.lead_id, c.seq, c.to_stage AS stage, c.at, c.recorded_at,
        EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id) AS undone
    FROM leads_stagechange c
    WHERE c.kind = 'live' AND c.to_standing = 'active' AND c.move IN ('qualify', 'reopen', 'accept') AND {leads}
    UNION ALL
    SELECT 'start', c.id, c.lead_id, c.seq, c.stage, c.at, c.recorded_at, l.voided_at IS NOT NULL
    FROM sla_promisestart c JOIN leads_lead l ON l.id = c.lead_id WHERE {leads}
"""

_FACTS = f"""
WITH origin AS ({_ORIGINS}),
promise AS (
    SELECT o.*, p.id AS commitment_id, p.stops_on, p.within_minutes, p.warn_percent,
        CASE WHEN p.stops_on = 'first_contact' THEN coalesce((
            SELECT max(e.at) FROM leads_stagechange e WHERE e.lead_id = o.lead_id AND e.kind = 'live'
                AND e.seq < o.seq AND e.to_stage = 'mql' AND e.to_standing = 'active' AND e.move <> 'undo'
        ), o.at) ELSE o.at END AS open_at
    FROM origin o
    JOIN sla_commitment p ON p.kind = 'response' AND p.starts_on = o.stage
    JOIN sla_agreement a ON a.id = p.agreement_id
        AND (a.in_force_from IS NULL OR a.in_force_from <= o.at)
        AND (a.in_force_until IS NULL OR a.in_force_until > o.at)
),
seen AS (
    SELECT p.*, contact.at AS touched_at, leave.at AS left_at, leave.barred
    FROM promise p
    LEFT JOIN LATERAL (
        SELECT min(at) AS at FROM (
            SELECT min(w.at) AS at FROM leads_activity w WHERE w.lead_id = p.lead_id AND w.at >= p.open_at
                AND w.kind IN ('call', 'email', 'meeting') AND w.by_id IS NOT NULL AND w.taken_back_at IS NULL
            UNION ALL
            SELECT min(t.at) FROM leads_touch t WHERE t.lead_id = p.lead_id AND t.at >= p.open_at
                AND t.team = 'sales' AND t.kind IN ('call', 'email', 'meeting') AND t.voided_at IS NULL
        ) met
    ) contact ON true
    LEFT JOIN LATERAL (
        SELECT n.at, n.to_standing = 'disqualified' AND n.move IN ('disqualify', 'adopt') AS barred
        FROM leads_stagechange n
        WHERE n.lead_id = p.lead_id AND n.kind = 'live' AND n.seq > p.seq AND n.move <> 'undo'
            AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = n.id)
            AND (n.move <> 'adopt' OR (n.to_stage, n.to_standing) <> (p.stage, 'active') AND EXISTS (
                SELECT 1 FROM leads_stagechange r WHERE r.lead_id = n.lead_id AND r.at = n.at
                    AND (r.to_stage, r.to_standing) = (n.to_stage, n.to_standing)
                    AND r.move NOT IN ('undo', 'adopt') AND r.voided_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = r.id)
            ))
            AND (p.stops_on = 'decision'
                OR n.to_standing IN ('nurturing', 'disqualified', 'lost', 'churned'))
        ORDER BY n.seq LIMIT 1
    ) leave ON true
),
ended AS (
    SELECT s.*,
        CASE
            WHEN s.stops_on = 'decision' THEN s.left_at
            WHEN s.touched_at <= coalesce(s.left_at, s.touched_at) THEN greatest(s.touched_at, s.at)
            ELSE s.left_at
        END AS stopped_at,
        CASE
            WHEN s.stops_on = 'decision' AND s.left_at IS NOT NULL
                THEN CASE WHEN s.barred THEN 'withdrawn' ELSE 'decided' END
            WHEN s.stops_on = 'decision' THEN ''
            WHEN s.touched_at <= coalesce(s.left_at, s.touched_at) THEN 'contacted'
            WHEN s.left_at IS NOT NULL THEN 'withdrawn'
            ELSE ''
        END AS ended
    FROM seen s
),
held AS (
    SELECT e.*, last.id AS assignment_id
    FROM ended e
    LEFT JOIN LATERAL (
        SELECT max(g.id) AS id FROM leads_assignment g WHERE g.lead_id = e.lead_id
            AND g.voided_at IS NULL AND (e.stopped_at IS NULL OR g.at <= e.stopped_at)
    ) last ON true
)
SELECT h.commitment_id, h.origin_kind, h.origin_id, h.lead_id, h.at, h.recorded_at, h.touched_at, h.stopped_at,
    h.ended, h.assignment_id, h.undone, h.within_minutes, h.warn_percent
FROM held h
LEFT JOIN sla_clock k ON k.commitment_id = h.commitment_id AND k.origin_kind = h.origin_kind
    AND k.origin_id = h.origin_id
WHERE CASE
    WHEN k.id IS NULL THEN NOT h.undone
    WHEN h.undone THEN k.voided_at IS NULL
    ELSE k.voided_at IS NOT NULL
        OR (k.touched_at, k.stopped_at, k.ended, k.assignment_id, k.started_at)
            IS DISTINCT FROM (h.touched_at, h.stopped_at, h.ended, h.assignment_id, h.at)
END
ORDER BY h.lead_id, h.origin_id
"""

# Leads about which something was recorded, or taken back with its import, since: each branch reads one index. A
# move may start a clock; all the rest matters only to leads that have one, so that a file of a million owners or
# touches is no news.
_NEWS = """
SELECT lead_id FROM leads_stagechange WHERE kind = 'live' AND recorded_at >= %(since)s
UNION SELECT lead_id FROM leads_assignment n WHERE recorded_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM leads_activity n WHERE recorded_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM leads_activity n WHERE taken_back_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM leads_touch n WHERE team = 'sales' AND recorded_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM sla_promisestart WHERE recorded_at >= %(since)s
UNION SELECT s.lead_id FROM leads_importbatch b
    JOIN leads_lead l ON l.batch_id = b.id JOIN sla_promisestart s ON s.lead_id = l.id WHERE b.undone_at >= %(since)s
UNION SELECT lead_id FROM leads_stagechange n WHERE voided_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM leads_assignment n WHERE voided_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
UNION SELECT lead_id FROM leads_touch n WHERE team = 'sales' AND voided_at >= %(since)s
    AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.lead_id = n.lead_id)
"""

# By the database's clock, whatever moment is swept, and not after anything under way began: what a long
# transaction recorded is seen only when it commits.
_READ_UP_TO = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity WHERE datname = current_database()
"""

# Every lead that has, or ought to have, a clock.
_ALL = """
SELECT DISTINCT lead_id FROM leads_stagechange WHERE kind = 'live' AND lead_id > %(after)s
UNION SELECT lead_id FROM sla_promisestart WHERE lead_id > %(after)s
ORDER BY lead_id LIMIT %(limit)s
"""


class Fact(NamedTuple):
    """One clock as it should be."""

    commitment_id: int
    origin_kind: str
    origin_id: int
    lead_id: int
    at: datetime
    recorded_at: datetime
    touched_at: datetime | None
    stopped_at: datetime | None
    ended: str
    assignment_id: int | None
    undone: bool
    within_minutes: int
    warn_percent: int


class Hold(NamedTuple):
    """From this instant on this person (or nobody) held the lead."""

    at: datetime
    owner: int | None


def differing(lead_ids: Sequence[int]) -> list[Fact]:
    """The clocks of these leads that are missing or not what history says."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(leads="c.lead_id = ANY(%(leads)s)"), {"leads": list(lead_ids)})
        return [Fact(*row) for row in cursor.fetchall()]


def news(since: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"since": since})
        return sorted(row[0] for row in cursor.fetchall())


def read_up_to() -> datetime:
    """All that was recorded before this instant can be read now."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_UP_TO)
        return cursor.fetchone()[0]


def everyone(after: int, limit: int) -> list[int]:
    """The next leads after this one that live history is about."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"after": after, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def holds(lead_ids: Sequence[int]) -> dict[int, list[Hold]]:
    """Who held each lead from when, oldest first; what was recorded later holds from then on, however it is dated."""
    found: dict[int, list[Hold]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id, max(at) OVER (PARTITION BY lead_id ORDER BY id), owner_id FROM leads_assignment "
            "WHERE lead_id = ANY(%s) AND voided_at IS NULL ORDER BY lead_id, id",
            [list(lead_ids)],
        )
        for lead_id, at, owner in cursor.fetchall():
            found.setdefault(lead_id, []).append(Hold(at, owner))
    return found

"""What every run ends with: each question with how often the answer was wrong."""

from __future__ import annotations

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection

from sla import alerts, clocks
from smarketing.foundation.moments import database_now

# A promise is broken when it was kept after its due instant, or not at all by now.
BROKEN = "c.voided_at IS NULL AND c.due_at < %(now)s AND (c.stopped_at IS NULL OR c.stopped_at > c.due_at)"
QUESTIONS = {
    "leads without a clock": "SELECT count(*) FROM leads_lead l WHERE l.mql_at IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM sla_clock c WHERE c.lead_id = l.id)",
    "broken promises nobody was told of": f"SELECT count(*) FROM sla_clock c LEFT JOIN sla_deadline d "
    f"ON d.clock_id = c.id AND d.kind = 'breach' WHERE {BROKEN} AND d.fired_at IS NULL",
    "told of a promise that was not broken": "SELECT count(*) FROM sla_clock c JOIN sla_deadline d "
    "ON d.clock_id = c.id AND d.kind = 'breach' WHERE d.fired_at IS NOT NULL "
    "AND (d.fired_at <= c.due_at OR c.stopped_at <= c.due_at)",
    "warned before the time": "SELECT count(*) FROM sla_clock c JOIN sla_deadline d "
    "ON d.clock_id = c.id AND d.kind = 'warning' WHERE d.fired_at < c.warn_at",
    "warned of what was broken already": "SELECT count(*) FROM sla_clock c JOIN sla_deadline d "
    "ON d.clock_id = c.id AND d.kind = 'warning' WHERE d.fired_at > c.due_at",
    "alerts without exactly one mail planned": "SELECT count(*) FROM (SELECT a.id FROM sla_alert a "
    "LEFT JOIN foundation_outboxitem o ON o.dedupe_key = 'alert-' || a.id GROUP BY a.id HAVING count(o.id) <> 1) x",
}
# Each told deadline counts once for its rep, a breach once for the head: more were told twice, fewer not at all.
TOLD = """
SELECT coalesce(sum(abs(coalesce(e.many, 0) - coalesce(g.many, 0))), 0) FROM (
    SELECT recipient, count(*) AS many FROM (
        SELECT c.owner_id AS recipient FROM sla_deadline d JOIN sla_clock c ON c.id = d.clock_id
        WHERE d.fired_at IS NOT NULL
        UNION ALL
        SELECT u.id FROM sla_deadline d, foundation_user u
        WHERE d.fired_at IS NOT NULL AND d.kind = 'breach' AND u.role = 'sales_head'
    ) t GROUP BY recipient
) e FULL JOIN (SELECT recipient_id AS recipient, sum(many) AS many FROM sla_alert GROUP BY recipient_id) g
USING (recipient)
"""


def number(sql: str, **given: object) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchone()[0]


def of_promises() -> dict[str, float]:
    """How often a promise was told of wrongly: all zero, or the run has failed."""
    now = database_now()
    wrong = {what: number(sql, now=now) for what, sql in QUESTIONS.items()}
    wrong["deadlines told twice, or not to everybody"] = number(TOLD)
    return wrong | of_the_books()


def of_the_books() -> dict[str, float]:
    """Whether anything is left to do, and whether every reading agrees with the rows it is read from."""
    now = database_now()
    left = alerts.sweep(now)
    differing = clocks.reconcile(now)
    told = StringIO()
    try:
        call_command("balance", stdout=told)
        unbalanced = 0
    except CommandError:
        unbalanced = 1
        print(told.getvalue()[-2000:])
    return {
        "deadlines left over": left["warnings"] + left["breaches"],
        "clocks that differ from history": differing,
        "the ledger does not balance": unbalanced,
    }

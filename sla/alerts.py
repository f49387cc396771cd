"""Who is told that a promise is about to break, or broke: each person once for each deadline, bundled where many."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sla.models import Alert
from smarketing.foundation import outbox
from smarketing.foundation.models import Organisation, User

MAIL = "sla.alert"  # the outbox topic: one mail about one alert, or a digest of many
BATCH = 5_000
BUDGET = timedelta(seconds=5)  # of one sweep: what is left is done by the next, ten seconds later
DIGEST_OVER = 20  # alerts of one person in one sweep that are sent as one mail

# After downtime nobody is warned of what is broken already.
_SKIP_STALE = """
UPDATE sla_deadline w SET skipped_at = %(moment)s FROM sla_clock c
WHERE c.id = w.clock_id AND w.kind = 'warning' AND w.fired_at IS NULL AND w.skipped_at IS NULL
    AND w.due_at <= %(moment)s AND c.due_at < %(moment)s
"""
# Done at the due instant is in time, so a breach begins after it; a warning is given at its instant.
_FIRE = """
WITH due AS MATERIALIZED (
    SELECT id FROM sla_deadline
    WHERE fired_at IS NULL AND skipped_at IS NULL AND due_at <= %(moment)s
        AND (kind = 'warning' OR due_at < %(moment)s)
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE sla_deadline d SET fired_at = %(moment)s FROM due WHERE d.id = due.id
    RETURNING d.id, d.clock_id, d.kind
), told AS (
    INSERT INTO sla_alert (recipient_id, deadline_id, created_at)
    SELECT who.id, f.id, %(moment)s
    FROM fired f
    JOIN sla_clock c ON c.id = f.clock_id
    JOIN sla_commitment p ON p.id = c.commitment_id
    LEFT JOIN foundation_user o ON o.id = c.owner_id AND o.is_active
    CROSS JOIN LATERAL (
        SELECT o.id WHERE o.id IS NOT NULL
        UNION
        SELECT h.id FROM unnest(%(heads)s::bigint[], %(teams)s::text[]) AS h (id, team)
        WHERE h.team = p.team AND (f.kind = 'breach' OR o.id IS NULL)
    ) who
    ON CONFLICT (recipient_id, deadline_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) FILTER (WHERE kind = 'warning'), count(*) FILTER (WHERE kind = 'breach') FROM fired
"""
_BUNDLE = """
WITH waiting AS (
    SELECT recipient_id, min(id) AS first, count(*) AS n FROM sla_alert WHERE bundle IS NULL GROUP BY recipient_id
), bundled AS (
    UPDATE sla_alert a SET bundle = CASE WHEN w.n > %(most)s THEN w.first ELSE a.id END
    FROM waiting w WHERE w.recipient_id = a.recipient_id AND a.bundle IS NULL
    RETURNING a.bundle
)
SELECT DISTINCT bundle FROM bundled ORDER BY bundle
"""


def sweep(moment: datetime) -> dict[str, int]:
    """Fire what is due, in batches that commit by themselves; mails are bundled when nothing is left."""
    people = recipients(moment)
    told = {"warnings": 0, "breaches": 0}
    started = time.monotonic()
    while True:
        warnings, breaches = _fire(moment, people)
        told["warnings"] += warnings
        told["breaches"] += breaches
        if warnings + breaches < BATCH:
            told["mails"] = bundle(moment)
            return told
        if time.monotonic() - started > BUDGET.total_seconds():
            return {**told, "mails": 0}


@transaction.atomic
def _fire(moment: datetime, heads: list[tuple[int, str]]) -> tuple[int, int]:
    given: dict[str, Any] = {
        "moment": moment,
        "limit": BATCH,
        "heads": [pk for pk, _ in heads],
        "teams": [team for _, team in heads],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_STALE, given)
        cursor.execute(_FIRE, given)
        return cursor.fetchone()


@transaction.atomic
def bundle(moment: datetime) -> int:
    """Plan the mails of alerts that have none: one each, or one digest for a person with many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sla.alerts'))")
        cursor.execute(_BUNDLE, {"most": DIGEST_OVER})
        bundles = [row[0] for row in cursor.fetchall()]
    outbox.put_many(MAIL, [(f"alert-{pk}", {"bundle": pk}) for pk in bundles], available_at=moment)
    return len(bundles)


def recipients(moment: datetime) -> list[tuple[int, str]]:
    """Heads with the team they answer for; for one who is on leave the deputy, if there is one at work."""
    organisation = Organisation.find()
    if organisation is None:
        return []
    day = moment.astimezone(organisation.zone).date()
    present = set(User.objects.present(day).values_list("pk", flat=True))
    roles = {User.Role.SALES_HEAD: "sales", User.Role.MARKETING_HEAD: "marketing"}
    heads = User.objects.filter(role__in=roles, is_active=True).values_list("pk", "role", "deputy")
    return sorted({(_at_work(pk, deputy, present), roles[User.Role(role)]) for pk, role, deputy in heads})


def _at_work(pk: int, deputy: int | None, present: set[int]) -> int:
    return deputy if pk not in present and deputy in present and deputy is not None else pk


def mark_read(user: User, pks: Iterable[int] | None, *, moment: datetime) -> int:
    """Mark these alerts of the person as read, or all of them."""
    unread = Alert.objects.unread().filter(recipient=user)
    return (unread if pks is None else unread.filter(pk__in=pks)).update(read_at=moment)

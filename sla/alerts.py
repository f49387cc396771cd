"""Who is told that a promise is about to break, or broke: each person once for each deadline, bundled where many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from sla.clocks import ONE_AT_A_TIME
from sla.models import Alert, Clock, Deadline
from sla.statuses import Status
from smarketing.foundation import outbox
from smarketing.foundation.models import Mute, Organisation, User

MAIL = "sla.alert"  # the outbox topic: one mail for each alert
MOST = 200_000  # deadlines told in one transaction, a few seconds of work
BUNDLE_OVER = 20  # of one person in one sweep: more are one alert and one mail

# After downtime nobody is warned of what is broken already.
_SKIP_STALE = """
UPDATE sla_deadline w SET skipped_at = %(moment)s FROM sla_clock c
WHERE c.id = w.clock_id AND w.kind = 'warning' AND w.fired_at IS NULL AND w.skipped_at IS NULL
    AND w.due_at <= %(moment)s AND c.due_at < %(moment)s
"""
# What a person muted in the app is on record as read, and what by e-mail is not mailed; a breach of one's own, or of
# nobody's lead, cannot be muted. Done at the due instant is in time, so a breach begins after it; a warning is given
# at its instant. Asked again of the locked row: whoever stored the clock meanwhile may have moved the deadline.
_FIRE = """
WITH fired AS (
    UPDATE sla_deadline d SET fired_at = %(moment)s, owner_id = o.id
    FROM sla_clock c LEFT JOIN foundation_user o ON o.id = c.owner_id AND o.is_active
    WHERE d.id = ANY(ARRAY(
        SELECT id FROM sla_deadline
        WHERE fired_at IS NULL AND skipped_at IS NULL AND due_at <= %(moment)s
            AND (kind = 'warning' OR due_at < %(moment)s)
        ORDER BY due_at, id LIMIT %(most)s
    )) AND d.fired_at IS NULL AND d.skipped_at IS NULL AND d.due_at <= %(moment)s
        AND (d.kind = 'warning' OR d.due_at < %(moment)s) AND c.id = d.clock_id
    RETURNING d.id, d.kind, d.owner_id, c.commitment_id
), told AS (
    SELECT f.id, f.kind, who.id AS recipient, CASE
        WHEN f.owner_id = who.id AND f.kind = 'warning' THEN 'own_warning'
        WHEN f.owner_id IS NULL AND f.kind = 'warning' THEN 'unowned_warning'
        WHEN f.owner_id <> who.id THEN 'team_breach'
    END AS what
    FROM fired f
    JOIN sla_commitment p ON p.id = f.commitment_id
    CROSS JOIN LATERAL (
        SELECT f.owner_id AS id WHERE f.owner_id IS NOT NULL
        UNION
        SELECT h.id FROM unnest(%(heads)s::bigint[], %(teams)s::text[]) AS h (id, team)
        WHERE h.team = p.team AND (f.kind = 'breach' OR f.owner_id IS NULL)
    ) who
), heard AS (
    SELECT t.*, a.id IS NULL AS in_app, m.id IS NULL AS by_mail, count(*) OVER (PARTITION BY recipient) AS n
    FROM told t
    LEFT JOIN foundation_mute a ON a.user_id = t.recipient AND a.kind = t.what AND a.way = 'app'
    LEFT JOIN foundation_mute m ON m.user_id = t.recipient AND m.kind = t.what AND m.way = 'mail'
), bundle AS (
    SELECT recipient, min(id) AS deadline, count(*) AS many, count(*) FILTER (WHERE kind = 'breach') AS broken,
        bool_or(in_app) AS in_app, bool_or(by_mail) AS by_mail
    FROM heard GROUP BY recipient, CASE WHEN n > %(bundle_over)s THEN 0 ELSE id END
), alert AS (
    INSERT INTO sla_alert (recipient_id, deadline_id, many, broken, created_at, read_at)
    SELECT recipient, deadline, many, broken, %(moment)s, CASE WHEN NOT in_app THEN %(moment)s END FROM bundle
    ORDER BY deadline, recipient
    ON CONFLICT (deadline_id, recipient_id) DO NOTHING
    RETURNING id, recipient_id, deadline_id
)
SELECT (SELECT count(*) FROM fired WHERE kind = 'warning'), (SELECT count(*) FROM fired WHERE kind = 'breach'),
    ARRAY(
        SELECT alert.id FROM alert JOIN bundle ON recipient = recipient_id AND deadline = deadline_id
        WHERE by_mail ORDER BY alert.id
    )
"""


@transaction.atomic
def sweep(moment: datetime) -> dict[str, int]:
    """Tell of every deadline that passed by `moment` and was not told yet; plan the mails."""
    heads = recipients(moment)
    given: dict[str, Any] = {
        "moment": moment,
        "most": MOST,
        "bundle_over": BUNDLE_OVER,
        "heads": [pk for pk, _ in heads],
        "teams": [team for _, team in heads],
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)  # two sweeps tell nobody twice, nor wait for each other's deadlines
        cursor.execute(_SKIP_STALE, given)
        cursor.execute(_FIRE, given)
        warnings, breaches, told = cursor.fetchone()
    outbox.put_many(MAIL, [(f"alert-{pk}", {"alert": pk}) for pk in told], available_at=moment)
    return {"warnings": warnings, "breaches": breaches, "mails": len(told)}


def recipients(moment: datetime) -> list[tuple[int, str]]:
    """Heads with the team they answer for; for one who is on leave the deputy, if there is one at work.

    A team without a head has the administrators: a broken promise is never told to nobody.
    """
    organisation = Organisation.find()
    if organisation is None:
        return []
    day = moment.astimezone(organisation.zone).date()
    present = set(User.objects.present(day).values_list("pk", flat=True))
    roles = {User.Role.SALES_HEAD: "sales", User.Role.MARKETING_HEAD: "marketing"}
    heads = User.objects.filter(role__in=roles, is_active=True).values_list("pk", "role", "deputy")
    found = {(_at_work(pk, deputy, present), roles[User.Role(role)]) for pk, role, deputy in heads}
    headless = set(roles.values()) - {team for _, team in found}
    if headless:
        administrators = User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True)
        found |= {(pk, team) for pk in administrators.values_list("pk", flat=True) for team in headless}
    return sorted(found)


def _at_work(pk: int, deputy: int | None, present: set[int]) -> int:
    return deputy if pk not in present and deputy in present and deputy is not None else pk


def covered(alert: Alert) -> QuerySet[Deadline]:
    """The deadlines that an alert tells of: one, or those told to the same person at the same moment."""
    if not alert.is_bundle:
        return Deadline.objects.filter(pk=alert.deadline_id)
    own = Q(owner=alert.recipient_id)
    as_head = Q(clock__commitment__team=alert.deadline.clock.commitment.team) & (
        Q(kind=Deadline.Kind.BREACH) | Q(owner=None)
    )
    fired = Deadline.objects.filter(fired_at=alert.created_at)
    return fired.filter(own | as_head if alert.many > fired.filter(own).count() else own)


def still_true(alert: Alert, moment: datetime) -> QuerySet[Deadline]:
    """Those deadlines of the alert whose clocks are as pressing as when it was given."""
    broken = Clock.objects.counted().with_status(moment).filter(Q(status=Status.BROKEN))
    return covered(alert).filter(
        Q(kind=Deadline.Kind.BREACH, clock__in=broken.values("pk"))
        | Q(kind=Deadline.Kind.WARNING, clock__stopped_at=None, clock__voided_at=None)
    )


def mailable(alert: Alert, deadlines: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Those of an alert's deadlines about which its recipient wants mail: they may have changed their mind since."""
    muted = Mute.objects.filter(user=alert.recipient_id, way=Mute.Way.MAIL).values_list("kind", flat=True)
    for kind in muted:
        deadlines = deadlines.exclude(_about(Mute.Kind(kind), alert.recipient_id))
    return deadlines


def _about(kind: Mute.Kind, recipient: int) -> Q:
    """The deadlines that are news of this kind to that person, as the sweep tells them apart."""
    warning, breach = Q(kind=Deadline.Kind.WARNING), Q(kind=Deadline.Kind.BREACH)
    return {
        Mute.Kind.OWN_WARNING: warning & Q(owner=recipient),
        Mute.Kind.UNOWNED_WARNING: warning & Q(owner=None),
        Mute.Kind.TEAM_BREACH: breach & Q(owner__isnull=False) & ~Q(owner=recipient),
        Mute.Kind.NEW_LEAD: Q(pk=None),  # no deadline at all
        Mute.Kind.NURTURE_DUE: Q(pk=None),
    }[kind]


def mark_read(user: User, pks: Iterable[int] | None, *, moment: datetime) -> int:
    """Mark these alerts of the person as read, or all of them."""
    unread = Alert.objects.unread().filter(recipient=user)
    return (unread if pks is None else unread.filter(pk__in=pks)).update(read_at=moment)

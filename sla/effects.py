"""What the outbox delivers for promises: a mail about one alert, or a digest of many."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from sla.alerts import MAIL, mailable, still_true
from sla.models import Alert, Deadline
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.moments import database_now
from smarketing.foundation.outbox import delivers

LISTED = 30  # lines of a digest; the page behind its link has all of them


@delivers(MAIL)
def mail(payload: dict, key: str) -> None:
    """Mail what is still true when it goes out: nobody is told of a promise that was kept meanwhile."""
    alert = Alert.objects.select_related("recipient", "deadline__clock__commitment").get(pk=payload["alert"])
    deadlines = mailable(alert, still_true(alert, max(database_now(), alert.created_at)))
    address = alert.recipient.email if alert.recipient.is_active else None
    total = deadlines.count() if address else 0
    if not address or not total:
        return
    shown = deadlines.select_related("clock__commitment", "clock__lead__account", "clock__owner")
    with timezone.override(zone_of(alert.recipient)):
        first = list(shown.order_by("due_at", "id")[:LISTED])
        broken = deadlines.filter(kind=Deadline.Kind.BREACH).count()
        subject, body = one(alert, first[0]) if total == 1 else digest(alert, first, total, broken)
    EmailMessage(
        subject=subject, body=body, to=[address], headers={"Message-ID": f"<{key}@smarketing>"}
    ).send()


def one(alert: Alert, deadline: Deadline) -> tuple[str, str]:
    clock = deadline.clock
    words = "Broken" if deadline.kind == Deadline.Kind.BREACH else "Due soon"
    context = {
        "recipient": alert.recipient,
        "deadline": deadline,
        "clock": clock,
        "url": f"{settings.SITE_URL}{clock.lead.get_absolute_url()}",
        "mine": clock.owner_id == alert.recipient_id,
    }
    return f"{words}: {clock.commitment}: {clock.lead}", render_to_string("emails/alert.txt", context)


def digest(alert: Alert, first: list[Deadline], total: int, broken: int) -> tuple[str, str]:
    soon = total - broken
    context = {
        "recipient": alert.recipient,
        "deadlines": first,
        "more": total - len(first),
        "broken": broken,
        "soon": soon,
        "url": f"{settings.SITE_URL}{reverse('sla:alerts')}",
        "site": settings.SITE_URL,
    }
    parts = [f"{n:,} {words}" for n, words in ((broken, "broken"), (soon, "due soon")) if n]
    return f"Promises: {', '.join(parts)}", render_to_string("emails/alerts.txt", context)


def zone_of(user: User) -> ZoneInfo:
    return user.zone or Organisation.get().zone

"""What the outbox delivers for promises: a mail about one alert, or a digest of many."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from sla.alerts import MAIL
from sla.models import Alert
from sla.statuses import Status, status_of
from sla.tasks import database_now
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.outbox import delivers

LISTED = 30  # lines of a digest; the page behind its link has all of them


@delivers(MAIL)
def mail(payload: dict, key: str) -> None:
    """Mail what is still true when it goes out: nobody is told of a promise that was kept meanwhile."""
    alerts = still_true(payload["bundle"])
    recipient = alerts[0].recipient if alerts else None
    if recipient is None or not recipient.email:
        return
    with timezone.override(zone_of(recipient)):
        subject, body = one(alerts[0]) if len(alerts) == 1 else digest(alerts)
    EmailMessage(
        subject=subject, body=body, to=[recipient.email], headers={"Message-ID": f"<{key}@smarketing>"}
    ).send()


def still_true(bundle: int) -> list[Alert]:
    """The alerts of one mail whose clocks are as pressing as when it was planned."""
    found = Alert.objects.filter(bundle=bundle).select_related(
        "recipient", "deadline__clock__commitment", "deadline__clock__lead", "deadline__clock__owner"
    )
    moment = database_now()
    return [alert for alert in found.order_by("id") if _holds(alert, moment)]


def _holds(alert: Alert, moment) -> bool:
    clock = alert.deadline.clock
    if clock.voided_at is not None or not alert.recipient.is_active:
        return False
    if alert.deadline.kind == "breach":
        return clock.due_at is not None and status_of(clock, max(moment, alert.created_at)) == Status.BROKEN
    return clock.stopped_at is None


def one(alert: Alert) -> tuple[str, str]:
    clock = alert.deadline.clock
    name = f"{clock.commitment}: {clock.lead}"
    words = "Broken" if alert.deadline.kind == "breach" else "Due soon"
    context = {
        "alert": alert,
        "clock": clock,
        "url": f"{settings.SITE_URL}{clock.lead.get_absolute_url()}",
        "mine": clock.owner_id == alert.recipient_id,
    }
    return f"{words}: {name}", render_to_string("emails/alert.txt", context)


def digest(alerts: list[Alert]) -> tuple[str, str]:
    broken = sum(alert.deadline.kind == "breach" for alert in alerts)
    context = {
        "recipient": alerts[0].recipient,
        "alerts": alerts[:LISTED],
        "more": max(0, len(alerts) - LISTED),
        "broken": broken,
        "soon": len(alerts) - broken,
        "url": settings.SITE_URL,
        "site": settings.SITE_URL,
    }
    parts = [f"{broken:,} broken" if broken else "", f"{len(alerts) - broken:,} due soon"]
    words = ", ".join(parts[: 2 if len(alerts) > broken else 1]).strip(", ")
    return f"Promises: {words}", render_to_string("emails/alerts.txt", context)


def zone_of(user: User) -> ZoneInfo:
    return user.zone or Organisation.get().zone

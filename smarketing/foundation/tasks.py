"""Periodic work of the ground floor. Tasks hold no rules: they call the module that does the work."""

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from smarketing.foundation import jobs, outbox
from smarketing.foundation.api import idempotency
from smarketing.foundation.models import Heartbeat, OutboxItem
from smarketing.foundation.moments import database_now
from smarketing.foundation.nudges import nudge

KEEP_DONE = timedelta(days=30)


@shared_task
def tick() -> None:
    """Deliver some of what is due; where more is, the next tick comes at once and not with the next beat."""
    moment = database_now()
    outbox.deliver(moment)
    Heartbeat.beat("tick", moment)
    if outbox.is_waiting(moment):
        nudge("smarketing.foundation.tasks.tick")


@shared_task(soft_time_limit=840, time_limit=900)
def run_jobs() -> int:
    """How many jobs were taken up."""
    return jobs.run_waiting()


@shared_task
def purge() -> None:
    moment = now()
    OutboxItem.objects.filter(done_at__lt=moment - KEEP_DONE).delete()
    idempotency.purge(moment)

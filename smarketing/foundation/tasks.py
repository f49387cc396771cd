"""Periodic work of the ground floor. Tasks hold no rules: they call the module that does the work."""

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from smarketing.foundation import jobs, outbox
from smarketing.foundation.api import idempotency
from smarketing.foundation.models import Heartbeat, OutboxItem

KEEP_DONE = timedelta(days=30)


@shared_task
def tick() -> None:
    moment = now()
    outbox.deliver(moment)
    Heartbeat.beat("tick", moment)


@shared_task(soft_time_limit=840, time_limit=900)
def run_jobs() -> int:
    """How many jobs were taken up."""
    return jobs.run_waiting()


@shared_task
def purge() -> None:
    moment = now()
    OutboxItem.objects.filter(done_at__lt=moment - KEEP_DONE).delete()
    idempotency.purge(moment)

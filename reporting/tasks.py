"""Periodic work of the reports. Tasks hold no rules: they call the module that does the work."""

from celery import shared_task
from django.utils.timezone import now

from reporting import proving


@shared_task(soft_time_limit=840, time_limit=900)
def prove_ledger() -> None:
    proving.prove_today(now())

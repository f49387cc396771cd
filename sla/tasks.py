"""The sweep. Tasks hold no rules: they call the modules that do the work."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from sla import agreements, alerts, clocks
from smarketing.foundation.models import Heartbeat, Organisation
from smarketing.foundation.moments import database_now

TICK = "sla.tasks.tick"


@shared_task
def tick() -> None:
    moment = database_now()
    sweep(moment)
    Heartbeat.beat("sla", moment)


@shared_task(soft_time_limit=840, time_limit=900)
def reconcile() -> None:
    """Once a day every clock is held against the whole of history."""
    if Organisation.find() is not None:
        clocks.reconcile(database_now())


def sweep(moment: datetime) -> dict[str, int]:
    """Everything the SLA does at `moment`: clocks follow history, deadlines that passed are told."""
    if Organisation.find() is None:
        return {"clocks": 0, "warnings": 0, "breaches": 0, "mails": 0}
    agreements.ensure_default()
    changed = clocks.follow(moment)
    return {"clocks": changed, **alerts.sweep(moment)}

"""The Celery application: every task is a hint to look at rows that PostgreSQL holds."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

app = Celery("smarketing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def listen(**_: object) -> None:
    """Tasks that changed something ask for a sweep; connected once all applications are known."""
    import smarketing.hints  # noqa: F401


# Messages expire after two periods, so that downtime leaves no backlog. Longer periods are crontabs,
# because an interval starts anew whenever beat restarts.
app.conf.beat_schedule = {
    # The first after 02:00 UTC learns; the others find it done.
    "learn": {
        "task": "leads.tasks.learn",
        "schedule": crontab(minute="*/10"),
        "options": {"queue": "bulk", "expires": 600},
    },
    "assess": {"task": "leads.tasks.assess", "schedule": 60.0, "options": {"expires": 120}},
    "tick": {"task": "smarketing.foundation.tasks.tick", "schedule": 10.0, "options": {"expires": 20}},
    "jobs": {
        "task": "smarketing.foundation.tasks.run_jobs",
        "schedule": 10.0,
        "options": {"queue": "bulk", "expires": 20},
    },
    "purge": {"task": "smarketing.foundation.tasks.purge", "schedule": crontab(hour=3, minute=10)},
    "sla": {"task": "sla.tasks.tick", "schedule": 10.0, "options": {"expires": 20}},
    "clocks": {
        "task": "sla.tasks.reconcile",
        "schedule": crontab(hour=3, minute=40),
        "options": {"queue": "bulk"},
    },
    # Three times an hour, and told once a day: the company's morning may begin at any half hour.
    "nurture": {
        "task": "leads.tasks.sweep_nurture",
        "schedule": crontab(minute="5,25,45"),
        "options": {"expires": 600},
    },
    # Every hour: whichever hour is the first after the company's 03:20 finds no proof of the day and makes it.
    "ledger": {
        "task": "reporting.tasks.prove_ledger",
        "schedule": crontab(minute=20),
        "options": {"queue": "bulk", "expires": 1800},
    },
    "scores": {"task": "leads.tasks.sweep_scores", "schedule": 10.0, "options": {"expires": 20}},
    # Finds nothing to do unless other rules came into force since it last looked.
    "other-rules": {
        "task": "leads.tasks.catch_up_scores",
        "schedule": 60.0,
        "options": {"queue": "bulk", "expires": 120},
    },
    "decay": {
        "task": "leads.tasks.decay_scores",
        "schedule": crontab(hour=2, minute=50),
        "options": {"queue": "bulk"},
    },
}

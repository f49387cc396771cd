"""The Celery application: every task is a hint to look at rows that PostgreSQL holds."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

app = Celery("smarketing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Messages expire after two periods, so that downtime leaves no backlog. Longer periods are crontabs,
# because an interval starts anew whenever beat restarts.
app.conf.beat_schedule = {
    "tick": {"task": "smarketing.foundation.tasks.tick", "schedule": 10.0, "options": {"expires": 20}},
    "jobs": {
        "task": "smarketing.foundation.tasks.run_jobs",
        "schedule": 10.0,
        "options": {"queue": "bulk", "expires": 20},
    },
    "purge": {"task": "smarketing.foundation.tasks.purge", "schedule": crontab(hour=3, minute=10)},
    "promote": {"task": "leads.tasks.promote", "schedule": 10.0, "options": {"expires": 20}},
}

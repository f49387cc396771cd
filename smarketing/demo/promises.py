"""The clocks of everything that happened since the company went live, and who was told of what broke."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Least

from sla import alerts, clocks, tasks
from sla.models import Alert, Clock
from smarketing.demo.diary import Diary
from smarketing.foundation.models import OutboxItem

NOTICED = timedelta(seconds=2)  # what the form took to reach us
DAILY = 21  # so long ago people were told day by day; before that, as it looks now, week by week


def keep(diary: Diary) -> None:
    """Let the sweep find all of it, so that people were told when they would have been told."""
    clocks.reconcile(diary.moment)
    Clock.objects.update(captured_at=Least(F("captured_at"), F("occurred_at") + NOTICED))
    for at in sweeps(diary):
        alerts.sweep(at)
    tasks.sweep(diary.moment)
    read(diary.moment)
    OutboxItem.objects.filter(topic=alerts.MAIL, done_at=None).update(done_at=diary.moment)


def sweeps(diary: Diary) -> list[datetime]:
    weeks = [timedelta(days=days) for days in range((diary.moment - diary.went_live).days, DAILY, -7)]
    return [diary.moment - ago for ago in [*weeks, *(timedelta(days=days) for days in range(DAILY, 0, -1))]]


def read(moment: datetime) -> None:
    """Everybody has read what came before yesterday, the morning after."""
    seen = Alert.objects.filter(created_at__lt=moment - timedelta(days=1))
    seen.update(read_at=F("created_at") + timedelta(hours=4))

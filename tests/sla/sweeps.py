"""The sweep at a moment, and the weekend that its tests are about: an MQL of Friday afternoon is due on Monday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sla import tasks
from sla.models import Clock

FRIDAY_1630 = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
MONDAY_1230 = datetime(2026, 3, 9, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATE = MONDAY_1230 + 24 * HOUR


def sweep(moment: datetime = LATE) -> None:
    tasks.sweep(moment)


def clock(key: str = "decide") -> Clock:
    return Clock.objects.counted().get(commitment__key=key)

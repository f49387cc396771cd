"""Until when a lead can be put off: moments at which the person works, on the reader's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.timezone import localtime

from leads.models import Lead
from leads.snoozing import when_words
from sla.calendars import hours_of
from sla.models import Clock
from sla.record import waits
from sla.working_time import NoWorkingTime, WorkingHours
from smarketing.foundation.models import User

AFTERNOON = time(14)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Offer:
    """One button: what it is called, the moment it means, and that moment in words. `late`: past the deadline."""

    label: str
    at: datetime
    words: str
    late: bool = False


def offers_for(user: User, moment: datetime, clock: Clock | None = None) -> list[Offer]:
    """This afternoon, tomorrow morning, the day after, next Monday: each when the person's own hours begin."""
    hours = hours_of([user.pk], around=moment)[user.pk]
    here = localtime(moment)
    found: dict[datetime, str] = {}
    afternoon = here.replace(hour=AFTERNOON.hour, minute=0, second=0, microsecond=0)
    if here < afternoon - timedelta(hours=1):
        at = _opening(hours, afternoon)
        if at is not None and localtime(at).date() == here.date():
            found[at] = "This afternoon"
    next_day = _offer_day(found, hours, here, here, 1)
    _offer_day(found, hours, here, localtime(next_day) if next_day else here, 1)
    _offer_day(found, hours, here, here, 7 - here.weekday(), "Next Monday")
    due = clock.due_at if clock is not None else None
    return [
        Offer(label, at, when_words(at, moment), late=due is not None and at > due)
        for at, label in sorted(found.items())
    ]


def _offer_day(
    found: dict[datetime, str],
    hours: WorkingHours,
    here: datetime,
    day: datetime,
    days: int,
    label: str = "",
) -> datetime | None:
    """The opening on the day so many days on, or on the next working day after it."""
    midnight = (day + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    at = _opening(hours, midnight)
    if at is None:
        return None
    there = localtime(at)
    if not label or there.weekday() != 0:
        label = "Tomorrow morning" if (there.date() - here.date()).days == 1 else f"{there:%A} morning"
    found.setdefault(at, label)
    return at


def _opening(hours: WorkingHours, moment: datetime) -> datetime | None:
    try:
        return hours.add(moment, NOTHING)
    except NoWorkingTime:
        return None


def pressing_clock(lead: Lead) -> Clock | None:
    """The running promise about this lead that falls due first."""
    running = Clock.objects.running().filter(lead=lead, due_at__isnull=False).select_related("commitment")
    return next((clock for clock in running.order_by("due_at", "pk") if waits(clock, lead)), None)

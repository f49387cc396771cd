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
EARLY = timedelta(hours=1)  # the afternoon is offered until so long before it
EARLIEST, MORNING = 6, 9  # hours of the clock
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Offer:
    """One button: what it is called, the moment it means, and that moment in words. `late`: past the deadline."""

    label: str
    at: datetime
    words: str
    late: bool = False


def offers_for(user: User, moment: datetime, clock: Clock | None = None) -> list[Offer]:
    """This afternoon, the next two working mornings and a Monday after them, by the person's own hours."""
    hours = hours_of([user.pk], around=moment)[user.pk]
    here = localtime(moment)
    found: dict[datetime, str] = {}
    afternoon = here.replace(hour=AFTERNOON.hour, minute=0, second=0, microsecond=0)
    at = _opening(hours, afternoon) if here < afternoon - EARLY else None
    if at is not None and localtime(at).date() == here.date():
        found[at] = "This afternoon"
    last = here
    for _ in range(2):
        at = _day_begins(hours, _midnight(last, 1))
        if at is not None:
            last = localtime(at)
            found[at] = _morning(last, here)
    at = _day_begins(hours, _midnight(last, 7 - last.weekday()))
    if at is not None:
        found[at] = "Next Monday" if (localtime(at) - here).days < 7 else "Monday in a week"
    due = clock.due_at if clock is not None else None
    return [
        Offer(label, at, when_words(at, moment), late=due is not None and moment < due < at)
        for at, label in sorted(found.items())
    ]


def _morning(at: datetime, here: datetime) -> str:
    return "Tomorrow morning" if (at.date() - here.date()).days == 1 else f"{at:%A} morning"


def _midnight(day: datetime, days: int) -> datetime:
    return (day + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def _day_begins(hours: WorkingHours, midnight: datetime) -> datetime | None:
    """When work begins on that day, or on the next one with work; of those who work by night too, at nine."""
    at = _opening(hours, midnight)
    if at is None or localtime(at).hour >= EARLIEST:
        return at
    return _opening(hours, localtime(at).replace(hour=MORNING, minute=0, second=0, microsecond=0))


def _opening(hours: WorkingHours, moment: datetime) -> datetime | None:
    try:
        return hours.add(moment, NOTHING)
    except NoWorkingTime:
        return None


def pressing_clock(lead: Lead) -> Clock | None:
    """The running promise about this lead that falls due first."""
    running = Clock.objects.running().filter(lead=lead, due_at__isnull=False).select_related("commitment")
    return next((clock for clock in running.order_by("due_at", "pk") if waits(clock, lead)), None)

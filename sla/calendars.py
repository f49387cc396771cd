"""Whose hours count: the owner's calendar, else the team's, else the organisation's; leave taken out.

What decides about working time is gathered from rows into a `Basis`. Two people who work alike have equal ones
and share one `WorkingHours`, which is costly to build and kept per process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from sla.working_time import WorkingHours
from smarketing.foundation.models import Absence, Calendar, Organisation, User
from smarketing.foundation.public_holidays import public_holidays

Intervals = tuple[tuple[time, time], ...]

# Public holidays are known for 15 whole years around a moment: from 5 to 9 years before it to 5 to 9 years after.
# The span moves every five years, so that the same hours serve all clocks of today.
STEP = 5


class Basis(NamedTuple):
    """Everything that decides when somebody works."""

    zone: str
    week: tuple[tuple[int, Intervals], ...]
    own_days: tuple[date, ...] = ()
    exceptions: tuple[tuple[date, Intervals], ...] = ()
    country: str = ""
    region: str = ""
    leave: tuple[tuple[date, date], ...] = ()

    def hours(self, around: datetime) -> WorkingHours:
        first = around.year // STEP * STEP - STEP
        return self.hours_in(first, first + 3 * STEP - 1)

    def hours_in(self, first: int, last: int) -> WorkingHours:
        """The same, with the public holidays and the leave of these years."""
        first, last = max(first, date.min.year + 1), min(last, date.max.year - 1)
        leave = ((max(a, date(first, 1, 1)), min(b, date(last, 12, 31))) for a, b in self.leave)
        return _built(self._replace(leave=tuple((a, b) for a, b in leave if a <= b)), first, last)

    def public_holidays(self, first: int, last: int) -> dict[date, str]:
        """The public holidays of these years on which nobody works, with their names.

        On a date with hours of its own these count: a company that opens on a public holiday says so that way.
        """
        own = {day for day, _ in self.exceptions}
        found = public_holidays(self.country, self.region, first, last)
        return {day: name for day, name in found.items() if day not in own}


@lru_cache(maxsize=2048)
def _built(basis: Basis, first: int, last: int) -> WorkingHours:
    free = {*basis.public_holidays(first, last), *basis.own_days}
    for start, end in basis.leave:
        free.update(date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1))
    return WorkingHours(basis.zone, dict(basis.week), free, dict(basis.exceptions))


def hours_of(owner_ids: Collection[int | None], *, around: datetime) -> dict[int | None, WorkingHours]:
    """The working hours of each of these people, in at most two queries; None: the organisation's.

    Public holidays and leave are known from five years before `around` to five years after, at least.
    """
    return {owner: basis.hours(around) for owner, basis in bases_of(owner_ids).items()}


def bases_of(owner_ids: Collection[int | None]) -> dict[int | None, Basis]:
    """What decides about the hours of each of these people; an unknown one has the organisation's."""
    organisation = Organisation.get()
    ground = {organisation.calendar.pk: basis_of(organisation.calendar)}
    found: dict[int | None, Basis] = dict.fromkeys(owner_ids, ground[organisation.calendar.pk])
    for person in _people({owner for owner in owner_ids if owner is not None}):
        calendar = person.calendar or (person.team and person.team.calendar) or organisation.calendar
        if calendar.pk not in ground:
            ground[calendar.pk] = basis_of(calendar)
        basis = ground[calendar.pk]
        zone = basis.zone if person.calendar or not person.time_zone else person.time_zone
        found[person.pk] = basis._replace(zone=zone, leave=_days(person.leave))
    return found


def basis_of(calendar: Calendar) -> Basis:
    """What a calendar says by itself."""
    return Basis(
        zone=calendar.time_zone,
        week=tuple((day, tuple(spans)) for day, spans in sorted(calendar.hours().items()) if spans),
        own_days=tuple(sorted(calendar.own_days())),
        exceptions=tuple((day, tuple(spans)) for day, spans in sorted(calendar.special_hours().items())),
        country=calendar.holiday_country,
        region=calendar.holiday_subdivision,
    )


def organisation_hours(since: datetime, until: datetime) -> WorkingHours:
    """The organisation's hours, with every public holiday from `since` to `until`."""
    return bases_of([None])[None].hours_in(since.year - 1, until.year + 1)


def _people(wanted: Collection[int]) -> Iterable[Any]:
    """These people with the calendars that may be theirs and their `leave`: one query."""
    if not wanted:
        return []
    away = Absence.objects.filter(user=OuterRef("pk")).order_by("starts_on", "ends_on")
    leave = ArraySubquery(away.values(json=JSONObject(since="starts_on", until="ends_on")))
    return (
        User.objects.filter(pk__in=wanted).select_related("calendar", "team__calendar").annotate(leave=leave)
    )


def _days(leave: Iterable[Mapping[str, str]]) -> tuple[tuple[date, date], ...]:
    return tuple((date.fromisoformat(one["since"]), date.fromisoformat(one["until"])) for one in leave)

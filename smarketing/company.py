"""The organisation and its first administrator: how an installation becomes somebody's company."""

from __future__ import annotations

from smarketing.foundation.models import Calendar, Organisation


def found(name: str, zone: str, currency: str) -> Organisation:
    """Make the organisation, with office hours Monday to Friday in its zone."""
    calendar, _ = Calendar.objects.get_or_create(name="Office", defaults={"time_zone": zone})
    return Organisation.objects.create(name=name, time_zone=zone, currency=currency, calendar=calendar)

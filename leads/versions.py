"""Which versions of the definitions both heads have signed; what they say is in `leads.definitions`."""

from __future__ import annotations

from datetime import datetime

from leads.models import Definition
from smarketing.foundation.read_along import ReadAlong

_SIGNED = ReadAlong(
    Definition.objects.filter(status=Definition.Status.SIGNED).order_by("-version"),
    ["id", "version", "status", "in_force_from"],
)
changed = _SIGNED.changed


def signed() -> list[Definition]:
    """The latest first, and without their documents."""
    return _SIGNED.all()


def begun(moment: datetime) -> Definition | None:
    """The one in force then, if any was."""
    return next((row for row in signed() if row.in_force_from and row.in_force_from <= moment), None)

"""Who has read which version: new people, and everybody after a signature, are asked to."""

from __future__ import annotations

from datetime import datetime

from leads.definitions.force import version_at
from leads.models import Acknowledgement, Definition
from smarketing.foundation.models import User


def acknowledge(user: User, *, moment: datetime) -> Acknowledgement:
    """Write down that this person has read the version in force; once is enough."""
    version = version_at(moment)
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(user=user, version=version, at=moment)], ignore_conflicts=True
    )
    return Acknowledgement.objects.get(user=user, version=version)


def signed(row: Definition, *, moment: datetime) -> None:
    """Whoever signed a version has read it."""
    version = row.version or 0
    keys = {key for key in (row.marketing_by_id, row.sales_by_id) if key is not None}
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(user_id=key, version=version, at=moment) for key in sorted(keys)],
        ignore_conflicts=True,
    )


def unread(user: User, version: int) -> bool:
    """Whether this person has not said yet that they read this version."""
    return not Acknowledgement.objects.filter(user=user, version=version).exists()


def readers(version: int) -> tuple[int, int]:
    """How many of the people who work here have read it, of how many."""
    people = User.objects.filter(is_active=True)
    read = people.filter(acknowledgements__version=version).count()
    return read, people.count()

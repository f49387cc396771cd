"""Which version is in force at a moment. A signed document never changes, so each is read once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from leads import versions
from leads.definitions.default import default
from leads.definitions.document import Document
from leads.models import Definition
from smarketing.foundation.models import Organisation

UNSIGNED = 0  # the version in force before any signature
# The same as SQL, for rows that are written: the version of the moment that the expression `at` says.
VERSION_AT = """(
    SELECT coalesce(max(version), 0) FROM leads_definition WHERE status = 'signed' AND in_force_from <= {at}
)"""
TOUCHES = 3  # of version 0 where there is no organisation yet


@dataclass(frozen=True)
class InForce:
    """`row` knows its version and since when; what else is asked of it is looked up. None of version 0."""

    version: int
    document: Document
    row: Definition | None


def in_force(moment: datetime) -> InForce:
    """The definitions of that moment: read along with the organisation, each once in a process."""
    return _of(versions.begun(moment))


def _of(row: Definition | None) -> InForce:
    if row is None:
        return InForce(UNSIGNED, unsigned(), None)
    return InForce(row.version or UNSIGNED, document_of(row), row)


def latest() -> InForce:
    """The last version both heads signed, whether it has begun or not: what the next one is held against."""
    return _of(next(iter(versions.signed()), None))


def pending(moment: datetime) -> Definition | None:
    """The next signed version that has not begun yet."""
    later = [row for row in versions.signed() if row.in_force_from is not None and row.in_force_from > moment]
    return later[-1] if later else None


def version_at(moment: datetime) -> int:
    """Which version was in force then; 0 is the unsigned default."""
    latest = Definition.objects.in_force(moment).values_list("version", flat=True).first()
    return latest or UNSIGNED


def unsigned() -> Document:
    """Version 0, whose threshold is the organisation's."""
    organisation = Organisation.find()
    return default(organisation.qualify_at_touches if organisation else TOUCHES)


def document_of(row: Definition) -> Document:
    """The document of a signed row, which may come without it."""
    return _document(row.pk, row.in_force_from)


@lru_cache(maxsize=32)
def _document(pk: int, since: datetime) -> Document:
    return Document.of(Definition.objects.values_list("document", flat=True).get(pk=pk))

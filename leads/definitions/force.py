"""Which version is in force at a moment. A signed document never changes, so each is read once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from django.db.models import QuerySet

from leads.definitions.default import default
from leads.definitions.document import Document
from leads.models import Definition
from smarketing.foundation.models import Organisation
from smarketing.foundation.statements import Statement

UNSIGNED = 0  # the version in force before any signature
# The same as SQL, for rows that are written: the version of the moment that the expression `at` says.
VERSION_AT = """(
    SELECT coalesce(max(version), 0) FROM leads_definition WHERE status = 'signed' AND in_force_from <= {at}
)"""
FAR = datetime(9999, 1, 1, tzinfo=UTC)
TOUCHES = 3  # of version 0 where there is no organisation yet


@dataclass(frozen=True)
class InForce:
    """`row` is the signed row without its document, and None of version 0."""

    version: int
    document: Document
    row: Definition | None


def in_force(moment: datetime) -> InForce:
    """The definitions of that moment: one small query, and one more where this process meets them first."""
    row = _SIGNED.first(moment=moment)
    if row is None:
        return InForce(UNSIGNED, unsigned(), None)
    return InForce(row.version or UNSIGNED, document_of(row), row)


def latest() -> InForce:
    """The last version both heads signed, whether it has begun or not: what the next one is held against."""
    row = _SIGNED.first(moment=FAR)
    return (
        InForce(UNSIGNED, unsigned(), None)
        if row is None
        else InForce(row.version or 0, document_of(row), row)
    )


def pending(moment: datetime) -> Definition | None:
    """The next signed version that has not begun yet."""
    rows = Definition.objects.filter(status=Definition.Status.SIGNED, in_force_from__gt=moment)
    return rows.defer("document").order_by("version").first()


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


def _signed(moment: datetime) -> QuerySet[Definition]:
    people = ("marketing_by", "sales_by")
    return Definition.objects.in_force(moment).defer("document").select_related(*people)[:1]


_SIGNED = Statement(_signed)

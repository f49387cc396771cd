"""Which version is in force at a moment. A signed document never changes, so each is read once in a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import JSONObject

from leads.definitions.default import default
from leads.definitions.document import Document
from leads.models import Definition
from smarketing.foundation.models import Organisation
from smarketing.foundation.models.organisation import read_along
from smarketing.foundation.once import Once

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
    begun = (row for row in signed() if row.in_force_from is not None and row.in_force_from <= moment)
    return _of(next(begun, None))


def _of(row: Definition | None) -> InForce:
    if row is None:
        return InForce(UNSIGNED, unsigned(), None)
    return InForce(row.version or UNSIGNED, document_of(row), row)


def signed() -> list[Definition]:
    """Every version that both heads signed, the latest first, as `InForce.row` is; read once in a request."""
    return _once.get(_signed)


def latest() -> InForce:
    """The last version both heads signed, whether it has begun or not: what the next one is held against."""
    return _of(next(iter(signed()), None))


def pending(moment: datetime) -> Definition | None:
    """The next signed version that has not begun yet."""
    later = [row for row in signed() if row.in_force_from is not None and row.in_force_from > moment]
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


def _rows() -> QuerySet[Definition]:
    return Definition.objects.filter(status=Definition.Status.SIGNED).order_by("-version")


COLUMNS = ["id", "version", "status", "in_force_from"]
read_along("signed", ArraySubquery(_rows().values(json=JSONObject(**{name: name for name in COLUMNS}))))


def _signed() -> list[Definition]:
    organisation = Organisation.find()
    if organisation is None or not hasattr(organisation, "signed"):  # this request wrote it
        return _signed_now()
    return [_known(told) for told in organisation.signed]


def _known(told: dict[str, Any]) -> Definition:
    since = told["in_force_from"] and datetime.fromisoformat(told["in_force_from"])
    return Definition.from_db(connection.alias, COLUMNS, [told["id"], told["version"], told["status"], since])


def _signed_now() -> list[Definition]:
    return list(_rows().only(*COLUMNS))


_once: Once[list[Definition]] = Once("signed definitions")
reading_once = _once.reading


def read_anew() -> None:
    """A version was signed since the organisation was read."""
    _once.put(_signed_now())

"""Small tables that nearly every request asks for: read in the query of the organisation, and so once in a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models
from django.db.models.functions import JSONObject

from smarketing.foundation.models import Organisation
from smarketing.foundation.models.organisation import read_along

M = TypeVar("M", bound=models.Model)


class ReadAlong(Generic[M]):
    """These rows with these columns; what else is asked of one is looked up."""

    def __init__(self, rows: models.QuerySet[M], columns: Sequence[str]) -> None:
        self.rows, self.columns = rows.only(*columns), columns
        self.name = f"{rows.model._meta.model_name}_read"
        read_along(self.name, ArraySubquery(rows.values(json=JSONObject(**{name: name for name in columns}))))

    def all(self) -> list[M]:
        organisation = Organisation.find()
        told = getattr(organisation, self.name, None)
        if told is None:  # there is no organisation yet, or this request wrote it and did not read it
            return list(self.rows.all())
        if told and isinstance(told[0], dict):
            told[:] = [self._row(values) for values in told]
        return list(told)

    def changed(self) -> None:
        """Some were written: whoever asks next in this request sees them so."""
        if (organisation := Organisation.find()) is not None:
            setattr(organisation, self.name, list(self.rows.all()))

    def _row(self, values: dict[str, Any]) -> M:
        meta = self.rows.model._meta
        told = [meta.get_field(name).to_python(values[name]) for name in self.columns]  # type: ignore[union-attr]
        return self.rows.model.from_db(connection.alias, self.columns, told)

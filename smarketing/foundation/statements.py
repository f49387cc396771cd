"""Querysets that are asked at nearly every request: composed once, asked often.

Putting together the SQL of a queryset costs several times what running it does. A `Statement` keeps the SQL and asks
it again with other values. What comes back is the same rows of models, those of `select_related` included.

    LOCK = Statement(lambda pk: Lead.objects.select_for_update(no_key=True).filter(pk=pk))
    LOCK.first(pk=7)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)
# A value of each type that stands in the SQL where another one goes; the number of its slot makes it unique.
STANDS_FOR: dict[type, Callable[[int], object]] = {int: lambda n: 32_001 + n, str: lambda n: f"slot {n}"}


class Statement(Generic[M]):
    """`build` makes the queryset of values given by name: each a number or a text, compared and nothing else."""

    def __init__(self, build: Callable[..., models.QuerySet[M]]) -> None:
        self.build = build
        self.composed: Composed[M] | None = None

    def first(self, **values: int | str) -> M | None:
        """The first row, or None. How many there may be, and in which order, is the queryset's own affair."""
        return next(self.all(**values), None)

    def all(self, **values: int | str) -> Iterator[M]:
        if self.composed is None:
            self.composed = self._compose(values)
        return self.composed.rows(values)

    def _compose(self, values: dict[str, int | str]) -> Composed[M]:
        slots = {name: STANDS_FOR[type(value)](n) for n, (name, value) in enumerate(values.items())}
        return Composed(self.build(**slots).query.get_compiler(connection=connection), slots)


class Composed(Generic[M]):
    """SQL with named places for values, and how its rows become models."""

    def __init__(self, compiler: SQLCompiler, slots: dict[str, object]) -> None:
        self.sql, params = compiler.as_sql()
        of = {slot: name for name, slot in slots.items()}
        self.params = [(of.get(param), param) for param in params]
        if slots.keys() - {name for name, _ in self.params}:
            raise TypeError("a value was turned into another before it reached the SQL")
        columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(columns)
        self.convert = compiler.apply_converters
        info: dict[str, Any] = compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        self.model, self.own = info["model"], slice(first, last)
        self.names = [column.target.attname for column in columns[self.own]]
        self.related = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def rows(self, values: dict[str, int | str]) -> Iterator[M]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [values[name] if name else param for name, param in self.params])
            found = cursor.fetchall()
        for row in self.convert(found, self.converters) if self.converters else found:
            one = self.model.from_db(connection.alias, self.names, row[self.own])
            for related in self.related:
                related.populate(row, one)
            yield one

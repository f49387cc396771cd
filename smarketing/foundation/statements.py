"""Querysets that are asked at nearly every request: composed once, asked often.

Putting together the SQL of a queryset costs several times what running it does. A `Statement` keeps the SQL and asks
it again with other values. What comes back is what the queryset would give: models, with those of `select_related`
and with annotations, or tuples where it asks for `values_list`.

    LOCK = Statement(lambda pk: Lead.objects.select_for_update(no_key=True).filter(pk=pk))
    LOCK.first(pk=7)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from smarketing.foundation.prepared import Prepared

M = TypeVar("M")
Value = int | str | datetime
# A value of each type that stands in the SQL where another one goes; the number of its slot makes it unique.
STANDS_FOR: dict[type, Callable[[int], Value]] = {
    int: lambda n: 32_001 + n,
    str: lambda n: f"slot {n}",
    datetime: lambda n: datetime(1, 1, 2, tzinfo=UTC) + timedelta(n),
}


class Statement(Generic[M]):
    """`build` makes the queryset of values given by name: compared and nothing else."""

    def __init__(self, build: Callable[..., models.QuerySet[Any, M]]) -> None:
        self.build = build
        self.composed: Composed[M] | None = None

    def first(self, **values: Value) -> M | None:
        """The first row, or None. How many there may be, and in which order, is the queryset's own affair."""
        return next(self.all(**values), None)

    def all(self, **values: Value) -> Iterator[M]:
        if self.composed is None:
            self.composed = self._compose(values)
        return self.composed.rows(values)

    def _compose(self, values: dict[str, Value]) -> Composed[M]:
        slots = {name: STANDS_FOR[type(value)](n) for n, (name, value) in enumerate(values.items())}
        return Composed(self.build(**slots), slots)


class Composed(Generic[M]):
    """SQL with named places for values, and how its rows become models."""

    def __init__(self, queryset: models.QuerySet[Any, M], slots: dict[str, Value]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        of = {slot: name for name, slot in slots.items()}
        self.prepared = Prepared(
            sql, [(of.get(param) if type(param) in STANDS_FOR else None, param) for param in params]
        )
        if slots.keys() - set(self.prepared.slots):
            raise TypeError("a value was turned into another before it reached the SQL")
        columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(columns)
        self.convert = compiler.apply_converters
        is_of_models = issubclass(queryset._iterable_class, ModelIterable)
        self.make: Callable[[tuple], Any] = self._model(compiler) if is_of_models else tuple

    def _model(self, compiler: SQLCompiler) -> Callable[[tuple], Any]:
        """How one row becomes a model, with those beside it."""
        info, select = compiler.klass_info, compiler.select
        own = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        names = [column.target.attname for column, _, _ in select[own]]
        beside = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]
        told = list(compiler.annotation_col_map.items())

        def make(row: tuple) -> models.Model:
            one = info["model"].from_db(connection.alias, names, row[own])
            for related in beside:
                related.populate(row, one)
            for name, place in told:
                setattr(one, name, row[place])
            return one

        return make

    def rows(self, values: dict[str, Value]) -> Iterator[M]:
        found = self.prepared.rows(values)
        return map(self.make, self.convert(found, self.converters) if self.converters else found)

"""SQL that PostgreSQL plans once per connection and is then asked by name.

Planning a statement of many tables costs several times what running it does. A connection that asks one for the
third time prepares it (`PREPARE`), and from then on sends only its name and values (`EXECUTE`). PostgreSQL itself plans
anew where a table or its statistics changed, and goes on planning for the values at hand where a plan for all values
would cost more (`plan_cache_mode = auto`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import NotSupportedError, connection
from psycopg2.extensions import AsIs

BEFORE = 2  # times that a connection asks in full: commands and short connections prepare nothing
TYPES: dict[type, str] = {int: "bigint", str: "text", datetime: "timestamptz"}
NEVER = -1
# What each connection has asked so far: how often in full, then BEFORE + 1 once it is prepared.
_asked: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()
_numbers = count(1)
_NAMED = re.compile(r"%\((\w+)\)s")


class Prepared:
    """One SQL text with `%s` places. `params` says what goes there: (slot, …), or (None, value) for what never changes.

    A slot has the type of the first value it is given, and keeps it.
    """

    def __init__(self, sql: str, params: Iterable[tuple[str | None, Any]]) -> None:
        self.sql, self.params = sql, list(params)
        self.slots = list(dict.fromkeys(slot for slot, _ in self.params if slot))
        self.name = f"smarketing_{next(_numbers)}"

    @classmethod
    def named(cls, sql: str) -> Prepared:
        """Of SQL whose places carry the names of their slots: `%(lead)s`."""
        return cls(_NAMED.sub("%s", sql), [(name, None) for name in _NAMED.findall(sql)])

    def rows(self, values: Mapping[str, Any]) -> list[tuple]:
        with connection.cursor() as cursor:
            if self._is_prepared(values):
                try:
                    cursor.execute(self._call, [values[slot] for slot in self.slots])
                    return cursor.fetchall()
                except NotSupportedError:  # a column that it answers has another type now
                    self._forget()
                    if connection.in_atomic_block:
                        raise
            cursor.execute(self.sql, [values[slot] if slot else value for slot, value in self.params])
            return cursor.fetchall()

    @property
    def _call(self) -> str:
        places = ", ".join(["%s"] * len(self.slots))
        return f"EXECUTE {self.name} ({places})" if places else f"EXECUTE {self.name}"

    def _is_prepared(self, values: Mapping[str, Any]) -> bool:
        """Whether this connection knows the name; it learns it now if it has asked often enough."""
        if not settings.PREPARE_STATEMENTS:
            return False
        connection.ensure_connection()
        asked = _asked.setdefault(connection.connection, {})
        times = asked.get(self.name, 0)
        if times == NEVER or times > BEFORE:
            return times > BEFORE
        if times == BEFORE:
            self._prepare(values)
        asked[self.name] = times + 1
        return times == BEFORE

    def _prepare(self, values: Mapping[str, Any]) -> None:
        """Below Django's cursor: that would count it as a query of the page that happens to be the third."""
        connection.validate_no_broken_transaction()
        place = {slot: AsIs(f"${n}") for n, slot in enumerate(self.slots, start=1)}
        types = ", ".join(TYPES[type(values[slot])] for slot in self.slots)
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            head = f"PREPARE {self.name} ({types}) AS " if types else f"PREPARE {self.name} AS "
            cursor.execute(head + self.sql, [place[slot] if slot else value for slot, value in self.params])

    def _forget(self) -> None:
        _asked[connection.connection][self.name] = NEVER

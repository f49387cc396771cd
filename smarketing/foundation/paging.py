"""Keyset paging: page N costs what page 1 costs, and rows that arrive meanwhile shift nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

COUNT_UP_TO = 10_000


@dataclass(frozen=True)
class Page:
    rows: list
    older: str | None  # cursor of the next page, or None on the last one
    newer: str | None


def page_by_time(rows: QuerySet, field: str, *, cursor: str | None, size: int = 50) -> Page:
    """One page of `rows`, newest first by (`field`, id). An unreadable cursor shows the first page."""
    return page_by(rows, field, cursor=cursor, size=size)


def page_by(
    rows: QuerySet,
    field: str,
    *,
    cursor: str | None,
    size: int = 50,
    ascending: bool = False,
    kind: type = datetime,
) -> Page:
    """One page of `rows` in the order of (`field`, id): `field` is a column or annotation that is never null.

    `kind` is what its values are: moments, days, text or whole numbers. A cursor of another kind shows the first page.
    """
    position, backwards = _read(cursor, kind)
    up = ascending != backwards
    ordering = (field, "id") if up else (f"-{field}", "-id")
    if position:
        rows = rows.filter(_beyond(field, position, "gt" if up else "lt"))
    found = list(rows.order_by(*ordering)[: size + 1])
    more = len(found) > size
    found = found[:size][::-1] if backwards else found[:size]
    if not found:
        return Page([], None, None)
    older = _write(found[-1], field, backwards=False) if more or backwards else None
    newer = _write(found[0], field, backwards=True) if (more if backwards else position) else None
    return Page(found, older, newer)


def edge_by(
    rows: QuerySet, field: str, *, cursor: str | None, n: int, ascending: bool = False, kind: type = datetime
) -> Q | None:
    """The condition that leaves `n` rows after `cursor` in that order, and those as far; None where there are fewer."""
    position, backwards = _read(cursor, kind)
    up = ascending != backwards
    if position:
        rows = rows.filter(_beyond(field, position, "gt" if up else "lt"))
    edge = list(rows.order_by(field if up else f"-{field}").values_list(field, flat=True)[n : n + 1])
    return Q(**{f"{field}__{'lte' if up else 'gte'}": edge[0]}) if edge else None


def is_cursor(cursor: str) -> bool:
    """Whether a page wrote this: a program that follows a damaged one shall not start over unawares."""
    return _read(cursor)[0] is not None


def capped_count(rows: QuerySet, *, cap: int = COUNT_UP_TO) -> tuple[int, bool]:
    """How many rows there are, counted to at most `cap`; the flag says that there are more."""
    n = rows.order_by()[: cap + 1].count()
    return min(n, cap), n > cap


def _beyond(field: str, position: tuple[Any, int], way: str) -> Q:
    """The first condition says nothing new, but it is one from which an index can be entered."""
    value, pk = position
    return Q(**{f"{field}__{way}e": value}) & (Q(**{f"{field}__{way}": value}) | Q(**{f"id__{way}": pk}))


def _write(row: Model, field: str, *, backwards: bool) -> str:
    value = getattr(row, field)
    key = value.isoformat() if isinstance(value, date) else value
    return urlsafe_b64encode(json.dumps([key, row.pk, int(backwards)]).encode()).decode().rstrip("=")


def _read(cursor: str | None, kind: type = datetime) -> tuple[tuple[Any, int] | None, bool]:
    if not cursor:
        return None, False
    try:
        key, pk, backwards = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return (_key(key, kind), _id(pk)), bool(backwards)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None, False


def _key(key: object, kind: type) -> date | str | int:
    """The value by which a page is ordered, as `_write` put it down; anything else no page wrote."""
    if kind is int:
        return _number(key)
    if not isinstance(key, str) or "\0" in key:
        raise ValueError(f"{key!r} orders no row")
    if kind is str:
        return key
    if kind is date:
        return date.fromisoformat(key)
    moment = datetime.fromisoformat(key)
    if moment.tzinfo is None:
        raise ValueError(f"{key} is of no zone")
    return moment.astimezone(UTC)


def _number(key: object) -> int:
    """A whole number, below zero too."""
    if not isinstance(key, int) or not -(2**63) <= key < 2**63:
        raise ValueError(f"{key!r} orders no row")
    return key


def _id(pk: object) -> int:
    """A row's number, as `_write` put it down; PostgreSQL knows none beyond 64 bits."""
    if not isinstance(pk, int) or not 0 <= pk < 2**63:
        raise ValueError(f"{pk!r} numbers no row")
    return pk

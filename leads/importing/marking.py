"""What an import tells is marked as such for the triggers of PostgreSQL: it is the past, and sends nobody to sales."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def as_import() -> Iterator[None]:
    """Within the caller's transaction; where the block fails, its rollback takes the mark away too."""
    _mark("on")
    yield
    _mark("")


def _mark(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('smarketing.importing', %s, true)", [value])

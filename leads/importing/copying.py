"""Rows to PostgreSQL by the thousand: COPY, and keys drawn in one go."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.db import connection

# Text columns that are blank rather than null; CSV knows no difference by itself.
BLANK = {
    "email", "first_name", "last_name", "name_key", "phone", "job_title", "buying_role", "country", "consent",
    "medium", "content", "url", "source", "reason", "name", "key", "industry", "lost_reason", "ending", "cause",
    "revenue_band", "text", "role", "move", "message", "code",
}  # fmt: skip


def copy(cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write rows; None is null, and "" is null too except in the columns of `BLANK`."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    if not buffer.tell():
        return
    buffer.seek(0)
    blank = [column for column in columns if column in BLANK]
    force = f", FORCE_NOT_NULL ({', '.join(blank)})" if blank else ""
    with connection.wrap_database_errors:  # COPY goes past Django, its errors must not
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv{force})", buffer)


def draw(cursor, table: str, count: int) -> list[int]:
    """`count` fresh keys of a table, ascending."""
    if not count:
        return []
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')::regclass) FROM generate_series(1, %s)",
        [table, count],
    )
    return [pk for (pk,) in cursor.fetchall()]


def stage(cursor, name: str, shape: dict[str, str], rows: Iterable[Sequence]) -> None:
    """Rows in a temporary table that ends with the transaction, for the statements that read from it."""
    columns = ", ".join(f"{column} {kind}" for column, kind in shape.items())
    cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
    cursor.execute(f"TRUNCATE {name}")
    copy(cursor, name, list(shape), rows)

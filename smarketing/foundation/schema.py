# ruff: noqa: S608 - tables and names come from migrations, never from input
"""How a table that is in use is changed: an index beside the work, all else in an instant in which nobody uses it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.db import OperationalError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from psycopg2.errors import LockNotAvailable

Editor = BaseDatabaseSchemaEditor
MOMENTS, MOMENT = 200, 0.05  # how often, and how many seconds apart, tables are asked for that somebody uses


def build(editor: Editor, name: str, table: str, create: Callable[[bool], Statement | str]) -> None:
    """Build an index unless it is there and whole, while the table is used; `create` is told whether concurrently."""
    if editor.collect_sql:
        editor.execute(create(True), None)
        return
    whole = ask(
        editor, "SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%(name)s))", name=name
    )
    if whole:
        return
    with patience(editor):
        if whole is False:  # what a build leaves that was cut off
            editor.execute(f"DROP INDEX CONCURRENTLY {name}")
        editor.execute(create(ask(editor, f"SELECT EXISTS (SELECT FROM {table})")), None)


def said(plain: str, concurrently: bool) -> str:
    """CREATE INDEX, or CREATE UNIQUE INDEX, with that word where it is wanted."""
    return plain.replace("INDEX", "INDEX CONCURRENTLY", 1) if concurrently else plain


def drop_index(editor: Editor, name: str) -> None:
    with patience(editor):
        editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def patience(editor: Editor) -> Iterator[None]:
    """Who builds concurrently may wait for as long as others read and write: nobody waits behind it."""
    if editor.collect_sql:
        yield
        return
    before = ask(editor, "SHOW lock_timeout")
    editor.execute("SET lock_timeout = 0")
    yield
    editor.execute("SET lock_timeout = %s", [before])


@contextmanager
def at_once(editor: Editor) -> Iterator[Editor]:
    """Gather what the block sends, then send it in one transaction that locks its tables for an instant.

    All of its tables are locked first, or none of them: who holds one table and waits for another makes others wait,
    or is caught in a deadlock with them.
    """
    if editor.collect_sql:
        yield editor
        return
    with editor.connection.schema_editor(collect_sql=True, atomic=False) as gathering:
        yield gathering
    script = "\n".join(gathering.collected_sql)
    tables = tables_of(editor, script)
    if tables:
        script = f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE NOWAIT;\n{script}"
    for left in reversed(range(MOMENTS)):
        try:
            with transaction.atomic(), editor.connection.cursor() as cursor:
                cursor.execute(script)
            return
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, LockNotAvailable):
                raise
            sleep(MOMENT)


def tables_of(editor: Editor, script: str) -> list[str]:
    """The tables a script names, or whose indexes it names, but for those that functions name."""
    words = set(re.findall(r"\w+", re.sub(r"(\$\w*\$).*?\1", "", script, flags=re.DOTALL)))
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT t.relname FROM pg_class t LEFT JOIN pg_index i ON i.indrelid = t.oid "
            "LEFT JOIN pg_class x ON x.oid = i.indexrelid WHERE t.relnamespace = current_schema()::regnamespace "
            "AND t.relkind = 'r' AND (t.relname = ANY(%(words)s) OR x.relname = ANY(%(words)s)) ORDER BY 1",
            {"words": sorted(words)},
        )
        return [editor.quote_name(name) for (name,) in cursor.fetchall()]


def ask(editor: Editor, query: str, **given: str | None) -> Any:
    with editor.connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchone()[0]


def is_there(editor: Editor, table: str, column: str | None) -> bool:
    return ask(
        editor,
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(%(table)s) AND NOT attisdropped "
        "AND attnum > 0 AND attname = coalesce(%(column)s, attname))",
        table=table,
        column=column,
    )

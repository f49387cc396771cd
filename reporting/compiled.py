"""Querysets as parts of hand-written SQL, so that which rows count is said in one place."""

from django.db import connection
from django.db.models import QuerySet


def compiled(queryset: QuerySet) -> str:
    """The SQL of a queryset with its values in it, to stand inside a statement with parameters of its own."""
    sql, parameters = queryset.query.sql_with_params()
    return connection.ops.compose_sql(sql, parameters).replace("%", "%%")  # type: ignore[attr-defined]  # PostgreSQL's

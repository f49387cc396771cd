"""One page of a list and how many there are, as fast with 1,000,000 leads as with a thousand.

PostgreSQL finds fifty of many by walking their order, and few of many by collecting them; it takes what lies far back,
or what two filters never share, for frequent, and then walks all there are. So the walk ends after `WALK` leads: where
it has not filled the page, the matching ones are collected and sorted, and counted on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Coalesce
from psycopg2.errors import QueryCanceled

from leads.lists.orders import KEY
from leads.models import Lead
from leads.pages.asked import Asked
from smarketing.foundation.models import User
from smarketing.foundation.paging import COUNT_UP_TO, Page, capped_count, edge_by

WALK = 4_000  # leads in their order that are looked at for a page
FEW = 1_000  # leads that are counted one by one where there are many to walk
FAR_MORE = 5 * COUNT_UP_TO  # leads expected, of which only a few are counted
SORTED = 20_000  # of so many that match, each is looked at and counted; of more, their number is estimated
LIMIT = 4_000  # milliseconds until a look-up ends with a sentence
SIZE = 50
BESIDE = ("account", "owner", "campaign", "channel")
TOO_MUCH = (
    "These filters together take too long to look up in so many leads. "
    "Add one that leaves fewer, such as a stage, an owner or a week of birth."
)


@dataclass(frozen=True)
class Look:
    """A page and a total: `more` says that there are more than that, `about` that it is estimated."""

    page: Page
    total: int
    more: bool = False
    about: bool = False
    notice: str = ""


def look(asked: Asked, user: User, cursor: str | None) -> Look:
    found = asked.leads(user)
    edge = _edge(asked, cursor) if asked.is_narrowed else None
    page = asked.page((found if edge is None else found.filter(edge)).select_related(*BESIDE), cursor)
    if edge is None:
        return _counted(asked, found, page)
    if len(page.rows) == SIZE and page.older and (page.newer or not cursor):
        return Look(page, *_estimated(found))
    try:
        return _collected(asked, found, cursor)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Look(page, len(page.rows), more=True, notice=TOO_MUCH)


def _edge(asked: Asked, cursor: str | None) -> Q | None:
    """Up to which key the order is walked; None where it ends before. A filter on the key itself moves the start."""
    order, rows = asked.order, Lead.objects.alive()
    if isinstance(order.key, F):
        for one in asked.reading.applied:
            rows = rows.filter(*_of_column(one.condition, order.key.name))  # type: ignore[attr-defined]
    return edge_by(order.apply(rows), KEY, cursor=cursor, n=WALK, ascending=asked.ascending, kind=order.kind)


def _of_column(condition: Q, column: str) -> Iterator[Q]:
    """What a condition says outright about one column."""
    if condition.connector != Q.AND or condition.negated:
        return
    for child in condition.children:
        if isinstance(child, Q):
            yield from _of_column(child, column)
        elif isinstance(child, tuple) and f"{child[0]}__".startswith(f"{column}__"):
            yield Q(child)


def _counted(asked: Asked, found: QuerySet[Lead], page: Page) -> Look:
    """A page that is all there is, is counted already; far too many are estimated once they proved to be many."""
    if page.older is None and page.newer is None:
        return Look(page, len(page.rows))
    expected = 0 if asked.is_narrowed else _expected(found)  # what was walked to its end is mostly few
    is_costly = expected > FAR_MORE or asked.order.leaves_out
    total, more = capped_count(found, cap=FEW if is_costly else COUNT_UP_TO)
    if more and (expected := expected or _expected(found)) > total:
        return Look(page, _rounded(expected), about=True)
    return Look(page, total, more)


def _estimated(found: QuerySet[Lead]) -> tuple[int, bool, bool]:
    """What the planner expects, to two digits; few are counted one by one instead."""
    n = _expected(found)
    return (_rounded(n), False, True) if n > FEW else (*capped_count(found, cap=FEW), False)


def _expected(found: QuerySet[Lead]) -> int:
    sql, params = found.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        told = cursor.fetchone()[0]
    return round((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]["Plan Rows"])


def _rounded(n: int) -> int:
    return round(n, 2 - len(str(n)))


def _collected(asked: Asked, found: QuerySet[Lead], cursor: str | None) -> Look:
    """The page out of all that match: by a key that no index knows, so that nothing is walked."""
    expected = _expected(found)
    keys = found.annotate(**{KEY: Coalesce(F(KEY), F(KEY))}).only("pk")
    if expected <= SORTED and not cursor:
        keys = keys.annotate(n_found=Window(Count("*")))
    with transaction.atomic(), connection.cursor() as limit:
        limit.execute(f"SET LOCAL statement_timeout = {LIMIT}; SET LOCAL work_mem = '64MB'")
        page = asked.page(keys, cursor)
        if page.older is None and page.newer is None:
            told = Look(page, len(page.rows))
        elif expected > SORTED:
            told = Look(page, _rounded(expected), about=True)
        else:
            told = (
                Look(page, page.rows[0].n_found) if not cursor else Look(page, *capped_count(keys, cap=FEW))
            )
    whole = Lead.objects.select_related(*BESIDE).in_bulk([lead.pk for lead in page.rows])
    rows = [whole[lead.pk] for lead in page.rows if lead.pk in whole]
    return replace(told, page=Page(rows, page.older, page.newer))

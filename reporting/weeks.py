"""How many leads came week by week: the line beside each group of the closed loop."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import leads_then

SHOWN = 20  # the last of them, where the window is longer
WEEK = timedelta(days=7)


def weeks_of(scope: Scope) -> tuple[list[date], dict[Any, list[int]]]:
    """The Mondays, and per group how many leads were born in each of these weeks, nothing left out between."""
    mondays = _mondays(scope)
    if not mondays:
        return [], {}
    sql = f"""
    SELECT key, week, count(*) AS leads FROM (
        SELECT {scope.key()} AS key, date_trunc('week', l.born_at AT TIME ZONE %(zone)s)::date AS week
        FROM ({leads_then(scope, some=True)}) l WHERE {scope.within("l.born_at")}
    ) b WHERE week >= %(first_week)s GROUP BY key, week
    """
    places = {monday: place for place, monday in enumerate(mondays)}
    by_key: dict[Any, list[int]] = defaultdict(lambda: [0] * len(mondays))
    for row in rows(sql, scope.parameters | {"first_week": mondays[0]}):
        by_key[row["key"]][places[row["week"]]] = row["leads"]
    return mondays, by_key


def _mondays(scope: Scope) -> list[date]:
    last = scope.last_day - timedelta(days=scope.last_day.weekday())
    first = (
        max(scope.since - timedelta(days=scope.since.weekday()), last - (SHOWN - 1) * WEEK)
        if scope.since
        else (last - (SHOWN - 1) * WEEK)
    )
    return [first + n * WEEK for n in range((last - first) // WEEK + 1)]

"""What the promises looked like before: the period before this one, and the last weeks, each in one look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDay

from reporting.among import Among
from reporting.promises import Promised
from reporting.scope import Scope
from sla import tallies
from sla.models import Commitment
from sla.statuses import Status
from smarketing.foundation.models import Organisation

WEEKS = 12  # of a small line


def period_before(period: str, scope: Scope) -> Scope | None:
    """The week, month or quarter before, whole; of other days as many right before them; None before all time."""
    if scope.since is None:
        return None
    until = scope.since
    if period == "week":
        since = until - timedelta(days=7)
    elif period in ("month", "quarter"):
        since = until
        for _ in range(1 if period == "month" else 3):
            since = (since - timedelta(days=1)).replace(day=1)
    else:
        since = until - ((scope.until or scope.last_day + timedelta(days=1)) - until)
    return replace(scope, since=since, until=until)


@dataclass(frozen=True)
class Past:
    """Of each response, by its key: kept and settled in the period before, and week by week up to now."""

    before: dict[str, tuple[int, int]]
    weeks: dict[str, list[tuple[date, int, int]]]  # Monday, kept, settled; also weeks without a clock


def responses_before(scope: Scope, before: Scope | None, among: Among) -> Past:
    """One query, day by day, for both."""
    zone = Organisation(time_zone=scope.zone).zone
    today = scope.as_of.astimezone(zone).date()
    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    first = min(mondays[0], before.since) if before and before.since else mondays[0]
    past = Past({}, {})
    weekly: dict[str, dict[date, tuple[int, int]]] = {}
    for key, day, kept, of in _settled(replace(scope, since=first, until=None), among, zone):
        if before and before.since and before.until and before.since <= day < before.until:
            past.before[key] = _plus(past.before.get(key), kept, of)
        monday = day - timedelta(days=day.weekday())
        weeks = weekly.setdefault(key, {})
        weeks[monday] = _plus(weeks.get(monday), kept, of)
    for key, weeks in weekly.items():
        past.weeks[key] = [(monday, *weeks.get(monday, (0, 0))) for monday in mondays]
    return past


def _plus(so_far: tuple[int, int] | None, kept: int, of: int) -> tuple[int, int]:
    n, m = so_far or (0, 0)
    return n + kept, m + of


def _settled(scope: Scope, among: Among, zone: ZoneInfo) -> Iterable[tuple[str, date, int, int]]:
    """(key, day, kept, settled) of the clocks that started in the window."""
    kept, broken = Q(status=Status.KEPT), Q(status=Status.BROKEN)
    clocks = Promised(scope, among=among).clocks().order_by()
    daily = clocks.annotate(day=TruncDay("started_at", tzinfo=zone)).values("commitment__key", "day")
    counted = daily.annotate(kept=Count("pk", filter=kept), of=Count("pk", filter=kept | broken))
    return [(row["commitment__key"], row["day"].date(), row["kept"], row["of"]) for row in counted]


def volumes_by_week(
    promises: Iterable[Commitment], staff: tallies.Office, scope: Scope
) -> dict[str, list[tuple[date, int]]]:
    """Of each volume promise how many were done in the last weeks: one query for each."""
    return {
        promise.key: list(tallies.by_week(promise, staff, WEEKS, scope.as_of).items())
        for promise in promises
        if promise.kind == Commitment.Kind.VOLUME
    }

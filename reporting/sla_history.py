"""What the promises looked like before: the period before this one, and the last weeks, each in one look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek

from reporting.among import Among
from reporting.promises import Promised
from reporting.scope import Scope
from sla import tallies
from sla.models import Commitment
from sla.statuses import Status
from smarketing.foundation.models import Organisation

WEEKS = 12  # of a small line
Share = dict[str, Any]


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


def attainments(scope: Scope, among: Among) -> dict[str, tuple[int, int]]:
    """Of each response, by its key: how many were kept, of how many that are settled."""
    return {key: (kept, of) for key, _, kept, of in _settled(scope, among)}


def by_week(scope: Scope, among: Among) -> dict[str, list[tuple[date, int, int]]]:
    """Of each response the last weeks up to the as-of, as (Monday, kept, settled), also weeks without a clock."""
    zone = Organisation(time_zone=scope.zone).zone
    today = scope.as_of.astimezone(zone).date()
    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    window = replace(scope, since=mondays[0], until=None)
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for key, week, kept, of in _settled(window, among, zone):
        found.setdefault(key, {})[week.date()] = (kept, of)
    return {key: [(monday, *weeks.get(monday, (0, 0))) for monday in mondays] for key, weeks in found.items()}


def _settled(scope: Scope, among: Among, zone: Any = None) -> Iterable[tuple[str, Any, int, int]]:
    clocks = Promised(scope, among=among).clocks().order_by()
    grouped = ["commitment__key"]
    if zone is not None:
        clocks, grouped = clocks.annotate(week=TruncWeek("started_at", tzinfo=zone)), [*grouped, "week"]
    kept, broken = Q(status=Status.KEPT), Q(status=Status.BROKEN)
    counted = clocks.values(*grouped).annotate(
        kept=Count("pk", filter=kept), of=Count("pk", filter=kept | broken)
    )
    return [(row["commitment__key"], row.get("week"), row["kept"], row["of"]) for row in counted]


def volumes_by_week(
    promises: Iterable[Commitment], staff: tallies.Office, scope: Scope
) -> dict[str, list[tuple[date, int]]]:
    """Of each volume promise how many were done in the last weeks: one query for each."""
    return {
        promise.key: list(tallies.by_week(promise, staff, WEEKS, scope.as_of).items())
        for promise in promises
        if promise.kind == Commitment.Kind.VOLUME
    }

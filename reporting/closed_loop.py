"""What became of marketing's leads, and of its money: by campaign, channel, or what else a lead came by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from leads import segments
from leads.definitions import in_force
from leads.models import Campaign, Channel
from reporting.costs import costs
from reporting.credits import credits
from reporting.figures import MONEY
from reporting.happenings import COUNTED, MEDIANS, happenings
from reporting.money import amount_shown, dealt, pipeline, sales, shown
from reporting.periods import iso
from reporting.scope import Scope, make_scope
from reporting.snapshot import rows, snapshot
from smarketing.foundation.models import User

SUMS = ["cost", "revenue", "credited_revenue", "pipeline"]
# Each rate: which figure, of the sum of which. Acceptance is of those decided upon, as in the funnel: an MQL
# that still waits says nothing about whether sales takes marketing's leads.
RATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "mql": ("mql", ("leads",)),
    "acceptance": ("sal", ("sal", "rejected")),
    "sql": ("sql", ("sal",)),
    "win": ("customers", ("sql",)),
    "lead_to_customer": ("customers", ("leads",)),
}
NAMED_BY = {"campaign": Campaign, "channel": Channel, "owner": User}
Row = dict[str, Any]
Sums = dict[str, Decimal]  # in the currency's smallest unit; and counts of leads


def closed_loop(
    *,
    by: str = "campaign",
    model: str = "first",
    basis: str = "cohort",
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
    known_at: date | datetime | None = None,
    currency: str | None = None,
) -> Row:
    """The report as RULES.md describes it, ready for JSON; raises `WrongUsage` with the right values.

    Every row also has `id`: what `Figure.key` wants to open one of its numbers.
    """
    scope = make_scope(
        by=by,
        model=model,
        basis=basis,
        since=since,
        until=until,
        as_of=as_of,
        known_at=known_at,
        currency=currency,
    )
    return closed_loop_of(scope)


def closed_loop_of(scope: Scope) -> Row:
    with snapshot():
        counted, total = _counted(scope)
        money, sums, unconverted = _money(scope)
        keys = {**counted, **money}
        names = names_of(scope, keys)
    found = [_row(scope, key, names.get(key, key), counted.get(key), money.get(key)) for key in keys]
    found.sort(key=_order(scope))
    return {
        "since": scope.since and scope.since.isoformat(),
        "until": scope.until and scope.until.isoformat(),
        "as_of": iso(scope.as_of),
        "definition_version": in_force(scope.as_of).version,
        "known_at": iso(scope.known_at),
        "by": scope.by,
        "model": scope.model,
        "basis": scope.basis,
        "currency": scope.currency,
        "rows": found,
        "total": _row(scope, None, None, total, sums),
        "unconverted": unconverted,
    }


def _counted(scope: Scope) -> tuple[dict[Any, Row], Row]:
    """Counts and medians per group, and over all."""
    columns = [f"count(*) FILTER (WHERE {name}) AS {name}" for name in COUNTED]
    if scope.basis == "flow":
        columns += [f"count(DISTINCT id) FILTER (WHERE {name}) AS {name}_leads" for name in COUNTED]
    columns += [
        f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {source}_days) AS {name}_days"
        for name, source in MEDIANS.items()
    ]
    sql = f"""
    SELECT key, grouping(key) AS over_all, {", ".join(columns)}
    FROM ({happenings(scope, some=not _moved_since(scope))}) h
    GROUP BY GROUPING SETS ((key), ())
    """
    found = rows(sql, scope.parameters)
    total = next(row for row in found if row["over_all"])
    return {row["key"]: row for row in found if not row["over_all"]}, total


def _moved_since(scope: Scope) -> bool:
    """Whether a lead stands elsewhere than at the as-of; where none does, its row says where it stood."""
    sql = "SELECT EXISTS (SELECT 1 FROM leads_lead WHERE stage_since > %(as_of)s) AS moved"
    return rows(sql, scope.parameters)[0]["moved"]


def _money(scope: Scope) -> tuple[dict[Any, Sums], Sums, list[Row]]:
    """Sums in cents, with how many leads are behind them, per group and over all; and what could not be converted."""
    by_key: dict[Any, Sums] = {}
    total: Sums = {}
    unconverted: list[Row] = []
    for row in [*rows(_earned(scope), scope.parameters), *rows(_spent(scope), scope.parameters)]:
        if row["currency"] is not None:
            unconverted.append(_as_it_is(row))
            continue
        sums = total if row["over_all"] else by_key.setdefault(row["key"], {})
        sums |= {row["what"]: row["sum"], f"{row['what']}_leads": row["count"]}
    total["cost"] = sum((sums.get("cost") or Decimal(0) for sums in by_key.values()), Decimal(0))
    return by_key, total, sorted(unconverted, key=lambda row: (row["currency"], row["what"]))


def _earned(scope: Scope) -> str:
    """One statement over all amounts of deals, so that deals meet their leads once.

    Per group, and over all: what, sum, count of leads. Per currency without a rate: what, sum, count of amounts.
    """
    return f"""
    WITH dealt AS MATERIALIZED ({dealt(scope)}),
    sold AS MATERIALIZED ({sales(scope, deals="dealt")}),
    waiting AS MATERIALIZED ({pipeline(scope, deals="dealt")}),
    sums AS (
        SELECT 'revenue' AS what, key, lead_id, sign * cents AS cents FROM sold WHERE cents IS NOT NULL
        UNION ALL
        SELECT 'credited_revenue', key, lead_id, cents FROM ({credits(scope, sold="sold")}) c
        UNION ALL
        SELECT 'pipeline', key, lead_id, cents FROM waiting WHERE cents IS NOT NULL
    )
    SELECT what, key, grouping(key) = 1 AS over_all, NULL AS currency, sum(cents) AS sum,
        count(DISTINCT lead_id) AS count
    FROM sums GROUP BY GROUPING SETS ((what, key), (what))
    UNION ALL
    SELECT 'revenue', NULL, false, currency, sum(sign * amount), count(*)
    FROM sold WHERE cents IS NULL GROUP BY currency
    UNION ALL
    SELECT 'pipeline', NULL, false, currency, sum(amount), count(*)
    FROM waiting WHERE cents IS NULL GROUP BY currency
    """


def _spent(scope: Scope) -> str:
    return f"""
    WITH spent AS MATERIALIZED ({costs(scope)})
    SELECT 'cost' AS what, key, false AS over_all, NULL AS currency, sum(cents) AS sum, 0 AS count
    FROM spent GROUP BY key
    UNION ALL
    SELECT 'cost', NULL, false, currency, sum(amount), count(DISTINCT id)
    FROM spent WHERE cents IS NULL GROUP BY currency
    """


def _as_it_is(row: Row) -> Row:
    """What has no rate, in its own currency."""
    amount = amount_shown(row["sum"], row["currency"])
    return {"currency": row["currency"], "what": row["what"], "count": row["count"], "sum": amount}


def names_of(scope: Scope, keys: Iterable[Any]) -> dict[Any, str]:
    """What groups are called whose key is not their name."""
    if scope.by == "month":
        return {key: f"{key:%Y-%m}" for key in keys if key is not None}
    if scope.by == "segment":
        return dict(segments.names(scope.as_of))
    if scope.by not in NAMED_BY:
        return {}
    return {
        thing.pk: str(thing)
        for thing in NAMED_BY[scope.by]._default_manager.filter(pk__in=[k for k in keys if k])
    }


def _order(scope: Scope):
    """Months in order of time, else the most leads first; what has no name last."""
    if scope.by == "month":
        return lambda row: (row["key"] is None, row["key"])
    return lambda row: (row["key"] is None, -row["leads"], -Decimal(row["cost"]), row["key"])


def _row(
    scope: Scope, key: Any, name: str | None, counted: Row | None, money: Mapping[str, Decimal] | None
) -> Row:
    counted, money = counted or {}, money or {}
    counts = {figure: counted.get(figure, 0) for figure in COUNTED}
    sums = {figure: money.get(figure) or Decimal(0) for figure in SUMS}
    row: Row = {"key": name, "id": key.isoformat() if isinstance(key, date) else key} | counts
    row |= {figure: shown(cents, scope.currency) for figure, cents in sums.items()}
    row |= _ratios(scope, counts, sums)
    row["rates"] = {
        rate: share(counts[n], sum(counts[name] for name in of)) for rate, (n, of) in RATES.items()
    }
    row["median_days"] = {stage: _rounded(counted.get(f"{stage}_days")) for stage in MEDIANS}
    row["leads_behind"] = _leads_behind(scope, counted, money)
    return row


def _ratios(scope: Scope, counts: Mapping[str, int], sums: Mapping[str, Decimal]) -> Row:
    """Cost per lead and per customer, and what came back per unit spent; null where there is nothing to divide by."""
    cost = sums["cost"]
    return {
        "cpl": shown(cost / counts["leads"], scope.currency) if counts["leads"] else None,
        "cac": shown(cost / counts["customers"], scope.currency) if counts["customers"] else None,
        "roi": _rounded(float((sums["revenue"] - cost) / cost)) if cost else None,
        "credited_roi": _rounded(float((sums["credited_revenue"] - cost) / cost)) if cost else None,
    }


def _leads_behind(scope: Scope, counted: Mapping[str, Any], money: Mapping[str, Any]) -> dict[str, int]:
    """How many leads each figure opens, where that is not the figure itself: of money, and of a flow's entries."""
    behind = {name: int(money.get(f"{name}_leads", 0)) for name in MONEY}
    if scope.basis == "flow":
        behind |= {name: counted.get(f"{name}_leads", 0) for name in COUNTED}
    return behind


def share(n: int, of: int) -> Row:
    """A rate with both its numbers."""
    return {"n": n, "of": of, "rate": round(n / of, 6) if of else None}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)

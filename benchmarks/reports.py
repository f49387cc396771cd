"""Figure 9, the exact part: the closed loop against hand-written SQL that gives the same answer.

Both run in a read-only snapshot with the same memory to sort in. The answers are compared before any ratio is
told: by campaign or channel, all counts, all sums to the cent, the median days.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.results import Result, at_most
from benchmarks.timing import medians, milliseconds
from reporting.closed_loop import closed_loop
from reporting.snapshot import rows, snapshot

LEADS = 200_000
TARGET = 1.3
COUNTS = ["leads", "mql", "sal", "sql", "customers", "rejected", "recycled", "disqualified", "lost", "open"]
SUMS = ["revenue", "credited_revenue", "pipeline", "cost"]
STAGES = ["mql", "sal", "sql", "customer"]
KEY = {"campaign": "campaign_id", "channel": "channel_id"}
Answer = dict[Any, dict[str, Any]]

LEADS_SQL = """
SELECT {key} AS key, count(*) AS leads, count(first_mql) AS mql, count(first_sal) AS sal, count(first_sql) AS sql,
    count(customer_at) AS customers, count(*) FILTER (WHERE rejected) AS rejected,
    count(*) FILTER (WHERE recycled) AS recycled, count(*) FILTER (WHERE disqualified) AS disqualified,
    count(*) FILTER (WHERE standing = 'lost') AS lost,
    count(*) FILTER (WHERE standing = 'active' AND stage <> 'customer') AS open,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_mql - born_at)::float8) / 86400 AS mql_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_sal - born_at)::float8) / 86400 AS sal_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_sql - born_at)::float8) / 86400 AS sql_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM customer_at - born_at)::float8) / 86400
        AS customer_days
FROM (
    SELECT *, least(mql_at, sal_at, sql_at, customer_at) AS first_mql, least(sal_at, sql_at, customer_at) AS first_sal,
        least(sql_at, customer_at) AS first_sql
    FROM leads_lead WHERE merged_into_id IS NULL
) l LEFT JOIN (
    SELECT lead_id, bool_or(move = 'reject') AS rejected, bool_or(move = 'recycle') AS recycled,
        bool_or(move = 'disqualify') AS disqualified
    FROM leads_stagechange WHERE move IN ('reject', 'recycle', 'disqualify') GROUP BY lead_id
) r ON r.lead_id = l.id
GROUP BY GROUPING SETS (({key}), ())
"""
SALES_SQL = """
SELECT l.{key} AS key, sum(CASE outcome WHEN 'won' THEN d.amount - coalesce(r.amount, 0) END) AS revenue,
    sum(CASE outcome WHEN 'open' THEN d.amount END) AS pipeline
FROM leads_deal d JOIN leads_lead l ON l.id = d.contact_id
LEFT JOIN (SELECT deal_id, sum(amount) AS amount FROM leads_refund GROUP BY deal_id) r ON r.deal_id = d.id
GROUP BY l.{key}
"""
CREDITS_SQL = """
WITH won AS (
    SELECT d.id, d.contact_id, d.closed_at, d.amount - coalesce(sum(r.amount), 0) AS amount
    FROM leads_deal d LEFT JOIN leads_refund r ON r.deal_id = d.id WHERE outcome = 'won' GROUP BY d.id
),
people AS (
    SELECT id, contact_id AS lead_id, closed_at FROM won
    UNION SELECT w.id, c.lead_id, w.closed_at FROM won w JOIN leads_dealcontact c ON c.deal_id = w.id
),
touched AS (
    SELECT p.id, t.at, t.recorded_at, 1 AS kind, t.id AS touch, t.{key} AS key
    FROM people p JOIN leads_touch t USING (lead_id)
    WHERE t.at BETWEEN p.closed_at - interval '8760 hours' AND p.closed_at
    UNION ALL
    SELECT p.id, a.at, a.recorded_at, 2, a.id, NULL FROM people p JOIN leads_activity a USING (lead_id)
    WHERE a.connected AND a.at BETWEEN p.closed_at - interval '8760 hours' AND p.closed_at
)
SELECT f.key, sum(w.amount) AS credited_revenue FROM won w LEFT JOIN (
    SELECT DISTINCT ON (id) id, key FROM touched ORDER BY id, at, recorded_at, kind, touch
) f ON f.id = w.id GROUP BY f.key
"""
COSTS_SQL = """
SELECT p.{key} AS key, sum(c.amount) AS cost FROM leads_cost c
JOIN (SELECT id, id AS campaign_id, channel_id FROM leads_campaign) p ON p.id = c.campaign_id GROUP BY p.{key}
"""


def measure(databases: Databases, scale: float) -> list[Result]:
    leads = sizes.leads(LEADS, scale)
    databases.use(leads)
    return [compare(by, leads) for by in KEY]


def compare(by: str, leads: int) -> Result:
    refuse_difference(by)
    floor, product = medians(
        lambda: milliseconds(lambda: by_hand(by)), lambda: milliseconds(lambda: closed_loop(by=by))
    )
    what = f"closed loop by {by}, {leads:,} leads; floor: by hand"
    return at_most("9", what, "ms", floor, product, TARGET)


def by_hand(by: str) -> list[list[dict[str, Any]]]:
    with snapshot():
        statements = (LEADS_SQL, SALES_SQL, CREDITS_SQL, COSTS_SQL)
        return [rows(sql.format(key=KEY[by]), {}) for sql in statements]


def refuse_difference(by: str) -> None:
    expected: Answer = {}
    for part in by_hand(by):
        for row in part:
            expected.setdefault(row.pop("key"), {}).update(row)
    report = closed_loop(by=by)
    total = expected.pop(None)
    found = {row["id"]: plain(row) for row in report["rows"]}
    if found != {key: plain_by_hand(row) for key, row in expected.items()}:
        raise RuntimeError(f"the closed loop by {by} differs from the same by hand")
    if [report["total"][name] for name in COUNTS] != [total[name] for name in COUNTS]:
        raise RuntimeError(f"the total of the closed loop by {by} differs from the same by hand")


def plain(row: dict[str, Any]) -> list[Any]:
    sums = [Decimal(row[name]) for name in SUMS]
    return [*(row[name] for name in COUNTS), *sums, *(row["median_days"][stage] for stage in STAGES)]


def plain_by_hand(row: dict[str, Any]) -> list[Any]:
    sums = [round(row.get(name) or Decimal(0), 2) for name in SUMS]
    days = [row.get(f"{stage}_days") for stage in STAGES]  # none for a campaign that only cost money
    return [
        *(row.get(name, 0) for name in COUNTS),
        *sums,
        *(day if day is None else round(day, 6) for day in days),
    ]

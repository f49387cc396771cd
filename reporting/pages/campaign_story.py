"""What one campaign brought: its figures of the closed loop, week by week, and what became of its leads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from reporting.closed_loop import closed_loop_of
from reporting.figures import Figure
from reporting.happenings import REACHED, reached_at
from reporting.pages import words
from reporting.pages.loop_table import Cell, cell, figure_url
from reporting.refusals import refusals_of
from reporting.scope import Scope, make_scope
from reporting.snapshot import rows, snapshot
from reporting.standings import leads_then
from reporting.weeks import WEEK

WEEKS = 26
KPIS = {"leads": "Leads", "customers": "Customers", "cost": "Cost", "revenue": "Revenue", "roi": "Return"}
STEPS = {"leads": "visitor", "mql": "mql", "sal": "sal", "sql": "sql", "customers": "customer"}
WAYS = {
    "open": "Still open",
    "rejected": "Rejected by sales",
    "recycled": "Recycled to nurture",
    "disqualified": "Disqualified",
    "lost": "Lost",
}


@dataclass(frozen=True)
class Step:
    """One figure of what became of the leads; `pct` is of all leads."""

    name: str
    label: str
    tone: str
    n: int
    pct: float
    href: str


@dataclass(frozen=True)
class Story:
    scope: Scope
    leads: int
    kpis: list[tuple[str, Cell]]
    steps: list[Step]
    ways: list[Step]
    reasons: list[Step]
    weeks: list[dict[str, Any]]
    sentence: str
    loop_url: str


def story_of(campaign: int) -> Story:
    """All time, as of now, by the model of the first touch: what the closed loop says without options."""
    scope = make_scope()
    with snapshot():
        report = closed_loop_of(scope)
        refusals = Counter({row["reason"]: row["n"] for row in refusals_of(scope) if row["key"] == campaign})
        weeks = _weeks(scope, campaign)
    row = next((row for row in report["rows"] if row["id"] == campaign), None)
    return Story(
        scope=scope,
        leads=row["leads"] if row else 0,
        kpis=[(label, cell(scope, row, name, campaign)) for name, label in KPIS.items()] if row else [],
        steps=[_step(scope, row, campaign, name, tone) for name, tone in STEPS.items()] if row else [],
        ways=[_step(scope, row, campaign, name) for name in WAYS] if row else [],
        reasons=_reasons(scope, campaign, refusals),
        weeks=weeks,
        sentence=_sentence(weeks),
        loop_url=f"{reverse('reporting:closed_loop')}?{urlencode({'only': campaign})}",
    )


def _step(scope: Scope, row: dict[str, Any], campaign: int, name: str, tone: str = "") -> Step:
    n = row[name]
    label = "Leads" if name == "leads" else words.STATES[tone] if tone else WAYS[name]
    href = figure_url(Figure(name, campaign, scope)) if n else ""
    return Step(name, label, tone, n, 100 * n / row["leads"] if row["leads"] else 0, href)


def _reasons(scope: Scope, campaign: int, refusals: Counter) -> list[Step]:
    most = max(refusals.values(), default=0)
    return [
        Step(reason, words.reason_words(reason), "", n, 100 * n / most, _refused(scope, campaign, reason))
        for reason, n in refusals.most_common()
    ]


def _refused(scope: Scope, campaign: int, reason: str) -> str:
    return figure_url(Figure(f"rejected_for:{reason}", campaign, scope))


def _weeks(scope: Scope, campaign: int) -> list[dict[str, Any]]:
    """The last half year of its leads, each week with how many of them got how far by now."""
    flags = ", ".join(
        f"count(*) FILTER (WHERE {reached_at(stage)} <= %(as_of)s) AS {name}"
        for name, stage in REACHED.items()
    )
    sql = f"""
    SELECT date_trunc('week', l.born_at AT TIME ZONE %(zone)s)::date AS week, count(*) AS leads, {flags}
    FROM ({leads_then(scope, some=True)}) l WHERE l.campaign_id = %(campaign)s GROUP BY week
    """
    found = {row["week"]: row for row in rows(sql, scope.parameters | {"campaign": campaign})}
    if not found:
        return []
    last = max(found)
    first = max(min(found), last - (WEEKS - 1) * WEEK)
    mondays = [first + n * WEEK for n in range((last - first) // WEEK + 1)]
    return [_week(scope, campaign, monday, found.get(monday)) for monday in mondays]


def _week(scope: Scope, campaign: int, monday: date, row: dict[str, Any] | None) -> dict[str, Any]:
    of_week = replace(scope, since=monday, until=monday + WEEK)
    figures = [
        {"n": n, "href": figure_url(Figure(name, campaign, of_week)) if n else ""}
        for name in STEPS
        for n in [row[name] if row else 0]
    ]
    return {"monday": monday, "figures": figures}


def _sentence(weeks: list[dict[str, Any]]) -> str:
    if not weeks:
        return ""
    best = max(weeks, key=lambda week: week["figures"][0]["n"])
    n, leads = len(weeks), sum(week["figures"][0]["n"] for week in weeks)
    most = f"most in the week of {best['monday'].day} {best['monday']:%B} ({best['figures'][0]['n']:,})"
    return f"{leads:,} lead{'' if leads == 1 else 's'} in {n} week{'' if n == 1 else 's'}; {most}."

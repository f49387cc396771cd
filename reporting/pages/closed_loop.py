"""The closed loop: what became of marketing's leads and money. Every count opens to its leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from reporting.closed_loop import closed_loop_of
from reporting.exports.flat import flat
from reporting.figures import ALL, Figure, key_from, scope_from
from reporting.figures import MONEY as MONEY_FIGURES
from reporting.pages import words
from reporting.periods import WrongUsage
from reporting.scope import BASES, DIMENSIONS, MODELS, Scope
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.models import Organisation
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

SHOWN = 100  # rows on the page; totals are over all of them
# What the table shows: the road with its money, the ways out of it, money in full, or speed.
VIEWS = {
    "road": (
        "Road",
        ["leads", "mql", "sal", "sql", "customers", "cost", "revenue", "credited_revenue", "roi"],
    ),
    "out": ("Ways out", ["leads", "open", "rejected", "recycled", "disqualified", "lost", "customers"]),
    "money": (
        "Money",
        ["leads", "customers", "cost", "cpl", "cac", "revenue", "credited_revenue", "pipeline", "roi"],
    ),
    "steps": (
        "Steps",
        ["leads", "mql rate", "acceptance rate", "sql rate", "win rate", "lead_to_customer rate"],
    ),
    "pace": ("Pace", ["leads", "mql days", "sal days", "sql days", "customer days"]),
}
RATES = {
    "mql": "Leads to MQL",
    "acceptance": "Acceptance",
    "sql": "SAL to SQL",
    "win": "SQL to customer",
    "lead_to_customer": "Leads to customer",
}
DAYS = {"mql": "Days to MQL", "sal": "Days to SAL", "sql": "Days to SQL", "customer": "Days to customer"}


@dataclass(frozen=True)
class Cell:
    """One figure of the table: its kind says how it is written, `href` opens the leads behind it."""

    kind: str
    value: Any
    href: str = ""
    strong: bool = False
    none: bool = False

    @property
    def is_something(self) -> bool:
        return bool(Decimal(self.value or 0))


def wrong_usage(request: Request, error: WrongUsage) -> HttpResponse:
    return render(request, "reporting/wrong.html", {"sentence": str(error)}, status=400)


@requires("reports.read")
@require_safe
def closed_loop(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    view = request.GET.get("show", "road")
    view = view if view in VIEWS else "road"
    report = closed_loop_of(scope)
    rows = report["rows"] if "all" in request.GET else report["rows"][:SHOWN]
    context = {
        "scope": scope,
        "report": report,
        "choices": choices(request, scope, view),
        "columns": columns(scope, view),
        "rows": [(row, label(scope, row), cells(scope, row, view)) for row in rows],
        "total": cells(scope, report["total"], view, total=True),
        "hidden": len(report["rows"]) - len(rows),
        "all_url": address(request, all="1"),
        "csv_url": f"{reverse('reporting:closed_loop_csv')}?{request.GET.urlencode()}",
        "kpis": kpis(scope, report["total"]),
        "window": words.span_words(scope.since, scope.until, scope.last_day),
        "dimension": words.DIMENSIONS[scope.by],
        "basis_says": words.BASIS_SAYS[scope.basis],
    }
    return render(request, "reporting/closed_loop.html", context)


@requires("reports.read")
@require_safe
def closed_loop_csv(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    header, rows = flat("closed_loop", closed_loop_of(scope))
    text = StringIO()
    write_rows(text, [header, *rows])
    named = {"Content-Disposition": f'attachment; filename="closed-loop-by-{scope.by}.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=named)


# --- What can be chosen ------------------------------------------------------------------------------------
def address(request: Request, **changes: str | date | None) -> str:
    """This page with other choices; None drops one."""
    kept = {name: value for name, value in request.GET.items() if value and name != "all"}
    given = {name: value for name, value in {**kept, **changes}.items() if value}
    return f"{request.path}{'?' if given else ''}{urlencode(given)}"


def choices(request: Request, scope: Scope, view: str) -> list[dict[str, Any]]:
    def one_of(name: str, options: dict[str, str], chosen: str) -> list[dict[str, Any]]:
        return [
            {"label": text, "url": address(request, **{name: value}), "current": value == chosen}
            for value, text in options.items()
        ]

    return [
        {"label": "Period", "segments": periods(request, scope)},
        {"label": "By", "segments": one_of("by", {d: words.DIMENSIONS[d][0] for d in DIMENSIONS}, scope.by)},
        {
            "label": "Credit to",
            "segments": one_of("model", {m: words.MODELS[m] for m in MODELS}, scope.model),
        },
        {"label": "Counting", "segments": one_of("basis", {b: words.BASES[b] for b in BASES}, scope.basis)},
        {"label": "Show", "segments": one_of("show", {name: VIEWS[name][0] for name in VIEWS}, view)},
    ]


def periods(request: Request, scope: Scope) -> list[dict[str, Any]]:
    """Windows of local days that end with today; `until` is the first day that no longer counts."""
    today = now().astimezone(Organisation(time_zone=scope.zone).zone).date()
    month, quarter = today.replace(day=1), date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    offered: dict[str, tuple[date | None, date | None]] = {
        "All time": (None, None),
        "This month": (month, None),
        "This quarter": (quarter, None),
        "This year": (date(today.year, 1, 1), None),
        "Last year": (date(today.year - 1, 1, 1), date(today.year, 1, 1)),
        "Last 90 days": (today - timedelta(days=89), None),
    }
    return [
        {
            "label": text,
            "url": address(request, since=since, until=until),
            "current": (scope.since, scope.until) == (since, until),
        }
        for text, (since, until) in offered.items()
    ]


# --- The table ---------------------------------------------------------------------------------------------
def columns(scope: Scope, view: str) -> list[dict[str, Any]]:
    names = [{"label": heading(name, scope), "num": True} for name in VIEWS[view][1]]
    return [{"label": words.DIMENSIONS[scope.by][0]}, *names]


def heading(name: str, scope: Scope) -> str:
    what, _, kind = name.partition(" ")
    if kind:
        return (RATES if kind == "rate" else DAYS)[what]
    if name == "credited_revenue":
        return f"Credited ({words.MODELS[scope.model].lower()})"
    return "ROI" if name == "roi" else {**words.COUNTS, **words.MONEY}[name]


def label(scope: Scope, row: dict[str, Any]) -> str:
    if row["id"] is None:
        return words.none_of(scope.by)
    return words.key_words("month", date.fromisoformat(row["id"])) if scope.by == "month" else row["key"]


def cells(scope: Scope, row: dict[str, Any], view: str, *, total: bool = False) -> list[Cell]:
    key = ALL if total else None if row["id"] is None else key_from(str(row["id"]), scope.by)
    return [cell(scope, row, name, key) for name in VIEWS[view][1]]


def cell(scope: Scope, row: dict[str, Any], name: str, key: Any) -> Cell:
    what, _, kind = name.partition(" ")
    if kind == "rate":
        return Cell("rate", row["rates"][what])
    if kind == "days":
        return Cell("days", row["median_days"][what])
    if name == "roi":
        return Cell("roi", row["roi"], strong=True)
    is_money = name in words.MONEY
    behind = row["leads_behind"].get(name, 0 if is_money else row.get(name))
    href = figure_url(Figure(name, key, scope)) if behind and (not is_money or name in MONEY_FIGURES) else ""
    return Cell(
        "money" if is_money else "count",
        row[name],
        href,
        strong=name in ("customers", "revenue"),
        none=name in ("cost", "cpl", "cac"),
    )


def figure_url(figure: Figure) -> str:
    return f"{reverse('reporting:figure')}?{urlencode(figure.query())}"


def kpis(scope: Scope, total: dict[str, Any]) -> list[dict[str, Any]]:
    def opened(name: str) -> str:
        return figure_url(Figure(name, ALL, scope)) if total["leads_behind"].get(name, total[name]) else ""

    return [
        {
            "kind": "money",
            "label": "Revenue won",
            "value": total["revenue"],
            "href": opened("revenue"),
            "note": f"from {total['leads_behind']['revenue']:,} leads",
        },
        {
            "kind": "money",
            "label": "Marketing cost",
            "value": total["cost"],
            "note": "in the period, spread by day",
        },
        {
            "kind": "roi",
            "label": "Return",
            "value": total["roi"],
            "note": "(revenue − cost) ÷ cost" if total["roi"] is not None else "no cost entered",
        },
        {
            "kind": "count",
            "label": "Customers",
            "value": total["customers"],
            "href": opened("customers"),
            "note": f"of {total['leads']:,} leads",
        },
        {
            "kind": "money",
            "label": "Open pipeline",
            "value": total["pipeline"],
            "href": opened("pipeline"),
            "note": "deals not yet closed",
        },
    ]

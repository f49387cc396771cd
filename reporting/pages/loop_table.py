"""The table of the closed loop: each figure in words or digits, and the door to what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from leads.naming import said
from reporting.closed_loop import RATES as REPORT_RATES
from reporting.costs import SPENT_BY
from reporting.figures import ALL, DECIDED, MONEY, Figure, key_from
from reporting.pages import words
from reporting.pages.loop_choices import VIEWS, View, address
from reporting.scope import Scope
from smarketing.foundation.requests import Request

RATES = {
    "mql": "Leads to {mql}",
    "acceptance": "Acceptance",
    "sql": "{sal} to {sql}",
    "win": "{sql} to {customer}",
    "lead_to_customer": "Leads to {customer}",
}
DAYS = {stage: f"Days to {{{stage}}}" for stage in ("mql", "sal", "sql", "customer")}
RATIOS = {"cpl": "Cost per lead", "cac": "CAC", "roi": "ROI", "credited_roi": "Credited ROI"}
OF_COSTS = ("cost", "cpl", "cac", "roi", "credited_roi")


@dataclass(frozen=True)
class Cell:
    """One figure of the table: its kind says how it is written, `href` opens what is behind it.

    `of_href` is behind the second number of a rate; `none` is what stands where there is no figure.
    """

    name: str
    kind: str
    value: Any
    href: str = ""
    of_href: str = ""
    strong: bool = False
    none: str = ""


def columns(request: Request, scope: Scope, view: View) -> list[dict[str, Any]]:
    """Heads of the table, each with the address that sorts by it."""
    found = [_column(request, view, "name", words.DIMENSIONS[scope.by][0])]
    if scope.by != "month":
        found.append({"label": "Leads per week", "spark": True})
    return found + [_column(request, view, name, heading(name)) for name in VIEWS[view.show][2]]


def _column(request: Request, view: View, name: str, label: str) -> dict[str, Any]:
    asks_first, then = (name, f"-{name}") if name == "name" else (f"-{name}", name)
    is_sorted = view.sort.removeprefix("-") == name
    return {
        "name": name.replace(" ", "-"),
        "label": label,
        "num": name != "name",
        "roi": name == "roi",
        "url": address(request, sort=then if view.sort == asks_first else asks_first),
        "sort": ("descending" if view.sort.startswith("-") else "ascending") if is_sorted else "",
    }


def heading(name: str) -> str:
    what, _, kind = name.partition(" ")
    if kind:
        return said((RATES if kind == "rate" else DAYS)[what])
    return said({**words.COUNTS, **words.MONEY, **RATIOS}[name])


def ordered(rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Rows by one column; what has no figure there, and the row without a name, come last either way."""
    if not sort:
        return rows
    value = _reads(sort.removeprefix("-"))
    known = [
        row
        for row in rows
        if value(row) is not None and (sort.lstrip("-") != "name" or row["id"] is not None)
    ]
    known.sort(key=value, reverse=sort.startswith("-"))
    return known + [row for row in rows if row not in known]


def _reads(name: str) -> Callable[[dict[str, Any]], Any]:
    what, _, kind = name.partition(" ")
    if kind == "rate":
        return lambda row: row["rates"][what]["rate"]
    if kind == "days":
        return lambda row: row["median_days"][what]
    if name == "name":
        return lambda row: None if row["key"] is None else str(row["key"]).casefold()
    return lambda row: None if row[name] is None else Decimal(row[name])


def label(scope: Scope, row: dict[str, Any]) -> str:
    if row["id"] is None:
        return words.none_of(scope.by)
    return words.key_words("month", date.fromisoformat(row["id"])) if scope.by == "month" else row["key"]


def cells(scope: Scope, row: dict[str, Any], view: View, *, total: bool = False) -> list[Cell]:
    key = ALL if total else None if row["id"] is None else key_from(str(row["id"]), scope.by)
    return [cell(scope, row, name, key) for name in VIEWS[view.show][2]]


def cell(scope: Scope, row: dict[str, Any], name: str, key: Any) -> Cell:
    what, _, kind = name.partition(" ")
    if kind == "rate":
        return _rate(scope, row, what, key)
    if kind == "days":
        reached = "customers" if what == "customer" else what
        return Cell(name, "days", row["median_days"][what], _opens(scope, row, reached, key))
    if name in OF_COSTS:
        return _of_costs(scope, row, name, key)
    return Cell(
        name,
        "money" if name in words.MONEY else "count",
        row[name],
        _opens(scope, row, name, key),
        strong=name in ("customers", "revenue"),
    )


def _of_costs(scope: Scope, row: dict[str, Any], name: str, key: Any) -> Cell:
    """Costs and what is divided by or from them; behind each stand the rows of the ledger of costs."""
    has_cost = bool(Decimal(row["cost"]))
    none = {
        "cost": "no cost entered" if scope.by in SPENT_BY else "",
        "cac": "none won" if has_cost else "",
    }.get(name, "")
    href = figure_url(Figure("cost", key, scope), "reporting:costs") if has_cost else ""
    if name == "cost" or not has_cost:
        return Cell(name, "money", row[name] if has_cost else None, href, none=none)
    if (
        scope.by not in SPENT_BY and key is not ALL
    ):  # it was spent on all rows: dividing it by one of them says nothing
        return Cell(name, "money", None)
    if name in ("cpl", "cac"):
        return Cell(name, "money", row[name], href if row[name] is not None else "", none=none)
    return Cell(name, "roi", row[name], href, strong=name == "roi")


def _rate(scope: Scope, row: dict[str, Any], what: str, key: Any) -> Cell:
    figure, of = REPORT_RATES[what]
    value = row["rates"][what]
    of_name = of[0] if len(of) == 1 else DECIDED
    of_href = figure_url(Figure(of_name, key, scope)) if value["of"] else ""
    return Cell(f"{what} rate", "rate", value, _opens(scope, row, figure, key), of_href)


def _opens(scope: Scope, row: dict[str, Any], name: str, key: Any) -> str:
    behind = row["leads_behind"].get(name, 0 if name in MONEY else row[name])
    return figure_url(Figure(name, key, scope)) if behind else ""


def figure_url(figure: Figure, page: str = "reporting:figure") -> str:
    return f"{reverse(page)}?{urlencode(figure.query(), safe=':')}"


def of_leads(scope: Scope) -> Scope:
    """The same leads, by the channel that brought them."""
    return replace(scope, by="channel", basis="cohort")

"""What a reader of the closed loop can choose, each choice an address of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.timezone import now

from leads.definitions import in_force
from reporting.pages import words
from reporting.scope import BASES, DIMENSIONS, MODELS, Scope
from smarketing.foundation.models import Organisation
from smarketing.foundation.requests import Request

# What the table shows: the road with its money, the ways out of it, money in full, steps, or speed.
VIEWS: dict[str, tuple[str, str, list[str]]] = {
    "road": (
        "Road and money",
        "Cost, how far leads got, revenue",
        [
            "cost",
            "leads",
            "mql",
            "sal",
            "sql",
            "customers",
            "cpl",
            "cac",
            "credited_revenue",
            "revenue",
            "roi",
        ],
    ),
    "out": (
        "Ways out",
        "Rejected, recycled, disqualified, lost",
        ["leads", "open", "rejected", "recycled", "disqualified", "lost", "customers"],
    ),
    "money": (
        "Money",
        "With the open pipeline and what the credit returns",
        [
            "leads",
            "customers",
            "cost",
            "cpl",
            "cac",
            "revenue",
            "credited_revenue",
            "credited_roi",
            "pipeline",
            "roi",
        ],
    ),
    "steps": (
        "Steps",
        "Which share takes each step",
        ["leads", "mql rate", "acceptance rate", "sql rate", "win rate", "lead_to_customer rate"],
    ),
    "pace": (
        "Pace",
        "Median days from birth to each stage",
        ["leads", "mql days", "sal days", "sql days", "customer days"],
    ),
}


@dataclass(frozen=True)
class View:
    """How the report is looked at: which columns, in which order, beside which other period."""

    show: str
    sort: str  # a column, with a minus for the largest first; empty: as the report orders its rows
    compares: bool
    shows_all: bool


def window_words(scope: Scope) -> str:
    """The window, and under which version of the definitions it is told."""
    window = words.span_words(scope.since, scope.until, scope.last_day)
    return f"{window} · definitions v{in_force(scope.as_of).version}"


def view_from(request: Request) -> View:
    """What does not exist is as if it had not been asked for: nothing here changes a figure."""
    show = request.GET.get("show", "road")
    show = show if show in VIEWS else "road"
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in ("name", *VIEWS[show][2]) else ""
    return View(show, sort, request.GET.get("compare") != "none", "all" in request.GET)


def address(request: Request, **changes: str | date | None) -> str:
    """The report with other choices; None drops one."""
    kept = {name: value for name, value in request.GET.items() if value and name != "all"}
    given = {name: value for name, value in {**kept, **changes}.items() if value}
    return f"{request.path}{'?' if given else ''}{urlencode(given)}"


# --- Periods -----------------------------------------------------------------------------------------------
def presets(today: date) -> dict[str, tuple[date | None, date | None]]:
    """Windows of local days; `until` is the first day that no longer counts."""
    year = date(today.year, 1, 1)
    half = date(today.year, 7 if today.month > 6 else 1, 1)
    half_before = date(today.year - 1, 7, 1) if half == year else year
    return {
        "All time": (None, None),
        "This month": (today.replace(day=1), None),
        "This quarter": (date(today.year, (today.month - 1) // 3 * 3 + 1, 1), None),
        "This half": (half, None),
        "This year": (year, None),
        "Last 90 days": (today - timedelta(days=89), None),
        "Last half": (half_before, half),
        "Last year": (date(today.year - 1, 1, 1), year),
    }


def periods(request: Request, scope: Scope) -> list[dict[str, Any]]:
    today = now().astimezone(Organisation(time_zone=scope.zone).zone).date()
    return [
        {
            "label": label,
            "url": address(request, since=since, until=until),
            "current": (scope.since, scope.until) == (since, until),
            "says": words.span_words(since, until, (until or today + timedelta(days=1)) - timedelta(days=1))
            if since
            else "",
        }
        for label, (since, until) in presets(today).items()
    ]


def period_name(offered: list[dict[str, Any]]) -> str:
    return next((one["label"] for one in offered if one["current"]), "Own days")


def before(scope: Scope) -> Scope | None:
    """As many days right before the window, looked at when they were as old as the window's are now; None of all time.

    As things stand today, or stood at their end, the leads of one of the two would have had more time to get on.
    """
    if scope.since is None or scope.last_day < scope.since:
        return None
    days = scope.last_day - scope.since + timedelta(days=1)
    if scope.since.toordinal() <= days.days + 366:
        return None
    return replace(scope, since=scope.since - days, until=scope.since, as_of=scope.as_of - days)


# --- All other choices -------------------------------------------------------------------------------------
def models(request: Request, scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "value": model,
            "label": words.MODELS[model],
            "url": address(request, model=model),
            "current": model == scope.model,
        }
        for model in MODELS
    ]


def groups(request: Request, scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "label": words.DIMENSIONS[by][0],
            "url": address(request, by=by, sort=None, only=None),
            "current": by == scope.by,
        }
        for by in DIMENSIONS
    ]


def views(request: Request, view: View) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "says": says,
            "url": address(request, show=name, sort=None),
            "current": name == view.show,
        }
        for name, (label, says, _) in VIEWS.items()
    ]


def bases(request: Request, scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "label": words.BASES[basis],
            "says": words.BASIS_SAYS[basis],
            "url": address(request, basis=basis),
            "current": basis == scope.basis,
        }
        for basis in BASES
    ]

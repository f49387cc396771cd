"""All leads a person may see: narrowed, in an order, in columns of one's choice, and kept as views."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.bulk import MOST
from leads.lists import offered, orders, views
from leads.lists.filters import Asker, Filter
from leads.models import Lead, SavedView
from leads.pages import by_rule
from leads.pages.asked import Asked, asked_for
from leads.pages.bulk import acts_for
from leads.pages.looking import Look, look
from leads.pages.narrowing import chips_of, form_of
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request


@require_safe
def leads(request: Request) -> HttpResponse:
    moment, user = now(), request.user
    asked = asked_for(request.GET, user, moment)
    adding = _adding(request, moment)
    if adding and adding.get("goes_to"):
        return redirect(adding["goes_to"])
    if adding and request.htmx:
        return render(request, "leads/_filter.html", {"adding": adding, "asked": asked})
    found = look(asked, user, request.GET.get("cursor"))
    asked.reading.notices += [found.notice] if found.notice else []
    page = found.page
    saved = list(views.visible_to(user))
    current = _current(asked, saved)
    columns = orders.columns_of(_column_names(current, saved))
    context = {
        "asked": asked,
        "query": asked.query,
        "adding": adding,
        "page": page,
        "rows": _rows(page.rows, columns, moment),
        "columns": columns,
        "heads": [_head(asked, column) for column in (NAME, *columns)],
        "picks": _picks(columns),
        "chips": chips_of(asked.reading, asked.address),
        "offered": [one for one in offered.all_filters() if one.offered_to(user)],
        "orders": _orders(asked),
        "acts": acts_for(user),
        "may_import": user.may("imports.read"),
        "clear_url": str(asked.address.without(*asked.address.params)) if asked.is_narrowed else "",
        **_counted(found),
        **_shelf(asked, saved, user, current),
    }
    return render(request, "leads/list.html", context)


def _counted(found: Look) -> dict[str, Any]:
    """How many there are, and whether all of them may be chosen at once."""
    page, total = found.page, found.total
    leads = f"{total_words(found)} lead{'' if total == 1 else 's'}"
    is_exact = not found.more and not found.about
    return {
        "total": total,
        "more": found.more,
        "words": f"{len(page.rows):,} of {leads}" if total else "",
        "in_all": leads[:1].upper() + leads[1:],
        "may_choose_all": 0 < total <= MOST and is_exact and bool(page.older or page.newer),
        "most": MOST,
    }


def total_words(found: Look) -> str:
    """ "312", "about 12,000", "1,000+"."""
    return f"{'about ' if found.about else ''}{found.total:,}{'+' if found.more else ''}"


def _shelf(asked: Asked, saved: list[SavedView], user: User, current: SavedView | None) -> dict[str, Any]:
    """The views, and what this person may do with the one that is looked at."""
    is_changed, may_change = False, False
    if current is not None:
        is_changed, may_change = asked.query != current.query, views.may_change(user, current)
    return {
        "tabs": tabs_of(asked, saved, user, current),
        "shelf": [(view, view_url(view), views.may_change(user, view)) for view in saved if view.name],
        "current": current,
        "may_change": may_change,
        "is_changed": is_changed,
        "may_save": is_changed if current is not None else bool(asked.query) and not _is_preset(asked, user),
        "may_share": (user.is_head or user.is_administrator) and user.team_id is not None,
    }


def _is_preset(asked: Asked, user: User) -> bool:
    """Whether the list is still what a view of the role shows."""
    shown = next((preset for preset in views.presets_for(user) if preset.key == asked.view), None)
    return shown is not None and sorted(parse_qsl(shown.query)) == sorted(parse_qsl(asked.query))


NAME = orders.Column("name", "Name", "name")


def _adding(request: Request, moment: datetime) -> dict[str, Any] | None:
    """The form of the filter that is being set, or changed."""
    one: Filter | None = offered.by_name(request.GET.get("add", ""))
    if one is None or not one.offered_to(request.user):
        return None
    asker = Asker(request.user, moment)
    address = asked_for(request.GET, request.user, moment).address
    form = form_of(one, request.GET, asker, address)
    return form | by_rule.context(request.GET, address, request.user) if one.kind == "rule" else form


def _rows(
    rows: list[Lead], columns: list[orders.Column], moment: datetime
) -> list[tuple[Lead, dict[str, Any]]]:
    """Each lead with what its columns had to look up."""
    loaded = {column.name: column.load(rows, moment) for column in columns if column.load and rows}
    return [(lead, {name: found.get(lead.pk) for name, found in loaded.items()}) for lead in rows]


def _head(asked: Asked, column: orders.Column) -> dict[str, Any]:
    head: dict[str, Any] = {"label": column.label, "num": column.num, "name": column.name}
    order = orders.ORDERS.get(column.order)
    if order is None:
        return head
    is_current = asked.order is order
    up = not asked.ascending if is_current else order.ascending
    head["url"] = str(asked.address.but(sort=column.order if up else f"-{column.order}"))
    head["sort"] = ("ascending" if asked.ascending else "descending") if is_current else ""
    return head


def _orders(asked: Asked) -> list[dict[str, Any]]:
    """The orders as a menu, for screens without heads of columns."""
    return [
        {
            "label": order.label,
            "url": str(asked.address.but(sort=name if order.ascending else f"-{name}")),
            "current": asked.order is order,
        }
        for name, order in orders.ORDERS.items()
    ]


# --- Views --------------------------------------------------------------------------------------------------
def _current(asked: Asked, saved: list[SavedView]) -> SavedView | None:
    return next((view for view in saved if str(view.pk) == asked.view and view.name), None)


def _column_names(current: SavedView | None, saved: list[SavedView]) -> list[str]:
    if current is not None and current.columns:
        return list(current.columns)
    return list(next((view.columns for view in saved if not view.name), []))


def tabs_of(
    asked: Asked, saved: list[SavedView], user: User, current: SavedView | None
) -> list[dict[str, Any]]:
    """Everyone, what the role starts with, then what is pinned."""
    path, query = asked.address.path, asked.query
    tabs = [{"label": "All leads", "url": path, "current": not query and current is None}]
    for preset in views.presets_for(user):
        here = asked.view == preset.key and current is None
        tabs.append(
            {"label": preset.name, "url": f"{path}?{preset.query}&view={preset.key}", "current": here}
        )
    for view in saved:
        if view.name and (view.pinned or view is current):
            tabs.append(
                {"label": view.name, "url": view_url(view), "current": view is current, "saved": True}
            )
    return tabs


def view_url(view: SavedView) -> str:
    return f"{reverse('leads:list')}?{view.query}{'&' if view.query else ''}view={view.pk}"


def _picks(columns: list[orders.Column]) -> list[tuple[orders.Column, bool]]:
    """All columns, the chosen ones first and in their order."""
    rest = [column for column in orders.all_columns().values() if column not in columns]
    return [(column, True) for column in columns] + [(column, False) for column in rest]

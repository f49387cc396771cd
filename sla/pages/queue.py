"""The queue: a list on the left, the chosen lead on the right, and the next one after every act."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.models import Lead
from leads.pages.door import whole_lead
from leads.pages.lead import record
from leads.stages import MQL
from sla.queue import (
    EVERYONE,
    MINE,
    UNCLAIMED,
    Queue,
    Row,
    after,
    last_move_of,
    leads_in,
    order_of,
    queue_of,
    span_words,
    tabs_for,
    waiting_in,
)
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request

TITLES = {MINE: "Mine", UNCLAIMED: "Unclaimed", EVERYONE: "Everyone"}


@dataclass(frozen=True)
class View:
    """What the address says: which tab, whose leads, and the words that keep both in every link."""

    tab: str
    owner: int | None
    tabs: list[str]

    @property
    def query(self) -> str:
        given = {"tab": self.tab if self.tab != self.tabs[0] else "", "owner": self.owner}
        words = urlencode({name: value for name, value in given.items() if value})
        return f"?{words}" if words else ""

    def url(self, pk: int | None = None) -> str:
        return (reverse("sla:queue_lead", args=[pk]) if pk else reverse("sla:queue")) + self.query


@require_safe
def queue(request: Request) -> HttpResponse:
    """The list; `then` names the leads that stood next when an act began, and the first of them is shown."""
    view = view_of(request)
    found = _found(request, view)
    if "v" in request.GET:
        return _list_only(request, view, found)
    then = [int(pk) for pk in request.GET.get("then", "").split(".") if pk.isdecimal()]
    shown = found.first_of(then)
    response = _page(request, view, found, shown=shown)
    if request.htmx:  # after an act the address names the lead that is now shown
        response["HX-Push-Url"] = view.url(shown)
    return response


@require_safe
def queue_lead(request: Request, pk: int) -> HttpResponse:
    """The queue with this lead open; to htmx that asks for the pane, only the pane."""
    lead = whole_lead(request, pk)
    view = view_of(request, lead)
    if request.htmx.target == "lead-pane":
        leads = leads_in(view.tab, request.user, owner=view.owner)
        then = after(pk, order_of(leads, accepted=view.tab != UNCLAIMED))
        return render(request, "sla/_pane.html", _lead_context(request, view, lead, then))
    return _page(request, view, _found(request, view), lead=lead, opened=True)


def _found(request: Request, view: View) -> Queue:
    leads = leads_in(view.tab, request.user, owner=view.owner)
    return queue_of(leads, moment=now(), accepted=view.tab != UNCLAIMED)


def view_of(request: Request, lead: Lead | None = None) -> View:
    """The tab of the address, else the one in which `lead` stands, else the person's first."""
    tabs = tabs_for(request.user)
    natural = UNCLAIMED if lead is not None and lead.owner_id is None and lead.position == MQL else tabs[0]
    tab = request.GET.get("tab", natural)
    owner = request.GET.get("owner", "")
    return View(
        tab=tab if tab in tabs else tabs[0],
        owner=int(owner) if EVERYONE in tabs and owner.isdecimal() and len(owner) < 19 else None,
        tabs=tabs,
    )


def _page(
    request: Request,
    view: View,
    found: Queue,
    *,
    lead: Lead | None = None,
    shown: int | None = None,
    opened: bool = False,
) -> HttpResponse:
    """The list with its pane: filled with `lead`, or by the browser, which asks for the lead `shown`."""
    context = _list_context(request, view, found, lead.pk if lead is not None else shown)
    if lead is not None:
        context |= _lead_context(request, view, lead, found.after(lead.pk))
    template = "sla/_queue.html" if request.htmx.target == "queue" else "sla/queue.html"
    return render(request, template, {**context, "opened": opened, "refreshed": bool(request.htmx)})


def _list_only(request: Request, view: View, found: Queue) -> HttpResponse:
    """The page asks now and then whether its list is still true: 204 while it is."""
    if request.GET["v"] == found.version:
        return HttpResponse(status=204)
    at = request.GET.get("at", "")
    shown = next((row.lead.pk for row in found.rows if str(row.lead.pk) == at), None)
    return render(request, "sla/_list.html", _list_context(request, view, found, shown))


def _list_context(request: Request, view: View, found: Queue, shown: int | None) -> dict[str, object]:
    moment = now()
    last = last_move_of(request.user, moment=moment)
    return {
        "queue": found,
        "view": view,
        "groups": [
            (group, [_item(row, view, shown, moment) for row in group.rows]) for group in found.groups
        ],
        "moment": moment,
        "tabs": _tabs(request.user, view, found),
        "owners": _owners() if EVERYONE in view.tabs else [],
        "shown_url": view.url(shown) if shown else "",
        "last_move": last if last is not None and last.lead_id != shown else None,
    }


def _lead_context(request: Request, view: View, lead: Lead, then: list[int]) -> dict[str, object]:
    return {
        **record(lead, user=request.user, moment=now(), everything="all" in request.GET),
        "view": view,
        "back_url": view.url(),
        "next_url": f"{view.url()}{'&' if view.query else '?'}{urlencode({'then': '.'.join(map(str, then))})}",
        "same_url": view.url(lead.pk),
    }


def _item(row: Row, view: View, shown: int | None, moment) -> dict[str, object]:
    return {
        "row": row,
        "url": view.url(row.lead.pk),
        "current": row.lead.pk == shown,
        "span": span_words(moment - row.since),
        "waits": row.lead.position == MQL,
        "owner": row.lead.owner if view.tab == EVERYONE and not view.owner else None,
    }


def _tabs(user: User, view: View, found: Queue) -> list[dict[str, object]]:
    whole = not any(group.more for group in found.groups)
    return [
        {
            "label": TITLES[tab],
            "url": View(tab, view.owner if tab == EVERYONE else None, view.tabs).url(),
            "current": tab == view.tab,
            "count": _count(len(found.rows), not whole)
            if tab == view.tab
            else _count(*waiting_in(leads_in(tab, user, owner=view.owner if tab == EVERYONE else None))),
        }
        for tab in view.tabs
    ]


def _count(n: int, more: bool) -> str:
    return f"{n:,}{'+' if more else ''}"


def _owners() -> list[User]:
    sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
    return list(User.objects.filter(role__in=sales, is_active=True).order_by("name", "pk"))

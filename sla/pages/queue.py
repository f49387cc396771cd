"""The queue: a list on the left, the chosen lead on the right, and the next one after every act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.models import Lead
from leads.pages.answers import with_news
from leads.pages.door import whole_lead
from leads.pages.last_acts import last_act_of
from leads.pages.lead import record
from leads.snoozing import when_words
from leads.stages import MQL
from sla.queue import BACK, Queue, Row, after, token_of
from sla.queue_tabs import COUNTED, EVERYONE, MINE, SNOOZED, TODAY, UNCLAIMED, counts_of, queue_in, tabs_for
from sla.queue_words import span_words
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request

TITLES = {
    MINE: "Mine",
    EVERYONE: "Everyone",
    TODAY: "Due today",
    UNCLAIMED: "Unclaimed",
    SNOOZED: "Snoozed",
}


@dataclass(frozen=True)
class View:
    """What the address says: which tab, whose leads, and the words that keep both in every link."""

    tab: str
    owner: int | None
    tabs: list[str]

    @cached_property
    def query(self) -> str:
        given = {"tab": self.tab if self.tab != self.tabs[0] else "", "owner": self.owner}
        words = urlencode({name: value for name, value in given.items() if value})
        return f"?{words}" if words else ""

    def url(self, pk: int | None = None) -> str:
        return _path(pk) + self.query


@lru_cache(maxsize=4096)  # a list names the same leads at nearly every request
def _path(pk: int | None) -> str:
    return reverse("sla:queue_lead", args=[pk]) if pk else reverse("sla:queue")


@require_safe
def queue(request: Request) -> HttpResponse:
    """The list; `then` names the leads that stood next when an act began, and the first of them is shown."""
    view = view_of(request)
    found = _found(request, view)
    if "v" in request.GET:
        return _list_only(request, view, found)
    shown = found.first_of(_numbers(request, "then"))
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
        then = after(pk, _numbers(request, "order"))
        return render(request, "sla/_pane.html", _lead_context(request, view, lead, then))
    return _page(request, view, _found(request, view), lead=lead, opened=True)


def _found(request: Request, view: View) -> Queue:
    return queue_in(view.tab, request.user, moment=now(), owner=view.owner)


def _numbers(request: Request, name: str) -> list[int]:
    """Leads named in the address, as the page's own list wrote them."""
    return [int(pk) for pk in request.GET.get(name, "").split(".") if pk.isascii() and pk.isdecimal()]


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
    """The page asks now and then whether its list is still true: 204 while it is.

    What a colleague or the buyer did to the lead beside the list is told too, and the page shows it anew.
    """
    at = request.GET.get("at", "")
    open_row = next((row for row in found.rows if str(row.lead.pk) == at), None)
    shown = open_row.lead.pk if open_row is not None else None
    if request.GET["v"] == found.version:
        response = HttpResponse(status=204)
    else:
        response = render(request, "sla/_list.html", _list_context(request, view, found, shown))
    gone = open_row is None and at in request.GET.get("order", "").split(".")
    changed = gone or (open_row is not None and open_row.token != request.GET.get("seen"))
    return with_news(response, {"lead-news": {"lead": at}}) if changed else response


def _list_context(request: Request, view: View, found: Queue, shown: int | None) -> dict[str, object]:
    moment = now()
    last = last_act_of(request.user, moment=moment)
    tabs = _tabs(request.user, view, found, moment)
    return {
        "queue": found,
        "view": view,
        "groups": [
            (group, [_item(row, group.title, view, shown, moment) for row in group.rows])
            for group in found.groups
        ],
        "order": ".".join(map(str, found.order)),
        "moment": moment,
        "tabs": tabs,
        "elsewhere": [tab for tab in tabs if not tab["current"] and tab["count"] != "0"],
        "owners": _owners() if EVERYONE in view.tabs else [],
        "shown_url": view.url(shown) if shown else "",
        "last_act": last if last is not None and last.lead_id != shown else None,
    }


def _lead_context(request: Request, view: View, lead: Lead, then: list[int]) -> dict[str, object]:
    shown = record(lead, user=request.user, moment=now())
    return {
        **shown,
        "view": view,
        "seen": token_of(lead, shown["story"].last_touch),  # type: ignore[attr-defined]
        "back_url": view.url(),
        "next_url": f"{view.url()}{'&' if view.query else '?'}{urlencode({'then': '.'.join(map(str, then))})}",
        "same_url": view.url(lead.pk),
    }


def _item(row: Row, title: str, view: View, shown: int | None, moment: datetime) -> dict[str, object]:
    return {
        "row": row,
        "url": view.url(row.lead.pk),
        "current": row.lead.pk == shown,
        "span": span_words(moment - row.since),
        "waits": row.lead.position == MQL,
        "back": title == BACK,
        "until": when_words(row.snooze.until_at, moment) if row.snooze and title != BACK else "",
        "note": row.snooze.note.text if row.snooze and row.snooze.note else "",
        "owner": row.lead.owner if EVERYONE in view.tabs and not view.owner else None,
    }


def _tabs(user: User, view: View, found: Queue, moment: datetime) -> list[dict[str, object]]:
    others = [tab for tab in view.tabs if tab != view.tab or found.more]
    counts = counts_of(others, user, moment=moment, owner=view.owner)
    return [
        {
            "label": TITLES[tab],
            "url": View(tab, view.owner, view.tabs).url(),
            "current": tab == view.tab,
            "count": _count(counts.get(tab, len(found.rows))),
        }
        for tab in view.tabs
    ]


def _count(n: int) -> str:
    return f"{COUNTED:,}+" if n > COUNTED else f"{n:,}"


def _owners() -> list[User]:
    sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
    return list(User.objects.filter(role__in=sales, is_active=True).order_by("name", "pk"))

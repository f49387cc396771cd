"""What every page wears around its content: places to go by role, appearance, the company's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import now

from sla.models import Alert
from smarketing.foundation.models import Heartbeat, Organisation, User
from smarketing.foundation.requests import Request
from smarketing.health import SILENT_AFTER, SWEEP

THEMES = ("system", "light", "dark")
UNREAD = 99  # alerts are counted up to it
DENSITIES = ("comfortable", "compact")


@dataclass(frozen=True)
class Place:
    """One entry of the sidebar. `short` is its name on a phone, `key` the letter after G, `rare` if a phone keeps it
    behind “More”."""

    name: str
    icon: str
    url_name: str
    key: str
    short: str = ""
    url: str = ""
    current: bool = False
    rare: bool = False


@dataclass(frozen=True)
class Frame:
    """`silent_since` is None where a part of the sweep has never come to its end."""

    team: str
    unread: int
    more_unread: bool
    is_silent: bool
    silent_since: datetime | None


QUEUE = Place("Queue", "inbox", "sla:queue", "q")
LEADS = Place("Leads", "users", "leads:list", "l")
ALERTS = Place("Alerts", "bell", "sla:alerts", "n")
SLA = Place("SLA", "handshake", "reporting:sla", "s")
FUNNEL = Place("Funnel", "funnel", "reporting:funnel", "f", rare=True)
BALANCE = Place("Ledger", "scale", "reporting:balance", "d", rare=True)
CAMPAIGNS = Place("Campaigns", "megaphone", "leads:campaigns", "c")
IMPORTS = Place("Imports", "file-down", "leads:imports", "i", rare=True)
# The pages of settings, and what it takes to read them; everybody has one at least.
SETTINGS = [
    (Place("Calendars", "calendar-clock", "sla:calendars", ""), "calendars.read"),
    (Place("Leave", "tree-palm", "sla:absences", ""), None),
    (Place("API keys", "key-round", "keys", ""), None),
]
CLOSED_LOOP = Place("Closed loop", "chart-line", "reporting:closed_loop", "r", short="Results")


def shell(request: Request) -> dict[str, object]:
    """Context for base.html. Lazy, because fragments render without the shell and must not pay for it."""
    return {
        "theme": _cookie(request, "theme", THEMES),
        "density": _cookie(request, "density", DENSITIES),
        "single_keys": _cookie(request, "keys", ("on", "off")),
        "themes": THEMES,
        "densities": DENSITIES,
        "shell_base": "base.html" if _is_signed_in(request) else "base_plain.html",
        "navigation": SimpleLazyObject(lambda: navigation(request.user, request.path)),
        "places": SimpleLazyObject(
            lambda: sorted(
                (place for _, group in navigation(request.user, request.path) for place in group),
                key=lambda place: place.rare,
            )
        ),
        "frame": SimpleLazyObject(lambda: frame_of(request.user, now())),
        "in_settings": request.path.startswith("/settings/"),
        "settings_tabs": SimpleLazyObject(lambda: settings_tabs(request.user, request.path)),
        "organisation_name": SimpleLazyObject(organisation_name),
    }


def navigation(user: User, path: str) -> list[tuple[str, list[Place]]]:
    """The groups of the sidebar for this person, with the place they are in marked."""
    groups = [
        ("My work", [QUEUE, LEADS, ALERTS] if works_the_queue(user) else [LEADS, ALERTS]),
        ("Both teams", [SLA, FUNNEL, BALANCE]),
        ("Marketing", [CLOSED_LOOP, CAMPAIGNS, *([IMPORTS] if user.may("imports.read") else [])]),
    ]
    urls = [reverse(place.url_name) for _, places in groups for place in places]
    here = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [(title, [_visit(place, lambda url: url == here) for place in places]) for title, places in groups]


def frame_of(user: User, moment: datetime) -> Frame:
    """What the frame of every page says about the person, in one look: their team, unread alerts, a silent sweep.

    Of the sweep only those are told who can do something about it.
    """
    unread = Alert.objects.unread().filter(recipient=OuterRef("pk")).order_by("-pk").values("pk")
    beats = Heartbeat.objects.filter(pk__in=SWEEP).values("at")
    may_mend = user.is_head or user.is_administrator
    found = User.objects.filter(pk=user.pk).values_list(
        "team__name", ArraySubquery(unread[: UNREAD + 1]), ArraySubquery(beats)
    )
    team, alerts, at = found.get()
    since = min(at, default=None) if len(at) == len(SWEEP) else None
    silent = may_mend and (since is None or moment - since > SILENT_AFTER)
    return Frame(team or "", min(len(alerts), UNREAD), len(alerts) > UNREAD, silent, since)


def settings_tabs(user: User, path: str) -> list[dict[str, object]]:
    """The settings this person may read, for `ui/tabs.html`."""
    places = [_visit(place, path.startswith) for place, needs in SETTINGS if needs is None or user.may(needs)]
    return [{"label": place.name, "url": place.url, "current": place.current} for place in places]


def works_the_queue(user: User) -> bool:
    """The queue is sales' work: marketing would only ever find it empty."""
    return user.is_sales or user.is_administrator


def organisation_name() -> str:
    """Empty before `manage.py setup`."""
    organisation = Organisation.find()
    return organisation.name if organisation else ""


def _visit(place: Place, is_here: Callable[[str], bool]) -> Place:
    url = reverse(place.url_name)
    return replace(place, short=place.short or place.name, url=url, current=is_here(url))


def _cookie(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in allowed else allowed[0]


def _is_signed_in(request: HttpRequest) -> bool:
    # Errors raised before the session middleware leave a request without a user.
    return getattr(request, "user", None) is not None and request.user.is_authenticated

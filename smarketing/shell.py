"""What every page wears around its content: places to go by role, appearance, the company's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import DisallowedHost
from django.db.models import DateField, DateTimeField, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now

from leads.models import Definition, Lead
from leads.stages import Standing
from sla.models import Alert, Clock
from smarketing.foundation.models import Heartbeat, Organisation, User
from smarketing.foundation.requests import Request
from smarketing.foundation.statements import Statement
from smarketing.health import SILENT_AFTER, SWEEP

THEMES = ("system", "light", "dark")
MOST = 99  # what stands beside a place is counted up to it
DENSITIES = ("comfortable", "compact")
SINGLE_KEYS = ("on", "off")


@dataclass(frozen=True)
class Place:
    """One entry of the sidebar. `short` is its name on a phone, `key` the letter after G, `count` the field of the
    frame that stands beside it."""

    name: str
    icon: str
    url_name: str
    key: str
    short: str = ""
    count: str = ""
    url: str = ""
    current: bool = False


@dataclass(frozen=True)
class Frame:
    """What every page says about the person who reads it; counts are words, empty where there is nothing to do.

    `silent_since` is None where a part of the sweep has never come to its end.
    """

    team: str
    unread: str
    waiting: str
    broken: str
    to_sign: str
    due: str
    unread_version: int  # of the definitions in force; 0 where there is none they have not read
    is_silent: bool
    silent_since: datetime | None

    @property
    def version(self) -> str:
        """Changes when a count does."""
        return f"{self.unread}.{self.waiting}.{self.broken}.{self.to_sign}.{self.due}"


QUEUE = Place("Queue", "inbox", "sla:queue", "q", count="waiting")
LEADS = Place("Leads", "users", "leads:list", "l")
ACCOUNTS = Place("Accounts", "building-2", "leads:accounts", "a")
ALERTS = Place("Alerts", "bell", "sla:alerts", "n", count="unread")
SLA = Place("SLA", "handshake", "reporting:sla", "s", count="broken")
FUNNEL = Place("Funnel", "funnel", "reporting:funnel", "f")
PREDICTION = Place("Probability", "percent", "leads:prediction", "p")
DEFINITIONS = Place("Definitions", "book-open", "leads:definitions", "e", short="Terms", count="to_sign")
BALANCE = Place("Ledger", "scale", "reporting:balance", "d")
CAMPAIGNS = Place("Campaigns", "megaphone", "leads:campaigns", "c")
NEAR_MISSES = Place("Near misses", "target", "leads:near_misses", "m", short="Near")
NURTURE = Place("Nurture", "sprout", "leads:nurture", "u", count="due")
REGISTER = Place("Never again", "ban", "leads:register", "b")
IMPORTS = Place("Imports", "file-down", "leads:imports", "i")
CLOSED_LOOP = Place("Closed loop", "chart-line", "reporting:closed_loop", "r", short="Results")
# The pages of settings, and what it takes to read them: first those about oneself, which everybody has.
OWN_SETTINGS = [
    (Place("Profile", "circle-user", "profile", ""), None),
    (Place("Notifications", "bell-ring", "notifications", ""), None),
    (Place("Leave", "tree-palm", "sla:absences", ""), None),
    (Place("API keys", "key-round", "keys", ""), None),
]
SETTINGS = [
    *OWN_SETTINGS,
    (Place("People", "users-round", "people", ""), "people.manage_team"),
    (Place("Teams", "network", "teams", ""), "people.manage_team"),
    (Place("Calendars", "calendar-clock", "sla:calendars", ""), "calendars.read"),
    (Place("Own fields", "text-cursor-input", "leads:own_fields", ""), "fields.write"),
    (Place("Organisation", "landmark", "organisation", ""), "people.manage_all"),
    (Place("Audit log", "scroll-text", "audit_log", ""), "people.manage_team"),
]


def shell(request: Request) -> dict[str, object]:
    """Context for base.html. Lazy, because fragments render without the shell and must not pay for it."""
    return {
        "theme": _cookie(request, "theme", THEMES),
        "density": _cookie(request, "density", DENSITIES),
        "single_keys": _cookie(request, "keys", SINGLE_KEYS),
        "themes": THEMES,
        "densities": DENSITIES,
        "key_choices": SINGLE_KEYS,
        "shell_base": "base.html" if _is_signed_in(request) else "base_plain.html",
        "navigation": SimpleLazyObject(lambda: navigation(request.user, request.path)),
        "bar": SimpleLazyObject(lambda: bar(request.user, request.path)),
        "bell": SimpleLazyObject(lambda: _visit(ALERTS, request.path.startswith)),
        "frame": SimpleLazyObject(lambda: frame_of(request.user, now())),
        "in_settings": request.path.startswith("/settings/"),
        "settings_tabs": SimpleLazyObject(lambda: settings_tabs(request.user, request.path)),
        "organisation_name": SimpleLazyObject(organisation_name),
        "came_from": SimpleLazyObject(lambda: came_from(request)),
    }


def navigation(user: User, path: str) -> list[tuple[str, list[Place]]]:
    """The groups of the sidebar for this person, with the place they are in marked."""
    groups = _groups(user)
    urls = [_address(place.url_name) for _, places in [*groups, ("", [ALERTS])] for place in places]
    here = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [(title, [_visit(place, lambda url: url == here) for place in places]) for title, places in groups]


def pages_of(user: User) -> list[Place]:
    """Every page that can be gone to, as search offers them: places, alerts, settings."""
    places = [place for _, group in _groups(user) for place in group]
    return [*places, ALERTS, *(place for place, needs in SETTINGS if needs is None or user.may(needs))]


def bar(user: User, path: str) -> list[Place]:
    """The two places that a phone keeps beside search, alerts and the rest: the person's home comes first."""
    beside_sla = QUEUE if works_the_queue(user) else CLOSED_LOOP
    usual = usual_home(user)
    wanted = [home_of(user), usual, {QUEUE: LEADS, CLOSED_LOOP: CAMPAIGNS, SLA: beside_sla}[usual]]
    found = {place.url_name: place for _, group in navigation(user, path) for place in group}
    return list(dict.fromkeys(found[place.url_name] for place in wanted if place.url_name in found))[:2]


def home_of(user: User) -> Place:
    """The page this person chose to start on, as long as it is theirs to open; else the usual one of the role."""
    return next((place for place in pages_of(user) if place.url_name == user.start_page), usual_home(user))


def usual_home(user: User) -> Place:
    """Where the work of this role begins."""
    if user.may("leads.work_own"):
        return QUEUE
    return SLA if user.is_head or user.is_administrator else CLOSED_LOOP


def frame_of(user: User, moment: datetime) -> Frame:
    """What the frame of every page says about the person, in one look: their team, what waits for them, a silent sweep.

    Of the sweep and of broken promises only those are told who can do something about it.
    """
    leads_others = user.is_head or user.is_administrator
    works = user.may("leads.work_own")
    nurtures = user.may("leads.nurture")
    told = {"pk": user.pk, "moment": moment} if works or leads_others or nurtures else {"pk": user.pk}
    found = _asked(works, leads_others, nurtures).first(**told)
    assert found is not None  # whoever reads a page is there
    team, unread, waiting, broken, to_sign, due, version, at = found
    since = min(at, default=None) if len(at) == len(SWEEP) else None
    silent = leads_others and (since is None or moment - since > SILENT_AFTER)
    return Frame(
        team=team or "",
        unread=_words(unread),
        waiting=_words(waiting),
        broken=_words(broken),
        to_sign=_words(to_sign),
        due=_words(due),
        unread_version=version or 0,
        is_silent=silent,
        silent_since=since,
    )


@cache
def _asked(works: bool, leads_others: bool, nurtures: bool) -> Statement[tuple]:
    """The one query of the frame, for people who work on leads of their own, lead others, nurture, or none of it."""

    def frame(pk: int, moment: datetime | None = None) -> QuerySet[User, tuple]:
        unread = Alert.objects.unread().filter(recipient=OuterRef("pk"))
        own = Lead.objects.filter(owner=OuterRef("pk")).waiting().awake(moment) if works and moment else None
        broken = Clock.objects.running().filter(due_at__lt=moment) if leads_others else None
        return User.objects.filter(pk=pk).values_list(
            "team__name",
            _number(unread),
            _number(own),
            _number(broken),
            _number(
                Definition.objects.waiting_for(OuterRef("pk"), OuterRef("role")) if leads_others else None
            ),
            _number(_due(moment) if nurtures and moment else None),
            Subquery(Definition.objects.unread_by(OuterRef("pk")).values("version")),
            ArraySubquery(Heartbeat.objects.filter(pk__in=SWEEP).values("at")),
        )

    return Statement(frame)


def _due(moment: datetime) -> QuerySet[Lead]:
    """Leads whose return date has come, by the company's day."""
    zone = Subquery(Organisation.objects.values("time_zone")[:1])
    today = Cast(Func(zone, Value(moment), function="timezone", output_field=DateTimeField()), DateField())
    due = Lead.objects.alive().filter(standing=Standing.NURTURING, return_on__lte=today)
    # In the order of its index: the planner takes a third of all leads for due on a day it does not know, and a
    # search without order through all of them for the cheapest way to a hundred.
    return due.order_by("return_on", "pk")


def _number(rows: QuerySet | None) -> Combinable:
    """How many rows there are, looked at up to one more than is told; None is none."""
    if rows is None:
        return Value(0)
    ids = ArraySubquery(rows.values("pk")[: MOST + 1])
    return Func(ids, function="cardinality", output_field=IntegerField())


def _words(number: int) -> str:
    return f"{MOST}+" if number > MOST else str(number or "")


def settings_tabs(user: User, path: str) -> list[dict[str, object]]:
    """The settings this person may read, in their two groups, with the one they are in marked."""
    found = [(place, needs) for place, needs in SETTINGS if needs is None or user.may(needs)]
    visited = [(_visit(place, path.startswith), (place, needs) in OWN_SETTINGS) for place, needs in found]
    return [
        {
            "label": place.name,
            "icon": place.icon,
            "url": place.url,
            "current": place.current,
            "group": "You" if is_own else "Company",
        }
        for place, is_own in visited
    ]


def _groups(user: User) -> list[tuple[str, list[Place]]]:
    return [
        ("My work", [QUEUE, LEADS, ACCOUNTS] if works_the_queue(user) else [LEADS, ACCOUNTS]),
        ("Both teams", [SLA, FUNNEL, DEFINITIONS, PREDICTION, BALANCE]),
        (
            "Marketing",
            [
                *([NEAR_MISSES] if user.may("leads.qualify") else []),
                *([NURTURE] if user.may("leads.nurture") else []),
                CAMPAIGNS,
                CLOSED_LOOP,
                *([REGISTER] if user.may("register.read") else []),
                *([IMPORTS] if user.may("imports.read") else []),
            ],
        ),
    ]


def works_the_queue(user: User) -> bool:
    """The queue is sales' work: marketing would only ever find it empty."""
    return user.is_sales or user.is_administrator


def organisation_name() -> str:
    """Empty before `manage.py setup`."""
    organisation = Organisation.find()
    return organisation.name if organisation else ""


def came_from(request: HttpRequest) -> str:
    """The other page of ours on which this request was made, or nothing."""
    back = request.META.get("HTTP_REFERER", "")
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    safe = url_has_allowed_host_and_scheme(back, {host}, require_https=request.is_secure())
    is_here = request.method == "GET" and back == request.build_absolute_uri()
    return back if safe and not is_here else ""


@cache
def _address(name: str) -> str:
    return reverse(name)


def _visit(place: Place, is_here: Callable[[str], bool]) -> Place:
    url = _address(place.url_name)
    return replace(place, short=place.short or place.name, url=url, current=is_here(url))


def _cookie(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in allowed else allowed[0]


def _is_signed_in(request: HttpRequest) -> bool:
    # Errors raised before the session middleware leave a request without a user.
    return getattr(request, "user", None) is not None and request.user.is_authenticated

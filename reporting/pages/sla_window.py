"""Which days the SLA page is about, and of whom; the words for both, and the links that change one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from leads.models import Campaign
from reporting.among import Among, among_from
from reporting.pages.words import span_words
from reporting.periods import WrongUsage
from reporting.promises import READERS, make_window
from reporting.scope import Scope
from reporting.sla_history import period_before
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.requests import Request

PERIODS = {"week": "This week", "month": "This month", "quarter": "This quarter"}
SHORT = {"week": "Week", "month": "Month", "quarter": "Quarter"}


@dataclass(frozen=True)
class View:
    """What the address says. `period` is empty where it names days of its own."""

    scope: Scope
    period: str
    among: Among
    rest: dict[
        str, str
    ]  # which promise the reps are told by, how they are sorted, which broken ones are shown

    def url(self, name: str = "reporting:sla", **changed: str | None) -> str:
        """This page with some of what it was asked changed; None takes a word out."""
        given = {**self._when(), **self.among.query(), **self.rest, **changed}
        words = urlencode({key: value for key, value in given.items() if value})
        return f"{reverse(name)}{'?' if words else ''}{words}"

    def _when(self) -> dict[str, str]:
        return (
            days_of(self.scope)
            if not self.period
            else {}
            if self.period == "month"
            else {"period": self.period}
        )

    @property
    def before(self) -> Scope | None:
        return period_before(self.period, self.scope)

    @property
    def before_words(self) -> str:
        """What the comparison is with: "last month", "the 30 days before"."""
        if self.period:
            return f"last {self.period}"
        before = self.before
        days = (before.until - before.since).days if before and before.since and before.until else 0
        return f"the {days} days before" if days > 1 else "the day before"

    def segments(self) -> list[dict[str, Any]]:
        return [
            {
                "label": text,
                "url": self.url(period=None if name == "month" else name, since=None, until=None),
                "current": name == self.period,
            }
            for name, text in SHORT.items()
        ]

    def words(self) -> str:
        words = span_words(self.scope.since, self.scope.until, self.scope.last_day)
        return f"{PERIODS[self.period]}, {words}" if self.period else words


def view_of(request: Request, *rest: str) -> View:
    """What the address asks for, this month of everybody if it names nothing; raises `WrongUsage`."""
    given = {name: READERS[name](request.GET[name], name) for name in READERS if request.GET.get(name)}
    kept = {name: request.GET[name] for name in rest if request.GET.get(name)}
    among = among_from(request.GET)
    if "since" in given or "until" in given:
        return View(make_window(**given), "", among, kept)
    period = request.GET.get("period", "month")
    period = period if period in PERIODS else "month"
    scope = make_window(**given)
    window = make_window(**given | {"since": first_day(period, today(scope)), "as_of": scope.as_of})
    return View(window, period, among, kept)


def today(scope: Scope) -> date:
    return scope.as_of.astimezone(Organisation(time_zone=scope.zone).zone).date()


def first_day(period: str, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    return date(day.year, day.month if period == "month" else (day.month - 1) // 3 * 3 + 1, 1)


def days_of(scope: Scope) -> dict[str, str]:
    days = {"since": scope.since, "until": scope.until}
    return {name: day.isoformat() for name, day in days.items() if day}


@dataclass(frozen=True)
class People:
    """Everybody who may be named on the page, read once."""

    users: list[User]

    @property
    def names(self) -> dict[int | None, str | None]:
        return {None: None, **{user.pk: str(user) for user in self.users}}

    def reps(self) -> list[User]:
        """Active reps by name."""
        found = [user for user in self.users if user.role == User.Role.REP and user.is_active]
        return sorted(found, key=lambda user: (str(user), user.pk))

    def among(self, among: Among) -> list[int]:
        """The active reps whom the page is about."""
        reps = [user for user in self.reps() if among.team in (None, user.team_id)]
        return sorted(user.pk for user in reps if among.rep in (None, user.pk))


def everybody() -> People:
    named = ("name", "email", "role", "is_active", "team__name")
    return People(list(User.objects.select_related("team").only(*named)))


def filters(view: View, people: People) -> dict[str, Any]:
    """What can be chosen, and what is: three lists for selects, and a way out of each choice. Raises `WrongUsage`."""
    among, reps = view.among, people.reps()
    teams = {user.team_id: str(user.team) for user in reps if user.team_id}
    lists: dict[str, list[tuple[int, str]]] = {
        "team": sorted(teams.items(), key=lambda team: team[1]),
        "rep": [(user.pk, str(user)) for user in reps],
        "campaign": list(Campaign.objects.order_by("name").values_list("pk", "name")),
    }
    # Somebody who is not on the list any more held clocks all the same.
    known = {name: dict(options) for name, options in lists.items()}
    known["rep"] |= {user.pk: str(user) for user in people.users}
    chosen = []
    for name, pk in (("team", among.team), ("rep", among.rep), ("campaign", among.campaign)):
        if pk is None:
            continue
        if pk not in known[name]:
            raise WrongUsage(f"{name} “{pk}” does not exist. Choose one from the list on /sla/.")
        without = view.url("reporting:sla", **{name: None})
        chosen.append({"label": name.capitalize(), "words": known[name][pk], "without": without})
    return {
        "lists": [
            {"name": name, "label": name.capitalize(), "options": options, "chosen": getattr(among, name)}
            for name, options in lists.items()
        ],
        "chosen": chosen,
    }

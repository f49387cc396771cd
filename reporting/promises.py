"""One object per figure of the SLA: it says which clocks, or which deeds, are counted, and it is the list of them.

The report counts the very rows that its lists show. A figure fits into a query string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from reporting.figures import ALL, Group
from reporting.periods import WrongUsage, parse_day, parse_moment
from reporting.scope import Scope, choose, make_scope
from sla import tallies
from sla.models import Clock, Commitment
from sla.statuses import Status
from smarketing.foundation.models import Organisation

ANY, LATE, OPEN = "any", "late", "open"
STATES = [ANY, *(str(status) for status in Status), LATE, OPEN]
Holder = int | None | Group
READERS = {"since": parse_day, "until": parse_day, "as_of": parse_moment}


def make_window(**given: Any) -> Scope:
    """The days and the moment of an SLA report; raises `WrongUsage`."""
    return make_scope(by="owner", **given)


@dataclass(frozen=True)
class Promised:
    """Of one promise, or of all: the clocks started in the window, in a state, of one holder."""

    scope: Scope
    commitment: int | None = None
    state: str = ANY
    owner: Holder = ALL  # None: nobody held the lead

    def clocks(self) -> QuerySet[Clock]:
        """Clocks with `status` and `tone` as of the scope's moment."""
        found = Clock.objects.counted().filter(self._started()).with_status(self.scope.as_of)
        if self.commitment is not None:
            found = found.filter(commitment=self.commitment)
        if self.owner is not ALL:
            found = found.filter(owner=self.owner)
        return found.filter(self.in_state())

    def _started(self) -> Q:
        window = self.scope.parameters
        started = Q(started_at__lte=self.scope.as_of)
        if window["since"]:
            started &= Q(started_at__gte=window["since"])
        return started & Q(started_at__lt=window["until"]) if window["until"] else started

    def in_state(self) -> Q:
        """The condition of the state alone, on clocks that know their status."""
        unstopped = Q(stopped_at=None) | Q(stopped_at__gt=self.scope.as_of)
        if self.state == ANY:
            return Q()
        if self.state == OPEN:
            return unstopped
        if self.state == LATE:
            return unstopped & Q(status=Status.BROKEN)
        return Q(status=self.state)

    def query(self) -> dict[str, str]:
        texts = {"commitment": str(self.commitment)} if self.commitment is not None else {}
        texts |= {"state": self.state} if self.state != ANY else {}
        return texts | _owner(self.owner) | _window(self.scope)


@dataclass(frozen=True)
class Done:
    """Of one volume promise: the hand-overs, or the contacts, of a window, by one rep or by all."""

    scope: Scope
    commitment: Commitment
    owner: Holder = ALL

    def rows(self) -> QuerySet[Any]:
        window, zone = self.scope.parameters, Organisation(time_zone=self.scope.zone).zone
        found = tallies.facts(self.commitment, window["since"], window["until"], self.scope.as_of)
        if self.owner is not ALL:
            found = found.filter(**{tallies.REP[tallies.Measure(self.commitment.measure)]: self.owner})
        return tallies.each_once(self.commitment, found, zone)

    def query(self) -> dict[str, str]:
        return {"commitment": str(self.commitment.pk)} | _owner(self.owner) | _window(self.scope)


def promised_from(query: Mapping[str, str]) -> Promised | Done:
    """The figure that `query` wrote; raises `WrongUsage` for one that does not exist."""
    given = {name: READERS[name](query[name], name) for name in READERS if query.get(name)}
    scope = make_window(**given)
    owner = _number(query["owner"], "owner") if query.get("owner") else None if "owner" in query else ALL
    commitment = None
    if query.get("commitment"):
        commitment = Commitment.objects.filter(pk=_number(query["commitment"], "commitment")).first()
        if commitment is None:
            raise WrongUsage(
                f"commitment “{query['commitment']}” does not exist. Open the figure from /sla/ again."
            )
        if commitment.kind == Commitment.Kind.VOLUME:
            return Done(scope, commitment, owner)
    state = query.get("state") or ANY
    choose("state", state, STATES)
    return Promised(scope, commitment.pk if commitment else None, state, owner)


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise WrongUsage(f"{name} “{text}” is no number. Open the figure from /sla/ again.")
    return int(text)


def _owner(owner: Holder) -> dict[str, str]:
    return {} if owner is ALL else {"owner": "" if owner is None else str(owner)}


def _window(scope: Scope) -> dict[str, str]:
    days: dict[str, date | None] = {"since": scope.since, "until": scope.until}
    return {name: day.isoformat() for name, day in days.items() if day} | {"as_of": scope.as_of.isoformat()}

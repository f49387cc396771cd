"""One object per figure of the SLA: it says which clocks, or which deeds, are counted, and it is the list of them.

The report counts the very rows that its lists show. A figure fits into a query string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from reporting.among import EVERYBODY, Among, among_from, number
from reporting.figures import ALL, Group
from reporting.periods import WrongUsage, parse_day, parse_moment
from reporting.scope import Scope, choose, make_scope
from sla import tallies
from sla.models import Clock, Commitment, Explanation
from sla.statuses import Status
from smarketing.foundation.models import Organisation, User

ANY, LATE, OPEN, WORKED, EXPLAINED = "any", "late", "open", "worked", "explained"
# What is broken is late and open, or was worked late and somebody said why, or nobody did.
STATES = [ANY, *(str(status) for status in Status), LATE, WORKED, EXPLAINED, OPEN]
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
    among: Among = EVERYBODY

    def clocks(self) -> QuerySet[Clock]:
        """Clocks with `status` and `tone` as of the scope's moment."""
        found = Clock.objects.counted().filter(self._started()).with_status(self.scope.as_of)
        found = found.filter(self.among.of_clocks())
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
        if self.state in (WORKED, EXPLAINED):
            told = Q(Exists(Explanation.objects.filter(clock=OuterRef("pk"), at__lte=self.scope.as_of)))
            return ~unstopped & Q(status=Status.BROKEN) & (told if self.state == EXPLAINED else ~told)
        return Q(status=self.state)

    def query(self) -> dict[str, str]:
        texts = {"commitment": str(self.commitment)} if self.commitment is not None else {}
        texts |= {"state": self.state} if self.state != ANY else {}
        return texts | self.among.query() | _owner(self.owner) | _window(self.scope)


@dataclass(frozen=True)
class Done:
    """Of one volume promise: the hand-overs, or the contacts, of a window, by one rep or by all."""

    scope: Scope
    commitment: Commitment
    owner: Holder = ALL
    among: Among = EVERYBODY

    def rows(self) -> QuerySet[Any]:
        window, zone = self.scope.parameters, Organisation(time_zone=self.scope.zone).zone
        found = tallies.facts(self.commitment, window["since"], window["until"], self.scope.as_of)
        rep = tallies.REP[tallies.Measure(self.commitment.measure)]
        if self.owner is not ALL:
            found = found.filter(**{rep: self.owner})
        if (reps := self.among.of_reps()) is not None:
            found = found.filter(**{f"{rep}__in": User.objects.reps().filter(reps, is_active=True)})
        return tallies.each_once(self.commitment, found, zone)

    def query(self) -> dict[str, str]:
        given = {"commitment": str(self.commitment.pk)} | self.among.query()
        return given | _owner(self.owner) | _window(self.scope)


def promised_from(query: Mapping[str, str]) -> Promised | Done:
    """The figure that `query` wrote; raises `WrongUsage` for one that does not exist."""
    given = {name: READERS[name](query[name], name) for name in READERS if query.get(name)}
    scope, among = make_window(**given), among_from(query)
    owner = number(query["owner"], "owner") if query.get("owner") else None if "owner" in query else ALL
    commitment = None
    if query.get("commitment"):
        commitment = Commitment.objects.filter(pk=number(query["commitment"], "commitment")).first()
        if commitment is None:
            raise WrongUsage(
                f"commitment “{query['commitment']}” does not exist. Open the figure from /sla/ again."
            )
        if commitment.kind == Commitment.Kind.VOLUME:
            return Done(scope, commitment, owner, among)
    state = query.get("state") or ANY
    choose("state", state, STATES)
    return Promised(scope, commitment.pk if commitment else None, state, owner, among)


def _owner(owner: Holder) -> dict[str, str]:
    return {} if owner is ALL else {"owner": "" if owner is None else str(owner)}


def _window(scope: Scope) -> dict[str, str]:
    days: dict[str, date | None] = {"since": scope.since, "until": scope.until}
    return {name: day.isoformat() for name, day in days.items() if day} | {"as_of": scope.as_of.isoformat()}

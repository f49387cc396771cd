"""Whom an SLA report is about: everybody, one team of sales, one rep, or the leads of one campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from reporting.periods import WrongUsage


@dataclass(frozen=True)
class Among:
    """Each that is given narrows further. A campaign narrows responses only: volumes are promised for all of them."""

    team: int | None = None
    rep: int | None = None
    campaign: int | None = None

    def of_clocks(self) -> Q:
        found = Q(lead__campaign=self.campaign) if self.campaign else Q()
        found &= Q(owner=self.rep) if self.rep else Q()
        return found & Q(owner__team=self.team) if self.team else found

    def of_reps(self) -> Q | None:
        """The condition on users, None where all of them count."""
        if not (self.team or self.rep):
            return None
        found = Q(team=self.team) if self.team else Q()
        return found & Q(pk=self.rep) if self.rep else found

    def query(self) -> dict[str, str]:
        given = {"team": self.team, "rep": self.rep, "campaign": self.campaign}
        return {name: str(pk) for name, pk in given.items() if pk}


EVERYBODY = Among()
NAMES = ("team", "rep", "campaign")


def among_from(query: Mapping[str, str]) -> Among:
    """What `Among.query` wrote; raises `WrongUsage`."""
    return Among(**{name: number(query[name], name) for name in NAMES if query.get(name)})


def number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise WrongUsage(f"{name} “{text}” is no number. Open the figure from /sla/ again.")
    return int(text)

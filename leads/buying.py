"""Who takes part in a company's decision to buy: the agreed roles, their spellings, and which are still unknown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.db.models import Exists, OuterRef, QuerySet, TextChoices

from leads.models import Account, Lead, name_key
from leads.models.lead import sight_of
from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement

MOST = 200  # people of one company that a page reads


class Role(TextChoices):
    CHAMPION = "champion", "Champion"
    ECONOMIC_BUYER = "economic_buyer", "Economic buyer"
    TECHNICAL_BUYER = "technical_buyer", "Technical buyer"
    USER = "user", "User"
    BLOCKER = "blocker", "Blocker"


# What to find out where nobody is known in a role. A blocker nobody has met is no gap.
ASK = {
    Role.CHAMPION: "Who wants this to happen?",
    Role.ECONOMIC_BUYER: "Who signs for the money?",
    Role.TECHNICAL_BUYER: "Who checks that it fits?",
    Role.USER: "Who works with it every day?",
}

SPELLINGS = {
    Role.CHAMPION: ("champion", "sponsor", "advocate", "coach", "promoter"),
    Role.ECONOMIC_BUYER: (
        "economic buyer",
        "buyer",
        "decision maker",
        "budget holder",
        "budget owner",
        "signatory",
        "signer",
    ),
    Role.TECHNICAL_BUYER: (
        "technical buyer",
        "technical evaluator",
        "evaluator",
        "technical",
        "it",
        "gatekeeper",
    ),
    Role.USER: ("user", "end user", "key user", "users"),
    Role.BLOCKER: ("blocker", "detractor", "opponent", "critic"),
}
_KNOWN = {spelling: role for role, spellings in SPELLINGS.items() for spelling in spellings}


def role_of(text: str) -> Role | None:
    """The agreed role that free text means, or None where it means none of them."""
    return _KNOWN.get(name_key(text.replace("_", " ").replace("-", " ")))


def role_words(text: str) -> str:
    """Free text in the agreed spelling where it has one, else as it was typed."""
    role = role_of(text)
    return str(role.label) if role else text


@dataclass(frozen=True)
class Seat:
    """One agreed role of a company, and who is known in it."""

    role: Role
    people: list[Lead]

    @property
    def ask(self) -> str:
        return ASK.get(self.role, "")


@dataclass(frozen=True)
class BuyingTeam:
    """People of a company by role: `others` have no role or one of their own; `hidden` are not this person's to see."""

    seats: list[Seat]
    others: list[Lead]
    hidden: int
    more: bool

    @property
    def known(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.people]

    @property
    def missing(self) -> list[Seat]:
        return [seat for seat in self.seats if not seat.people and seat.ask]

    @property
    def people(self) -> list[Lead]:
        return [lead for seat in self.seats for lead in seat.people] + self.others


def team_of(account: Account, user: User) -> BuyingTeam:
    """Everybody known at this company whom `user` may see, by role, in one query; the others are only counted."""
    sight = sight_of(user)
    found = list(_known_at(frozenset(sight)).all(account=account.pk, **sight))
    more, found = len(found) > MOST, found[:MOST]
    shown = [lead for lead in found if lead.yours]  # type: ignore[attr-defined]
    by_role: dict[Role | None, list[Lead]] = {}
    for lead in shown:
        by_role.setdefault(role_of(lead.buying_role), []).append(lead)
    seats = [Seat(role, by_role.get(role, [])) for role in Role]
    return BuyingTeam(seats, by_role.get(None, []), len(found) - len(shown), more)


@cache
def _known_at(sight: frozenset[str]) -> Statement[Lead]:
    """The query, for people whose sight is made of these."""

    def known(account: int, **seen: int) -> QuerySet[Lead]:
        yours = Lead.objects.in_sight(**seen).filter(pk=OuterRef("pk"))
        rows = Lead.objects.alive().filter(account=account).select_related("owner")
        return rows.annotate(yours=Exists(yours)).order_by("name_key", "pk")[: MOST + 1]

    return Statement(known)

"""Leads that may be the same person: the same phone, nearly the same address, or the same name at the same company.

Nothing is decided here: an equal normal form is one person already (`leads.identity`); these are for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Collate

from leads.identity import fold_email
from leads.models import Lead
from leads.models.lead import sight_of
from leads.models.near import FoldedEmail
from leads.register import SHARED
from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement

MOST = 8  # that are shown
HOST = Func(F("email_norm"), Value("@"), Value(2), function="split_part", output_field=CharField())
NOTHING = "\N{EM DASH}"  # equals no phone, address or name


@dataclass(frozen=True)
class Twin:
    """A lead that may be the same person, and what of it matches."""

    lead: Lead
    matches: list[str]


@dataclass(frozen=True)
class Twins:
    """Those that `user` may see, the likeliest first; `hidden` are another team's and only counted."""

    shown: list[Twin]
    hidden: int
    more: bool


def twins_of(lead: Lead, user: User) -> Twins:
    """One query, each of its three questions by an index."""
    sight = sight_of(user)
    found = list(_near(frozenset(sight)).all(**_asked(lead), **sight))
    more, found = len(found) > MOST, found[:MOST]
    yours = [Twin(other, list(matches(lead, other))) for other in found if other.yours]  # type: ignore[attr-defined]
    yours.sort(key=lambda twin: (-len(twin.matches), twin.lead.pk))
    return Twins(yours, len(found) - len(yours), more)


def matches(lead: Lead, other: Lead) -> Iterator[str]:
    """What of two leads is alike, in words."""
    if lead.phone_norm and lead.phone_norm == other.phone_norm:
        yield "same phone"
    if _folded(lead) != NOTHING and _folded(lead) == _folded(other):
        yield "nearly the same e-mail"
    if lead.name_key and lead.name_key == other.name_key:
        if lead.account_id and lead.account_id == other.account_id:
            yield "same name and company"
        elif _host(lead) != NOTHING and _host(lead) == _host(other):
            yield "same name and e-mail domain"


def _asked(lead: Lead) -> dict[str, int | str]:
    return {
        "me": lead.pk,
        "phone": lead.phone_norm or NOTHING,
        "folded": _folded(lead),
        "name": lead.name_key or NOTHING,
        "account": lead.account_id or 0,
        "host": _host(lead),
    }


def _folded(lead: Lead) -> str:
    return fold_email(lead.email_norm) if lead.email_norm else NOTHING


def _host(lead: Lead) -> str:
    """The domain of the address, where it is one company's and not everybody's."""
    host = (lead.email_norm or "").rpartition("@")[2]
    return NOTHING if not host or host in SHARED else host


@cache
def _near(sight: frozenset[str]) -> Statement[Lead]:
    """The query, for people whose sight is made of these."""

    def near(
        me: int, phone: str, folded: str, name: str, account: int, host: str, **seen: int
    ) -> QuerySet[Lead]:
        yours = Lead.objects.in_sight(**seen).filter(pk=OuterRef("pk"))
        rows = Lead.objects.alive().annotate(
            folded=FoldedEmail("email_norm"), by_name=Collate(F("name_key"), "C"), at_host=HOST
        )
        alike = Q(phone_norm=phone) | Q(folded=folded)
        alike |= Q(by_name=name) & (Q(account=account) | Q(at_host=host))
        found = rows.filter(alike).exclude(pk=me).select_related("account", "owner")
        return found.annotate(yours=Exists(yours))[: MOST + 1]

    return Statement(near)

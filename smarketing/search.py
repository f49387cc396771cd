"""Search over everything a person may open: leads, accounts, campaigns and pages, found by how they begin.

Each key of a lead is asked by its own prefix index and for a few rows only, so that the answer takes as long with a
million leads as with a thousand; ranking is among those few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from urllib.parse import urlencode

from django.db.models import IntegerField, Q, QuerySet, Value
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leads import accounts
from leads.identity import normalise_phone
from leads.models import Account, Campaign, Lead, name_key
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request
from smarketing.shell import Place, pages_of

LEADS, OTHERS = 7, 4  # lines of one group
ASKED = 24  # rows of one key, from which the lines are chosen
RECENT = 6
LONGEST = 100  # letters
_RECENT = re.compile(r"\b(leads|accounts|campaigns)-(\d{1,18})\b")


@dataclass(frozen=True)
class Hit:
    """One line. `icon` is empty for people, who have their initials; `keys` are caps that lead there too."""

    name: str
    url: str
    note: str = ""
    icon: str = ""
    state: str = ""
    keys: str = ""


@require_safe
def search(request: Request) -> HttpResponse:
    """The page of search; to the palette, its lines. Nothing typed yet: what the browser names as opened before."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
    if text:
        groups = found_by(request.user, text)
    else:
        recent = _RECENT.findall(request.GET.get("recent", "")[:500])[: RECENT + 1]
        groups = [("Opened before", recent_of(request.user, recent)), ("Go to", _pages(request.user, ""))]
    context = {
        "q": text,
        "groups": [group for group in groups if group[1]],
        "more_url": f"{reverse('leads:list')}?{urlencode({'q': text})}" if text else "",
    }
    is_palette = request.htmx.target == "pal-list"
    return render(request, "ui/palette_results.html" if is_palette else "search.html", context)


def found_by(user: User, text: str) -> list[tuple[str, list[Hit]]]:
    """What begins with `text`, best first."""
    companies = _companies(user, text)
    return [
        ("Leads", [_of_lead(lead) for lead in _leads(user, text, companies)]),
        ("Accounts", [_of_account(account) for account in companies[:OTHERS]]),
        ("Campaigns", [_of_campaign(campaign) for campaign in _campaigns(text)]),
        ("Pages", _pages(user, text)),
    ]


def recent_of(user: User, named: list[tuple[str, str]]) -> list[Hit]:
    """The records a browser remembers by their numbers, as far as this person may see them today."""
    pks: dict[str, list[int]] = {}
    for kind, pk in named:
        pks.setdefault(kind, []).append(int(pk))
    found: dict[tuple[str, int], Hit] = {}
    for kind, (rows, hit) in _KINDS.items():
        if kind in pks:
            found |= {(kind, row.pk): hit(row) for row in rows(user).filter(pk__in=pks[kind])}
    wanted = dict.fromkeys((kind, int(pk)) for kind, pk in named)
    return [found[key] for key in wanted if key in found][:RECENT]


# --- Leads -------------------------------------------------------------------------------------------------
def _leads(user: User, text: str, companies: Iterable[Account]) -> list[Lead]:
    visible = _visible_leads(user)
    asked = [
        visible.filter(key).annotate(rank=Value(rank, IntegerField())).values_list("pk", "rank")[:ASKED]
        for rank, key in enumerate(_keys(text, [company.pk for company in companies]))
    ]
    ranks: dict[int, int] = {}
    for pk, rank in reduce(lambda one, other: one.union(other, all=True), asked):
        ranks[pk] = min(rank, ranks.get(pk, rank))
    best = sorted(ranks, key=lambda pk: ranks[pk])[: 3 * ASKED]
    found = list(visible.filter(pk__in=best).select_related("account"))
    return sorted(found, key=lambda lead: _merit(lead, ranks[lead.pk], user, text))[:LEADS]


def _keys(text: str, companies: list[int]) -> list[Q]:
    """The keys that `text` may begin, the surest first. Each has an index of its own."""
    lower = text.lower()
    keys = [Q(email_norm=lower), Q(name_key__startswith=name_key(text)), Q(last_name_key__startswith=lower)]
    first, _, rest = lower.partition(" ")
    if rest:  # “Mensah Kofi”
        keys.append(Q(last_name_key__startswith=rest, name_key__startswith=first))
        keys.append(Q(last_name_key__startswith=first, name_key__startswith=rest))
    else:
        keys.append(Q(email_norm__startswith=lower))
    if phone := normalise_phone(text):
        keys.insert(0, Q(phone_norm=phone))
    if companies:
        keys.append(Q(account__in=companies))
    return keys


def _merit(lead: Lead, rank: int, user: User, text: str) -> tuple:
    """Among equals the own leads first, then a whole name before the beginning of one."""
    whole = f"{lead.name_key} ".startswith(f"{name_key(text)} ") or lead.last_name_key == text.lower()
    return rank, lead.owner_id != user.pk, not whole, lead.name_key, lead.pk


def _visible_leads(user: User) -> QuerySet[Lead]:
    return Lead.objects.visible_to(user).alive().filter(erased_at=None)


# --- Accounts, campaigns, pages ----------------------------------------------------------------------------
def _companies(user: User, text: str) -> list[Account]:
    """By name or domain; more than are shown, for their people are found by them too."""
    visible = accounts.visible_to(user)
    by_name = visible.filter(key__startswith=name_key(text))[:ASKED]
    by_domain = visible.filter(domain__startswith=text.lower().removeprefix("www."))[:ASKED]
    found = by_name.union(by_domain)
    return sorted(found, key=lambda account: (account.key, account.pk))


def _campaigns(text: str) -> Iterable[Campaign]:
    found = Campaign.objects.filter(key__startswith=name_key(text)).select_related("channel")
    return found.order_by("key")[:OTHERS]


def _pages(user: User, text: str) -> list[Hit]:
    """The pages of this person; with a text, those one of whose words begins with it."""
    starts = re.compile(rf"\b{re.escape(text)}", re.IGNORECASE)
    found = [place for place in pages_of(user) if starts.search(place.name)]
    return [_of_place(place) for place in (found[:OTHERS] if text else found)]


# --- Lines -------------------------------------------------------------------------------------------------
def _of_lead(lead: Lead) -> Hit:
    note = " · ".join(filter(None, (lead.job_title, str(lead.account or ""))))
    return Hit(lead.name, lead.get_absolute_url(), note or lead.email, state=lead.state)


def _of_account(account: Account) -> Hit:
    return Hit(str(account), account.get_absolute_url(), account.domain or "", "building-2")


def _of_campaign(campaign: Campaign) -> Hit:
    url = reverse("leads:campaign", args=[campaign.pk])
    return Hit(campaign.name, url, str(campaign.channel or ""), "megaphone")


def _of_place(place: Place) -> Hit:
    keys = f"G {place.key.upper()}" if place.key else ""
    return Hit(place.name, reverse(place.url_name), icon=place.icon, keys=keys)


_KINDS: dict[str, tuple[Callable[[User], QuerySet], Callable[..., Hit]]] = {
    "leads": (lambda user: _visible_leads(user).select_related("account"), _of_lead),
    "accounts": (accounts.visible_to, _of_account),
    "campaigns": (lambda user: Campaign.objects.select_related("channel"), _of_campaign),
}

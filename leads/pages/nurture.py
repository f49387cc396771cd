"""Marketing's list of the leads that sales returned: by the day they come back, with what was done since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import bars, definitions, evidence, nurture
from leads.evidence import Evidence
from leads.models import Lead, Note, StageChange, Suppression, Touch
from leads.pages.addresses import Address
from leads.pages.bulk import acts_of_nurture
from leads.stages import Standing
from smarketing.foundation.paging import Page, capped_count, page_by
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

COUNTED = 1_000
TABS = (("", "Due"), ("later", "Later"), ("undated", "Without a date"))
SPANS = ((30, "30 days"), (90, "90 days"), (365, "A year"))
CAMPAIGNS = 5  # of one action
# What each action of the agreed reasons means for marketing.
ACTIONS = {
    "targeting": (
        "Targeting",
        "They should not have been reached: narrow whom the campaign is shown to.",
        "target",
    ),
    "form": (
        "Forms and data",
        "What they typed was wrong: ask for less, and check it at once.",
        "text-cursor-input",
    ),
    "nurture": (
        "Timing",
        "They were early: keep them warm, and bring them back on their day.",
        "calendar-clock",
    ),
    "tries": ("Tries", "Nobody reached them: agree how often and when sales tries.", "phone"),
    "": (
        "No action agreed",
        "Their reasons route to nothing: agree in the definitions what follows from them.",
        "ban",
    ),
}


@dataclass(frozen=True)
class Row:
    """One returned lead as the list shows it."""

    lead: Lead
    returned: StageChange | None
    reason: str
    words: Note | None
    news: Evidence
    bar: Suppression | None
    today: date

    @property
    def days(self) -> int:
        """For how long it has been due; negative before."""
        return (self.today - self.lead.return_on).days if self.lead.return_on else 0

    @property
    def done(self) -> list[str]:
        """What happened since the return, in words."""
        parts = (
            (self.news.touches, "touch", "touches"),
            (self.news.contacts, "contact", "contacts"),
            (self.news.facts, "changed fact", "changed facts"),
        )
        found = [f"{n:,} {one if n == 1 else many}" for n, one, many in parts if n]
        return [*found, "appeal granted"] if self.news.reopened_at else found

    @property
    def last_touch(self) -> str:
        return str(Touch.Kind(self.news.touched_by).label) if self.news.touched_by else ""


@requires("leads.nurture")
@require_safe
def leads(request: Request) -> HttpResponse:
    moment, user = now(), request.user
    today = nurture.today_of(moment)
    address, tab, reason = _asked(request.GET)
    found = Lead.objects.visible_to(user).alive().filter(standing=Standing.NURTURING)
    if reason:
        found = found.filter(nurture.returned_for([reason]))
    narrowed = {name: _of_tab(found, name, today) for name, _ in TABS}
    page = _page(narrowed[tab].select_related("account", "owner"), tab, request.GET.get("cursor"))
    total, more = capped_count(narrowed[tab], cap=COUNTED)
    context = {
        "page": page,
        "rows": rows_of(page.rows, moment, today),
        "tabs": _tabs(address, tab, f"{total:,}{'+' if more else ''}"),
        "tab": tab,
        "reason": reason,
        "reasons": _reasons(moment, reason),
        "kept": [("tab", tab)] if tab else [],
        "clear_url": str(address.without("reason")) if reason else "",
        "in_all": f"{total:,}{'+' if more else ''} lead{'' if total == 1 else 's'}",
        "words": f"{len(page.rows):,} of {total:,}{'+' if more else ''}",
        "acts": acts_of_nurture(user),
    }
    return render(request, "leads/nurture.html", context)


def _asked(data: QueryDict) -> tuple[Address, str, str]:
    tab = data.get("tab", "")
    tab = tab if tab in dict(TABS) else ""
    reason = data.get("reason", "").replace("\0", "")[:60]
    params = {name: [value] for name, value in (("tab", tab), ("reason", reason)) if value}
    return Address(reverse("leads:nurture"), params), tab, reason


def _of_tab(leads: QuerySet[Lead], tab: str, today: date) -> QuerySet[Lead]:
    if tab == "undated":
        return leads.filter(return_on=None)
    return leads.filter(return_on__gt=today) if tab == "later" else leads.filter(return_on__lte=today)


def _page(leads: QuerySet[Lead], tab: str, cursor: str | None) -> Page:
    if tab == "undated":
        return page_by(leads, "stage_since", cursor=cursor, ascending=True)
    return page_by(leads, "return_on", cursor=cursor, ascending=True, kind=date)


def _tabs(address: Address, current: str, told: str | None = None) -> list[dict[str, Any]]:
    """The parts of the list, the one that is looked at with its number, and what the returns teach."""
    places = [(name, label, str(address.but(tab=name or None))) for name, label in TABS]
    places.append(("mend", "What to mend", reverse("leads:nurture_mend")))
    return [
        {"label": label, "url": url, "current": name == current, "count": told if name == current else None}
        for name, label, url in places
    ]


def _reasons(moment: datetime, chosen: str) -> list[tuple[str, str]]:
    """The agreed reasons that return a lead to nurture; one that is asked for besides stays."""
    lists = definitions.in_force(moment).document.reasons
    found = {
        one.code: one.label
        for one in (*lists["recycling"], *lists["rejection"])
        if one.outcome != "disqualify"
    }
    if chosen and chosen not in found:
        found[chosen] = definitions.label(chosen)
    return list(found.items())


def rows_of(found: Iterable[Lead], moment: datetime, today: date) -> list[Row]:
    """What is known of these leads since they came back, in four queries."""
    leads = list(found)
    ids = [lead.pk for lead in leads]
    if not ids:
        return []
    returns, words = nurture.returns_of(ids), nurture.words_of_sales(ids)
    news, barred = evidence.since_return(ids), bars.barred(ids, moment)
    return [
        Row(
            lead,
            returns.get(lead.pk),
            definitions.label(returns[lead.pk].reason) if lead.pk in returns else "",
            words.get(lead.pk),
            news.get(lead.pk, Evidence()),
            barred.get(lead.pk),
            today,
        )
        for lead in leads
    ]


@dataclass(frozen=True)
class Mend:
    """One action: what there is to mend, how many leads say so, and where they came from."""

    title: str
    says: str
    icon: str
    n: int
    url: str
    reasons: list[tuple[str, int, str]]
    campaigns: list[tuple[str, int, str, float]]
    others: int


@requires("leads.nurture")
@require_safe
def mend(request: Request) -> HttpResponse:
    """What the returns of a time ask marketing to mend: each number opens to its leads."""
    moment = now()
    days = next((n for n, _ in SPANS if str(n) == request.GET.get("days")), 90)
    found = nurture.to_mend(moment - timedelta(days=days), moment)
    here = reverse("leads:nurture_mend")
    context = {
        "mends": [_mend(one, days) for one in found if one.n or one.action],
        "total": sum(one.n for one in found),
        "spans": [{"label": label, "url": f"{here}?days={n}", "current": n == days} for n, label in SPANS],
        "tabs": _tabs(Address(reverse("leads:nurture"), {}), "mend"),
    }
    return render(request, "leads/nurture_mend.html", context)


def _mend(one: nurture.Mending, days: int) -> Mend:
    title, says, icon = ACTIONS[one.action]
    by_campaign = sorted(one.campaigns.items(), key=lambda pair: (-pair[1], pair[0][1]))
    shown = by_campaign[:CAMPAIGNS]
    return Mend(
        title,
        says,
        icon,
        one.n,
        leads_url(days, one.reasons),
        [
            (definitions.label(code) or "No reason given", n, leads_url(days, [code]))
            for code, n in sorted(one.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        [
            (name or "No campaign", n, leads_url(days, one.reasons, campaign=pk), 100 * n / one.n)
            for (pk, name), n in shown
        ],
        one.n - sum(n for _, n in shown),
    )


def leads_url(days: int, codes: Iterable[str], *, campaign: int | str | None = "") -> str:
    """The list of leads that were returned for these reasons lately."""
    asked: dict[str, Any] = {"returned_for": [code or "none" for code in codes], "returned_last": days}
    if campaign != "":
        asked["campaign"] = campaign or "none"
    return f"{reverse('leads:list')}?{urlencode(asked, doseq=True)}"

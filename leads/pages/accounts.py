"""Companies: a list with what happens at each, and one of them with its people, deals and story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Collate
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import accounts as companies
from leads.lists import own
from leads.lists.filters import Asker, Filter, Reading, read_by
from leads.models import Account, Deal, Lead, Touch
from leads.pages.addresses import Address
from leads.pages.narrowing import chips_of, form_of
from leads.stages import LADDER
from smarketing.foundation.models import User
from smarketing.foundation.paging import Page, capped_count, page_by
from smarketing.foundation.requests import Request

KEY = "order_key"
COUNTED = 1_000  # companies are counted up to so many: each costs a look at its people
ENGAGED = timedelta(days=30)
# Key, kind, and whether a first press goes up.
ORDERS: dict[str, tuple[Any, type, bool]] = {
    "name": (Collate(F("key"), "C"), str, True),
    "size": (F("employees"), int, False),
}
SIZES = (
    ("1", "1–49", 1, 49),
    ("50", "50–249", 50, 249),
    ("250", "250–999", 250, 999),
    ("1000", "1,000 and more", 1_000, 2**31 - 1),
)
CHOICES = ("size", "only", "industry")  # that a form on the page sets
ONLY = (("engaged", "Engaged in 30 days"), ("deals", "With open deals"))
# Best stage: the highest of those who are still on the road.
RANK = Case(*(When(stage=stage, then=Value(stage.rank)) for stage in LADDER), output_field=IntegerField())


@dataclass(frozen=True)
class Row:
    """One company and what this person may know of what happens there; `hidden` people are somebody else's."""

    account: Account
    people: int
    hidden: int
    engaged: int
    touched_at: datetime | None
    state: str
    deals: list[tuple[str, Decimal]]
    n_deals: int


@require_safe
def accounts(request: Request) -> HttpResponse:
    asker = Asker(request.user, now())
    filters = own.filters_of_companies()
    reading = read_by(filters, request.GET, asker)
    address, text = _address(request.GET, reading)
    adding = _adding(filters, request, asker, address)
    if adding and request.htmx:
        return render(request, "leads/_filter.html", {"adding": adding})
    found = _narrowed(companies.visible_to(request.user), request.GET, text, request.user)
    found = reading.narrow(found)
    sort = request.GET.get("sort", "name")
    key, kind, _ = ORDERS.get(sort.removeprefix("-"), ORDERS["name"])
    ascending = not sort.startswith("-")
    if kind is int:
        found = found.filter(employees__isnull=False)
    page = page_by(
        found.annotate(**{KEY: key}), KEY, cursor=request.GET.get("cursor"), ascending=ascending, kind=kind
    )
    is_all = page.older is None and page.newer is None
    total, more = (len(page.rows), False) if is_all else capped_count(found, cap=COUNTED)
    context = {
        "page": page,
        "rows": rows_of(page.rows, request.user, asker.moment),
        "heads": heads_of(address, sort),
        "words": _words(page, total, more),
        "text": text,
        "size": request.GET.get("size", ""),
        "sizes": [(value, label) for value, label, _, _ in SIZES],
        "only": request.GET.get("only", ""),
        "onlys": ONLY,
        "in_all": f"{total:,}{'+' if more else ''} compan{'y' if total == 1 else 'ies'}",
        "industry": request.GET.get("industry", "")[:120],
        "adding": adding,
        **_narrowing(filters, reading, address),
        "without_size": kind is int,
    }
    return render(request, "leads/accounts.html", context)


def _narrowing(filters: Sequence[Filter], reading: Reading, address: Address) -> dict[str, Any]:
    """What may narrow the list, what does, and what each form of the page keeps of the others."""
    return {
        "address": address,
        "beside_text": address.without("q").pairs,
        "beside_choices": address.without(*CHOICES).pairs,
        "offered": filters,
        "chips": chips_of(reading, address),
        "notices": reading.notices,
        "clear_url": address.path if address.without("sort").params else "",
    }


def _adding(
    filters: Sequence[Filter], request: Request, asker: Asker, address: Address
) -> dict[str, Any] | None:
    """The form of the filter that is being set, or changed."""
    one = next((one for one in filters if one.name == request.GET.get("add")), None)
    return form_of(one, request.GET, asker, address) if one else None


def _address(data: QueryDict, reading: Reading) -> tuple[Address, str]:
    text = " ".join(data.get("q", "").replace("\0", "").split())[:200]
    params: dict[str, list[str]] = dict(reading.params)
    params |= {"q": [text]} if text else {}
    sizes = [value for value, *_ in SIZES]
    if data.get("size") in sizes:
        params["size"] = [data.get("size", "")]
    if data.get("only") in [value for value, _ in ONLY]:
        params["only"] = [data.get("only", "")]
    if industry := data.get("industry", "").replace("\0", "").strip()[:120]:
        params["industry"] = [industry]
    if data.get("sort", "").removeprefix("-") in ORDERS:
        params["sort"] = [data.get("sort", "")]
    return Address(reverse("leads:accounts"), params), text


def _narrowed(found: QuerySet[Account], data: QueryDict, text: str, user: User) -> QuerySet[Account]:
    yours = companies.people(user, OuterRef("pk"))
    if data.get("only") == "engaged":
        recent = Touch.objects.filter(lead=OuterRef("pk"), team=Touch.Team.MARKETING, at__gte=now() - ENGAGED)
        found = found.filter(Exists(yours.filter(Exists(recent))))
    if data.get("only") == "deals":
        open_deals = Deal.objects.filter(contact=OuterRef("pk"), outcome=Deal.Outcome.OPEN)
        found = found.filter(Exists(yours.filter(Exists(open_deals))))
    if text:
        found = found.filter(companies.beginning(text))
    for value, _, low, high in SIZES:
        if data.get("size") == value:
            found = found.filter(employees__gte=low, employees__lte=high)
    if industry := data.get("industry", "").replace("\0", "").strip()[:120]:
        found = found.filter(industry__iexact=industry)
    return found


def heads_of(address: Address, sort: str) -> list[dict[str, Any]]:
    """The heads of the table; those that an index serves also order it."""

    def head(label: str, name: str = "", **more) -> dict[str, Any]:
        if not name:
            return {"label": label, **more}
        current, ascending = sort.removeprefix("-") == name, not sort.startswith("-")
        up = not ascending if current else ORDERS[name][2]
        url = str(address.but(sort=name if up else f"-{name}"))
        return {
            "label": label,
            "url": url,
            "sort": ("ascending" if ascending else "descending") if current else "",
            **more,
        }

    return [
        head("Company", "name"),
        head("Industry"),
        head("Employees", "size", num=True),
        head("People", num=True),
        head("Engaged in 30 days", num=True),
        head("Last touch"),
        head("Best stage"),
        head("Open deals", num=True),
    ]


def _words(page: Page, total: int, more: bool) -> str:
    names = "company" if total == 1 else "companies"
    return f"{len(page.rows):,} of {total:,}{'+' if more else ''} {names}" if total else ""


def rows_of(found: Sequence[Account], user: User, moment: datetime) -> list[Row]:
    """What happens at these companies, in four queries: of leads that this person may see only."""
    if not found:
        return []
    yours = Lead.objects.visible_to(user).alive().filter(account__in=found)
    people = {row["account"]: row for row in _people(yours)}
    everyone = dict(_counts(Lead.objects.alive().filter(account__in=found)))
    touches = {row["lead__account"]: row for row in _touches(yours, moment)}
    deals: dict[int, list[tuple[str, Decimal, int]]] = {}
    for account, currency, amount, n in _open_deals(yours):
        deals.setdefault(account, []).append((currency, amount or Decimal(0), n))
    return [
        _row(one, people.get(one.pk, {}), everyone, touches.get(one.pk, {}), deals.get(one.pk, []))
        for one in found
    ]


def _row(one: Account, people: dict, everyone: dict[int, int], touches: dict, deals: list) -> Row:
    n = people.get("n", 0)
    best = people.get("best")
    return Row(
        one,
        n,
        everyone.get(one.pk, 0) - n,
        touches.get("engaged", 0),
        touches.get("last"),
        str(LADDER[best]) if best is not None else "",
        [(currency, amount) for currency, amount, _ in deals],
        sum(count for _, _, count in deals),
    )


def _people(leads: QuerySet[Lead]) -> QuerySet:
    on_the_road = Q(standing__in=["active", "won"])
    return leads.order_by().values("account").annotate(n=Count("pk"), best=Max(RANK, filter=on_the_road))


def _counts(leads: QuerySet[Lead]) -> QuerySet:
    return leads.order_by().values_list("account").annotate(n=Count("pk"))


def _touches(leads: QuerySet[Lead], moment: datetime) -> QuerySet:
    recent = Q(at__gte=moment - ENGAGED)
    rows = Touch.objects.filter(lead__in=leads, team=Touch.Team.MARKETING).order_by()
    return rows.values("lead__account").annotate(
        last=Max("at"), engaged=Count("lead", filter=recent, distinct=True)
    )


def _open_deals(leads: QuerySet[Lead]) -> QuerySet:
    rows = Deal.objects.filter(contact__in=leads, outcome=Deal.Outcome.OPEN).order_by()
    return rows.values_list("contact__account", "currency").annotate(sum=Sum("amount"), n=Count("pk"))

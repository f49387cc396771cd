"""What the address of a list asks for, read once for the page, its file and its acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from leads.finding import beginning
from leads.lists import offered, orders
from leads.lists.filters import Asker, Reading
from leads.models import Lead
from leads.pages.addresses import Address
from smarketing.foundation.models import User
from smarketing.foundation.paging import Page, page_by

LONGEST = 254  # of what is searched for


@dataclass
class Asked:
    """What an address asks for: filters, words that something begins with, an order, a view."""

    reading: Reading
    text: str
    order: orders.Order
    ascending: bool
    view: str
    address: Address

    @property
    def is_narrowed(self) -> bool:
        return bool(self.reading.applied or self.text)

    @property
    def query(self) -> str:
        """The list itself, without the view it is looked at through."""
        return self.address.without("view").query

    @property
    def sort(self) -> str:
        return self.order.name if self.ascending else f"-{self.order.name}"

    def leads(self, user: User) -> QuerySet[Lead]:
        """The leads it means, of those this person may see, ready for their order."""
        leads = self.reading.narrow(Lead.objects.visible_to(user).alive())
        if self.text:
            leads = leads.filter(beginning(self.text))
        return self.order.apply(leads)

    def page(self, leads: QuerySet[Lead], cursor: str | None, *, size: int = 50) -> Page:
        return page_by(
            leads, orders.KEY, cursor=cursor, size=size, ascending=self.ascending, kind=self.order.kind
        )


def asked_for(data: QueryDict, user: User, moment: datetime) -> Asked:
    """Read an address; what of it nobody knows is left out, and told."""
    reading = offered.read(data, Asker(user, moment))
    text = " ".join(data.get("q", "").replace("\0", "").split())[:LONGEST]
    sort = data.get("sort", "")
    wanted = orders.chosen(sort) if sort else None
    if sort and wanted is None:
        reading.notices.append(f"There is no order “{sort[:40]}”, so the newest come first.")
    params: dict[str, Any] = dict(reading.params)
    params |= {"q": [text]} if text else {}
    params |= {"sort": [sort]} if wanted is not None else {}
    view = data.get("view", "")[:20]
    address = Address(reverse("leads:list"), params | ({"view": [view]} if view else {}))
    order, ascending = wanted or (orders.ORDERS["born"], False)
    return Asked(reading, text, order, ascending, view, address)

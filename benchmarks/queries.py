"""Figure 3: statements that pages and acts send to PostgreSQL, in a small company and in a large one.

What opens and closes a transaction (BEGIN, COMMIT, SAVEPOINT) is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import sizes
from benchmarks.company import signed_in
from benchmarks.databases import Databases
from benchmarks.results import Result
from leads.models import Lead
from leads.stages import MQL
from smarketing.foundation.models import User

FEW, MANY = 100, 10_000
# The queue shows the list and, beside it, the whole lead that stands first.
MOST = {
    "queue with a lead": 12 + 15,
    "lead list": 12,
    "lead list by two filters": 12,
    "lead detail": 15,
    "create a lead": 10,
    "accept a lead": 8,
}
TWO = {"has": "phone", "touched_to": "2026-01-01"}  # a full page of either company
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
numbers = count(1)


def measure(databases: Databases, scale: float) -> list[Result]:
    few, many = (count_all(databases, leads) for leads in (FEW, sizes.leads(MANY, scale)))
    return [
        Result(
            "3",
            f"{what}: at {FEW} and at {sizes.leads(MANY, scale):,} leads",
            "queries",
            few[what],
            many[what],
            f"≤ {most}, equal",
            few[what] == many[what] <= most,
        )
        for what, most in MOST.items()
    ]


def count_all(databases: Databases, leads: int) -> dict[str, int]:
    with databases.copy(leads):
        lead = Lead.objects.in_position(MQL).filter(owner__isnull=False).order_by("-pk").first()
        rep, marketer = signed_in(lead.owner), signed_in(User.objects.get(role="marketer"))
        acts: dict[str, Callable[[], HttpResponseBase]] = {
            "queue with a lead": lambda: rep.get(reverse("sla:queue_lead", args=[lead.pk])),
            "lead list": lambda: rep.get(reverse("leads:list")),
            "lead list by two filters": lambda: rep.get(reverse("leads:list"), TWO),
            "lead detail": lambda: rep.get(lead.get_absolute_url()),
            "create a lead": lambda: create(marketer),
            "accept a lead": lambda: rep.post(
                reverse("leads:accept", args=[lead.pk]), headers={"HX-Request": "true"}
            ),
        }
        return {what: statements(act) for what, act in acts.items()}


def create(client: Client) -> HttpResponseBase:
    n = next(numbers)
    person = {"first_name": "Ida", "last_name": "New", "email": f"ida{n}@new.example", "company": f"New {n}"}
    return client.post(reverse("leads:create"), {**person, "phone": "+31 20 794 6099", "campaign": 1})


def statements(act: Callable[[], HttpResponseBase]) -> int:
    with CaptureQueriesContext(connection) as caught:
        response = act()
    if response.status_code not in (200, 204, 302):
        raise RuntimeError(f"answered {response.status_code} instead of doing it")
    return sum(not query["sql"].startswith(TRANSACTION) for query in caught.captured_queries)

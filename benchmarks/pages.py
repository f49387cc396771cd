"""Figure 2: whether a page costs more where there are more leads. Signed in, with row visibility, 50 rows."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from benchmarks import sizes
from benchmarks.company import signed_in
from benchmarks.databases import Databases
from benchmarks.results import Result, at_most
from benchmarks.timing import medians, milliseconds
from smarketing.foundation.models import User

LEADS = 100_000
FEW = 10_000
CALLS = 10
PAGES = [
    ("lead list", "leads:list", "rep"),
    ("lead list", "leads:list", "marketer"),
    ("queue", "sla:queue", "rep"),
]


def measure(databases: Databases, scale: float) -> list[Result]:
    many = sizes.leads(LEADS, scale)
    few = min(FEW, sizes.leads(LEADS, scale / 10))
    results = []
    for what, name, role in PAGES:
        opened = [
            page(databases, leads, reverse(name), role, sizes.times(CALLS, scale)) for leads in (few, many)
        ]
        small, large = medians(*opened)
        results.append(
            at_most("2", f"{what} of a {role}: {few:,}, {many:,} leads", "ms (p50)", small, large, 1.3)
        )
    return results


def page(databases: Databases, leads: int, path: str, role: str, calls: int) -> Callable[[], float]:
    """Opens the page a few times in the company of that size and answers the median."""
    databases.use(leads)
    client = signed_in(User.objects.filter(role=role).order_by("pk").first())

    def opened() -> float:
        databases.use(leads)
        for _ in range(2):  # a fresh connection, and templates read from disk
            if client.get(path).status_code != 200:
                raise RuntimeError(f"{path} was not shown to a {role}")
        return milliseconds(lambda: client.get(path), calls)

    return opened

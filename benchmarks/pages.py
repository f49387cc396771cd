"""Figures 1, 2 and 5: what pages cost. Signed in, with row visibility, 50 rows and more.

Figures 1 and 5 ask real web servers over eight connections; figure 2 asks whether a page costs more where there are
more leads, so it passes through Django's test client, without the noise of a network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.urls import reverse

from benchmarks import sizes
from benchmarks.company import signed_in
from benchmarks.databases import Databases
from benchmarks.results import Result, at_least, at_most
from benchmarks.timing import medians, milliseconds
from benchmarks.web import FLOOR, PRODUCT, Web, get, serving, session_of
from leads.models import Lead, Touch
from smarketing.foundation.models import User

LEADS = 100_000
FEW = 10_000
CALLS = 10
REQUESTS = 160  # of one round
WARM = 24  # each thread of each process opens its connection and reads its templates
PAGES = [
    ("lead list", "leads:list", "rep"),
    ("lead list", "leads:list", "marketer"),
    ("queue", "sla:queue", "rep"),
]
OF_THE_LIST, OF_THE_DETAIL = 0.5, 0.45
STORY = 20  # rows of a timeline


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


# --- Over HTTP -------------------------------------------------------------------------------------------------
def lists(databases: Databases, scale: float) -> list[Result]:
    leads = sizes.leads(LEADS, scale)
    with databases.copy(leads):
        asked = [
            (f"{what} of a {role}, {leads:,} leads", [reverse(name)], people(role))
            for what, name, role in PAGES
        ]
        return beside_the_floor("1", asked, OF_THE_LIST, scale)


def details(databases: Databases, scale: float) -> list[Result]:
    with databases.copy(sizes.leads(LEADS, scale)):
        rep = people("rep")[0]
        busy = list(Lead.objects.filter(owner=rep, sal_at__isnull=False).order_by("-pk")[:20])
        for lead in busy:
            tell(lead)
        paths = [lead.get_absolute_url() for lead in busy]
        return beside_the_floor(
            "5", [(f"lead with {STORY} rows of timeline", paths, [rep])], OF_THE_DETAIL, scale
        )


def tell(lead: Lead) -> None:
    """Fill the timeline of this lead up to the number of rows that is asked for, at least."""
    Touch.objects.bulk_create(
        Touch(lead=lead, at=lead.born_at, kind=Touch.Kind.VISIT, campaign_id=1 + n, url=f"/pricing/{n}")
        for n in range(STORY)
    )


def people(role: str) -> list[User]:
    return list(User.objects.filter(role=role).order_by("pk"))


Asked = tuple[str, list[str], list[User]]


def beside_the_floor(figure: str, asked: list[Asked], share: float, scale: float) -> list[Result]:
    """Each of these pages, asked by these people by turns, beside fifty rows of bare Django."""
    times = sizes.times(REQUESTS, scale)
    owners = ",".join(str(rep.pk) for rep in people("rep"))
    sessions = {person.pk: session_of(person) for _, _, who in asked for person in who}
    with serving(FLOOR) as bare, serving(PRODUCT) as product:
        rates = [partial(loaded, bare, [get(f"/page/?owners={owners}")], times)]
        for _, paths, who in asked:
            requests = [get(path, sessions[person.pk]) for path in paths for person in who]
            rates.append(partial(loaded, product, requests, times))
        for rate in rates:
            rate.func(*rate.args[:2], WARM)
        floor, *found = medians(*rates)
    return [
        at_least(figure, f"{what}; floor: 50 rows", "per s", floor, rate, share)
        for (what, _, _), rate in zip(asked, found, strict=True)
    ]


def loaded(web: Web, requests: list[bytes], times: int) -> float:
    return web.rate(requests[n % len(requests)] for n in range(times))

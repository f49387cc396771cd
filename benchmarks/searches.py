"""Figure 4: how long a search takes by e-mail, phone, name and company, on the list and in the palette.

The floor is the page of fifty rows that searches nothing; the target is a limit for the slowest of twenty.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, quantiles
from urllib.parse import urlencode

from django.urls import reverse

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.pages import WARM, people
from benchmarks.results import Result
from benchmarks.web import FLOOR, PRODUCT, get, serving, session_of
from leads.models import Lead

LEADS = 100_000
SEARCHES = 40  # of one kind
LIMIT, LIMIT_OF_MANY = 60, 100  # milliseconds
KINDS: dict[str, Callable[[Lead], str]] = {
    "e-mail": lambda lead: lead.email[:-8],
    "phone": lambda lead: lead.phone[:-2],
    "name": lambda lead: lead.name[:-1],
    "company": lambda lead: lead.account.name[:-1],
}


def measure(databases: Databases, scale: float) -> list[Result]:
    leads, searches = sizes.leads(LEADS, scale), sizes.times(SEARCHES, scale)
    limit = LIMIT if leads <= LEADS else LIMIT_OF_MANY
    results = []
    with databases.copy(leads), serving(FLOOR) as bare, serving(PRODUCT) as product:
        marketer = session_of(people("marketer")[0])
        known = Lead.objects.select_related("account").filter(
            pk__in=range(1, leads, max(1, leads // searches))
        )
        owners = ",".join(str(rep.pk) for rep in people("rep"))
        floor = slow(bare.times([get(f"/page/?owners={owners}")] * (2 * searches))[searches:])
        for where, path in (("list", reverse("leads:list")), ("palette", reverse("search"))):
            for kind, spelled in KINDS.items():
                asked = [get(f"{path}?{urlencode({'q': spelled(lead)})}", marketer) for lead in known]
                product.rate(asked[:2] * WARM)
                taken = product.times(asked)
                what = f"search of the {where} by {kind}, {leads:,} leads: half took {median(taken):.0f} ms"
                slowest = slow(taken)
                results.append(
                    Result("4", what, "ms (p95)", floor, slowest, f"≤ {limit} ms", slowest <= limit)
                )
    return results


def slow(times: list[float]) -> float:
    """What one in twenty takes longer than."""
    return quantiles(times, n=20, method="inclusive")[-1]

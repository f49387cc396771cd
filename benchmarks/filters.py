"""Figures 1 to 3 for the lead list narrowed by two filters, whichever two.

One value of each kind that many leads have, one that few have, one that none has: the pairs are drawn from all of
them, the same at every run.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from itertools import combinations
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import quote

from django.urls import reverse

from benchmarks import scores, sizes
from benchmarks.company import signed_in
from benchmarks.databases import Databases
from benchmarks.pages import FEW, LEADS, OF_THE_LIST, beside_the_floor, people
from benchmarks.results import Result, at_most
from benchmarks.scores import MOMENT
from leads import scoring

PAIRS = 200
SEED = 5
FORM = '{"touches":{"kinds":["webinar"]},"within_days":600}'
# The company lives from June 2024 to July 2025.
CLAUSES = {
    "state": ["mql", "nurturing", "churned"],
    "owner": ["me", "none"],
    "campaign": ["7", "none"],
    "channel": ["3", "none"],
    "medium": ["cpc", "podcast", "none"],
    "content": ["ebook", "none"],
    "country": ["Netherlands", "Peru", "none"],
    "industry": ["Logistics", "Mining"],
    "employees_min": ["400", "900"],
    "employees_max": ["8"],
    "revenue_band": ["none"],
    "consent": ["granted", "opted_out"],
    "born_from": ["2025-06-25", "2030-01-01"],
    "born_to": ["2024-07-10"],
    "since_from": ["2025-06-25"],
    "since_to": ["2024-07-10"],
    "returned_from": ["2025-06-01"],
    "returned_never": ["1"],
    "worked_from": ["2025-06-25"],
    "worked_to": ["2024-07-10"],
    "worked_never": ["1"],
    "touched_from": ["2025-06-25"],
    "touched_to": ["2024-07-10"],
    "touched_never": ["1"],
    "has": ["phone", "no_phone", "company"],
    "snoozed": ["yes", "no"],
    "score_min": ["20", "90"],
    "custom.budget_min": ["90000"],
    "rule": ['{"field":"job_title","op":"contains","value":"quarry"}', FORM],
}


def pairs(scale: float) -> list[str]:
    """Addresses of the list with two filters each."""
    single = [(name, f"{name}={quote(value)}") for name, values in CLAUSES.items() for value in values]
    found = [f"{one}&{other}" for (a, one), (b, other) in combinations(single, 2) if a != b]
    chosen = random.Random(SEED).sample(found, sizes.times(PAIRS, scale))
    return [f"{reverse('leads:list')}?{query}" for query in chosen]


def measure(databases: Databases, scale: float) -> list[Result]:
    """Each pair in the small company and in the large one, for a marketer and for a rep, once memory holds its rows."""
    many = sizes.leads(LEADS, scale)
    few = min(FEW, sizes.leads(LEADS, scale / 10))
    small, large = (times_of(databases, leads, pairs(scale)) for leads in (few, many))
    results = []
    for role in small:
        before, after = (sorted(found[role].values()) for found in (small, large))
        slowest = max(large[role], key=large[role].__getitem__)
        what = f"two filters of a {role}: {few:,}, {many:,} leads"
        results += [
            at_most("2", what, "ms (p50)", median(before), median(after), 1.3),
            Result("2", what, "ms (p95)", slow(before), slow(after)),
            Result("2", f"{what}; {slowest.partition('?')[2]}", "ms (most)", before[-1], after[-1]),
        ]
    return results


def lists(databases: Databases, scale: float) -> list[Result]:
    """The same pairs over HTTP, from eight marketers at once."""
    leads = sizes.leads(LEADS, scale)
    with databases.copy(leads):
        score_all()
        what = f"lead list of a marketer by two filters, {leads:,} leads"
        return beside_the_floor("1", [(what, pairs(scale), people("marketer"))], OF_THE_LIST, scale)


def score_all() -> None:
    """Each lead by the definitions in force, in tables that are tidy as autovacuum leaves them."""
    scoring.score(None, MOMENT)
    scores.vacuum()


def times_of(databases: Databases, leads: int, paths: list[str]) -> dict[str, dict[str, float]]:
    """Milliseconds of each of these pages, by role."""
    with databases.copy(leads):
        score_all()
        return {role: dict(asked(role, paths)) for role in ("marketer", "rep")}


def asked(role: str, paths: list[str]) -> list[tuple[str, float]]:
    opened = partial(open_page, signed_in(people(role)[0]).get)
    for path in paths:  # a database just made reads all of it from disk
        opened(path)
    return [(path, opened(path)) for path in paths]


def open_page(get: Callable, path: str) -> float:
    start = perf_counter()
    if get(path).status_code != 200:
        raise RuntimeError(f"{path} was not shown")
    return 1000 * (perf_counter() - start)


def slow(times: list[float]) -> float:
    """What one in twenty takes longer than."""
    return quantiles(times, n=20, method="inclusive")[-1]

"""Figures 6 and 7 over HTTP, eight at once: leads entered by hand, and moved by their own reps.

The floor is a bare view behind the same web server that creates one lead by the ORM.
"""

from __future__ import annotations

from functools import partial
from itertools import count

from django.urls import reverse

from benchmarks import sizes
from benchmarks.databases import Databases
from benchmarks.results import Result, at_least
from benchmarks.timing import ROUNDS, medians
from benchmarks.web import FLOOR, PRODUCT, Web, post, serving, session_of
from leads.models import Lead
from leads.stages import MQL
from smarketing.foundation.models import User

LEADS, MOVES, CREATES = 100_000, 160, 120
FEW, MANY = 10_000, 100_000
OF_A_MOVE, OF_A_LEAD, AT_MANY = 0.22, 0.25, 0.8
WARM = 24
numbers = count(1)


def measure(databases: Databases, scale: float) -> list[Result]:
    """A move: session, visibility, gate, history, hand-over or deal, all in one act."""
    moves = sizes.times(MOVES, scale)
    with databases.copy(sizes.leads(LEADS, scale)):
        rounds = waiting(moves)
        accepted, advanced = iter(rounds), iter(rounds)
        with serving(FLOOR) as bare, serving(PRODUCT) as product:
            warm(bare, product)
            creates, accepts, advances = medians(
                lambda: bare.rate([post("/create/")] * moves),
                lambda: product.rate(moved(session, lead, "accept") for session, lead in next(accepted)),
                lambda: product.rate(
                    moved(session, lead, "advance", amount="12000.00") for session, lead in next(advanced)
                ),
            )
    return [
        at_least("7", "accept a lead; floor: ORM create", "per s", creates, accepts, OF_A_MOVE),
        at_least("7", "advance it with an amount; the same floor", "per s", creates, advances, OF_A_MOVE),
    ]


def waiting(moves: int) -> list[list[tuple[str, Lead]]]:
    """For each round other MQLs, each with the session of its rep."""
    sessions = {rep.pk: session_of(rep) for rep in User.objects.reps()}
    leads = list(Lead.objects.in_position(MQL).filter(owner__in=sessions).order_by("pk")[: moves * ROUNDS])
    moves = len(leads) // ROUNDS
    pairs = [(sessions[lead.owner_id], lead) for lead in leads]
    return [pairs[part * moves : (part + 1) * moves] for part in range(ROUNDS)]


def moved(session: str, lead: Lead, name: str, **given: str) -> bytes:
    return post(reverse(f"leads:{name}", args=[lead.pk]), session, htmx=True, **given)


def warm(bare: Web, product: Web) -> None:
    """Each thread of each process opens its connection before anything is measured."""
    bare.rate([post("/create/")] * WARM)
    product.rate(new_leads(session_of(User.objects.get(role="marketer")), WARM))


# --- Leads entered by hand ---------------------------------------------------------------------------------------
def entered(databases: Databases, scale: float) -> list[Result]:
    """A lead: validated, compared with all that are known, with its account, its origin and its history."""
    many, creates = sizes.leads(MANY, scale), sizes.times(CREATES, scale)
    few = min(FEW, sizes.leads(MANY, scale / 10))
    floor, product = creating(databases, many, creates)
    _, before = creating(databases, few, creates)
    return [
        at_least("6", f"enter a lead, {many:,} leads; floor: ORM create", "per s", floor, product, OF_A_LEAD),
        at_least("6", f"the same; floor: at {few:,} leads", "per s", before, product, AT_MANY),
    ]


def creating(databases: Databases, leads: int, creates: int) -> list[float]:
    with databases.copy(leads), serving(FLOOR) as bare, serving(PRODUCT) as product:
        warm(bare, product)
        session = session_of(User.objects.get(role="marketer"))
        return medians(
            partial(bare.rate, [post("/create/")] * creates),
            lambda: product.rate(new_leads(session, creates)),
        )


def new_leads(session: str, times: int) -> list[bytes]:
    return [post(reverse("leads:create"), session, **a_person(next(numbers))) for _ in range(times)]


def a_person(n: int) -> dict[str, object]:
    person = {"first_name": "Ida", "last_name": "New", "email": f"ida{n}@new.example", "company": f"New {n}"}
    return {**person, "phone": f"+3120{7_000_000 + n}", "campaign": 1}

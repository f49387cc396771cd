"""Figure 7: stage moves over HTTP by the lead's own rep: gate, history, hand-over or deal, all in one act."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from benchmarks import sizes
from benchmarks.company import signed_in
from benchmarks.creating import bare_client
from benchmarks.databases import Databases
from benchmarks.results import Result, at_least
from benchmarks.timing import ROUNDS, medians, per_second
from leads.models import Lead
from leads.stages import MQL
from smarketing.foundation.models import User

LEADS, MOVES = 100_000, 100
TARGET = 0.22


def measure(databases: Databases, scale: float) -> list[Result]:
    moves = sizes.times(MOVES, scale)
    with databases.copy(sizes.leads(LEADS, scale)):
        rounds = waiting(moves)
        accepted, advanced = iter(rounds), iter(rounds)
        floor = bare_client()

        def created() -> float:
            return per_second(lambda _: answered(floor.post("/create/"), 200), range(moves))

        def accepting() -> float:
            return per_second(lambda one: moved(*one, "accept"), next(accepted))

        def advancing() -> float:
            return per_second(lambda one: moved(*one, "advance", amount="12000.00"), next(advanced))

        creates, accepts, advances = medians(created, accepting, advancing)
    return [
        at_least("7", "accept a lead; floor: ORM create", "per s", creates, accepts, TARGET),
        at_least("7", "advance it with an amount; the same floor", "per s", creates, advances, TARGET),
    ]


def waiting(moves: int) -> list[list[tuple[Client, Lead]]]:
    """For each round other MQLs, each with the browser of its rep."""
    browsers = {rep.pk: signed_in(rep) for rep in User.objects.reps()}
    leads = list(Lead.objects.in_position(MQL).filter(owner__in=browsers).order_by("pk")[: moves * ROUNDS])
    moves = len(leads) // ROUNDS
    pairs = [(browsers[lead.owner_id], lead) for lead in leads]
    return [pairs[part * moves : (part + 1) * moves] for part in range(ROUNDS)]


def moved(client: Client, lead: Lead, name: str, **given: str) -> None:
    answered(
        client.post(reverse(f"leads:{name}", args=[lead.pk]), given, headers={"HX-Request": "true"}), 204
    )


def answered(response, status: int) -> None:
    if response.status_code != status:
        raise RuntimeError(f"{response.request['PATH_INFO']} answered {response.status_code}, not {status}")

"""A made-up company of any size, the same at every run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.test.client import Client, ClientHandler

from leads.models import Campaign, Channel, CustomField, ImportBatch
from leads.readings import STANDS
from leads.stages import LADDER
from smarketing import company
from smarketing.foundation.models import Team, User
from smarketing.foundation.roles import as_owner

SQL = Path(__file__).with_name("company.sql").read_text()
CAMPAIGNS, CHANNELS = 200, 8
REPS, TEAM_SIZE = 10, 5  # as many whatever the leads, so that only those differ between two companies
CHECKED = 1_000


def fill(leads: int) -> None:
    """Fill the migrated, empty database that Django is connected to."""
    company.found("Loadline", "UTC", "EUR")
    make_campaigns()
    make_people()
    ImportBatch.objects.create(kind="leads", file_name="made-up.csv")
    CustomField.objects.create(entity="lead", key="budget", label="Budget", kind=CustomField.Kind.NUMBER)
    reps = list(User.objects.reps().order_by("pk").values_list("pk", flat=True))
    numbers = {"leads": leads, "accounts": leads // 4 + 1, "campaigns": CAMPAIGNS, "reps": reps}
    with as_owner():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SQL, numbers)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    check()


def make_campaigns() -> None:
    Channel.objects.bulk_create(
        Channel(pk=n, name=f"Channel {n}", key=f"channel {n}") for n in range(1, CHANNELS + 1)
    )
    Campaign.objects.bulk_create(
        Campaign(pk=n, name=f"Campaign {n}", key=f"campaign {n}", channel_id=1 + n % CHANNELS)
        for n in range(1, CAMPAIGNS + 1)
    )


def make_people() -> None:
    """Reps in two teams, and a marketer."""
    for n in range(REPS):
        team, _ = Team.objects.get_or_create(
            name=f"Team {n // TEAM_SIZE + 1}", defaults={"function": "sales"}
        )
        User.objects.create_user(f"rep{n}@loadline.example", name=f"Rep {n}", role="rep", team=team)
    team = Team.objects.create(name="Marketing", function="marketing")
    User.objects.create_user("marketer@loadline.example", name="Marketer", role="marketer", team=team)


def check() -> None:
    """Leads stand where `leads.readings` says that their history leaves them, or nothing here means anything."""
    columns = ["born_at", "returned_at", *(f"{stage}_at" for stage in LADDER)]
    ours = ", ".join(f"l.{name}" for name in ["stage", "standing", "stage_since", *columns])
    theirs = ", ".join(f"s.{name}" for name in ["to_stage", "to_standing", "since", *columns])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FILTER (WHERE ({ours}) IS NOT DISTINCT FROM ({theirs})), count(*)
            FROM ({STANDS}) s JOIN leads_lead l ON l.id = s.lead_id""",
            {"leads": list(range(1, CHECKED + 1))},
        )
        agreeing, looked_at = cursor.fetchone()
    if agreeing != looked_at or not looked_at:
        raise RuntimeError(f"only {agreeing} of {looked_at} made-up leads stand where their history says")


def signed_in(user: User) -> Client:
    """A browser of this person, without a network between."""
    client = Client(SERVER_NAME="localhost")
    client.handler = application()
    client.force_login(user)
    return client


@cache
def application() -> ClientHandler:
    """One for all browsers, as in a web process: the first request after its start pays for much."""
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()
    return handler

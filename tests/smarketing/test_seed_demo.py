"""How the demo company is made: the same for a seed, once, and never among leads of one's own."""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from leads.models import (
    Appeal,
    Cost,
    Deal,
    Lead,
    Note,
    StageChange,
    Touch,
)
from smarketing.demo import campaigns, comeback, company, people, selling
from smarketing.foundation.models import ExchangeRate, Organisation, User
from tests.conftest import make_organisation
from tests.factories import make_lead
from tests.smarketing.demos import SIZE, WEDNESDAY, seed

SUNDAY_NIGHT = datetime(2026, 3, 15, 22, 40, tzinfo=UTC)


def fingerprint() -> list[tuple]:
    """What the company is, without the keys and the moments at which it happened to be written."""
    history = StageChange.objects.in_order().values_list(
        "lead__name_key", "move", "to_stage", "to_standing", "at", "reason", "owner__name", "return_on"
    )
    deals = Deal.objects.order_by("opened_at", "id").values_list(
        "name", "amount", "currency", "outcome", "closed_at"
    )
    touches = Touch.objects.order_by("at", "id").values_list("lead__email", "campaign__name", "kind", "at")
    costs = Cost.objects.order_by("id").values_list(
        "campaign__name", "starts_on", "ends_on", "amount", "currency"
    )
    leads = Lead.objects.order_by("born_at", "id").values_list(
        "email", "phone", "job_title", "account__name", "consent"
    )
    rates = ExchangeRate.objects.order_by("id").values_list("currency", "on", "rate")
    return [*history, *deals, *touches, *costs, *leads, *rates]


def made(folder: Path, **what) -> list[tuple]:
    with transaction.atomic():
        seed(folder, **{"leads": company.FEWEST} | what)
        found = fingerprint()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_the_same_seed_and_moment_make_the_same_company_and_another_seed_another(tmp_path):
    first = made(tmp_path)

    assert made(tmp_path) == first
    assert made(tmp_path, number=2) != first


@pytest.mark.django_db
def test_every_row_of_every_table_follows_from_seed_and_moment(tmp_path):
    assert digests(tmp_path) == digests(tmp_path)


@pytest.mark.django_db
def test_no_row_depends_on_the_way_the_database_keeps_and_finds_it(tmp_path):
    first = digests(tmp_path)
    sweep_away_what_was_rolled_back()

    assert digests(tmp_path, without=("nestloop", "indexscan", "bitmapscan", "sort")) == first


# The password, and what PostgreSQL notes by its own clock when a real act writes it.
WRITTEN_NOW = {"password", "recorded_at", "created_at", "joined_at", "available_at", "close_recorded_at"}
BY_THE_CLOCK = {"foundation_heartbeat", "foundation_auditevent"}


def digests(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """A hash of each table's rows as a fresh demo leaves them, keys included; `without` these ways of the planner."""
    count_keys_from(7_000_000)
    with transaction.atomic(), connection.cursor() as cursor:
        for way in without:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        seed(folder, leads=company.FEWEST)
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name ~ '^(leads|sla|foundation|reporting)_' GROUP BY 1"
        )
        found = {}
        for table, columns in cursor.fetchall():
            if table not in BY_THE_CLOCK:
                told = ", ".join(f'"{column}"' for column in sorted(columns) if column not in WRITTEN_NOW)
                hashed = "SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text)) FROM"
                cursor.execute(f"{hashed} (SELECT {told} FROM {table}) r")
                found[table] = cursor.fetchone()[0]
        transaction.set_rollback(True)
    return found


def count_keys_from(number: int) -> None:
    """The owner's right, and nothing that a rollback takes back."""
    as_owner(
        "SELECT setval(format('%%I', sequencename)::regclass, %s) FROM pg_sequences"
        " WHERE schemaname = 'public' AND sequencename <> 'django_migrations_id_seq'",
        [number],
    )


def sweep_away_what_was_rolled_back() -> None:
    """As autovacuum may at any time: the next rows fill the gaps, and no longer lie in the order of their keys."""
    as_owner("VACUUM")


def as_owner(sql: str, given: list[int] | None = None) -> None:
    owner = settings.DATABASE_OWNER
    login = {"user": owner["USER"], "password": owner["PASSWORD"]}
    with closing(psycopg2.connect(**{**connection.get_connection_params(), **login})) as other:
        other.autocommit = True
        other.cursor().execute(sql, given)


@pytest.mark.django_db
def test_the_hour_only_decides_where_the_year_is_cut_off(tmp_path):
    early, late = (set(made(tmp_path, leads=SIZE, moment=WEDNESDAY.replace(hour=hour))) for hour in (9, 15))

    assert len(early & late) > 0.7 * len(early)


@pytest.mark.django_db
def test_a_company_can_be_made_on_a_sunday_night(tmp_path):
    seed(tmp_path, leads=company.FEWEST, moment=SUNDAY_NIGHT)

    assert Lead.objects.count() == company.FEWEST
    assert not StageChange.objects.filter(at__gt=SUNDAY_NIGHT).exists()
    assert not Note.objects.filter(at__gt=SUNDAY_NIGHT).exists()
    assert not Appeal.objects.filter(opened_at__gt=SUNDAY_NIGHT).exists()


@pytest.mark.django_db
def test_running_it_again_changes_nothing_and_tells_the_logins_again(tmp_path):
    first = seed(tmp_path, leads=company.FEWEST)
    before = fingerprint()

    again = seed(tmp_path, leads=300, number=9)

    assert fingerprint() == before
    assert (again.made, again.leads, again.logins) == (False, company.FEWEST, first.logins)


@pytest.mark.django_db
def test_it_refuses_a_company_that_has_leads_of_its_own(organisation, tmp_path, settings):
    make_lead()
    settings.DATA_DIR = tmp_path
    said = StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("seed_demo", leads=company.FEWEST, stderr=said)

    assert stopped.value.code == 1
    assert "Loadline has leads of its own" in said.getvalue()
    assert Lead.objects.count() == 1
    assert not User.objects.exists()


@pytest.mark.django_db
def test_it_fills_an_empty_company_and_keeps_its_name_zone_and_currency(tmp_path):
    make_organisation(zone="America/Sao_Paulo", currency="BRL", name="Doca")

    told = seed(tmp_path, leads=company.FEWEST)

    assert told.organisation == "Doca"
    assert Organisation.get().currency == "BRL"
    assert set(Deal.objects.values_list("currency", flat=True)) == {"BRL"}
    assert set(Cost.objects.values_list("currency", flat=True)) == {"BRL"}


@pytest.mark.django_db
def test_the_command_prints_one_object_with_json_and_a_table_without(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    spoken, printed = StringIO(), StringIO()

    call_command("seed_demo", leads=company.FEWEST, json=True, stdout=spoken)
    call_command("seed_demo", leads=company.FEWEST, stdout=printed)

    told = json.loads(spoken.getvalue())
    assert (told["made"], told["leads"], len(told["logins"])) == (True, company.FEWEST, 5)
    assert "there already, with 100 leads" in printed.getvalue()
    assert told["logins"][0]["password"] in printed.getvalue()


@pytest.mark.parametrize("leads", ["0", "99", "-5", "many", "1000001", "1e3"])
def test_a_number_of_leads_out_of_range_is_wrong_usage(leads):
    with pytest.raises(CommandError, match="from 100 to 1000000"):
        call_command("seed_demo", f"--leads={leads}")


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("yesterday", "is no date-time"),
        ("2026-01-01T10:00", "has no zone"),
        ("2999-01-01T10:00+00:00", "lies ahead"),
    ],
)
def test_an_end_that_cannot_be_is_wrong_usage(at, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("seed_demo", f"--at={at}")


def test_costs_are_cut_to_the_months_they_lie_in():
    assert campaigns.months(date(2026, 1, 17), date(2026, 3, 5)) == [
        (date(2026, 1, 17), date(2026, 1, 31), pytest.approx(15 / 31)),
        (date(2026, 2, 1), date(2026, 2, 28), 1.0),
        (date(2026, 3, 1), date(2026, 3, 5), pytest.approx(5 / 31)),
    ]


def test_demo_addresses_are_plain():
    assert people.email("Amélie Renard") == "amelie.renard@loadline.example"


def test_no_other_deal_can_be_as_large_as_the_one_that_came_back():
    dearest_pound = Decimal("1.3")
    assert selling.DEAREST * dearest_pound <= comeback.WORTH

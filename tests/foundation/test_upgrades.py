"""Operations of migrations that were cut off do the rest when they run again, and leave alone what is done."""

import threading
from collections.abc import Iterator

import psycopg2
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from leads.models import Activity, Lead
from smarketing.foundation import schema
from smarketing.foundation.management.commands import migrate
from smarketing.foundation.roles import as_owner
from smarketing.foundation.upgrades import BuildIndex, BuildSqlIndex, BuildUnique, Fill, Together
from tests.factories import make_lead

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = next(index for index in Lead._meta.indexes if index.name == "lead_waiting")
ONCE = next(one for one in Lead._meta.constraints if one.name == "lead_email_once")


@pytest.fixture
def owner() -> Iterator[None]:
    with as_owner():
        yield


def do(operation, before: ProjectState | None = None, *, backwards: bool = False) -> None:
    before = before or ProjectState.from_apps(apps)
    after = before.clone()
    if not backwards:
        operation.state_forwards("leads", after)
    with connection.schema_editor(atomic=False) as editor:
        run = operation.database_backwards if backwards else operation.database_forwards
        run("leads", editor, before, after)


def sql(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def index(name: str) -> tuple:
    """Its number, whether it is whole, and how it is written."""
    return sql(
        f"SELECT indexrelid::int, indisvalid, pg_get_indexdef(indexrelid) FROM pg_index "
        f"WHERE indexrelid = to_regclass('{name}')"
    )[0]


def test_an_index_that_is_whole_is_left_as_it_is(owner):
    before = index("lead_waiting")

    do(BuildIndex("lead", WAITING))

    assert index("lead_waiting") == before


@pytest.mark.parametrize("leads", [0, 2])
def test_an_index_whose_build_was_cut_off_is_built_anew(owner, leads):
    for _ in range(leads):
        make_lead()
    before = index("lead_waiting")
    sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lead_waiting'::regclass")

    do(BuildIndex("lead", WAITING))

    assert index("lead_waiting")[1:] == before[1:]


def test_an_index_without_a_model_is_built_once_and_taken_back(owner):
    operation = BuildSqlIndex("made_up", "leads_lead", "(medium) WHERE medium <> ''")
    do(operation)
    made = index("made_up")
    do(operation)
    assert index("made_up") == made and made[1]

    do(operation, backwards=True)
    do(operation, backwards=True)
    assert sql("SELECT to_regclass('made_up')") == [(None,)]


@pytest.fixture
def earlier(owner) -> Iterator[ProjectState]:
    """A database whose e-mails are unique among all leads, and that was cut off while it built the new index."""
    old = models.UniqueConstraint(fields=["email_norm"], condition=models.Q(merged_into=None), name=ONCE.name)
    before = ProjectState.from_apps(apps)
    before.remove_constraint("leads", "lead", ONCE.name)
    before.add_constraint("leads", "lead", old)
    stored = sql(f"SELECT pg_get_indexdef('{ONCE.name}'::regclass)")[0][0]
    sql(f"DROP INDEX {ONCE.name}")
    sql(f"CREATE UNIQUE INDEX {ONCE.name} ON leads_lead (email_norm) WHERE merged_into_id IS NULL")
    yield before
    sql(f"DROP INDEX IF EXISTS {ONCE.name}, {ONCE.name}_new")
    sql(stored)


def test_what_is_unique_is_replaced_by_what_is_unique_among_fewer(earlier):
    make_lead(email="ada@example.com")
    sql(f"CREATE INDEX {ONCE.name}_new ON leads_lead (medium)")
    sql(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{ONCE.name}_new'::regclass")

    do(BuildUnique("lead", ONCE, tells="voided_at"), earlier)

    made = index(ONCE.name)
    assert "voided_at IS NULL" in made[2] and made[1]
    assert sql(f"SELECT to_regclass('{ONCE.name}_new')") == [(None,)]
    do(BuildUnique("lead", ONCE, tells="voided_at"), earlier)
    assert index(ONCE.name) == made


def test_a_column_and_all_that_comes_with_it_are_made_once(owner):
    operation = Together(
        migrations.AddField("lead", "made_up", models.IntegerField(null=True)),
        migrations.RunSQL(
            "CREATE FUNCTION made_up() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION made_up()"
        ),
    )
    before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
    operation.state_forwards("leads", after)
    try:
        do(operation)
        do(operation)
        assert sql("SELECT made_up() FROM leads_lead") == []
    finally:
        for _ in range(2):
            with connection.schema_editor(atomic=False) as editor:
                operation.database_backwards("leads", editor, after, before)
    assert sql("SELECT FROM pg_attribute WHERE attname = 'made_up' AND NOT attisdropped") == []


def test_a_column_is_filled_a_few_rows_at_a_time_and_what_is_known_stays(organisation, owner):
    old = [make_lead() for _ in range(3)]
    for lead in old:
        Activity.objects.create(lead=lead, kind="call", at=lead.born_at)
    Lead.objects.filter(pk=old[0].pk).update(worked_at=old[0].created_at)
    fill = migrations_of("0005_worked_at").FILL

    do(Fill("leads_lead", fill, step=1))

    worked = dict(Lead.objects.values_list("pk", "worked_at"))
    assert worked == {old[0].pk: old[0].created_at} | {lead.pk: lead.born_at for lead in old[1:]}


def migrations_of(name: str):
    from importlib import import_module

    return import_module(f"leads.migrations.{name}")


@pytest.fixture
def somebody() -> Iterator[psycopg2.extensions.connection]:
    """A second connection, in the middle of a transaction that has read what is due."""
    given = connection.get_connection_params()
    link = psycopg2.connect(
        **{key: given[key] for key in ("host", "port", "user", "password", "dbname") if key in given}
    )
    link.cursor().execute("SELECT FROM leads_scoredue")
    yield link
    link.close()


def test_tables_are_changed_in_an_instant_in_which_nobody_uses_any_of_them(owner, somebody, monkeypatch):
    held = []

    def meanwhile(_) -> None:
        cursor = somebody.cursor()
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' "
            "AND relation IN ('leads_lead'::regclass, 'leads_scoredue'::regclass)"
        )
        held.append(cursor.fetchone()[0])
        somebody.rollback()

    monkeypatch.setattr(schema, "sleep", meanwhile)
    tables = ["leads_lead", "leads_scoredue"]  # somebody reads the second
    operation = Together(
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} SET (parallel_workers = 2)",
                f"ALTER TABLE {table} RESET (parallel_workers)",
            )
            for table in tables
        )
    )

    do(operation)
    do(operation, backwards=True)

    assert held == [0]


@pytest.mark.slow
def test_migrate_gives_way_to_whoever_uses_a_table_and_tries_again(somebody, capsys):
    letting_go = threading.Timer(4, somebody.rollback)
    try:
        letting_go.start()
        call_command("migrate", "leads", "0020", verbosity=0)
    finally:
        letting_go.join()
        call_command("migrate", verbosity=0)

    assert "Somebody uses a table that is to be changed" in capsys.readouterr().err


@pytest.mark.slow
def test_migrate_says_what_to_do_about_somebody_who_never_lets_go(somebody, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 2)
    try:
        with pytest.raises(CommandError, match="End the long transactions that pg_stat_activity shows"):
            call_command("migrate", "leads", "0020", verbosity=0)
    finally:
        somebody.rollback()
        call_command("migrate", verbosity=0)


def test_two_do_not_migrate_at_once(somebody, monkeypatch, capsys):
    monkeypatch.setattr(migrate, "TRIES", 2)
    monkeypatch.setattr(migrate, "PAUSE", 0.1)
    somebody.cursor().execute("SELECT pg_advisory_lock(%s)", [migrate.ALONE])

    with pytest.raises(CommandError, match="Another migrate is still at work"):
        call_command("migrate", verbosity=0)

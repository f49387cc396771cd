"""History can be added to only: PostgreSQL refuses to change or delete it, to its owner as well (release gate 9)."""

from contextlib import closing

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings as configuration
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils.timezone import now

from leads.stages import Stage
from smarketing.foundation import audit
from smarketing.foundation.roles import as_owner
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db

APPEND_ONLY = [
    "leads_stagechange",
    "leads_touch",
    "leads_assignment",
    "leads_activity",
    "leads_refund",
    "leads_suppressionhit",
    "leads_importchange",
    "leads_definitionremark",
    "leads_acknowledgement",
    "leads_scoreentry",
    "foundation_auditevent",
    "reporting_ledgerproof",
    "sla_explanation",
]


def one_row_each(company) -> None:
    from leads.models import (
        Acknowledgement,
        Activity,
        Deal,
        Definition,
        ImportBatch,
        ImportChange,
        Note,
        Refund,
        ScoreEntry,
        Suppression,
        SuppressionHit,
        Touch,
    )
    from reporting.models import LedgerProof
    from sla.agreements import ensure_default
    from sla.models import Clock, Commitment, Explanation

    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    Touch.objects.create(lead=lead, at=now(), kind="visit")
    Activity.objects.create(lead=lead, by=rep, kind="call", at=now())
    deal = Deal.objects.create(contact=lead, amount=5, currency="EUR")
    Refund.objects.create(deal=deal, at=now(), amount=1)
    bar = Suppression.objects.create(kind="domain", value="spam.example", reason="not_real")
    SuppressionHit.objects.create(suppression=bar, way="hand")
    batch = ImportBatch.objects.create(kind="leads", file_name="a.csv")
    ImportChange.objects.create(batch=batch, table="lead", row_id=lead.pk, before={}, after={})
    Acknowledgement.objects.create(user=rep, version=0)
    draft = Definition.objects.create(document={})
    draft.remarks.create(kind="comment", text="Too strict.", by=rep, at=now())
    ScoreEntry.objects.create(
        lead=lead, part="fit", rule="size", points=5, cause="fact", definition_version=0, at=now()
    )
    audit.record("test", by=rep)
    ensure_default()
    at = {"occurred_at": now(), "captured_at": now(), "started_at": now()}
    clock = Clock.objects.create(commitment=Commitment.objects.first(), origin_id=1, lead=lead, **at)
    note = Note.objects.create(lead=lead, by=rep, text="Nobody was there.", at=now())
    Explanation.objects.create(clock=clock, cause="capacity", note=note, by=rep, at=now())
    LedgerProof.objects.create(
        day=now().date(), proved_at=now(), seconds=1, leads=1, handovers=1, differences=0
    )


TAMPERING = {
    "void": "UPDATE {table} SET voided_at = now()",
    "update": "UPDATE {table} SET id = id + 1000000",
    "no-op update": "UPDATE {table} SET id = id",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
    "trigger off": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop trigger": "DROP TRIGGER {table}_append_only ON {table}",
    "replica role": "SET LOCAL session_replication_role = replica; DELETE FROM {table}",
    "another role": "SET ROLE smarketing_owner; DELETE FROM {table}",
    "merge": "MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN DELETE",
    "take over": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "grant": "GRANT DELETE ON {table} TO CURRENT_USER; DELETE FROM {table}",
    "replace function": "CREATE OR REPLACE FUNCTION foundation_forbid_change() RETURNS trigger "
    "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; DELETE FROM {table}",
}


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_cannot_be_tampered_with(organisation, table):
    one_row_each(organisation)
    with connection.cursor() as cursor:
        before = content(cursor, table)
        assert before
        for name, statement in TAMPERING.items():
            with pytest.raises((ProgrammingError, IntegrityError, DatabaseError)), transaction.atomic():
                cursor.execute(statement.format(table=table))
                assert content(cursor, table) != before, f"{name} had no effect"
        assert content(cursor, table) == before


def content(cursor, table: str) -> list:
    cursor.execute(f"SELECT t::text FROM {table} t ORDER BY id")
    return cursor.fetchall()


def test_every_append_only_table_is_on_the_list():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_append_only'")
        assert {row[0] for row in cursor.fetchall()} == set(APPEND_ONLY)
        tables = {model._meta.db_table for model in apps.get_models()}
        assert set(APPEND_ONLY) <= tables


def test_an_append_only_table_guards_each_of_its_columns_but_the_mark_for_void():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT t.tgrelid::regclass::text, array_agg(a.attname::text) FROM pg_trigger t
            JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE t.tgname LIKE '%_append_only' AND t.tgattr::text <> '' AND NOT a.attnum = ANY(t.tgattr)
            GROUP BY 1"""
        )
        unguarded = dict(cursor.fetchall())
    assert unguarded.pop("leads_activity") == ["taken_back_at"]
    assert set(unguarded) == {
        "leads_stagechange",
        "leads_touch",
        "leads_assignment",
        "leads_suppressionhit",
    }
    assert all(columns == ["voided_at"] for columns in unguarded.values())


def connected_as_owner() -> psycopg2.extensions.connection:
    owners = {
        "user": configuration.DATABASE_OWNER["USER"],
        "password": configuration.DATABASE_OWNER["PASSWORD"],
    }
    login = {**connection.get_connection_params(), **owners}
    for name in ("cursor_factory", "context"):
        login.pop(name, None)
    return psycopg2.connect(**login)


def test_the_owner_of_the_schema_cannot_rewrite_history_either(organisation):
    with closing(connected_as_owner()) as owner, owner.cursor() as cursor:
        for statement in (
            "UPDATE foundation_auditevent SET action = 'b'",
            "DELETE FROM foundation_auditevent",
        ):
            cursor.execute(
                "INSERT INTO foundation_auditevent (action, object_type, object_id, fields, request_id) "
                "VALUES ('a', '', '', '[]', '')"
            )
            with pytest.raises(psycopg2.IntegrityError, match="append-only"):
                cursor.execute(statement)
            owner.rollback()


def test_even_the_owner_marks_history_void_once_only_and_rewrites_nothing(organisation):
    for statement in (
        "UPDATE leads_stagechange SET reason = 'b'",
        "DELETE FROM leads_stagechange",
        "UPDATE leads_stagechange SET voided_at = NULL",
        "UPDATE leads_stagechange SET voided_at = now(), reason = 'b'",
    ):
        with closing(connected_as_owner()) as owner, owner.cursor() as cursor:
            cursor.execute(VOIDED_ROW)
            with pytest.raises(psycopg2.IntegrityError, match="append-only"):
                cursor.execute(statement)
            owner.rollback()


VOIDED_ROW = """
WITH lead AS (
    INSERT INTO leads_lead (email, first_name, last_name, name_key, phone, job_title, buying_role, country, consent,
        medium, content, stage, standing, stage_since, highest_stage, born_at, version)
    VALUES ('', '', '', '', '', '', '', '', '', '', '', 'visitor', 'active', now(), 'visitor', now(), 1) RETURNING id
)
INSERT INTO leads_stagechange (lead_id, kind, move, to_stage, to_standing, at, reason)
SELECT id, 'historic', 'reach', 'visitor', 'active', now(), '' FROM lead;
UPDATE leads_stagechange SET voided_at = now();
"""


@pytest.mark.django_db(transaction=True)
def test_the_newest_migrations_can_be_taken_back_and_run_again():
    with as_owner():
        try:
            call_command("migrate", "leads", "0007", verbosity=0)
            call_command("migrate", "sla", "0002", verbosity=0)
            call_command("migrate", "foundation", "0004", verbosity=0)
        finally:
            call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(GUARDS_OF_ACTIVITIES)
        assert cursor.fetchall() == [("leads_activity_append_only",), ("leads_activity_taken_back_once",)]


GUARDS_OF_ACTIVITIES = """
SELECT tgname FROM pg_trigger WHERE tgrelid = 'leads_activity'::regclass AND NOT tgisinternal ORDER BY tgname
"""

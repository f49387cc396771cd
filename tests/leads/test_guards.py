"""What PostgreSQL refuses, whoever writes and by whatever path: release gates 8 and 9."""

from contextlib import closing, suppress
from datetime import timedelta
from itertools import pairwise

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings as configuration
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import handover
from leads.models import AllowedMove, Handover, Lead, StageChange
from leads.stages import LADDER, MOVES, Move, Stage, Standing
from smarketing.foundation import audit
from smarketing.foundation.roles import as_owner
from tests.factories import MONDAY_9, make_lead, make_user

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

stages = st.sampled_from([str(stage) for stage in LADDER])
standings = st.sampled_from([str(standing) for standing in Standing])
numbers = st.one_of(st.none(), st.integers(0, 5))
attempts = st.one_of(
    st.fixed_dictionaries({"how": st.just("orm"), "stage": stages, "standing": standings}),
    st.fixed_dictionaries({"how": st.just("bulk"), "stage": stages, "standing": standings}),
    st.fixed_dictionaries({"how": st.just("sql"), "stage": stages, "standing": standings, "seq": numbers}),
    st.fixed_dictionaries(
        {
            "how": st.just("row"),
            "move": st.sampled_from([str(move) for move in Move]),
            "kind": st.sampled_from(["live", "historic"]),
            "seq": numbers,
            "prev_seq": numbers,
            "from_stage": st.one_of(st.none(), stages),
            "from_standing": st.one_of(st.none(), standings),
            "stage": stages,
            "standing": standings,
            "also_lead": st.booleans(),
        }
    ),
)


@pytest.fixture
def walked(organisation) -> list[Lead]:
    make_user("rep")
    return [make_lead(stage=stage, since=MONDAY_9) for stage in Stage]


def try_it(lead: Lead, attempt: dict) -> None:
    """Store the attempt, with every deferred check at once, as a commit would."""
    with connection.cursor() as cursor:
        match attempt["how"]:
            case "orm":
                lead.stage, lead.standing = attempt["stage"], attempt["standing"]
                lead.save()
            case "bulk":
                Lead.objects.filter(pk=lead.pk).update(stage=attempt["stage"], standing=attempt["standing"])
            case "sql":
                cursor.execute(
                    "UPDATE leads_lead SET stage = %s, standing = %s, seq = %s WHERE id = %s",
                    [attempt["stage"], attempt["standing"], attempt["seq"], lead.pk],
                )
            case "row":
                insert_row(cursor, lead, attempt)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def insert_row(cursor, lead: Lead, attempt: dict) -> None:
    cursor.execute(
        """INSERT INTO leads_stagechange (lead_id, kind, seq, prev_seq, move, from_stage, from_standing,
            to_stage, to_standing, at, reason, definition_version)
        VALUES (%(lead)s, %(kind)s, %(seq)s, %(prev_seq)s, %(move)s, %(from_stage)s, %(from_standing)s,
            %(stage)s, %(standing)s, %(at)s, '', %(version)s)""",
        {**attempt, "lead": lead.pk, "at": now(), "version": 0 if attempt["kind"] == "live" else None},
    )
    if attempt["also_lead"]:
        cursor.execute(
            "UPDATE leads_lead SET stage = %s, standing = %s, seq = %s WHERE id = %s",
            [attempt["stage"], attempt["standing"], attempt["seq"], lead.pk],
        )


def ensure_legal(lead: Lead) -> None:
    """The live chain runs by allowed moves without a gap, and the lead stands at its end."""
    lead = Lead.objects.get(pk=lead.pk)
    chain = list(StageChange.objects.filter(lead=lead, kind="live").order_by("seq"))
    assert [row.seq for row in chain] == list(range(1, len(chain) + 1))
    for before, after in pairwise(chain):
        assert after.before == before.position
        assert (before.position, after.position) in MOVES[Move(after.move)]
    assert lead.position == chain[-1].position


def check(walked: list[Lead], which: int, attempt: dict) -> None:
    lead = Lead.objects.get(pk=walked[which].pk)
    with transaction.atomic():
        inner = transaction.savepoint()
        with suppress(DatabaseError), transaction.atomic():
            try_it(lead, attempt)
        ensure_legal(lead)
        transaction.savepoint_rollback(inner)
        connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")


quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=250, deadline=None, suppress_health_check=quiet)
@given(which=st.integers(0, len(LADDER) - 1), attempt=attempts)
def test_no_path_stores_an_illegal_jump(walked, which, attempt):
    check(walked, which, attempt)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None, suppress_health_check=quiet)
@given(which=st.integers(0, len(LADDER) - 1), attempt=attempts)
def test_no_path_stores_an_illegal_jump_in_five_thousand_tries(walked, which, attempt):
    check(walked, which, attempt)


def test_the_attempts_above_can_succeed_when_they_are_legal(walked):
    lead = walked[1]  # an MQL
    legal = {"how": "row", "move": "accept", "kind": "live", "seq": 3, "prev_seq": 2, "also_lead": True}
    legal |= {"from_stage": "mql", "from_standing": "active", "stage": "sal", "standing": "active"}

    try_it(lead, legal)

    ensure_legal(lead)
    assert Lead.objects.get(pk=lead.pk).stage == "sal"


@pytest.mark.parametrize(
    "seq, prev_seq, from_stage",
    [(4, 3, "mql"), (3, None, "mql"), (3, 1, "mql"), (2, 1, "visitor"), (3, 2, "visitor")],
    ids=["gap", "no previous", "wrong previous", "fork", "wrong from"],
)
def test_a_broken_link_is_refused(walked, seq, prev_seq, from_stage):
    row = {
        "how": "row",
        "move": "accept",
        "kind": "live",
        "seq": seq,
        "prev_seq": prev_seq,
        "also_lead": True,
    }
    row |= {"from_stage": from_stage, "from_standing": "active", "stage": "sal", "standing": "active"}

    with pytest.raises(IntegrityError), transaction.atomic():
        try_it(walked[1], row)


def test_the_chain_adopts_only_what_imported_history_shows(walked):
    row = {"how": "row", "move": "adopt", "kind": "live", "seq": 3, "prev_seq": 2, "also_lead": True}
    row |= {"from_stage": "mql", "from_standing": "active", "stage": "customer", "standing": "won"}

    with pytest.raises(IntegrityError, match="no historic row"), transaction.atomic():
        try_it(walked[1], row)


def test_a_lead_without_a_live_chain_stands_only_where_a_historic_row_shows(organisation):
    lead = Lead.objects.create(email="x@example.com", born_at=MONDAY_9, stage_since=MONDAY_9)

    with pytest.raises(IntegrityError, match="no history shows"), transaction.atomic():
        try_it(lead, {"how": "sql", "stage": "customer", "standing": "won", "seq": None})


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


def test_the_table_of_moves_cannot_be_extended_by_the_application(organisation):
    with pytest.raises(ProgrammingError), transaction.atomic():
        AllowedMove.objects.create(
            move="win", from_stage="visitor", from_standing="active", to_stage="customer", to_standing="won"
        )


def test_a_handover_ends_once_and_is_never_deleted_or_rewritten(organisation):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    handover.accept(lead.pk, by=rep)
    ended = Handover.objects.filter(lead=lead)

    for change in (
        lambda: ended.update(ending="rejected"),
        lambda: ended.update(ended_at=None, ending="", ended_by_change=None),
        lambda: ended.update(opened_at=now() - timedelta(days=9)),
        lambda: ended.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()

    assert ended.get().ending == "accepted"


def test_a_lead_has_one_open_handover_at_most(organisation):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    first = Handover.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(lead=lead, entry=first.entry, rep=rep, opened_at=now())


def test_the_owner_of_the_schema_cannot_rewrite_history_either(organisation):
    owners = {
        "user": configuration.DATABASE_OWNER["USER"],
        "password": configuration.DATABASE_OWNER["PASSWORD"],
    }
    login = {**connection.get_connection_params(), **owners}
    for name in ("cursor_factory", "context"):
        login.pop(name, None)
    with closing(psycopg2.connect(**login)) as owner, owner.cursor() as cursor:
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
    owners = {
        "user": configuration.DATABASE_OWNER["USER"],
        "password": configuration.DATABASE_OWNER["PASSWORD"],
    }
    login = {**connection.get_connection_params(), **owners}
    for name in ("cursor_factory", "context"):
        login.pop(name, None)
    for statement in (
        "UPDATE leads_stagechange SET reason = 'b'",
        "DELETE FROM leads_stagechange",
        "UPDATE leads_stagechange SET voided_at = NULL",
        "UPDATE leads_stagechange SET voided_at = now(), reason = 'b'",
    ):
        with closing(psycopg2.connect(**login)) as owner, owner.cursor() as cursor:
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

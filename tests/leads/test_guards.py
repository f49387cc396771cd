"""PostgreSQL refuses illegal moves and hand-overs, whoever writes and by whatever path (release gate 8)."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import handover
from leads.models import AllowedMove, Handover, Lead, StageChange
from leads.stages import LADDER, MOVES, Move, Stage, Standing
from tests.factories import MONDAY_9, make_lead, make_user

pytestmark = pytest.mark.django_db

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

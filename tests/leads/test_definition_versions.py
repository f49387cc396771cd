"""Every move names the version of its moment, and PostgreSQL keeps what was proposed and signed as it is."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from leads import bulk, funnel, handover
from leads.definitions import acknowledging, unsigned
from leads.models import Acknowledgement, Definition, StageChange, Touch
from leads.stages import Stage
from tests.factories import MONDAY_9, make_lead, make_signed, make_user

pytestmark = pytest.mark.django_db


def version_of(lead) -> int:
    return StageChange.objects.filter(lead=lead).latest("pk").definition_version


def test_a_move_names_the_version_in_force_when_it_happened(organisation):
    head = make_user("sales_head")
    before, after = make_lead(since=MONDAY_9), make_lead(since=MONDAY_9)
    make_signed(since=MONDAY_9 + timedelta(days=1))
    make_signed(since=MONDAY_9 + timedelta(days=2))

    handover.qualify(before.pk, by=head, why="x", moment=MONDAY_9 + timedelta(hours=1))
    handover.qualify(after.pk, by=head, why="x", moment=MONDAY_9 + timedelta(days=1))

    assert (version_of(before), version_of(after)) == (0, 1)


def test_the_row_in_hand_knows_its_version(organisation):
    make_signed(since=MONDAY_9)
    lead = funnel.capture(by=None, moment=MONDAY_9, email="a@b.example")

    assert lead.seq == 1
    assert version_of(lead) == 1


def test_moves_of_many_leads_name_it_too(organisation):
    make_signed(since=MONDAY_9)
    leads = [make_lead() for _ in range(3)]

    bulk.qualify([lead.pk for lead in leads], by=make_user("marketing_head"), why="Fair")

    assert {version_of(lead) for lead in leads} == {1}


def ahead(**stages) -> Definition:
    """A version that both heads have signed and that begins tomorrow; `stages` are what it changes of each."""
    known = unsigned().json()["stages"]
    return make_signed(
        {"stages": {stage: terms | stages.get(stage, {}) for stage, terms in known.items()}},
        since=now() + timedelta(days=1),
    )


def test_moves_of_many_leads_name_no_version_that_begins_tomorrow(organisation):
    make_signed(since=MONDAY_9)
    ahead()
    leads = [make_lead() for _ in range(2)]

    bulk.qualify([lead.pk for lead in leads], by=make_user("marketing_head"), why="Fair")

    assert {version_of(lead) for lead in leads} == {1}


def test_what_begins_tomorrow_asks_nothing_of_a_lead_today(organisation):
    stages = unsigned().json()["stages"]
    stages["mql"]["entry"] = {"touches": {"team": "marketing"}, "at_least": 1}
    make_signed({"stages": stages})
    ahead(mql={"required": ["country"]})
    lead = make_lead(country="")
    Touch.objects.create(lead=lead, at=now(), kind="form")

    handover.qualify(lead.pk, by=make_user("marketer"))

    lead.refresh_from_db()
    assert (lead.stage, version_of(lead)) == ("mql", 1)


def test_nobody_is_taken_to_have_read_what_begins_tomorrow(organisation):
    rep = make_user("rep")
    make_signed(since=MONDAY_9)
    ahead()

    acknowledging.acknowledge(rep, moment=now())

    assert list(Acknowledgement.objects.values_list("user", "version")) == [(rep.pk, 1)]


def test_a_chain_that_follows_imported_history_names_the_version_of_that_day(organisation):
    lead = make_lead(since=MONDAY_9)
    make_signed(since=MONDAY_9 + timedelta(days=5))
    StageChange.objects.create(
        lead=lead, kind="historic", move="reach", to_stage=Stage.SQL, to_standing="active",
        at=MONDAY_9 + timedelta(days=6),
    )  # fmt: skip

    with transaction.atomic():
        funnel.settle([lead.pk])

    assert (StageChange.objects.get(lead=lead, move="adopt").definition_version) == 1


def propose(**more) -> Definition:
    return Definition.objects.create(status="proposed", document={"a": 1}, summary="Why", **more)


@pytest.mark.parametrize(
    "change",
    ["document = '{}'", "summary = 'x'", "revision = 2", "starts_on = '2026-01-01'", "status = 'draft', revision = 3"],
)  # fmt: skip
def test_what_is_proposed_cannot_be_changed(organisation, change):
    row = propose()

    with pytest.raises(DatabaseError), transaction.atomic():
        rewrite(row, change)

    assert Definition.objects.get(pk=row.pk).document == {"a": 1}


@pytest.mark.parametrize(
    "change",
    ["document = '{}'", "summary = 'x'", "status = 'draft'", "in_force_from = now()", "sales_at = now()"],
)
def test_what_is_signed_cannot_be_changed(organisation, change):
    row = make_signed()

    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        rewrite(row, change)


def test_a_signature_cannot_be_replaced(organisation):
    row = propose(marketing_by=make_user("marketing_head"), marketing_at=now())

    with pytest.raises(DatabaseError, match="a signature stays"), transaction.atomic():
        rewrite(row, f"marketing_by_id = {make_user('marketing_head').pk}")


def test_no_version_is_deleted_nor_signed_out_of_turn(organisation):
    row = make_signed(since=MONDAY_9)

    with pytest.raises(DatabaseError, match="ever deleted"), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError, match="does not follow"), transaction.atomic():
        make_signed(since=MONDAY_9 + timedelta(days=1), version=3)
    with pytest.raises(DatabaseError, match="does not follow"), transaction.atomic():
        make_signed(since=MONDAY_9)


def rewrite(row: Definition, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE leads_definition SET {change} WHERE id = %s", [row.pk])

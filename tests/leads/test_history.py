"""Imported and late facts: how they merge with what happened live, and what they change."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from leads import funnel, handover
from leads.models import Lead, StageChange
from leads.stages import CHURNED, CUSTOMER, LOST, MQL, NURTURE, SAL, SQL, START, Move, Position, Stage
from tests.factories import MONDAY_9, make_lead, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def imported(**fields) -> Lead:
    return Lead.objects.create(email="x@example.com", born_at=MONDAY_9, stage_since=MONDAY_9, **fields)


@transaction.atomic
def late(
    lead: Lead, position: Position, at: datetime, move: Move = Move.REACH, return_on: date | None = None
) -> None:
    """Write a historic row and settle the lead, as an import does."""
    StageChange.objects.create(
        lead=lead,
        kind=StageChange.Kind.HISTORIC,
        move=move,
        to_stage=position.stage,
        to_standing=position.standing,
        at=at,
        return_on=return_on,
    )
    funnel.settle([lead.pk])
    lead.refresh_from_db()


def test_a_lead_stands_where_its_latest_historic_row_says_whatever_the_order_of_arrival():
    lead = imported()

    late(lead, CUSTOMER, MONDAY_9 + 3 * DAY)
    late(lead, MQL, MONDAY_9 + DAY)
    late(lead, START, MONDAY_9 - DAY)

    assert lead.position == CUSTOMER
    assert lead.born_at == lead.visitor_at == MONDAY_9 - DAY
    assert (lead.mql_at, lead.sal_at, lead.customer_at) == (MONDAY_9 + DAY, None, MONDAY_9 + 3 * DAY)
    assert lead.stage_since == MONDAY_9 + 3 * DAY
    assert lead.highest_stage == Stage.CUSTOMER


def test_a_win_dated_before_the_first_contact_makes_the_lead_a_customer_and_born_then():
    lead = imported()

    late(lead, MQL, MONDAY_9)
    late(lead, CUSTOMER, MONDAY_9 - DAY)

    assert lead.position == CUSTOMER
    assert lead.born_at == MONDAY_9 - DAY
    assert lead.mql_at == MONDAY_9


def test_a_lower_stage_later_counts_at_its_date_and_moves_nothing():
    lead = imported()

    late(lead, SQL, MONDAY_9)
    late(lead, MQL, MONDAY_9 + DAY)

    assert lead.position == SQL
    assert lead.stage_since == MONDAY_9
    assert lead.mql_at == MONDAY_9 + DAY


def test_a_return_moves_the_lead_back_and_a_later_stage_moves_it_on_again():
    lead = imported()

    late(lead, MQL, MONDAY_9)
    late(lead, NURTURE, MONDAY_9 + DAY, Move.RECYCLE, return_on=date(2026, 6, 1))
    assert (lead.position, lead.return_on, lead.returned_at) == (NURTURE, date(2026, 6, 1), MONDAY_9 + DAY)

    late(lead, MQL, MONDAY_9 + 2 * DAY)
    assert (lead.position, lead.return_on) == (MQL, None)
    assert lead.mql_at == MONDAY_9


def test_after_a_return_a_stage_lower_than_the_furthest_takes_the_lead_on_again():
    lead = imported()

    late(lead, SQL, MONDAY_9)
    late(lead, NURTURE, MONDAY_9 + DAY, Move.RECYCLE)
    late(lead, MQL, MONDAY_9 + 2 * DAY)
    assert (lead.position, lead.highest_stage) == (MQL, Stage.SQL)

    late(lead, SAL, MONDAY_9 + 3 * DAY)
    late(lead, MQL, MONDAY_9 + 4 * DAY)
    assert lead.position == SAL


@pytest.mark.parametrize("position, move", [(LOST, Move.LOSE), (CHURNED, Move.CHURN)])
def test_off_the_road_is_where_an_imported_end_leaves_it(position, move):
    lead = imported()

    late(lead, SQL if position == LOST else CUSTOMER, MONDAY_9)
    late(lead, position, MONDAY_9 + DAY, move)

    assert lead.position == position


def test_the_chain_of_a_live_lead_adopts_what_an_import_shows_and_goes_on_from_there():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep, since=MONDAY_9)

    late(lead, SQL, MONDAY_9 + DAY)

    assert lead.position == SQL
    assert [row.move for row in lead.history.filter(kind="live").order_by("seq")][-1] == Move.ADOPT
    assert lead.history.counted().filter(to_stage="sql").count() == 1
    handover.recycle(lead.pk, by=rep, reason="timing", return_on=date(2099, 1, 1), moment=MONDAY_9 + 2 * DAY)
    lead.refresh_from_db()
    assert lead.position == NURTURE


def test_a_late_fact_before_the_live_rows_changes_dates_but_not_the_place():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep"), since=MONDAY_9)
    live_rows = lead.history.count()

    late(lead, MQL, MONDAY_9 - 30 * DAY)

    assert lead.position == SAL
    assert lead.born_at == lead.mql_at == MONDAY_9 - 30 * DAY
    assert lead.history.count() == live_rows + 1


def test_settling_again_changes_nothing():
    lead = make_lead(stage=Stage.SQL, owner=make_user("rep"), since=MONDAY_9)
    late(lead, MQL, MONDAY_9 - DAY)
    before = Lead.objects.filter(pk=lead.pk).values().get()

    with transaction.atomic():
        funnel.settle([lead.pk])

    after = Lead.objects.filter(pk=lead.pk).values().get()
    assert {**after, "version": 0} == {**before, "version": 0}


def test_many_leads_settle_at_once_each_by_its_own_history():
    make_user("rep")
    leads = [make_lead(stage=stage, since=MONDAY_9) for stage in Stage]
    StageChange.objects.bulk_create(
        StageChange(
            lead=lead,
            kind="historic",
            move="reach",
            to_stage="visitor",
            to_standing="active",
            at=MONDAY_9 - DAY,
        )
        for lead in leads
    )

    with transaction.atomic():
        funnel.settle([lead.pk for lead in leads])

    assert list(Lead.objects.order_by("id").values_list("stage", flat=True)) == [
        str(stage) for stage in Stage
    ]
    assert set(Lead.objects.values_list("born_at", flat=True)) == {MONDAY_9 - DAY}


def test_a_win_dated_before_the_live_moves_takes_later_rows_out_of_the_count_and_the_chain_follows():
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"), since=MONDAY_9)

    late(lead, SQL, MONDAY_9 + DAY)
    late(lead, CUSTOMER, MONDAY_9 - DAY)

    assert lead.highest_stage == Stage.CUSTOMER
    assert lead.position == MQL
    assert lead.history.filter(kind="live").order_by("seq").last().move == Move.ADOPT


def test_somebody_entered_by_hand_who_was_a_customer_before_is_a_customer():
    lead = make_lead(since=MONDAY_9)

    late(lead, CUSTOMER, MONDAY_9 - 100 * DAY)

    assert lead.position == CUSTOMER
    assert lead.born_at == MONDAY_9 - 100 * DAY


def test_a_visit_after_a_return_leaves_the_lead_in_nurture():
    lead = imported()

    late(lead, MQL, MONDAY_9)
    late(lead, NURTURE, MONDAY_9 + DAY, Move.RECYCLE)
    late(lead, START, MONDAY_9 + 2 * DAY)

    assert lead.position == NURTURE

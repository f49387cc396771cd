"""What a file of leads tells of their past: moves, decisions and deals, and whom the register keeps out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from leads import suppression
from leads.models import (
    Deal,
    ExternalId,
    Handover,
    ImportProblem,
    Lead,
    StageChange,
    Suppression,
    SuppressionHit,
)
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.importing import counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company_in_sao_paulo")]


def moment(*parts):
    return datetime(*parts, tzinfo=UTC)


# --- history -------------------------------------------------------------------------------------------------------


def test_a_bare_date_begins_in_the_organisations_zone_and_a_bare_time_is_in_the_one_given(take):
    take("external_id,reached.mql,deal.won_at\n1,2018-02-01,2018-02-26 19:58:54\n", "--timezone", "UTC")
    lead = Lead.objects.get()
    assert (lead.mql_at, lead.customer_at) == (moment(2018, 2, 1, 2), moment(2018, 2, 26, 19, 58, 54))
    assert (lead.stage, lead.standing, lead.born_at) == ("customer", "won", lead.mql_at)


def test_dates_widen_history_and_never_move_a_stored_one(take):
    take("external_id,reached.mql\n1,2024-05-10\n")
    assert counts(take("external_id,reached.mql\n1,2024-05-20\n")) == (0, 0, 1, 0)
    assert counts(take("external_id,reached.mql\n1,2024-05-01\n")) == (0, 1, 0, 0)

    lead = Lead.objects.get()
    assert lead.mql_at == lead.born_at == moment(2024, 5, 1, 3)
    assert StageChange.objects.count() == 2


def test_a_win_before_the_first_contact_is_taken(take):
    take("external_id,reached.mql,deal.won_at\n1,2018-02-01,2018-01-01\n")
    lead = Lead.objects.get()
    assert (lead.stage, lead.born_at) == ("customer", moment(2018, 1, 1, 2))


def test_a_stage_without_a_date_is_dated_by_what_else_is_known(take):
    take("external_id,stage,created_at\n1,sql,2024-05-01T00:00:00Z\n")
    assert Lead.objects.get().sql_at == moment(2024, 5, 1)
    assert counts(take("external_id,stage\n1,mql\n")) == (0, 0, 1, 0)


def test_history_on_a_lead_that_lives_here_already(take):
    lead = make_lead(stage=Stage.MQL, owner=make_user())
    result = take(f"email,reached.mql,deal.won_at\n{lead.email},2020-01-01,2030-01-01\n")

    lead.refresh_from_db()
    assert counts(result) == (0, 1, 0, 0)
    assert (lead.stage, lead.born_at) == ("customer", moment(2020, 1, 1, 3))
    assert result["warnings"] == {"date in the future; kept": 1}
    assert not Handover.objects.open().exists()


def test_a_decision_with_a_date_is_a_hand_over_that_ended(take):
    take(
        "external_id,owner,reached.mql,reached.sal,rejected.at,rejected.reason\n"
        "1,Ann,2024-05-01,2024-05-02,,\n2,Ann,2024-05-01,,2024-05-03,Too early\n3,Ann,2024-05-01,,,\n"
    )
    ended = Handover.objects.order_by("id").values_list("ending", "cause", "opened_at", "ended_at")
    assert list(ended) == [
        ("accepted", "", moment(2024, 5, 1, 3), moment(2024, 5, 2, 3)),
        ("rejected", "too_early", moment(2024, 5, 1, 3), moment(2024, 5, 3, 3)),
    ]
    states = dict(ExternalId.objects.values_list("external_id", "lead__standing"))
    assert states == {"1": "active", "2": "nurturing", "3": "active"}


def test_outcomes_bring_a_lead_where_they_say(take):
    text = (
        "external_id,reached.mql,rejected.reason,rejected.at,recycled.until,disqualified.reason,disqualified.at,"
        "deal.lost_at,deal.lost_reason,standing\n"
        "rejected,2024-05-01,Cannot reach,2024-05-02,,,,,,\n"
        "unfit,2024-05-01,poor fit,2024-05-02,,,,,,\n"
        "recycled,2024-05-01,,,2030-09-01,,,,,\n"
        "barred,2024-05-01,,,,Competitor,2024-05-04,,,\n"
        "lost,2024-05-01,,,,,,2024-06-01,Price,\n"
        "churned,2024-05-01,,,,,,,,churned\n"
    )
    take(text)
    standing = dict(ExternalId.objects.values_list("external_id", "lead__standing"))
    assert standing == {
        "rejected": "nurturing",
        "unfit": "disqualified",
        "recycled": "nurturing",
        "barred": "disqualified",
        "lost": "lost",
        "churned": "churned",
    }
    assert Lead.objects.get(external_ids__external_id="recycled").return_on == date(2030, 9, 1)
    assert Lead.objects.get(external_ids__external_id="barred").stage == "mql"
    assert counts(take(text)) == (0, 0, 6, 0)


def test_unknown_words_leave_the_default_and_are_listed(take):
    result = take("external_id,stage,standing\n1,Champion,Gold\n")
    assert (Lead.objects.get().stage, Lead.objects.get().standing) == ("visitor", "active")
    assert set(result["warnings"]) == {
        'unknown stage "Champion"; default used',
        'unknown standing "Gold"; default used',
    }


def test_a_date_that_cannot_be_read_rejects_its_row_by_name(take):
    result = take("external_id,reached.mql\n1,2024-02-30\n2,soon\n3,2024-02-29\n")
    assert counts(result) == (1, 0, 0, 2)
    assert 'row 1: reached.mql "2024-02-30" is no date' in ImportProblem.objects.get(row=1).message


@pytest.mark.parametrize(
    ("dates", "expected", "warned"),
    [
        (["03/04/2024", "25/04/2024"], moment(2024, 4, 3, 3), False),
        (["03/04/2024", "04/25/2024"], moment(2024, 3, 4, 3), False),
        (["03/04/2024", "05/04/2024"], moment(2024, 4, 3, 3), True),
    ],
)
def test_a_file_has_one_date_order_and_says_when_it_had_to_choose(take, dates, expected, warned):
    result = take("external_id,reached.mql\n" + "".join(f"{n},{d}\n" for n, d in enumerate(dates)))
    assert Lead.objects.get(external_ids__external_id="0").mql_at == expected
    assert bool(result["warnings"]) == warned


# --- deals ---------------------------------------------------------------------------------------------------------


def test_a_won_deal_makes_a_customer(take):
    take('external_id,deal.name,deal.amount,deal.won_at\n1,Fleet,"1.234,50",2024-05-01T12:00:00Z\n')
    deal = Deal.objects.get()
    assert (deal.outcome, deal.amount, deal.currency) == ("won", Decimal("1234.50"), "BRL")
    assert deal.contact.customer_at == deal.closed_at == moment(2024, 5, 1, 12)


def test_a_deal_is_known_by_its_id_else_by_lead_name_and_date(take):
    take(
        "external_id,deal.external_id,deal.name,deal.opened_at\n1,D1,Fleet,2024-05-01\n2,,Fleet,2024-05-01\n"
    )
    again = (
        "external_id,deal.external_id,deal.name,deal.opened_at,deal.won_at,deal.amount\n"
        "1,D1,Other name,,2024-06-01,10\n2,,Fleet,2024-05-01,2024-06-01,20\n2,,Fleet,2024-07-01,,30\n"
    )
    assert counts(take(again)) == (0, 3, 0, 0)
    assert Deal.objects.count() == 3
    assert sorted(Deal.objects.filter(outcome="won").values_list("name", "amount")) == [
        ("Fleet", 10),
        ("Fleet", 20),
    ]
    assert counts(take(again)) == (0, 0, 3, 0)


def test_another_contact_of_a_deal_does_not_become_a_customer_by_it(take):
    take("external_id,deal.external_id,deal.won_at\n1,D1,2024-05-01\n2,D1,2024-05-01\n")
    assert Lead.objects.filter(stage="customer").count() == 1
    assert Deal.objects.get().contacts.get().lead.external_ids.get().external_id == "2"


def test_a_further_win_of_a_customer_is_no_move(take):
    take("external_id,deal.name,deal.won_at\n1,First,2024-05-01\n1,Second,2024-06-01\n")
    assert (Deal.objects.count(), StageChange.objects.count()) == (2, 1)


def test_an_amount_that_is_none_is_left_out_with_a_warning(take):
    result = take("external_id,deal.amount,employees\n1,lots,11-50\n")
    assert counts(result) == (1, 0, 0, 0)
    assert len(result["warnings"]) == 2
    assert not Deal.objects.exists()


# --- the never-again register ---------------------------------------------------------------------------------------


def test_whom_the_register_bars_is_kept_out_and_the_try_is_logged(take):
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    result = take("email,campaign\na@rival.example,\nb@example.com,Spring\n")
    assert counts(result) == (1, 0, 0, 1)
    assert result["reasons"] == {"suppressed": 1}
    assert SuppressionHit.objects.get().way == "import"


def test_a_disqualified_lead_takes_facts_but_never_moves_forward(take):
    lead = make_lead(stage=Stage.MQL, owner=make_user())
    suppression.disqualify(lead.pk, by=None, reason="competitor")

    assert counts(take(f"email,job_title,reached.sql\n{lead.email},CEO,2030-01-01\n")) == (0, 1, 0, 0)
    lead.refresh_from_db()
    assert (lead.stage, lead.standing, lead.job_title) == ("mql", "disqualified", "CEO")
    assert SuppressionHit.objects.filter(lead=lead).count() == 1


def test_somebody_disqualified_in_a_file_is_barred_for_later_rows_and_files(take):
    text = (
        "external_id,email,phone,disqualified.reason\n"
        "1,a@example.com,+442079460991,competitor\n"
        "2,b@example.com,+442079460991,\n"
    )
    assert take(text)["reasons"] == {"suppressed": 1}
    assert set(Suppression.objects.values_list("kind", flat=True)) == {"lead", "email", "phone"}
    assert counts(take(text)) == (0, 0, 1, 1)

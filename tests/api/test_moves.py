"""Every move is an address that calls the act the page calls."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from leads.models import Activity, Lead
from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
SOON = (localdate() + timedelta(days=30)).isoformat()


@pytest.fixture
def rep(organisation):
    return Caller(make_user("rep"))


@pytest.fixture
def head(organisation):
    return Caller(make_user("sales_head"))


def test_the_road_from_visitor_to_customer_and_away(head, rep):
    lead = make_lead()
    steps = [
        ("qualify", {"why": "Asked for a price"}, ("mql", "active")),
        ("accept", None, ("sal", "active")),
        ("advance", {"amount": "12000.50", "currency": "EUR", "name": "Engine"}, ("sql", "active")),
        ("win", {"amount": "11000"}, ("customer", "won")),
        ("churn", {"reason": "cancelled"}, ("customer", "churned")),
    ]
    for move, body, stands in steps:
        answer = head.do(f"/leads/{lead.pk}/{move}", body)
        assert answer.status_code == 200, answer.content
        assert (answer.json()["stage"], answer.json()["standing"]) == stands

    deal = head.read(f"/leads/{lead.pk}/deals").json()["results"][0]
    assert (deal["name"], deal["amount"], deal["outcome"]) == ("Engine", "11000.0000", "won")
    history = head.read(f"/leads/{lead.pk}/history").json()["results"]
    assert [row["move"] for row in history] == ["churn", "win", "advance", "accept", "qualify", "capture"]
    assert history[4]["note"] == "Asked for a price"
    assert history[4]["by"] == {"id": head.person.pk, "name": head.person.name}
    assert (history[4]["before"], history[5]["before"]) == ({"stage": "visitor", "standing": "active"}, None)


@pytest.mark.parametrize(
    ("stage", "move", "body", "state"),
    [
        (Stage.MQL, "reject", {"reason": "wrong_person", "note": "No say"}, "nurturing"),
        (Stage.MQL, "reject", {"reason": "too_early", "return_on": SOON}, "nurturing"),
        (Stage.MQL, "reject", {"reason": "poor_fit"}, "disqualified"),
        (Stage.SQL, "lose", {"reason": "price"}, "lost"),
        (Stage.SAL, "recycle", {"reason": "timing", "return_on": SOON}, "nurturing"),
        (Stage.SAL, "disqualify", {"reason": "competitor"}, "disqualified"),
    ],
)
def test_a_lead_leaves_the_road_with_a_reason(rep, stage, move, body, state):
    lead = make_lead(stage=stage, owner=rep.person)

    answer = rep.do(f"/leads/{lead.pk}/{move}", body)

    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == state


def test_an_mql_that_nobody_owns_is_claimed_once(organisation):
    lead = make_lead(stage=Stage.MQL)  # nobody is in sales yet
    rep, rival = Caller(make_user("rep")), Caller(make_user("rep"))

    assert rep.do(f"/leads/{lead.pk}/claim").json()["owner"]["id"] == rep.person.pk
    late = rival.do(f"/leads/{lead.pk}/claim")

    assert late.status_code == 409 and f"just claimed by {rep.person}" in late.json()["detail"]


def test_a_head_gives_a_lead_to_somebody_else_and_a_rep_does_not(head, rep):
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    to = {"to": rep.person.pk}

    assert rep.do(f"/leads/{lead.pk}/reassign", to).status_code == 403
    assert head.do(f"/leads/{lead.pk}/reassign", to).json()["owner"]["id"] == rep.person.pk
    assert head.do(f"/leads/{lead.pk}/reassign", {"to": make_user("marketer").pk}).status_code == 409


def test_the_last_move_is_taken_back_by_its_author(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)
    seq = rep.do(f"/leads/{lead.pk}/accept").json()["seq"]
    assert rep.read(f"/leads/{lead.pk}").json()["allowed"]["undo"] is True

    assert rep.do(f"/leads/{lead.pk}/undo", {"seq": seq - 1}).status_code == 409
    back = rep.do(f"/leads/{lead.pk}/undo", {"seq": seq})

    assert back.json()["stage"] == "mql"
    rows = rep.read(f"/leads/{lead.pk}/history").json()["results"]
    assert {row["move"]: row["undone"] for row in rows}["accept"] is True


def test_a_move_that_the_table_does_not_have_is_refused_in_a_sentence(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)

    refused = rep.do(f"/leads/{lead.pk}/win", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    assert Lead.objects.get().stage == Stage.MQL


def test_a_lead_of_a_colleague_is_read_but_not_moved(rep):
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))

    assert rep.read(f"/leads/{lead.pk}").json()["next_moves"] == []
    refused = rep.do(f"/leads/{lead.pk}/accept")

    assert refused.status_code == 403 and "your role does not allow" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("move", "body", "field"),
    [
        ("recycle", {"reason": "timing"}, "return_on"),
        ("recycle", {"reason": "timing", "return_on": "2020-01-01"}, "return_on"),
        ("recycle", {"reason": "timing", "return_on": "9999-12-31"}, "return_on"),
        ("recycle", {"reason": "later", "return_on": SOON}, "reason"),
        ("reject", {"reason": "poor_fit", "retrun_on": SOON}, "retrun_on"),
        ("accept", {"sure": True}, "sure"),
    ],
)
def test_a_body_that_says_something_else_is_told_by_field(rep, move, body, field):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)

    response = rep.do(f"/leads/{lead.pk}/{move}", body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("amount", [1200, 12.5, "12,5", "-1", "1e3", "NaN", "2000000000", "1.23456"])
def test_an_amount_is_text_of_a_size_that_somebody_earns(rep, amount):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)

    assert rep.do(f"/leads/{lead.pk}/advance", {"amount": amount}).status_code == 400


def test_an_amount_has_no_more_decimals_than_its_currency(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)

    refused = rep.do(f"/leads/{lead.pk}/advance", {"amount": "1.5", "currency": "JPY"})

    assert refused.status_code == 409 and "no decimals" in refused.json()["detail"]
    assert rep.do(f"/leads/{lead.pk}/advance", {"amount": "1.5", "currency": "XXQ"}).status_code == 400


def test_a_deal_may_be_named_after_somebody_with_very_long_names(head):
    lead = make_lead(stage=Stage.SAL, first_name="A" * 120, last_name="B" * 120, owner=make_user("rep"))

    assert head.do(f"/leads/{lead.pk}/advance", {"amount": "1"}).status_code == 200


def test_work_is_logged_and_read(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)

    made = rep.do(f"/leads/{lead.pk}/activities", {"kind": "call", "outcome": "spoke", "text": "Nice"})
    wrong = rep.do(f"/leads/{lead.pk}/activities", {"kind": "call", "outcome": "held"})

    assert made.status_code == 201 and wrong.status_code == 409
    work = rep.read(f"/leads/{lead.pk}/activities").json()["results"]
    assert [(row["kind"], row["connected"], row["text"]) for row in work] == [("call", True, "Nice")]
    assert Activity.objects.get().by == rep.person

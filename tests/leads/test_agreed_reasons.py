"""Moves go by what both heads signed: the reasons and their routes, and what must be known before a stage."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import now

from leads import bulk, deals, definitions, handover, suppression
from leads.models import Account, Suppression
from leads.pages.act_forms import RejectForm
from leads.stages import Stage
from smarketing.foundation.refusals import Refusal
from tests.factories import MONDAY_9, make_lead, make_signed, make_user

pytestmark = pytest.mark.django_db
LATER = date(2030, 1, 1)


@pytest.fixture
def rep(organisation):
    return make_user("rep")


def reason(code: str, **more) -> dict:
    return {"code": code, "label": code.replace("_", " ").capitalize(), "outcome": "nurture", **more}


def sign(since=MONDAY_9, **lists) -> None:
    """A version whose lists of reasons are these."""
    make_signed({"reasons": definitions.unsigned().json()["reasons"] | lists}, since=since)


def asks(stage: str, **terms) -> None:
    stages = definitions.unsigned().json()["stages"]
    stages[stage] |= terms
    make_signed({"stages": stages})


def test_a_rejection_takes_a_reason_of_the_version_in_force(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep)
    sign(rejection=[reason("no_fleet")])

    with pytest.raises(Refusal, match="from the agreed list"):
        handover.reject(lead.pk, by=rep, reason="wrong_person")

    assert handover.reject(lead.pk, by=rep, reason="no_fleet").standing == "nurturing"


def test_the_route_of_a_reason_is_the_signed_one(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep)
    sign(rejection=[reason("no_fleet", outcome="disqualify"), reason("poor_fit")])

    assert handover.reject(lead.pk, by=rep, reason="no_fleet").standing == "disqualified"
    assert Suppression.objects.filter(lead=lead, reason="no_fleet").exists()
    other = make_lead(stage=Stage.MQL, owner=rep)
    assert handover.reject(other.pk, by=rep, reason="poor_fit").standing == "nurturing"


def test_the_dialog_says_where_each_agreed_reason_leads(rep):
    sign(
        rejection=[
            reason("no_fleet", outcome="disqualify"),
            reason("poor_fit"),
            reason("later", needs_date=True),
        ]
    )
    form = RejectForm(lead=make_lead(stage=Stage.MQL, owner=rep), name="reject")

    assert [(code, way) for code, *_, way, _ in form.choices()] == [
        ("no_fleet", "off"),
        ("poor_fit", "back"),
        ("later", "later"),
    ]
    assert form.barring() == "No fleet bars"
    sign(rejection=[reason("poor_fit")], since=MONDAY_9 + timedelta(days=1))
    assert RejectForm(lead=form.lead, name="reject").barring() == ""


def test_a_reason_that_asks_for_a_date_gets_one(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep)
    sign(rejection=[reason("budget_round", needs_date=True)])

    with pytest.raises(Refusal, match="“budget round” needs one"):
        handover.reject(lead.pk, by=rep, reason="budget_round")

    assert handover.reject(lead.pk, by=rep, reason="budget_round", return_on=LATER).return_on == LATER


def test_every_other_list_is_the_signed_one_too(rep):
    rival = reason("rival", outcome="disqualify")
    sign(recycling=[reason("winter")], loss=[reason("merger", outcome="")], disqualification=[rival])
    back, lost, out = (make_lead(stage=stage, owner=rep) for stage in (Stage.SAL, Stage.SQL, Stage.SAL))

    for act in (
        lambda: handover.recycle(back.pk, by=rep, reason="timing", return_on=LATER),
        lambda: deals.lose(lost.pk, by=rep, reason="price"),
        lambda: suppression.disqualify(out.pk, by=rep, reason="competitor"),
        lambda: bulk.recycle([back.pk], by=rep, reason="timing", return_on=LATER),
        lambda: bulk.disqualify([out.pk], by=rep, reason="competitor"),
    ):
        with pytest.raises(Refusal, match="from the agreed list"):
            act()
    handover.recycle(back.pk, by=rep, reason="winter", return_on=LATER)
    deals.lose(lost.pk, by=rep, reason="merger")
    suppression.disqualify(out.pk, by=rep, reason="rival")


def test_an_act_of_the_past_goes_by_what_was_agreed_then(rep):
    moment = now() - timedelta(days=1)
    lead = make_lead(stage=Stage.MQL, owner=rep, since=moment - timedelta(days=3))
    sign(since=now() - timedelta(hours=1), rejection=[reason("no_fleet")])

    handover.reject(lead.pk, by=rep, reason="wrong_person", moment=moment)

    assert definitions.label("no_fleet") == "No fleet"


def test_words_of_a_reason_outlive_its_list(rep):
    sign(rejection=[reason("no_fleet", label="Has no fleet")])
    sign(since=MONDAY_9 + timedelta(days=1), rejection=[reason("no_trucks")])

    assert definitions.label("no_trucks") == "No trucks"
    assert definitions.label("no_fleet") == "Has no fleet"
    assert definitions.label("wrong_person") == "Wrong person"
    assert definitions.label("of_a_file") == "of_a_file"
    assert definitions.label("") == ""


@pytest.mark.parametrize(
    ("stage", "before"), [("sal", Stage.MQL), ("sql", Stage.SAL), ("customer", Stage.SQL)]
)
def test_a_stage_is_entered_when_its_facts_are_known(rep, stage, before):
    lead = make_lead(stage=before, owner=rep, phone="")
    asks(stage, required=["phone", "account.employees"])
    move = {
        "sal": lambda: handover.accept(lead.pk, by=rep),
        "sql": lambda: deals.advance(lead.pk, by=rep, amount=10),
        "customer": lambda: deals.win(lead.pk, by=rep, amount=10),
    }[stage]

    with pytest.raises(Refusal, match="it lacks Phone and Employees"):
        move()
    lead.phone, lead.account = "+31 20 794 6099", Account.objects.create(name="Acme", employees=12)
    lead.save()

    assert move().stage == stage


def test_criteria_of_a_later_stage_hold_beside_what_people_do(rep):
    asks("sal", entry={"field": "country", "op": "is_one_of", "value": ["NL"]})
    home, abroad = (make_lead(stage=Stage.MQL, owner=rep, country=country) for country in ("NL", "US"))

    assert handover.accept(home.pk, by=rep).stage == "sal"
    with pytest.raises(Refusal, match="cannot become SAL yet: it lacks “Country is NL”"):
        handover.accept(abroad.pk, by=rep)


def test_what_cannot_move_at_all_is_told_that_first(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, phone="")
    asks("sal", required=["phone"])

    with pytest.raises(Refusal, match="is now “SAL”"):
        handover.accept(lead.pk, by=rep)

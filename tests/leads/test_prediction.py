"""What the probability to close is learned from, what it never sees, and when there is none."""

from datetime import datetime, timedelta
from random import Random

import pytest

from leads import definitions, facts, handover
from leads.models import (
    Account,
    Channel,
    CloseModel,
    CustomField,
    FactChange,
    ImportBatch,
    ImportChange,
    Lead,
    LeadScore,
    Touch,
)
from leads.prediction import assessing, features, hand_overs, nightly, training, words
from leads.stages import Stage
from smarketing.foundation.refusals import Refusal
from tests.factories import make_lead, make_user, news_of
from tests.leads.importing import run, write
from tests.leads.predicting import TODAY, scored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "media")]


def handed_over(lead: Lead) -> hand_overs.HandOver:
    (found,) = hand_overs.latest([lead.pk])
    return found


# --- What it looks at ------------------------------------------------------------------------------------------
def test_a_touch_after_the_hand_over_is_not_seen():
    lead = make_lead(stage=Stage.MQL, since=TODAY)
    lead.touches.create(at=TODAY - timedelta(days=3), kind=Touch.Kind.FORM)
    before = handed_over(lead)

    lead.touches.create(at=TODAY + timedelta(seconds=1), kind=Touch.Kind.FORM)
    lead.touches.create(at=TODAY + timedelta(days=9), kind=Touch.Kind.WEBINAR)

    assert handed_over(lead) == before
    assert before.touches == {"form": 1}


def test_a_fact_corrected_after_the_hand_over_reads_as_it_stood():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, since=TODAY, country="NL")
    for days, before, after in ((-2, "", "BE"), (1, "BE", "DE"), (2, "DE", "NL")):
        at = TODAY + timedelta(days=days)
        FactChange.objects.create(
            lead=lead, field="country", before=before, after=after, way="hand", by=rep, at=at
        )

    assert handed_over(lead).facts["country"] == "BE"


def own_field(since: datetime) -> None:
    choices = ["Approved", "None yet"]
    CustomField.objects.create(
        entity="lead", key="budget", label="Budget", kind="choice", choices=choices, created_at=since
    )


def test_what_sales_wrote_into_an_own_field_before_that_was_recorded_is_not_seen():
    own_field(since=TODAY)
    old = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=1), custom={"budget": "Approved"})
    new = make_lead(stage=Stage.MQL, since=TODAY + timedelta(days=1), custom={"budget": "Approved"})
    Lead.objects.update(created_at=TODAY - timedelta(days=2))

    assert "custom.budget" not in handed_over(old).facts
    assert handed_over(new).facts["custom.budget"] == "Approved"


def test_what_a_later_import_brought_is_not_learned_from():
    own_field(since=TODAY - timedelta(days=30))
    lead = make_lead(stage=Stage.MQL, since=TODAY, custom={"budget": "Approved"})
    Lead.objects.update(created_at=TODAY - timedelta(days=2))
    batch = ImportBatch.objects.create(
        kind="leads", file_name="crm.csv", started_at=TODAY + timedelta(days=2)
    )
    ImportChange.objects.create(
        batch=batch,
        table="lead",
        row_id=lead.pk,
        before={"custom.budget": None},
        after={"custom.budget": "Approved"},
    )

    (one,) = hand_overs.past(TODAY, 10)

    assert features.level(one, "custom.budget") == features.UNKNOWN


def test_what_a_later_import_told_of_the_company_is_not_learned_from_either():
    account = Account.objects.create(name="Engines", industry="Rail", employees=900)
    lead = make_lead(stage=Stage.MQL, since=TODAY, account=account, country="NL")
    batch = ImportBatch.objects.create(
        kind="leads", file_name="won.csv", started_at=TODAY + timedelta(days=2)
    )
    for table, row, before in (
        ("account", account.pk, {"industry": "", "employees": None}),
        ("lead", lead.pk, {"country": "", "channel_id": None}),
    ):
        ImportChange.objects.create(batch=batch, table=table, row_id=row, before=before, after={})

    (one,) = hand_overs.past(TODAY, 10)

    asked = ("account.industry", "account.employees", "country", "channel")
    assert {features.level(one, group) for group in asked} == {features.UNKNOWN}


def test_a_company_that_was_learned_after_the_hand_over_tells_nothing_of_it():
    account = Account.objects.create(name="Engines", industry="Rail", employees=900)
    lead = make_lead(stage=Stage.MQL, since=TODAY)
    told = make_lead(stage=Stage.MQL, since=TODAY, account=account)
    facts.correct(lead.pk, {"company": ("", "Engines")}, version=lead.version, by=make_user("sales_head"))
    batch = ImportBatch.objects.create(
        kind="leads", file_name="won.csv", started_at=TODAY + timedelta(days=2)
    )
    ImportChange.objects.create(
        batch=batch,
        table="lead",
        row_id=told.pk,
        before={"account_id": None},
        after={"account_id": account.pk},
    )

    for one in hand_overs.past(TODAY, 10):
        assert {features.level(one, f"account.{name}") for name in ("industry", "employees")} == {""}


def test_points_given_after_the_hand_over_do_not_count():
    lead = make_lead(stage=Stage.MQL, since=TODAY)
    for days, points in ((-1, 12), (1, 30)):
        lead.score_log.create(
            part="engagement",
            rule="form",
            points=points,
            cause="touch",
            definition_version=0,
            at=TODAY + timedelta(days=days),
        )

    assert handed_over(lead).engagement == 12


def test_a_model_that_learned_from_a_leak_would_show_it_and_ours_does_not(history):
    history(260)
    winners = Lead.objects.filter(stage=Stage.CUSTOMER)
    Touch.objects.bulk_create(
        Touch(lead=lead, at=lead.mql_at + timedelta(days=1), kind=Touch.Kind.VISIT) for lead in winners
    )

    model = training.train(TODAY)

    assert not [one for one in model.weights["features"] if one["group"] == "touches:visit"]


def test_each_hand_over_of_a_lead_is_an_outcome_of_its_own():
    lead = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=200))
    handover_and_back(lead)

    found = hand_overs.past(TODAY, 10)

    assert [(one.lead, one.turn, one.won_at is None) for one in found] == [
        (lead.pk, 1, True),
        (lead.pk, 2, True),
    ]


def handover_and_back(lead: Lead) -> None:
    handover.recycle(
        lead.pk, by=None, reason="timing", return_on=TODAY.date(), moment=TODAY - timedelta(days=150)
    )
    news_of(lead, TODAY - timedelta(days=120))
    lead.touches.create(at=TODAY - timedelta(days=100), kind="form")
    handover.qualify(lead.pk, by=None, moment=TODAY - timedelta(days=100))


# --- When it is shown ------------------------------------------------------------------------------------------
def test_under_two_hundred_outcomes_nothing_is_shown(history):
    history(150)
    open_lead = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=1))
    scored(open_lead)

    model = nightly.learn_if_due(TODAY)

    assert model is not None and model.withheld.startswith("150 hand-overs are old enough to be judged")
    assert scored(open_lead).probability is None


def test_a_hand_over_that_is_too_young_is_no_outcome_yet(history):
    history(260)
    make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=3))

    model = training.train(TODAY)

    assert model.outcomes == 260


def test_it_learns_what_wins_and_says_how_well(history):
    history(300)

    model = training.train(TODAY)

    assert not model.withheld and model.auc > 0.65
    webinar = str(Channel.objects.get(name="Webinar").pk)
    channel = {one["level"]: one["w"] for one in model.weights["features"] if one["group"] == "channel"}
    assert channel.pop(webinar) > 0 > max(channel.values())
    assert sum(one["n"] for one in model.calibration) == 75
    assert model.calibration[0]["happened"] < model.calibration[-1]["happened"]


def test_chance_alone_is_withheld(history, tmp_path):
    random = Random(5)
    lines = ["email,channel,reached.mql,deal.won_at"]
    for i in range(400):
        handed = TODAY - timedelta(days=300 - i / 2)
        won = f"{handed + timedelta(days=5):%Y-%m-%d}" if random.random() < 0.3 else ""
        lines.append(f"q{i}@example.com,{random.choice('AB')},{handed:%Y-%m-%d},{won}")
    assert run("import_leads", write(tmp_path, "\n".join(lines))).status == 0

    model = training.train(TODAY)

    assert "coin" in model.withheld


# --- What a lead shows -----------------------------------------------------------------------------------------
def test_leads_in_work_get_a_probability_and_no_others(history):
    history(300)
    webinar = Channel.objects.get(name="Webinar")
    fair = Channel.objects.get(name="Fair")
    warm = make_lead(
        stage=Stage.SAL, since=TODAY - timedelta(days=1), channel=webinar, owner=make_user("rep")
    )
    cool = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=1), channel=fair)
    visitor = make_lead(since=TODAY - timedelta(days=1))
    for lead in (warm, cool, visitor):
        scored(lead)

    nightly.learn_if_due(TODAY)

    chances = dict(LeadScore.objects.values_list("lead", "probability"))
    assert chances[warm.pk] > 2 * chances[cool.pk] > 0
    assert chances[visitor.pk] is None
    told = assessing.chance(Lead.objects.select_related("score").get(pk=warm.pk))
    assert told is not None and told.reasons_for[0].group == "channel"
    assert words.Words().reason(told.reasons_for[0])[:2] == ("Channel", "Webinar")


def test_a_lead_that_sales_has_decided_shows_none(history):
    history(300)
    lead = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=1))
    scored(lead)
    nightly.learn_if_due(TODAY)
    handover.reject(lead.pk, by=None, reason="wrong_person", moment=TODAY)

    assert assessing.chance(Lead.objects.select_related("score").get(pk=lead.pk)) is None


def test_reasons_add_up_to_the_probability(history):
    history(300)
    lead = make_lead(stage=Stage.MQL, since=TODAY - timedelta(days=1), country="NL")
    model = training.train(TODAY)
    one = handed_over(lead)

    log_odds = model.weights["intercept"] + sum(features.said(one, model.weights).values())

    assert assessing.probability(one, model.weights) == pytest.approx(1 / (1 + 2.718281828459045**-log_odds))


def test_a_lead_handed_over_today_is_assessed_without_waiting_for_the_night(history):
    history(300)
    nightly.learn_if_due(TODAY)
    lead = make_lead(stage=Stage.MQL, since=TODAY + timedelta(hours=1))
    scored(lead)

    assert assessing.follow(TODAY + timedelta(hours=2)) == 1
    assert assessing.follow(TODAY + timedelta(hours=2)) == 0
    assert LeadScore.objects.get(lead=lead).probability is not None


def test_it_learns_once_a_night(history):
    history(210)

    assert nightly.learn_if_due(TODAY) is not None
    assert nightly.learn_if_due(TODAY + timedelta(hours=5)) is None
    assert nightly.learn_if_due(TODAY + timedelta(hours=18)) is not None
    assert CloseModel.objects.count() == 2


def test_no_rule_of_the_definitions_asks_for_it():
    data = definitions.unsigned().json()
    clause = {"field": "score.probability", "op": "at_least", "value": 0.5}
    data["stages"]["mql"]["entry"] = {"any": [{"field": "country", "op": "is", "value": "NL"}, clause]}

    with pytest.raises(definitions.DocumentFault, match="decides nothing"):
        definitions.Document.of(data)


# --- Without scikit-learn --------------------------------------------------------------------------------------
def test_without_it_nothing_is_learned_and_what_was_learned_is_still_read(history, monkeypatch):
    history(300)
    nightly.learn_if_due(TODAY)
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    lead = make_lead(stage=Stage.MQL, since=TODAY + timedelta(hours=1))
    scored(lead)

    assert nightly.learn_if_due(TODAY + timedelta(days=1)) is None
    assert assessing.follow(TODAY + timedelta(hours=2)) == 1
    with pytest.raises(Refusal, match="scikit-learn"):
        training.train(TODAY)

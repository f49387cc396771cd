"""A version replayed over the last 90 days: what it would have handed over, and what it would have missed or spared."""

from random import Random

import pytest

from leads import deals, definitions, handover, rules, scoring
from leads.backtest import figures, job
from leads.backtest.points import Scorer
from leads.models import (
    BackTest,
    BackTestLead,
    Definition,
    FactChange,
    Lead,
    LeadScore,
    StageChange,
    Suppression,
)
from leads.stages import Move, Stage
from smarketing.foundation import jobs
from smarketing.foundation.models import Job
from smarketing.foundation.refusals import Refusal
from tests.factories import make_signed, make_user
from tests.leads.replays import NOW, ago, draft, replayed, touched, touches, visitor, with_entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
FORM = {"touches": {"kinds": ["form"]}, "within_days": 30, "at_least": 1}


# --- Honest: the evaluator that hands leads over says the same of the past ----------------------------------------
ENTRY = {
    "all": [
        {"field": "score.total", "op": "at_least", "value": 18},
        {"any": [FORM, {"field": "score.engagement_grade", "op": "at_least", "value": "2"}]},
        {"not": {"field": "country", "op": "is", "value": "FR"}},
    ]
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_version_in_force_finds_the_very_mqls_that_it_made(seed):
    random = Random(seed)
    make_signed(with_entry(ENTRY), since=ago(400))
    rep = make_user("rep")
    happened = []
    for n in range(14):
        lead = visitor(
            country=random.choice(["NL", "FR", "DE", ""]), job_title=random.choice(["Head of IT", ""])
        )
        for _ in range(random.randrange(1, 7)):
            kind = random.choice(["form", "visit", "download", "webinar"])
            happened.append((ago(random.uniform(0.1, 89)), lead, kind))
        if n % 3 == 0:
            happened.append((ago(random.uniform(5, 60)), lead, "back"))
    for at, lead, what in sorted(happened, key=lambda one: one[0]):
        if what != "back":
            touched(lead, at, what)
        elif Lead.objects.get(pk=lead.pk).stage == Stage.MQL:
            handover.reject(lead.pk, by=rep, reason="too_early", return_on=NOW.date(), moment=at)

    test = replayed(draft(ENTRY))

    made = StageChange.objects.filter(move=Move.QUALIFY, by=None).values_list("lead", "at")
    found = test.leads.exclude(met_at=None).values_list("lead", "met_at")
    assert sorted(made) == sorted(found) and made
    assert test.result["missed"] == test.result["added"] == 0
    assert test.result["same_rule"] == test.result["by_rule"] == test.result["would"] == len(made)


def test_a_score_in_python_is_the_score_in_sql():
    random = Random(7)
    for n in range(40):
        lead = visitor(
            phone=random.choice(["", "+31 20 794 6099"]), job_title=random.choice(["CEO", "", "Intern "])
        )
        if n % 4 == 0:
            lead.returned_at = ago(50)
            lead.save(update_fields=["returned_at"])
        for _ in range(random.randrange(9)):
            kind = random.choice(["form", "visit", "download", "webinar", "event", "email_click", "call"])
            team = random.choice(["marketing", "marketing", "sales"])
            lead.touches.create(at=ago(random.uniform(-3, 100)), kind=kind, team=team, url="/pricing")
    ids = list(Lead.objects.values_list("pk", flat=True))
    scoring.score(ids, NOW)
    scorer = Scorer(definitions.in_force(NOW).document, rules.Catalogue())
    leads = rules.snapshots(ids, NOW)

    for row in LeadScore.objects.all():
        lead = leads[row.pk]
        found = scorer.score(lead, NOW, scorer.facts(lead, NOW), scorer.worths(lead))
        expected = (row.fit, row.engagement, row.fit_grade, row.engagement_grade)
        assert (
            tuple(found[f"score__{n}"] for n in ("fit", "engagement", "fit_grade", "engagement_grade"))
            == expected
        )


# --- What it finds -------------------------------------------------------------------------------------------------
def test_a_looser_rule_hands_over_more_and_says_whom():
    lead = visitor()
    touched(lead, ago(40))
    touched(lead, ago(20))

    test = replayed(draft(touches(2)))

    assert (test.result["was"], test.result["would"], test.result["added"]) == (0, 1, 1)
    row = figures.behind(test, "added").get()
    assert (row.lead_id, row.met_at) == (lead.pk, ago(20))


def test_a_stricter_rule_misses_what_was_won_and_spares_what_was_rejected():
    rep = make_user("rep")
    won, refused = visitor(owner=rep), visitor(owner=rep)
    for lead in (won, refused):
        for days in (60, 50, 40):
            touched(lead, ago(days))
    handover.accept(won.pk, by=rep, moment=ago(39))
    deals.advance(won.pk, by=rep, amount=100, moment=ago(38))
    deals.win(won.pk, by=rep, amount=100, moment=ago(30))
    handover.reject(refused.pk, by=rep, reason="wrong_person", moment=ago(39))

    result = replayed(draft(touches(4))).result

    assert (result["was"], result["would"], result["missed"]) == (2, 0, 2)
    assert (result["missed_won"], result["missed_accepted"], result["missed_rejected"]) == (1, 1, 1)
    assert result["same_rule"] == 2


def test_a_later_touch_may_still_meet_a_stricter_rule():
    lead = visitor()
    for days in (60, 50, 40, 30):
        touched(lead, ago(days))

    test = replayed(draft(touches(4)))

    row = test.leads.get()
    assert (row.handed_at, row.met_at) == (ago(40), ago(30))
    assert test.result["kept"] == 1 and test.result["missed"] == 0


def test_after_a_return_only_later_touches_count():
    rep = make_user("rep")
    lead = visitor(owner=rep)
    for days in (80, 79, 78):
        touched(lead, ago(days))
    handover.reject(lead.pk, by=rep, reason="too_early", return_on=NOW.date(), moment=ago(70))
    touched(lead, ago(20))

    found = replayed(draft(touches(2))).leads.order_by("pk").values_list("handed_at", "met_at")

    assert list(found) == [(ago(78), ago(79))]


def test_whom_sales_had_before_the_window_is_not_handed_over_again():
    lead = visitor(since=ago(130))
    for days in (120, 110, 100, 30):
        touched(lead, ago(days))

    assert replayed(draft(touches(1))).result["would"] == 0


def test_a_window_of_touches_is_as_of_then():
    lead = visitor()
    touched(lead, ago(80), "form")
    touched(lead, ago(10))

    test = replayed(draft(FORM))
    late = visitor()
    late.touches.create(at=ago(100), kind="form")
    touched(late, ago(60))
    again = replayed(draft_of(test, FORM))

    assert test.result["added"] == 1
    assert figures.behind(again, "added").get().lead_id == lead.pk


def draft_of(test: BackTest, entry: dict) -> Definition:
    Definition.objects.filter(pk=test.definition_id).update(document=with_entry(entry), revision=2)
    return Definition.objects.get(pk=test.definition_id)


def test_a_corrected_fact_is_a_moment_too():
    lead = visitor(country="NL")
    FactChange.objects.create(
        lead=lead, field="country", before="", after="NL", way="hand", by=make_user("marketer"), at=ago(15)
    )

    test = replayed(draft({"field": "country", "op": "is", "value": "NL"}))

    assert test.leads.get().met_at == ago(15)


def test_what_a_marketer_qualified_by_hand_stands_under_any_rule():
    lead = visitor()
    handover.qualify(lead.pk, by=make_user("marketer"), why="Asked for prices", moment=ago(10))

    result = replayed(draft(touches(40))).result

    assert (result["was"], result["by_hand"], result["would"], result["missed"]) == (1, 1, 1, 0)


def test_whom_the_register_bars_is_no_mql_more():
    lead = visitor()
    touched(lead, ago(20))
    Suppression.objects.create(kind="email", value=lead.email_norm, reason="competitor")

    result = replayed(draft(touches(1))).result

    assert (result["added"], result["would"], result["stopped"]) == (0, 0, 1)


def test_required_facts_are_part_of_the_criteria():
    lead = visitor(country="")
    touched(lead, ago(20))
    data = with_entry(touches(1))
    data["stages"]["mql"]["required"] = ["country"]

    row = Definition.objects.create(document=data, created_by=make_user("marketer"))

    assert replayed(row).result["added"] == 0


# --- As a job ------------------------------------------------------------------------------------------------------
def test_only_what_is_not_signed_yet_is_tested():
    signed = make_signed()

    with pytest.raises(Refusal, match="Only a draft or a proposal"):
        job.begin(signed.pk, by=None, moment=NOW)


def test_one_runs_at_a_time_and_the_next_takes_its_place():
    row = draft(touches(2))
    job.begin(row.pk, by=None, moment=NOW)
    with pytest.raises(Refusal, match="is running"):
        job.begin(row.pk, by=None, moment=NOW)
    jobs.run_waiting()

    again = replayed(row)

    assert BackTest.objects.get() == again
    assert Job.objects.filter(state=Job.State.DONE).count() == 2


def test_a_back_test_changes_no_lead():
    lead = visitor()
    touched(lead, ago(20))
    before = Lead.objects.get(pk=lead.pk), StageChange.objects.count(), LeadScore.objects.get(lead=lead).total

    replayed(draft(touches(1)))

    after = Lead.objects.get(pk=lead.pk), StageChange.objects.count(), LeadScore.objects.get(lead=lead).total
    assert before == after and Lead.objects.get(pk=lead.pk).stage == Stage.VISITOR


def test_every_number_is_the_number_of_its_rows():
    for days in (60, 50, 40):
        for lead in [visitor(), visitor()]:
            touched(lead, ago(days))
            touched(lead, ago(days - 1))

    test = replayed(draft(touches(2)))

    for name, n in test.result.items():
        assert figures.behind(test, name).count() == n, name
    assert BackTestLead.objects.count() == 6


def test_the_document_is_read_before_the_job_begins():
    row = Definition.objects.create(document={"stages": {}}, created_by=make_user("marketer"))

    with pytest.raises(definitions.DocumentFault):
        job.begin(row.pk, by=None, moment=NOW)

    assert not Job.objects.exists()

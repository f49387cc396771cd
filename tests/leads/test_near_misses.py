"""Promotion by criteria, what a visitor lacks, and the page that says so."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import capture, handover, scoring
from leads.definitions import unsigned
from leads.models import Account, Definition, ImportBatch, Lead, LeadScore, Suppression, Touch
from leads.scoring import sweeps
from leads.stages import Stage
from smarketing.foundation.refusals import Refusal
from tests.factories import make_lead, make_signed, make_user

pytestmark = pytest.mark.django_db
SIZE = "account.employees"
FORM = {"touches": {"kinds": ["form"]}, "within_days": 30, "at_least": 1}
OPTED_OUT = {"not": {"field": "consent", "op": "is", "value": "opted_out"}}


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def agree(entry: dict | None, *required: str) -> None:
    """Definitions of which only the entry of an MQL is of interest, in force for an hour."""
    stages = unsigned().json()["stages"]
    stages["mql"] |= {"entry": entry, "required": list(required)}
    make_signed({"stages": stages}, since=now() - timedelta(hours=1))


def touch(lead: Lead, minutes_ago: float = 1, kind: str = "form", **more) -> Touch:
    return Touch.objects.create(lead=lead, at=now() - timedelta(minutes=minutes_ago), kind=kind, **more)


def lead_of(employees: int | None = None, **fields) -> Lead:
    return make_lead(account=Account.objects.create(name="Engines", employees=employees), **fields)


def lacks(lead: Lead) -> str:
    return LeadScore.objects.get(pk=lead.pk).lacks


def test_the_touch_that_completes_the_criteria_qualifies_at_its_moment():
    agree({"all": [FORM, {"field": SIZE, "op": "at_least", "value": 50}]})
    make_user("rep")
    large, small = lead_of(80), lead_of(8)
    for lead in (large, small):
        touch(lead, 5)

    assert scoring.sweep() == 1

    large.refresh_from_db()
    assert (large.stage, large.mql_at) == ("mql", large.touches.get().at)
    assert large.history.get(move="qualify").definition_version == 1
    assert lacks(small) == "clause:1"


def test_whom_a_new_version_makes_ready_is_promoted_under_that_version():
    make_user("rep")
    lead = lead_of()
    touch(lead, 90)  # before it began: one touch was not enough then
    agree(FORM)

    assert scoring.sweep() == 1

    row = lead.history.get(move="qualify")
    assert (row.definition_version, row.at) == (1, Definition.objects.get().in_force_from)


def test_the_fact_that_completes_the_criteria_qualifies_too():
    agree(FORM, SIZE)
    make_user("rep")
    lead = lead_of()
    touch(lead)
    assert scoring.sweep() == 0
    assert lacks(lead) == f"fact:{SIZE}"

    lead.account.employees = 12
    lead.account.save()

    assert scoring.sweep() == 1
    assert scoring.sweep() == 0


def test_a_sweep_that_dies_between_scoring_and_handing_over_is_done_again(monkeypatch):
    agree(FORM, SIZE)
    make_user("rep")
    lead = lead_of()
    touch(lead)
    scoring.sweep()
    lead.account.employees = 12
    lead.account.save()
    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "promote", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            scoring.sweep()
    assert lacks(lead) == LeadScore.NOTHING

    assert scoring.sweep() == 1
    assert scoring.sweep() == 0


def test_a_night_that_scores_first_does_not_swallow_a_promotion():
    agree(FORM, SIZE)
    make_user("rep")
    lead = lead_of()
    touch(lead)
    scoring.sweep()
    lead.account.employees = 12
    lead.account.save()

    scoring.decay()

    assert scoring.sweep() == 1


def test_a_fact_hands_over_whom_a_lifted_bar_had_stopped():
    agree(FORM, SIZE)
    make_user("rep")
    lead = lead_of(12, email_norm="ada@example.com")
    bar = Suppression.objects.create(kind="email", value="ada@example.com", reason="competitor")
    touch(lead)
    assert scoring.sweep() == 0
    bar.lifted_at = now()
    bar.save()
    for size in (None, 14):
        lead.account.employees = size
        lead.account.save()
        promoted = scoring.sweep()

    assert promoted == 1


def test_who_met_the_criteria_before_is_not_promoted_by_any_fact_but_by_the_next_touch():
    make_user("rep")
    lead = lead_of()
    touch(lead)
    scoring.sweep()
    agree(FORM)
    scoring.catch_up()
    assert lacks(lead) == LeadScore.NOTHING

    Lead.objects.filter(pk=lead.pk).update(job_title="CEO")
    assert scoring.sweep() == 0

    touch(lead, kind="visit")
    assert scoring.sweep() == 1


def test_what_a_file_tells_promotes_nobody_whatever_corrects_it_later():
    agree(FORM)
    make_user("rep")
    batch = ImportBatch.objects.create(kind="leads", file_name="a.csv")
    lead = lead_of(batch=batch)
    touch(lead, batch=batch)
    assert scoring.sweep() == 0

    Lead.objects.filter(pk=lead.pk).update(job_title="CEO")

    assert scoring.sweep() == 0
    assert lacks(lead) == LeadScore.NOTHING


def test_who_opted_out_is_not_promoted_where_the_rule_says_so():
    agree({"all": [FORM, OPTED_OUT]})
    make_user("rep")
    lead = lead_of(consent="opted_out")
    touch(lead)

    assert scoring.sweep() == 0
    assert lacks(lead) == "clause:1"


def test_a_score_can_be_a_criterion():
    agree({"field": "score.engagement", "op": "at_least", "value": 30})
    make_user("rep")
    lead = lead_of()
    touch(lead)
    assert scoring.sweep() == 0

    touch(lead)

    assert scoring.sweep() == 1


def test_after_a_return_the_same_touches_do_not_qualify_again():
    agree(FORM)
    rep = make_user("rep")
    lead = lead_of()
    touch(lead, 90)
    scoring.sweep()
    handover.reject(lead.pk, by=rep, reason="wrong_person", moment=now() - timedelta(minutes=30))

    assert scoring.sweep() == 0
    touch(lead)
    assert scoring.sweep() == 1


def test_one_touch_short_is_a_near_miss_and_the_only_criterion_missing_is_none():
    agree({"touches": {"team": "marketing"}, "at_least": 3})
    near, far = lead_of(), lead_of()
    for lead, times in ((near, 2), (far, 1)):
        for _ in range(times):
            touch(lead)
    scoring.sweep()

    assert (lacks(near), lacks(far)) == ("clause:0", "")


def test_the_page_counts_leads_by_the_one_thing_they_lack(client, django_assert_max_num_queries):
    agree({"all": [FORM, {"field": "job_title", "op": "is_known"}]}, SIZE)
    for n in range(7):
        touch(lead_of(job_title="CEO", last_name=f"Lovelace {n}"))
    touch(lead_of(12))
    scoring.sweep()
    client.force_login(make_user("marketer"))

    with django_assert_max_num_queries(8):
        page = client.get("/near-misses/")

    assert [group.title for group in page.context["groups"]] == [
        "7 leads lack only one fact: Employees",
        "1 lead lacks only one thing: Job title is known",
    ]
    listed = client.get(page.context["groups"][0].url)
    assert len(listed.context["page"].rows) == 7
    assert "Lacks only: Employees is known" in listed.content.decode()


def test_the_page_offers_those_that_meet_new_definitions_already(client):
    make_user("rep")
    touch(lead_of())
    scoring.sweep()
    agree(FORM)
    scoring.catch_up()
    client.force_login(make_user("marketing_head"))

    page = client.get("/near-misses/")

    assert page.context["ready"].title == "1 lead meets every criterion already"
    assert "Lovelace" not in page.content.decode()


def test_an_empty_page_says_what_will_stand_there(client):
    agree(FORM)
    client.force_login(make_user("marketer"))

    assert "Nobody is one thing away" in client.get("/near-misses/").content.decode()


def test_near_misses_are_for_those_who_qualify(client):
    client.force_login(make_user("rep"))

    assert client.get("/near-misses/").status_code == 403


def test_a_lead_is_handed_over_by_hand_without_a_reason_once_it_meets_everything():
    agree(FORM, SIZE)
    make_user("rep")
    head = make_user("marketing_head")
    lead = lead_of(12)
    touch(lead)

    handover.qualify(lead.pk, by=head)

    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_what_a_lead_lacks_is_named_and_a_reason_stands_for_it():
    agree(FORM, SIZE)
    make_user("rep")
    head = make_user("marketing_head")
    lead = lead_of()

    with pytest.raises(Refusal, match="Employees") as refusal:
        handover.qualify(lead.pk, by=head)
    assert "Say why" in str(refusal.value)

    handover.qualify(lead.pk, by=head, why="They asked for a call")
    assert lead.notes.get().text == "They asked for a call"


def test_a_lead_entered_by_hand_that_meets_the_facts_is_handed_over():
    agree({"field": "job_title", "op": "contains", "value": "chief"})
    make_user("rep")
    capture.create(by=None, email="ada@example.com", job_title="Chief of engines")

    assert scoring.sweep() == 1

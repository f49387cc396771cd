"""“Why?”, answered from the log: stage, score, owner, deadline, consent."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import capture, facts, handover, scoring
from leads.definitions import unsigned
from leads.models import Lead
from leads.stages import Stage
from leads.why import QUESTIONS, why
from sla import tasks
from tests.factories import make_lead, make_signed, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HOUR = timedelta(hours=1)


def answer(lead, of):
    [found] = why(Lead.objects.get(pk=lead.pk), now(), [of])
    return found


def test_a_stage_names_the_version_its_rule_and_what_was_found_then():
    make_user("rep")
    make_signed({}, since=now() - timedelta(days=30))
    lead = make_lead(since=now() - 9 * HOUR)
    for n in (3, 2, 1):
        capture.touch(lead.pk, kind="visit", url=f"/{n}", moment=now() - n * HOUR)
    scoring.sweep(now())
    found = answer(lead, "stage")

    assert Lead.objects.get(pk=lead.pk).stage == Stage.MQL
    assert found.title == "Why MQL"
    told = (found.answer, found.decided, found.version)
    assert told == ("Qualified: enough touches.", "The product, by itself", 1)
    assert [line.met for line in found.found] == [True]
    assert "3" in found.found[0].found
    assert any(words.startswith("SAL:") for words in found.change)


def test_an_agreed_reason_is_said_in_its_words():
    students = [{"code": "only_a_student", "label": "Only a student", "outcome": "nurture"}]
    make_signed({"reasons": unsigned().json()["reasons"] | {"rejection": students}}, since=now() - HOUR)
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - 2 * HOUR)
    handover.reject(lead.pk, by=rep, reason="only_a_student")

    assert answer(lead, "stage").answer == "Rejected: only a student."


def test_later_touches_change_nothing_of_what_was_found_then():
    make_user("rep")
    lead = make_lead(since=now() - 9 * HOUR)
    handover.qualify(lead.pk, by=make_user("marketer", name="Elif Kaya"), why="Named a start date")
    before = answer(lead, "stage")
    capture.touch(lead.pk, kind="visit", moment=now() + HOUR)

    assert before.decided == "Elif Kaya"
    assert before.note == "Named a start date"
    assert answer(lead, "stage").found == before.found


def test_a_visitor_is_told_how_much_is_missing():
    lead = make_lead(since=now() - 9 * HOUR)
    capture.touch(lead.pk, kind="visit", moment=now() - HOUR)
    change = answer(lead, "stage").change

    assert change[0].startswith("MQL: 2 more of")
    assert change[-1] == "MQL: or a marketer says why."


def test_a_required_fact_is_told_and_that_a_person_makes_the_move():
    stages = unsigned().json()["stages"]
    stages["sal"]["required"] = ["account.employees"]
    make_signed({"stages": stages}, since=now() - timedelta(days=30))
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))

    assert answer(lead, "stage").change[:2] == (
        "SAL: employees is known (found: not known)",
        "SAL: then the owner accepts the lead.",
    )


def test_a_score_adds_up_from_its_rules_and_says_how_far_the_next_grade_is():
    lead = make_lead()
    assert answer(lead, "score").title == "Why no score yet"
    capture.touch(lead.pk, kind="form", content="Demo", moment=now() - HOUR)
    scoring.score([lead.pk], now())
    row = Lead.objects.get(pk=lead.pk).score
    found = answer(lead, "score")

    assert found.title == f"Why {row.grade}"
    assert found.version == 0
    assert len(found.found) == max(1, len(row.parts))
    assert any(
        re.match(r"\d+ more points? for (who they are|what they did) make", told) for told in found.change
    )


def test_an_owner_names_everybody_there_was_and_whose_turn_it_was():
    ann, ben = make_user("rep", name="Ann"), make_user("rep", name="Ben")
    lead = make_lead(stage=Stage.MQL)
    found = answer(lead, "owner")

    assert {line.words: line.found for line in found.found} == {
        str(lead.owner): "chosen",
        str(ben if lead.owner == ann else ann): "not their turn",
    }
    assert found.rule.startswith("Round robin")


def test_a_deadline_names_the_promise_and_whose_hours_count():
    rep = make_user("rep", name="Kofi Mensah")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - HOUR)
    tasks.sweep(now())
    found = answer(lead, "deadline")

    assert found.rule == "Sales decides on every MQL within 4 working hours."
    assert found.decided == "Default agreement, not signed yet"
    assert "The hours of Kofi Mensah" in [line.words for line in found.found]
    assert found.decided_word == "Agreement"
    assert answer(make_lead(), "deadline").title == "Why no deadline"


def test_consent_is_told_with_every_change_and_its_source():
    head = make_user("marketing_head", name="Elif Kaya")
    lead = make_lead()
    facts.correct(lead.pk, {"consent": ("", "opted_out")}, version=lead.version, by=head)
    found = answer(lead, "consent")

    assert found.answer == "Opted out."
    assert [line.words for line in found.found] == ["Opted out", "Not known"]
    assert found.found[0].found == "Elif Kaya, by hand"
    assert (found.decided_word, found.decided) == ("Recorded", "Elif Kaya, by hand")


def test_the_page_leads_to_the_version_that_decided_and_back_to_the_lead():
    make_user("rep")
    signed = make_signed({}, since=now() - timedelta(days=30))
    lead = make_lead(stage=Stage.MQL, since=now() - HOUR)
    page = signed_in(make_user("sales_head")).get(f"/leads/{lead.pk}/why/").content.decode()

    assert f'<a href="/definitions/{signed.pk}/">Version 1</a>' in page
    assert f'<a class="crumb" href="/leads/{lead.pk}/">' in page


def test_the_page_the_dialog_and_the_api_give_the_same_answers():
    lead = make_lead(stage=Stage.SQL, owner=make_user("rep"))
    client = signed_in(make_user("sales_head"))
    page = client.get(f"/leads/{lead.pk}/why/")
    one = client.get(f"/leads/{lead.pk}/why/?of=owner", headers={"HX-Request": "true"})
    told = client.get(f"/api/v1/leads/{lead.pk}/why").json()["results"]

    asked = [found.of for found, _ in page.context["answers"]]
    assert asked == ["stage", "score", "owner", "deadline", "consent"]
    assert [found.of for found, _ in one.context["answers"]] == ["owner"]
    assert "<html" not in one.content.decode()
    assert [found["of"] for found in told] == asked
    assert set(QUESTIONS) == set(asked)


def test_nobody_learns_why_of_a_lead_they_may_not_see():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    client = signed_in(make_user("rep", team="Nordics"))

    assert client.get(f"/leads/{lead.pk}/why/").status_code == 404
    assert client.get(f"/api/v1/leads/{lead.pk}/why").status_code == 404

"""What the pages of a back-test say, to whom, and what stands behind each number."""

import pytest

from leads.backtest import job
from leads.models import BackTest, Definition, Lead
from smarketing.foundation.models import Job
from tests.factories import make_user
from tests.leads.pages import HTMX
from tests.leads.replays import NOW, ago, draft, replayed, touched, touches, visitor
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def page(row: Definition, person, more: str = ""):
    return signed_in(person).get(f"/definitions/{row.pk}/back-test/{more}")


@pytest.fixture
def found() -> BackTest:
    """Two leads of two reps of different teams that a stricter rule would miss."""
    for team in ("Benelux", "Nordics"):
        lead = visitor(owner=make_user("rep", team=team))
        for days in (60, 50, 40):
            touched(lead, ago(days))
    return replayed(draft(touches(4)))


def test_the_page_says_the_result_in_a_sentence(found):
    said = text(page(found.definition, make_user("rep")))

    assert "0 MQLs instead of 2: 2 no longer." in said
    assert "finds all 2 MQLs that criteria made" in said


def test_each_number_opens_to_the_leads_that_are_the_readers_to_see(found):
    head, rep = make_user("sales_head"), Lead.objects.order_by("pk").first().owner

    everybody = text(page(found.definition, head, "leads/?figure=missed"))
    own = text(page(found.definition, rep, "leads/?figure=missed"))

    names = [lead.name for lead in Lead.objects.order_by("pk")]
    assert all(name in everybody for name in names)
    assert names[0] in own and names[1] not in own and "1 lead of other teams" in own
    assert page(found.definition, head, "leads/?figure=nonsense").status_code == 404


def test_a_marketer_begins_it_and_a_rep_does_not():
    row = draft(touches(2))

    assert signed_in(make_user("rep")).post(f"/definitions/{row.pk}/back-test/").status_code == 403
    begun = signed_in(make_user("marketer")).post(f"/definitions/{row.pk}/back-test/", follow=True)

    assert "0% of the leads are done" in text(begun) or "The last 90 days are being replayed" in text(begun)
    assert BackTest.objects.get().job.state == Job.State.RUNNING


def test_while_it_runs_the_page_asks_for_its_part_anew():
    row = draft(touches(2))
    job.begin(row.pk, by=None, moment=NOW)
    client = signed_in(make_user("marketer"))

    whole, part = (client.get(f"/definitions/{row.pk}/back-test/", **more) for more in ({}, HTMX))

    assert 'hx-trigger="load delay:2s"' in text(whole)
    assert "<html" not in text(part) and "of the leads are done" in text(part)


def test_a_changed_draft_makes_its_result_an_old_one(found):
    Definition.objects.filter(pk=found.definition_id).update(revision=2)

    assert "The draft was changed since" in text(page(found.definition, make_user("rep")))


def test_beside_the_signatures_stands_what_it_found(found):
    Definition.objects.filter(pk=found.definition_id).update(
        status="proposed", proposed_by=make_user("marketer"), proposed_at=NOW
    )

    said = text(signed_in(make_user("marketing_head")).get("/definitions/draft/"))

    assert "0 MQLs instead of 2" in said and "0 rejected spared" in said


def test_a_back_test_that_was_given_up_says_why():
    row = draft(touches(2))
    test = job.begin(row.pk, by=None, moment=NOW)
    Job.objects.filter(pk=test.job_id).update(state=Job.State.FAILED, error="Part 1 failed 8 times.")

    assert "Part 1 failed 8 times." in text(page(row, make_user("marketer")))


def test_the_pages_ask_a_handful_of_questions(found, django_assert_max_num_queries):
    client = signed_in(make_user("sales_head"))

    with django_assert_max_num_queries(8):
        client.get(f"/definitions/{found.definition_id}/back-test/")
    with django_assert_max_num_queries(11):
        client.get(f"/definitions/{found.definition_id}/back-test/leads/?figure=was")


def test_nobody_signed_out_reads_it(found, client):
    assert client.get(f"/definitions/{found.definition_id}/back-test/").status_code == 302

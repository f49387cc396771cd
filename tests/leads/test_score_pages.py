"""Where a score is read: the queue, the lead's page, the list, the API."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import scoring
from leads.models import Account, Lead, ScoreEntry, Touch
from leads.stages import Stage
from sla import tasks
from tests.factories import make_lead, make_signed, make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def scored(stage: Stage = Stage.VISITOR, *, visits: int = 1, **fields) -> Lead:
    account = Account.objects.create(name="Engines", employees=120)
    lead = make_lead(stage=stage, account=account, **fields)
    for _ in range(visits):
        Touch.objects.create(lead=lead, at=now(), kind="visit")
    scoring.score([lead.pk], now() + timedelta(seconds=1))
    lead.refresh_from_db()
    return lead


def test_a_page_shows_what_each_rule_gives_and_their_sum():
    lead = scored(phone="+44 20 7946 0991")

    page = signed_in(make_user("marketer")).get(lead.get_absolute_url())

    card = page.context["score"]
    assert card.lines == [("50 employees or more", 20), ("Phone number known", 5), ("Visited the site", 2)]
    assert sum(points for _, points in card.lines) == card.total == lead.score.total == 27
    assert (card.grade, card.version) == ("B4", 0)
    assert "By the unsigned default" in page.content.decode()


def test_a_page_names_rules_as_the_version_of_the_score_does():
    make_signed(since=now() - timedelta(days=9))
    lead = scored()

    page = signed_in(make_user("marketer")).get(lead.get_absolute_url()).content.decode()

    assert "By version 1 of the definitions" in page


def test_a_page_without_a_score_and_one_of_a_visitor_say_what_is_asked():
    lead = make_lead()

    page = signed_in(make_user("marketer")).get(lead.get_absolute_url()).content.decode()

    assert "1 of 1 criteria missing until it is handed over." in page
    assert 'class="sc"' not in page


def test_a_scored_visitor_costs_no_more_queries_than_a_page_may(django_assert_max_num_queries):
    make_signed(since=now() - timedelta(days=9))
    lead = scored(visits=9)
    client = signed_in(make_user("marketer"))
    client.get(lead.get_absolute_url())

    with django_assert_max_num_queries(15):
        client.get(lead.get_absolute_url())


def test_a_queue_row_starts_with_the_score_and_of_two_due_at_once_the_better_comes_first():
    rep = make_user("rep")
    at = now() - timedelta(minutes=5)
    plain = make_lead(stage=Stage.MQL, owner=rep, since=at)
    better = scored(Stage.MQL, owner=rep, since=at)
    Lead.objects.filter(pk__in=[plain.pk, better.pk]).update(owner=rep)
    scoring.score([plain.pk], now())
    tasks.sweep(now())

    page = signed_in(rep).get("/queue/")

    rows = [item["row"] for _, items in page.context["groups"] for item in items]
    assert [row.lead for row in rows] == [better, plain]
    assert (rows[0].score, rows[1].score["total"]) == ({"total": 22, "grade": "B4"}, 0)
    assert 'title="Score 22, B4"' in page.content.decode()


def test_a_list_has_the_score_as_a_column_a_filter_and_an_order(django_assert_max_num_queries):
    better, worse = scored(visits=9), scored(visits=1)
    client = signed_in(make_user("marketer"))

    with django_assert_max_num_queries(12):
        page = client.get("/leads/?sort=-score&score_min=21")

    assert [lead for lead, _ in page.context["rows"]] == [better, worse]
    assert "<b>38</b>" in page.content.decode()
    assert client.get("/leads/?score_min=30").context["total"] == 1


def test_the_api_tells_the_score_and_null_before_there_is_one():
    lead, fresh = scored(), make_lead()
    client = signed_in(make_user("marketer"))

    told = client.get(f"/api/v1/leads/{lead.pk}").json()["score"]

    assert (told["total"], told["grade"], told["parts"]) == (22, "B4", {"company_size": 20, "visit": 2})
    assert client.get(f"/api/v1/leads/{fresh.pk}").json()["score"] is None


def test_the_form_says_what_the_lead_lacks_when_no_reason_is_given():
    lead = scored()
    make_user("rep")

    page = signed_in(make_user("marketer")).post(f"/leads/{lead.pk}/qualify/", {"why": ""})

    assert "This lead lacks" in page.content.decode()
    lead.refresh_from_db()
    assert lead.stage == Stage.VISITOR


def test_the_log_of_a_demo_of_scores_adds_up_for_all_of_them():
    leads = [scored(visits=n) for n in range(6)]
    for days in (10, 40, 90):
        scoring.decay(now() + timedelta(days=days))

    assert scoring.astray() == []
    assert ScoreEntry.objects.filter(lead=leads[5], cause="decay").exists()

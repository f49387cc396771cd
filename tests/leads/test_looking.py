"""A page of a list and its total, by walking the order or by collecting what matches: the same leads either way."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.http import QueryDict
from django.utils.timezone import now
from psycopg2.errors import QueryCanceled

from leads.models import Lead
from leads.pages import looking
from leads.pages.asked import asked_for
from leads.pages.looking import TOO_MUCH, look
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
DAY = timedelta(days=1)


@pytest.fixture
def many(monkeypatch):
    """A hundred leads, and a walk of twenty: as if there were a million."""
    monkeypatch.setattr(looking, "WALK", 20)
    monkeypatch.setattr(looking, "FEW", 30)
    monkeypatch.setattr(looking, "COUNT_UP_TO", 30)
    campaign, first = make_campaign("Rare"), make_lead()
    Lead.objects.filter(pk=first.pk).update(born_at=now() - 200 * DAY, campaign=campaign)
    rows = [
        Lead(
            first_name="Ida",
            last_name=f"No {n:03}",
            name_key=f"ida no {n:03}",
            email=f"ida{n}@x.example",
            medium="cpc" if n % 9 else "organic",
            campaign=campaign if n > 90 else None,
            born_at=now() - n * DAY,
            stage_since=now() - n * DAY,
        )
        for n in range(100)
    ]
    Lead.objects.bulk_create(rows)
    return campaign


def found(query, user=None, cursor=None):
    user = user or make_user("marketer")
    asked = asked_for(QueryDict(query), user, now())
    return asked, user, look(asked, user, cursor)


def all_pages(query):
    asked, user, shown = found(query)
    rows = list(shown.page.rows)
    while shown.page.older:
        shown = look(asked, user, shown.page.older)
        rows += shown.page.rows
    return asked, user, rows, shown


@pytest.mark.parametrize(
    "query", ["", "medium=organic", "medium=cpc", "sort=name&medium=cpc", "sort=-name&medium=cpc"]
)
def test_all_pages_together_are_what_the_filters_mean_in_their_order(many, query):
    asked, user, rows, _ = all_pages(query)
    way = "" if asked.ascending else "-"
    expected = asked.leads(user).order_by(f"{way}order_key", f"{way}id")

    assert [lead.pk for lead in rows] == [lead.pk for lead in expected]


def test_the_page_before_is_found_from_any_page(many):
    asked, user, first = found("medium=cpc")
    second = look(asked, user, first.page.older)
    back = look(asked, user, second.page.newer)

    assert [lead.pk for lead in back.page.rows] == [lead.pk for lead in first.page.rows]


def test_what_lies_far_back_is_collected_and_counted_exactly(many):
    _, _, shown = found(f"campaign={many.pk}")

    assert (shown.total, shown.more, shown.about) == (10, False, False)
    assert shown.page.older is None


def test_nothing_is_found_without_walking_everything(many):
    _, _, shown = found(f"campaign={many.pk}&medium=cpc&born_last=10")
    assert (shown.page.rows, shown.total, shown.notice) == ([], 0, "")


def test_a_total_of_many_is_about_and_says_so(many, monkeypatch):
    monkeypatch.setattr(
        looking, "_expected", lambda found: 123_456
    )  # what the planner of a large company expects
    page = signed_in(make_user("marketer")).get("/leads/?medium=cpc")
    assert page.context["words"] == "50 of about 120,000 leads"
    assert page.context["may_choose_all"] is False


@pytest.mark.parametrize(
    ("expected", "words"),
    [(90, "50 of 101 leads"), (150, "50 of 101 leads"), (1_234_567, "50 of about 1,200,000 leads")],
)
def test_everybody_is_counted_where_there_are_not_by_far_too_many(many, monkeypatch, expected, words):
    monkeypatch.setattr(looking, "COUNT_UP_TO", 200)
    monkeypatch.setattr(looking, "_expected", lambda found: expected)

    assert signed_in(make_user("marketer")).get("/leads/").context["words"] == words


def test_a_count_is_not_taken_back_by_an_expectation_of_fewer(many, monkeypatch):
    monkeypatch.setattr(looking, "_expected", lambda found: 12)

    assert signed_in(make_user("marketer")).get("/leads/").context["words"] == "50 of 30+ leads"


def test_a_look_up_that_takes_too_long_ends_with_a_sentence(many, monkeypatch):
    def too_long(*args):
        raise OperationalError from QueryCanceled()

    monkeypatch.setattr(looking, "_collected", too_long)
    page = signed_in(make_user("marketer")).get(f"/leads/?campaign={many.pk}")

    assert page.status_code == 200
    assert TOO_MUCH in page.content.decode()

"""Segments of the signed definitions: who is in one, on lists and on the pages of leads and companies."""

import pytest
from django.utils.timezone import now

from leads import segments
from leads.models import Account, Lead
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def leads() -> dict[str, Lead]:
    sizes = {"Ada": 900, "Bob": 100, "Cyd": 10, "Dee": None}
    return {
        name: make_lead(first_name=name, account=Account.objects.create(name=name, employees=size))
        for name, size in sizes.items()
    }


def test_a_lead_is_in_the_first_exclusive_segment_that_it_meets(leads):
    found = segments.of([lead.pk for lead in leads.values()], now())
    assert {name: found[lead.pk] for name, lead in leads.items()} == {
        "Ada": ["Large"],
        "Bob": ["Medium"],
        "Cyd": ["Small"],
        "Dee": [],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("segment=large", {"Ada"}),
        ("segment=large&segment=small", {"Ada", "Cyd"}),
        ("segment=none", {"Dee"}),
        ("segment=medium&segment=none", {"Bob", "Dee"}),
    ],
)
def test_a_list_is_narrowed_by_segment(leads, query, found):
    rows = signed_in(make_user("marketer")).get(f"/leads/?{query}").context["rows"]
    assert {lead.first_name for lead, _ in rows} == found


def test_a_segment_that_is_not_agreed_is_left_out_and_told(leads):
    page = signed_in(make_user("marketer")).get("/leads/?segment=huge")
    assert "is not known" in page.content.decode()
    assert len(page.context["rows"]) == 4


def test_the_column_says_the_segment_in_one_more_query(leads, django_assert_max_num_queries):
    client = signed_in(make_user("marketer"))
    client.post("/leads/columns/", {"column": ["segment"]})
    with django_assert_max_num_queries(12):
        page = client.get("/leads/?segment=large").content.decode()
    assert 'data-label="Segment">Large</td>' in page


def test_the_pages_of_a_lead_and_of_its_company_say_it(leads):
    client = signed_in(make_user("marketer"))
    assert "<dt>Segment</dt><dd>Large</dd>" in client.get(leads["Ada"].get_absolute_url()).content.decode()
    account = client.get(leads["Ada"].account.get_absolute_url()).content.decode()
    assert "<dt>Segment</dt><dd>Large</dd>" in account

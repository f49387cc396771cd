"""What a page or an act asks of the database, whatever the number of rows."""

import pytest

from leads import activities, capture, handover
from leads.models import Lead, StageChange
from leads.stages import Stage
from tests.factories import make_campaign, make_lead, make_user
from tests.leads.pages import act
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def queries_of(client, url, django_assert_max_num_queries, limit) -> int:
    with django_assert_max_num_queries(limit) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("url", ["/leads/", "/leads/?q=Byron", "/campaigns/"])
def test_a_list_asks_as_often_for_many_rows_as_for_few(django_assert_max_num_queries, url):
    rep = make_user("rep")
    client = signed_in(rep)

    def rows(n: int) -> None:
        for i in range(n):
            make_lead(
                owner=rep, campaign=make_campaign(f"Campaign {Lead.objects.count()} {i}", f"Channel {i % 5}")
            )

    rows(10)
    few = queries_of(client, url, django_assert_max_num_queries, 12)
    rows(40)
    assert queries_of(client, url, django_assert_max_num_queries, 12) == few


@pytest.mark.parametrize("role", ["rep", "sales_head"])
def test_a_lead_page_asks_as_often_whatever_happened(django_assert_max_num_queries, role):
    rep, person = make_user("rep"), make_user(role)
    lead = make_lead(
        stage=Stage.SQL, owner=person if role == "rep" else rep, campaign=make_campaign("x", "y")
    )
    client = signed_in(person)
    few = queries_of(client, lead.get_absolute_url(), django_assert_max_num_queries, 15)
    chief = make_user("administrator")
    for _ in range(30):
        activities.log(lead.pk, by=chief, kind="call", outcome="no_answer", text="Nobody")
        handover.reassign(lead.pk, to=make_user("rep"), by=chief)
    if role == "rep":
        handover.reassign(lead.pk, to=person, by=chief)

    assert queries_of(client, lead.get_absolute_url(), django_assert_max_num_queries, 15) == few


@pytest.mark.parametrize("role", ["marketer", "marketing_head", "sales_head", "administrator"])
@pytest.mark.parametrize("stage", Stage.values)
def test_a_lead_of_a_company_costs_no_more_whoever_looks(django_assert_max_num_queries, role, stage):
    account = capture.find_account("Acme")
    lead = make_lead(stage=Stage(stage), owner=make_user("rep"), account=account)
    make_lead(account=account)
    client = signed_in(make_user(role))
    client.get(lead.get_absolute_url())

    queries_of(client, lead.get_absolute_url(), django_assert_max_num_queries, 15)


def statements(caught) -> int:
    """Everything the request asks, but for the transaction's own words."""
    noise = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(noise) for query in caught.captured_queries)


def test_an_act_is_a_handful_of_statements(django_assert_max_num_queries):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    with django_assert_max_num_queries(20) as caught:
        act(client, "accept", lead)

    assert statements(caught) <= 8


def test_entering_a_lead_is_a_handful_of_statements(django_assert_max_num_queries):
    client, campaign = signed_in(make_user("rep")), make_campaign("x", "y")
    person = {"first_name": "G", "email": "g@navy.example", "phone": "+31 20 794 6099", "company": "Navy"}
    with django_assert_max_num_queries(20) as caught:
        client.post("/leads/new/", {**person, "campaign": campaign.pk})

    assert statements(caught) <= 10
    assert StageChange.objects.count() == 1

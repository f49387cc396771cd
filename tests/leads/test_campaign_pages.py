"""Campaigns and their costs: written by marketing, read by everybody."""

from decimal import Decimal

import pytest
from django.urls import reverse

from leads.stages import Stage
from smarketing.foundation.models import AuditEvent
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_marketing_makes_a_campaign_and_adds_its_costs():
    client = signed_in(make_user("marketer"))
    made = client.post("/campaigns/", {"name": "Spring webinar", "channel": "Webinar"})
    cost = {"starts_on": "2026-03-01", "ends_on": "2026-03-31", "amount": "1000.00", "currency": "eur"}
    client.post(made["Location"], cost)
    client.post(made["Location"], cost)
    rows = client.get("/campaigns/").context["rows"]

    assert [(str(row), str(row.channel), sums) for row, sums in rows] == [
        ("Spring webinar", "Webinar", [(Decimal("2000.00"), "EUR")])
    ]


COST = {"starts_on": "2026-03-01", "ends_on": "2026-03-31", "amount": "1000.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts_on": "0001-01-01"}, "Choose a day from 2000 to"),
        ({"ends_on": "9999-12-31"}, "Choose a day from 2000 to"),
        ({"starts_on": "2010-03-01"}, "A cost covers at most 10 years."),
        ({"starts_on": "soon"}, "Enter “From” as a day, such as 2026-03-31."),
        ({"currency": "XYZ"}, "“XYZ” is not a currency."),
        ({"currency": ""}, "Enter “Currency” as the three letters of one, such as EUR."),
        ({"amount": "1.005"}, "An amount in EUR has at most 2 decimals."),
        ({"amount": "1000.50", "currency": "JPY"}, "An amount in JPY has no decimals."),
        ({"amount": "1e12"}, "“Amount” is at most 1,000,000,000."),
        ({"amount": "-1"}, "“Amount” is not negative."),
        ({"amount": ""}, "Enter “Amount” as a number, such as 1200.50."),
    ],
)
def test_a_cost_that_nobody_means_is_refused_beside_its_field(wrong, sentence):
    campaign = make_campaign()
    response = signed_in(make_user("marketer")).post(f"/campaigns/{campaign.pk}/", COST | wrong)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not campaign.costs.exists()


def test_a_wrong_cost_is_removed_by_those_who_may_write_it():
    campaign = make_campaign()
    client = signed_in(make_user("marketer"))
    client.post(f"/campaigns/{campaign.pk}/", COST)
    url = reverse("leads:remove_cost", args=[campaign.costs.get().pk])

    assert signed_in(make_user("rep")).post(url).status_code == 403
    assert url not in signed_in(make_user("rep")).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert client.get(url).status_code == 405
    assert url in client.get(f"/campaigns/{campaign.pk}/").content.decode()
    page = client.post(url, follow=True).content.decode()
    assert "The cost of 1,000.00 EUR was removed." in page
    assert not campaign.costs.exists()
    assert AuditEvent.objects.filter(action="cost.removed").count() == 1
    assert client.post(url).status_code == 404


def test_a_campaign_of_the_same_name_is_refused_beside_the_field():
    make_campaign("Spring webinar")
    response = signed_in(make_user("marketer")).post("/campaigns/", {"name": "spring  WEBINAR"})

    assert response.status_code == 422
    assert "There is a campaign of the name" in response.content.decode()


def test_a_rep_reads_campaigns_and_writes_none():
    client, campaign = signed_in(make_user("rep")), make_campaign()

    assert client.get("/campaigns/").status_code == 200
    assert client.get(f"/campaigns/{campaign.pk}/").context["form"] is None
    assert client.post("/campaigns/", {"name": "Mine"}).status_code == 403
    assert client.post(f"/campaigns/{campaign.pk}/", {}).status_code == 403


def test_a_campaign_counts_its_leads_and_links_to_them():
    campaign = make_campaign()
    make_lead(campaign=campaign)
    body = signed_in(make_user("rep")).get(f"/campaigns/{campaign.pk}/").content.decode()

    assert f'href="/leads/?campaign={campaign.pk}"' in body
    assert "1 lead</a>" in body


def test_a_campaign_says_how_many_of_its_leads_a_rep_may_see():
    campaign, rep = make_campaign(), make_user("rep", team="Nordics")
    make_lead(campaign=campaign, stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    make_lead(campaign=campaign, stage=Stage.SAL, owner=rep)
    url = f"/campaigns/{campaign.pk}/"

    assert "1 of 2 is yours to see</a>" in signed_in(rep).get(url).content.decode()
    assert "2 leads</a>" in signed_in(make_user("marketer")).get(url).content.decode()
    assert 'title="1 of 2 is yours to see"' in signed_in(rep).get("/campaigns/").content.decode()

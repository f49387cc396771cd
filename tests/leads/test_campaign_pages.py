"""Campaigns and their costs: written by marketing, read by everybody."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import now

from leads import handover
from leads.stages import Stage
from smarketing.foundation.models import AuditEvent
from smarketing.templatetags.loops import campaign_story
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


def test_marketing_changes_a_campaigns_name_and_channel():
    campaign = make_campaign("Spring webinar", "Webinar")
    client = signed_in(make_user("marketer"))
    make_lead(campaign=campaign, channel=campaign.channel)
    page = client.post(
        f"/campaigns/{campaign.pk}/edit/", {"name": "Spring talk", "channel": "Events"}, follow=True
    )

    campaign.refresh_from_db()
    assert (campaign.name, campaign.channel.name) == ("Spring talk", "Events")
    assert campaign.leads.get().channel.name == "Webinar"  # what brought a lead stays what it was
    assert "Spring talk is saved." in page.content.decode()
    assert AuditEvent.objects.filter(action="campaign.changed").count() == 1
    client.post(f"/campaigns/{campaign.pk}/edit/", {"name": "Spring talk", "channel": "Events"})
    assert AuditEvent.objects.filter(action="campaign.changed").count() == 1


def test_a_name_that_another_campaign_has_is_refused_beside_the_field():
    make_campaign("Fair")
    campaign = make_campaign("Webinar")
    response = signed_in(make_user("marketer")).post(f"/campaigns/{campaign.pk}/edit/", {"name": "FAIR"})

    assert response.status_code == 422
    assert "There is a campaign of the name" in response.content.decode()
    assert (
        signed_in(make_user("rep")).post(f"/campaigns/{campaign.pk}/edit/", {"name": "X"}).status_code == 403
    )


def test_a_campaign_tells_what_became_of_its_leads_and_each_figure_opens():
    campaign, rep = make_campaign("Fair", "event"), make_user("rep")
    for stage in Stage:
        make_lead(stage=stage, owner=rep, campaign=campaign)
    make_lead(campaign=make_campaign("Other"))
    client = signed_in(make_user("marketer"))
    page = client.get(f"/campaigns/{campaign.pk}/")
    story = campaign_story(campaign)

    assert {step.name: step.n for step in story.steps} == {
        "leads": 5,
        "mql": 4,
        "sal": 3,
        "sql": 2,
        "customers": 1,
    }
    for step in [*story.steps, *story.ways]:
        assert (client.get(step.href).context["number"] if step.href else 0) == step.n, step
    for week in story.weeks:
        for figure in week["figures"]:
            assert (client.get(figure["href"]).context["number"] if figure["href"] else 0) == figure["n"]
    assert sum(week["figures"][0]["n"] for week in story.weeks) == 5
    assert f"/reports/closed-loop/?only={campaign.pk}" in page.content.decode()


def test_a_verdict_stands_in_the_reps_own_words_for_who_may_read_the_lead():
    campaign, rep = make_campaign(), make_user("rep", team="Benelux")
    lead = make_lead(stage=Stage.MQL, owner=rep, campaign=campaign)
    handover.reject(lead.pk, by=rep, reason="wrong_person", note="Writes the newsletter, buys nothing")
    url = f"/campaigns/{campaign.pk}/"
    body = signed_in(make_user("marketer")).get(url).content.decode()

    assert "Writes the newsletter, buys nothing" in body and "Wrong person" in body
    stranger = signed_in(make_user("rep", team="Nordics")).get(url).content.decode()
    assert "Writes the newsletter" not in stranger and "Wrong person" in stranger


def test_a_campaign_asks_as_often_for_many_leads_as_for_few(django_assert_max_num_queries):
    campaign, client = make_campaign(), signed_in(make_user("marketer"))
    make_lead(campaign=campaign)

    def cost(url: str) -> int:
        with django_assert_max_num_queries(25) as caught:
            client.get(url)
        return len(caught)

    urls = [f"/campaigns/{campaign.pk}/", "/campaigns/"]
    few = [cost(url) for url in urls]
    for n in range(15):
        make_lead(campaign=campaign)
        make_campaign(f"Campaign {n}")
    assert [cost(url) for url in urls] == few


def test_the_list_says_week_by_week_how_many_leads_came():
    campaign = make_campaign()
    make_lead(campaign=campaign)
    make_campaign("Silent")
    rows = signed_in(make_user("marketer")).get("/campaigns/").context["rows"]

    assert {str(row): (sum(row.weeks), len(row.weeks)) for row, _ in rows} == {
        str(campaign): (1, 12),
        "Silent": (0, 12),
    }


def test_weeks_of_a_campaign_are_the_organisations_whoever_looks():
    """What comes in the first minute of a Monday is of that week, also for somebody with whom it is Sunday still."""
    monday = (now() - timedelta(days=now().weekday() + 7)).date()
    make_lead(campaign=make_campaign(), since=datetime.combine(monday, time(0, 1), UTC))
    marketer = make_user("marketer", time_zone="America/New_York")

    [(row, _)] = signed_in(marketer).get("/campaigns/").context["rows"]

    assert row.weeks[-3:] == [0, 1, 0]

"""Campaigns and their costs: marketing's to write, everybody's to read."""

import pytest

from leads.models import Campaign, Cost
from tests.api.callers import Caller
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db
JUNE = {"starts_on": "2026-06-01", "ends_on": "2026-06-30", "amount": "1200.50", "currency": "eur"}


@pytest.fixture
def marketer(organisation):
    return Caller(make_user("marketer"))


def test_a_campaign_is_made_found_and_read(marketer):
    made = marketer.do("/campaigns", {"name": "Autumn fair", "channel": "Events"})
    make_campaign("Other")

    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/campaigns/{made.json()['id']}"
    found = marketer.read("/campaigns?q=AUTUMN").json()["results"]
    assert [(row["name"], row["channel"]["name"]) for row in found] == [("Autumn fair", "Events")]
    assert marketer.read(f"/campaigns/{made.json()['id']}").json() == found[0]
    assert marketer.read("/campaigns/999999").status_code == 404


def test_a_name_that_is_taken_in_any_spelling_is_refused(marketer):
    make_campaign("Autumn fair")

    refused = marketer.do("/campaigns", {"name": "  AUTUMN   fair "})

    assert (refused.status_code, refused.json()["code"]) == (409, "already_known")
    assert Campaign.objects.count() == 1


def test_a_cost_is_entered_and_read(marketer):
    campaign = make_campaign(channel="Events")

    made = marketer.do(f"/campaigns/{campaign.pk}/costs", JUNE)
    marketer.do(f"/campaigns/{campaign.pk}/costs", JUNE)

    assert made.status_code == 201
    costs = marketer.read(f"/campaigns/{campaign.pk}/costs").json()
    assert [(row["amount"], row["currency"]) for row in costs] == [("1200.5000", "EUR")] * 2
    assert Cost.objects.filter(channel=campaign.channel).count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": "2026-05-30"}, "ends_on"),
        ({"ends_on": "2029-06-30", "starts_on": "2001-01-01"}, "ends_on"),
        ({"starts_on": "1999-06-01"}, "starts_on"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": 5}, "amount"),
        ({"currency": "ABC"}, "currency"),
    ],
)
def test_a_cost_that_nobody_can_mean_is_told_by_field(marketer, wrong, field):
    campaign = make_campaign()

    refused = marketer.do(f"/campaigns/{campaign.pk}/costs", JUNE | wrong)

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert not Cost.objects.exists()


def test_a_rep_reads_campaigns_and_writes_none(organisation):
    rep, campaign = Caller(make_user("rep")), make_campaign()

    assert (
        rep.read("/campaigns").status_code == rep.read(f"/campaigns/{campaign.pk}/costs").status_code == 200
    )
    assert rep.do("/campaigns", {"name": "Mine"}).status_code == 403
    assert rep.do(f"/campaigns/{campaign.pk}/costs", JUNE).status_code == 403

"""The list of leads: found, narrowed, paged, and only what a person may see."""

import pytest

from leads import capture
from leads.stages import Stage
from smarketing.foundation.models import Organisation
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def names(response) -> list[str]:
    return [lead.name for lead in response.context["page"].rows]


def test_the_list_is_found_by_the_beginning_of_name_email_or_phone():
    make_lead(first_name="Grace", last_name="Hopper", email="grace@navy.example")
    make_lead(first_name="Alan", last_name="Turing", email="alan@park.example")
    make_lead(
        first_name="Ada", last_name="Byron", email="", phone="+44 20 7946 0991", phone_norm="+442079460991"
    )
    client = signed_in(make_user("marketer"))

    assert names(client.get("/leads/", {"q": "grace hop"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "ALAN@p"})) == ["Alan Turing"]
    assert names(client.get("/leads/", {"q": "+44 20 7946 0991"})) == ["Ada Byron"]
    assert names(client.get("/leads/", {"q": "+44 (20) 7"})) == ["Ada Byron"]
    assert names(client.get("/leads/", {"q": "+44 21"})) == []
    assert names(client.get("/leads/", {"q": "opper"})) == []


def test_the_list_is_found_by_surname_and_by_company_too():
    navy = capture.find_account("Navy Yard")
    make_lead(first_name="Grace", last_name="Hopper", account=navy)
    make_lead(first_name="Alan", last_name="Turing Öz")
    client = signed_in(make_user("marketer"))

    assert names(client.get("/leads/", {"q": "Hop"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "turing ö"})) == ["Alan Turing Öz"]
    assert names(client.get("/leads/", {"q": " navy  y"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "yard"})) == []


def test_the_list_is_narrowed_by_state_owner_campaign_and_channel():
    rep, campaign = make_user("rep"), make_campaign("Webinar", "email")
    mine = make_lead(stage=Stage.MQL, owner=rep, campaign=campaign, channel=campaign.channel)
    other = make_lead(stage=Stage.SAL, owner=make_user("rep"))
    client = signed_in(make_user("marketer"))

    def found(**query) -> list[str]:
        return names(client.get("/leads/", query))

    assert found(state="mql") == found(owner=rep.pk) == found(campaign=campaign.pk) == [mine.name]
    assert found(channel=campaign.channel_id) == [mine.name]
    assert found(campaign="none") == found(state="sal") == [other.name]
    assert len(found(state="nonsense", owner="x")) == 2


def test_the_list_shows_a_rep_the_own_the_unclaimed_and_the_teams_leads_only():
    rep = make_user("rep", team="Benelux")
    make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"))
    own, team = (
        make_lead(stage=Stage.SAL, owner=rep),
        make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux")),
    )

    assert set(names(signed_in(rep).get("/leads/"))) == {own.name, team.name}
    Organisation.objects.update(leads_visible="own")
    assert names(signed_in(rep).get("/leads/")) == [own.name]


def test_the_list_pages_by_keys_and_counts_what_there_is():
    for _ in range(60):
        make_lead()
    client = signed_in(make_user("marketer"))
    first = client.get("/leads/")
    second = client.get("/leads/", {"cursor": first.context["page"].older})

    assert first.context["words"] == "50 of 60 leads"
    assert len(second.context["page"].rows) == 10
    assert not set(names(first)) & set(names(second))

"""Who may open a lead's pages and act on them: strangers, colleagues, other roles."""

import pytest
from django.urls import reverse

from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.pages import ACTS, act
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.mark.parametrize("url", ["/leads/", "/leads/new/", "/leads/1/", "/leads/1/edit/", "/campaigns/"])
def test_nobody_reads_a_page_without_signing_in(client, url):
    response = client.get(url)

    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_a_post_and_needs_a_person(client, name):
    lead = make_lead()

    assert client.post(reverse(f"leads:{name}", args=[lead.pk])).status_code == 302
    assert (
        signed_in(make_user("administrator")).get(reverse(f"leads:{name}", args=[lead.pk])).status_code == 405
    )


@pytest.mark.parametrize("name", [n for n in ACTS if n not in ("reassign", "sign_appeal")])
def test_a_strangers_lead_does_not_exist_for_a_rep(name):
    stranger = make_user("rep", team="Benelux")
    lead = make_lead(stage=Stage.SAL, owner=stranger)

    assert act(signed_in(make_user("rep", team="Nordics")), name, lead).status_code == 404


def test_a_strangers_lead_page_and_its_facts_answer_404():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    client = signed_in(make_user("rep", team="Nordics"))

    assert client.get(lead.get_absolute_url()).status_code == 404
    assert client.get(reverse("leads:edit", args=[lead.pk])).status_code == 404


@pytest.mark.parametrize(
    "name", ["accept", "reject", "recycle", "disqualify", "reassign", "sign_appeal", "log"]
)
def test_a_colleague_of_the_team_reads_a_lead_and_may_not_act_on_it(name):
    owner = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=owner)
    client = signed_in(make_user("rep"))

    assert client.get(lead.get_absolute_url()).status_code == 200
    assert act(client, name, lead, what="call:spoke").status_code == 403


@pytest.mark.parametrize("name", ["claim", "reassign", "sign_appeal"])
def test_marketers_neither_claim_nor_reassign_nor_sign(name):
    assert act(signed_in(make_user("marketer")), name, make_lead(stage=Stage.MQL)).status_code == 403

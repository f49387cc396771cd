"""The address of an act, opened to be read: a page that says so, with the way to what it is about."""

import pytest
from django.urls import reverse

from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_who_opens_the_address_of_an_act_gets_a_page_and_the_way_to_the_lead():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    answer = signed_in(rep).get(reverse("leads:accept", args=[lead.pk]), HTTP_ACCEPT="text/html")
    page = answer.content.decode()

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Only a button leads here" in page
    assert f'href="{lead.get_absolute_url()}">Open the page it is about' in page
    assert 'class="side' in page
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


@pytest.mark.parametrize("name", ["theme", "leads:rule_builder"])
def test_the_page_above_is_one_that_there_is(name):
    client = signed_in(make_user("marketer"))
    page = client.get(reverse(name), HTTP_ACCEPT="text/html")

    assert page.status_code == 405
    assert "To your start page" in page.content.decode()


def test_programs_and_fragments_are_answered_as_before():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    url, client = reverse("leads:accept", args=[lead.pk]), signed_in(rep)

    for more in ({"HTTP_HX_REQUEST": "true"}, {"HTTP_ACCEPT": "application/json"}):
        answer = client.get(url, **more)
        assert (answer.status_code, answer["Allow"], answer.content) == (405, "POST", b"")

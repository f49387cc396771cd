"""What the page of a lead shows, and which moves it offers to whom."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate, now

from leads import activities, deals, handover
from leads.models import Deal
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.pages import dialogs
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_the_owner_of_an_mql_sees_the_moves_that_an_mql_has():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    response = signed_in(rep).get(lead.get_absolute_url())

    actions = response.context["actions"]
    assert [button.move for button in actions.next] == ["accept"]
    assert [button.move for button in actions.beside] == ["reject"]
    assert dialogs(response) == {"reject", "recycle", "disqualify"}
    assert (actions.claim, actions.call, actions.reassign, actions.undo) == (False, True, False, False)


def test_a_marketer_hands_over_a_visitor_and_has_no_other_move():
    response = signed_in(make_user("marketer")).get(make_lead().get_absolute_url())

    assert dialogs(response) == {"qualify"}
    assert response.context["actions"].call is False


def test_an_unclaimed_mql_can_be_claimed_but_not_accepted():
    lead = make_lead(stage=Stage.MQL)
    response = signed_in(make_user("rep")).get(lead.get_absolute_url())

    assert response.context["actions"].claim is True
    assert response.context["actions"].moves == []


def test_a_head_may_do_everything_the_position_allows_and_reassign():
    head = make_user("sales_head")
    lead = make_lead(stage=Stage.SQL, owner=make_user("rep"))
    response = signed_in(head).get(lead.get_absolute_url())

    assert dialogs(response) == {"win", "lose", "recycle", "disqualify", "reassign"}


def test_what_happened_tells_moves_work_notes_and_owners_newest_first():
    rep, marketer = make_user("rep", name="Kofi Mensah"), make_user("marketer", name="Elif Kaya")
    lead = make_lead(since=now() - timedelta(hours=5))
    handover.qualify(lead.pk, by=marketer, why="Asked for prices")
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", text="Wants a pilot")
    handover.reject(lead.pk, by=rep, reason="too_early", return_on=localdate() + timedelta(days=9))
    entries = signed_in(rep).get(lead.get_absolute_url()).context["story"].entries

    assert [entry.title for entry in entries] == [
        "Rejected: too early",
        "Spoke on the phone",
        "Given to Kofi Mensah",
        "Became an MQL: by hand",
        "Became a lead",
    ]
    assert "By Elif Kaya · “Asked for prices”" in entries[3].text
    assert "“Wants a pilot”" in entries[1].text
    assert "nobody else in sales was there" in entries[2].text


def test_the_page_says_why_this_owner_and_why_this_stage():
    make_user("rep", name="Ann")
    make_user("rep", name="Ben")
    lead = make_lead(stage=Stage.MQL)
    why = signed_in(make_user("sales_head")).get(lead.get_absolute_url()).context["why"]

    assert why["owner"] == "round robin, the next of 2 who were there"
    assert why["stage"] == "Qualified · enough touches · automatically"


def test_free_text_is_escaped_wherever_it_is_shown():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, first_name="<b>Ada</b>", job_title="<script>x</script>")
    activities.log(lead.pk, by=rep, kind="note", text="<img src=x>")
    body = signed_in(rep).get(lead.get_absolute_url()).content.decode()

    assert "<script>x" not in body
    assert "<img src=x" not in body
    assert "&lt;b&gt;Ada" in body


def test_deals_and_refunds_stand_on_the_page():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.CUSTOMER, owner=rep)
    deals.refund(Deal.objects.get().pk, amount=Decimal("2000"))
    body = signed_in(rep).get(lead.get_absolute_url()).content.decode()

    assert "€12,000.00" in body
    assert "€2,000.00</data> refunded" in body

"""The queue: whom a person works on next, and how one act leads to the next lead."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from leads import activities, capture, handover
from leads.models import Lead
from leads.stages import Stage
from sla.queue_tabs import queue_in
from sla.queue_words import span_words
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def htmx(client: Client, url: str, target: str, **more):
    return client.get(url, HTTP_HX_TARGET=target, **HTMX, **more)


def listed(response) -> list[str]:
    return [row.lead.name for row in response.context["queue"].rows]


def test_nobody_sees_the_queue_without_signing_in(client):
    assert client.get("/queue/")["Location"].startswith("/account/login/")
    assert client.get("/queue/1/")["Location"].startswith("/account/login/")


def test_mqls_stand_first_by_how_long_they_wait_then_work_by_how_long_it_is_quiet():
    rep = make_user("rep")
    fresh = make_lead(stage=Stage.MQL, owner=rep, since=now() - HOUR)
    old = make_lead(stage=Stage.MQL, owner=rep, since=now() - DAY)
    called = make_lead(stage=Stage.SAL, owner=rep, since=now() - 9 * DAY)
    quiet = make_lead(stage=Stage.SQL, owner=rep, since=now() - 3 * DAY)
    activities.log(called.pk, by=rep, kind="call", outcome="voicemail", moment=now() - HOUR)
    response = signed_in(rep).get("/queue/")

    assert listed(response) == [old.name, fresh.name, quiet.name, called.name]
    titles = [group.title for group, _ in response.context["groups"]]
    assert titles == ["New, longest waiting first", "In work, longest quiet first"]
    assert response.context["shown_url"] == f"/queue/{old.pk}/"


def test_a_row_says_why_it_is_there():
    rep = make_user("rep")
    lead = make_lead(since=now() - DAY)
    handover.qualify(lead.pk, by=make_user("marketer"), why="Asked for prices")
    work = make_lead(stage=Stage.SAL, owner=rep)
    activities.log(work.pk, by=rep, kind="call", outcome="voicemail")
    rows = queue_in("mine", rep, moment=now()).rows

    assert [row.reason for row in rows] == ["“Asked for prices”", "Second try due: voicemail just now"]


def test_a_row_says_what_was_done_last_and_the_how_manieth_try_it_was():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep, since=now() - DAY)
    for minutes, outcome in enumerate(["no_answer", "spoke", "no_answer", "voicemail"]):
        activities.log(
            lead.pk,
            by=rep,
            kind="call",
            outcome=outcome,
            moment=now() - HOUR + timedelta(minutes=minutes),
        )

    assert [row.reason for row in queue_in("mine", rep, moment=now()).rows] == [
        "Third try due: voicemail 57 min ago"
    ]


def test_a_lead_nobody_worked_on_yet_says_what_it_did_last():
    rep, chief = make_user("rep"), make_user("sales_head")
    webinar = make_campaign("Spring webinar")
    visited = make_lead(stage=Stage.MQL, owner=rep, since=now() - 3 * DAY)
    capture.touch(visited.pk, kind="visit", content="Blog", moment=now() - 2 * DAY)
    capture.touch(visited.pk, kind="download", content="Price list", moment=now() - DAY)
    came = make_lead(since=now() - 2 * DAY, owner=rep)
    handover.qualify(came.pk, by=chief, why="Asked for prices", moment=now() - 2 * DAY + HOUR)
    capture.touch(came.pk, kind="webinar", campaign=webinar, moment=now() - DAY)
    told = make_lead(since=now() - DAY, owner=rep)
    capture.touch(told.pk, kind="visit", moment=now() - DAY + HOUR)
    handover.qualify(told.pk, by=chief, why="Wants a call", moment=now() - DAY + 2 * HOUR)
    untouched = make_lead(stage=Stage.MQL, owner=rep, since=now() - HOUR)
    reasons = {row.lead: row.reason for row in queue_in("mine", rep, moment=now()).rows}

    assert reasons[visited] == "Downloaded Price list yesterday"
    assert reasons[came] == "Attended Spring webinar yesterday"
    assert reasons[told] == "“Wants a call”"
    assert reasons[untouched] == "Enough touches"


def test_leads_that_left_the_road_and_those_of_others_are_not_in_it():
    rep = make_user("rep")
    make_lead(owner=rep)
    make_lead(stage=Stage.CUSTOMER, owner=rep)
    make_lead(stage=Stage.SAL, owner=make_user("rep"))

    assert listed(signed_in(rep).get("/queue/")) == []


def test_an_empty_queue_says_what_will_appear():
    body = signed_in(make_user("rep")).get("/queue/").content.decode()

    assert "New MQLs land here the moment marketing hands them over." in body


def test_tabs_count_what_they_hold():
    lead = make_lead(stage=Stage.MQL)
    rep = make_user("rep")
    make_lead(stage=Stage.SAL, owner=rep)
    tabs = signed_in(rep).get("/queue/").context["tabs"]

    assert [(tab["label"], tab["count"]) for tab in tabs] == [
        ("Mine", "1"),
        ("Due today", "0"),
        ("Unclaimed", "1"),
        ("Snoozed", "0"),
    ]
    assert listed(signed_in(rep).get("/queue/?tab=unclaimed")) == [lead.name]


def test_a_head_sees_everyones_queue_and_narrows_it_to_one_owner():
    ann, ben = make_user("rep"), make_user("rep")
    of_ann, of_ben = make_lead(stage=Stage.SAL, owner=ann), make_lead(stage=Stage.SAL, owner=ben)
    client = signed_in(make_user("sales_head"))

    assert set(listed(client.get("/queue/"))) == {of_ann.name, of_ben.name}
    assert listed(client.get(f"/queue/?owner={ben.pk}")) == [of_ben.name]


def test_a_rep_cannot_ask_for_somebody_elses_queue():
    rep, other = make_user("rep", team="Benelux"), make_user("rep", team="Nordics")
    make_lead(stage=Stage.SAL, owner=other)
    client = signed_in(rep)

    assert listed(client.get(f"/queue/?tab=everyone&owner={other.pk}")) == []


def test_a_foreign_lead_answers_404_in_the_queue_too():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"))

    assert signed_in(make_user("rep", team="Benelux")).get(f"/queue/{lead.pk}/").status_code == 404


def test_choosing_a_lead_loads_only_the_pane_and_the_address_is_a_page_of_its_own():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)

    pane = htmx(client, f"/queue/{lead.pk}/", "lead-pane").content.decode()
    assert "<html" not in pane
    assert 'id="queue-list"' not in pane
    page = client.get(f"/queue/{lead.pk}/").content.decode()
    assert "show-detail" in page
    assert 'aria-current="true"' in page


def test_after_an_act_the_lead_that_stood_next_is_shown_and_named_in_the_address():
    rep = make_user("rep")
    first, second, third = (make_lead(stage=Stage.MQL, owner=rep, since=now() - n * HOUR) for n in (3, 2, 1))
    client = signed_in(rep)
    url = client.get(f"/queue/{second.pk}/").context["next_url"]
    client.post(reverse("leads:accept", args=[second.pk]), **HTMX)
    response = htmx(client, url, "queue")

    assert response.context["shown_url"] == f"/queue/{third.pk}/"
    assert response["HX-Push-Url"] == f"/queue/{third.pk}/"
    assert listed(response) == [first.name, third.name, second.name]


def test_when_the_last_one_is_done_the_first_of_the_queue_is_shown():
    rep = make_user("rep")
    first, last = (make_lead(stage=Stage.SAL, owner=rep, since=now() - n * HOUR) for n in (2, 1))
    client = signed_in(rep)
    url = client.get(f"/queue/{last.pk}/").context["next_url"]

    assert htmx(client, url, "queue").context["shown_url"] == f"/queue/{first.pk}/"


def test_the_last_move_can_be_taken_back_from_the_queue_and_its_lead_is_shown_again():
    rep = make_user("rep")
    lead, other = (make_lead(stage=Stage.MQL, owner=rep, since=now() - n * HOUR) for n in (2, 1))
    client = signed_in(rep)
    client.post(reverse("leads:accept", args=[lead.pk]), **HTMX)

    page = client.get(f"/queue/{other.pk}/")
    assert page.context["last_act"].lead_id == lead.pk
    assert f'action="/leads/{lead.pk}/undo/?seq=' in page.content.decode()
    undone = client.post(
        reverse("leads:undo", args=[lead.pk]),
        **HTMX,
        HTTP_HX_CURRENT_URL=f"http://testserver/queue/{other.pk}/",
    )
    assert json.loads(undone["HX-Location"])["path"] == f"/queue/{lead.pk}/"
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_a_list_that_has_not_changed_is_not_sent_again():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    version = client.get("/queue/").context["queue"].version

    assert htmx(client, f"/queue/?v={version}", "queue-list").status_code == 204
    make_lead(stage=Stage.MQL, owner=rep)
    again = htmx(client, f"/queue/?v={version}&at={lead.pk}", "queue-list")
    assert len(listed(again)) == 2
    assert again.context["shown_url"] == f"/queue/{lead.pk}/"


def test_a_span_is_told_in_its_largest_unit():
    assert [span_words(timedelta(minutes=m)) for m in (0, 59, 60, 2879, 2880)] == [
        "0 min",
        "59 min",
        "1 h",
        "47 h",
        "2 d",
    ]


@pytest.mark.parametrize("role", ["rep", "sales_head"])
def test_the_queue_asks_as_often_for_many_leads_as_for_few(django_assert_max_num_queries, role):
    rep, person = make_user("rep"), make_user(role)
    client = signed_in(person)

    def cost(url: str, limit: int) -> int:
        with django_assert_max_num_queries(limit) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    def leads(n: int) -> list[Lead]:
        owner = person if role == "rep" else rep
        return [make_lead(stage=stage, owner=owner) for stage in (Stage.MQL, Stage.SAL) for _ in range(n)]

    pk = leads(5)[0].pk
    list_alone, with_lead = cost("/queue/", 12), cost(f"/queue/{pk}/", 25)
    leads(25)
    assert cost("/queue/", 12) == list_alone
    assert cost(f"/queue/{pk}/", 25) == with_lead

"""The page of alerts and the bell: what a person was told, how it stands now, and what is unread."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils.timezone import now

from leads import handover
from leads.stages import Stage
from sla import tasks
from sla.models import Alert
from smarketing.foundation import outbox
from smarketing.foundation.models import Heartbeat
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("always_open")]
HOUR = timedelta(hours=1)


@pytest.fixture
def rep():
    return make_user("rep", name="Ann", team="Benelux")


def late(owner, n: int = 1, hours: int = 5):
    leads = [make_lead(stage=Stage.MQL, owner=owner, since=now() - hours * HOUR) for _ in range(n)]
    tasks.sweep(now())
    return leads


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def bell(client) -> str:
    """What the bell of a page says."""
    shown = client.get("/leads/").content.decode()
    return re.search(r'id="count-unread">(\d*)', shown)[1]


def test_nobody_reads_alerts_without_signing_in(client):
    assert client.get("/sla/alerts/")["Location"].startswith("/account/login/")
    assert client.post("/sla/alerts/read/")["Location"].startswith("/account/login/")


def test_without_alerts_the_page_says_what_will_come():
    assert "No alerts." in words(signed_in(make_user("rep")).get("/sla/alerts/"))


def test_an_alert_leads_to_its_lead_and_says_how_late_it_is(rep):
    (lead,) = late(rep)
    response = signed_in(rep).get("/sla/alerts/")

    assert f'href="/leads/{lead.pk}/"' in response.content.decode()
    assert "Decide on an MQL: broken" in words(response)
    assert re.search(r"1 h 00 m late", words(response))
    assert [title for title, _ in response.context["groups"]] == ["Today"]


def test_an_alert_whose_promise_was_kept_meanwhile_says_so(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - 3.5 * HOUR)
    tasks.sweep(now())
    handover.accept(lead.pk, by=rep)
    tasks.sweep(now())

    assert "Kept meanwhile." in words(signed_in(rep).get("/sla/alerts/"))


def test_the_bell_counts_what_is_unread_until_it_is_read(rep):
    late(rep, 2)
    client = signed_in(rep)
    assert bell(client) == "2"

    first = Alert.objects.filter(recipient=rep).first()
    assert client.post(f"/sla/alerts/{first.pk}/read/")["Location"] == "/sla/alerts/"
    assert bell(client) == "1"
    client.post("/sla/alerts/read/")
    assert bell(client) == ""
    assert "Mark all as read" not in words(client.get("/sla/alerts/"))


def test_the_panel_tells_by_lead_and_marks_a_lead_as_read(rep):
    first, second = late(rep, 2, hours=9)
    handover.accept(first.pk, by=rep, moment=now() - 8 * HOUR)
    tasks.sweep(now())  # nobody called meanwhile either
    client = signed_in(rep)

    told = client.get("/sla/alerts/panel/").context["told"]
    assert [one.first.lead for one in told] == [first, second]
    assert len(told[0].items) == 2
    answer = client.post("/sla/alerts/read/", {"alert": told[0].unread}, headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "alerts-read")

    told = client.get("/sla/alerts/panel/").context["told"]
    assert [bool(one.unread) for one in told] == [False, True]
    assert bell(client) == "1"


def test_the_panel_names_no_lead_that_went_away(rep):
    (lead,) = late(rep)
    handover.reassign(lead.pk, to=make_user("rep", team="Nordics"), by=make_user("sales_head"))
    shown = signed_in(rep).get("/sla/alerts/panel/")

    assert "A lead that is no longer yours to see" in words(shown)
    assert lead.name not in shown.content.decode()


def test_an_empty_panel_says_what_will_come():
    assert "No alerts." in words(signed_in(make_user("rep")).get("/sla/alerts/panel/"))


def test_the_panel_costs_the_same_however_much_it_tells(rep, django_assert_max_num_queries):
    late(rep, 15)
    late(rep, 15)
    client = signed_in(rep)
    with django_assert_max_num_queries(5):
        client.get("/sla/alerts/panel/")


def test_somebody_elses_alert_is_not_there(rep):
    late(rep)
    alert = Alert.objects.get(recipient=rep)

    assert signed_in(make_user("rep")).post(f"/sla/alerts/{alert.pk}/read/").status_code == 404
    alert.refresh_from_db()
    assert alert.read_at is None


def test_a_lead_that_went_to_another_team_is_no_longer_named(rep):
    (lead,) = late(rep)
    handover.reassign(lead.pk, to=make_user("rep", team="Nordics"), by=make_user("sales_head"))
    response = signed_in(rep).get("/sla/alerts/")

    assert "A lead that is no longer yours to see" in words(response)
    assert lead.name not in response.content.decode()


def test_many_at_once_are_one_line_and_the_mail_leads_here(rep):
    late(rep, 21)
    response = signed_in(rep).get("/sla/alerts/")
    assert "21 promises: 21 broken" in words(response)

    outbox.deliver(now() + timedelta(minutes=1), limit=100)
    digest = next(
        message for message in mail.outbox if "Promises:" in message.subject and message.to == [rep.email]
    )
    assert "/sla/alerts/" in digest.body


def test_alerts_are_paged_by_their_key(rep, django_assert_max_num_queries):
    head = make_user("sales_head")
    for _ in range(4):
        late(rep, 15)
    client = signed_in(head)
    with django_assert_max_num_queries(12):
        page = client.get("/sla/alerts/")
    assert len(page.context["page"].rows) == 50

    older = client.get(f"/sla/alerts/?cursor={page.context['page'].older}")
    assert len(older.context["page"].rows) == 10
    newest = page.context["page"].rows
    assert [alert.pk for alert in newest] == sorted((alert.pk for alert in newest), reverse=True)


@pytest.mark.parametrize(("role", "told"), [("sales_head", True), ("administrator", True), ("rep", False)])
def test_a_silent_sweep_is_told_to_those_who_can_do_something(role, told):
    client = signed_in(make_user(role))
    Heartbeat.beat("tick", now())
    Heartbeat.beat("sla", now() - timedelta(minutes=3))
    assert ("The sweep has been silent since" in words(client.get("/leads/"))) is told

    Heartbeat.beat("sla", now())
    assert "The sweep has" not in words(client.get("/leads/"))

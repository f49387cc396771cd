"""The SLA page: sentences, numbers that open, names only of leads a reader may see, few questions to the database."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import handover
from leads.stages import Stage
from sla import tasks
from sla.models import Clock
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("always_open")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def body(person, url: str = "/sla/?since=2026-01-01") -> str:
    response = signed_in(person).get(url)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def broken(owner, **fields):
    lead = make_lead(stage=Stage.MQL, owner=owner, since=now() - 10 * HOUR, **fields)
    tasks.sweep(now())
    return lead


def test_nobody_sees_the_promises_without_signing_in(client):
    for url in ("/sla/", "/sla/clocks/", "/sla/csv/"):
        assert client.get(url)["Location"].startswith("/account/login/")


def test_before_any_clock_the_page_teaches_what_will_start_one():
    text = words(body(make_user("sales_head"), "/sla/"))

    assert "A decision on every MQL within 4 working hours" in text
    assert "First contact with every accepted lead within 8 working hours" in text
    assert "100 hand-overs a month for every rep who is there" in text
    assert "20 prospects a week spoken to by every rep" in text
    assert "A clock starts by itself when a lead becomes an MQL" in text


def test_both_teams_stand_side_by_side_with_numbers_in_words():
    rep = make_user("rep", name="Ann")
    broken(rep)
    kept = make_lead(stage=Stage.MQL, owner=rep, since=now() - 3 * HOUR)
    handover.accept(kept.pk, by=rep, moment=now() - HOUR)
    tasks.sweep(now())
    text = words(body(make_user("sales_head")))

    assert "1 promise is broken right now. One late decision." in text
    assert "Behind. 1 of 2 late" in text
    assert "50% goal 95%" in text
    assert re.search(r"2 of 100\. At this pace: [\d,]+, ", text)
    assert re.search(r"Ann 2 2 h 00 50%", text)


def test_every_number_opens_to_exactly_its_clocks():
    rep = make_user("rep")
    leads = [broken(rep) for _ in range(3)]
    client = signed_in(make_user("sales_head"))
    page = client.get("/sla/?since=2026-01-01")
    links = re.findall(
        r'href="(/sla/clocks/[^"]+)">(\d+) (kept|broken|running|excused)', page.content.decode()
    )

    assert [(int(n), state) for _, n, state in links] == [(3, "broken")]
    listed = client.get(links[0][0].replace("&amp;", "&"))
    assert {clock.lead for clock in listed.context["page"].rows} == set(leads)
    assert listed.context["number"] == 3


def test_a_volume_opens_to_its_hand_overs():
    rep = make_user("rep")
    lead = broken(rep)
    client = signed_in(make_user("marketing_head"))
    page = client.get("/sla/?since=2026-01-01").content.decode()
    href = re.search(r'pact-figure"><p><b class="num"><a href="([^"]+)">1</a>', page).group(1)
    listed = client.get(href.replace("&amp;", "&"))

    assert [deed["lead"] for deed in listed.context["deeds"]] == [lead]
    assert "Waits for a decision" in listed.content.decode()


def test_a_rep_sees_all_figures_and_only_the_names_of_leads_that_are_theirs_to_read():
    own, other = make_user("rep", team="Benelux"), make_user("rep", team="Nordics", name="Nils")
    mine, theirs = broken(own), broken(other, last_name="Hidden")
    page = body(own)

    assert "2 promises are broken right now" in words(page)
    assert mine.name in page
    assert "Hidden" not in page
    assert "Re-assign" not in page
    listed = body(own, "/sla/clocks/?state=broken")
    assert "Hidden" not in listed
    assert "And 1 clock of leads of other teams" in words(listed)
    assert theirs.name in body(other)


def test_where_nothing_broke_the_page_shows_what_is_due_next():
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"), since=now() - HOUR)
    tasks.sweep(now())
    table = signed_in(make_user("sales_head")).get("/sla/").context["table"]

    assert (table["name"], [line.clock.lead for line in table["rows"]]) == ("due", [lead])


def test_what_nobody_holds_is_named():
    lead = make_lead(stage=Stage.MQL, since=now() - HOUR)
    tasks.sweep(now())
    client = signed_in(make_user("sales_head"))
    page = client.get("/sla/")

    assert "1 lead belongs to nobody." in words(page.content.decode())
    listed = client.get(page.context["unclaimed_href"])
    assert [clock.lead for clock in listed.context["page"].rows] == [lead]


@pytest.mark.parametrize("period", ["week", "month", "quarter", "nonsense"])
def test_a_period_can_be_chosen(period):
    response = signed_in(make_user("rep")).get(f"/sla/?period={period}")

    assert response.status_code == 200
    current = [segment["label"] for segment in response.context["segments"] if segment["current"]]
    assert current == [{"week": "Week", "quarter": "Quarter"}.get(period, "Month")]


@pytest.mark.parametrize(
    "url",
    [
        "/sla/?rep=99999",
        "/sla/?campaign=x",
        "/sla/clocks/csv/?state=lost",
        "/sla/?since=May",
        "/sla/?since=2026-02-01&until=2026-01-01",
        "/sla/clocks/?state=lost",
        "/sla/clocks/?commitment=9999999",
        "/sla/clocks/?commitment=x",
        "/sla/clocks/?owner=%00",
        "/sla/csv/?since=9999-12-31",
    ],
)
def test_wrong_addresses_are_answered_with_a_sentence(url):
    assert signed_in(make_user("rep")).get(url).status_code == 400


def test_the_csv_runs_no_formula():
    broken(make_user("rep", name="=cmd|calc"))
    text = signed_in(make_user("rep")).get("/sla/csv/").content.decode()

    assert text.startswith("promise,team,kind,target")
    assert "'=cmd|calc" in text


def test_the_page_asks_as_often_for_many_clocks_as_for_few(django_assert_max_num_queries):
    head, rep = make_user("sales_head"), make_user("rep")
    client = signed_in(head)

    def cost(url: str, limit: int) -> int:
        with django_assert_max_num_queries(limit) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    broken(rep)
    urls = {
        "/sla/": 21,
        "/sla/?period=quarter&by=first-contact&sort=-share": 21,
        "/sla/clocks/?state=broken": 10,
    }
    few = [cost(url, most) for url, most in urls.items()]
    for _ in range(5):
        broken(rep)
        broken(make_user("rep"))
    assert [cost(url, most) for url, most in urls.items()] == few
    assert Clock.objects.count() == 11

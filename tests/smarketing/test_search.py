"""Search over everything: what it finds, for whom, in which order, and what it costs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leads.models import Account, Lead
from leads.stages import Stage
from smarketing.search import found_by
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
PALETTE = {"hx-request": "true", "hx-target": "pal-list"}


@pytest.fixture
def rep():
    return make_user("rep", name="Kofi Mensah", team="Benelux")


@pytest.fixture
def marketer():
    return make_user("marketer")


def person(first: str, last: str, **fields) -> Lead:
    key = f"{first} {last}".casefold()
    return make_lead(first_name=first, last_name=last, name_key=key, **fields)


def company(name: str, **fields) -> Account:
    return Account.objects.create(name=name, **fields)


def found(user, text: str, group: str = "Leads") -> list[str]:
    return [hit.name for hit in dict(found_by(user, text))[group]]


def lines(client: Client, **query: str) -> list[str]:
    """What the palette shows, a name a line."""
    shown = client.get("/search/", query, headers=PALETTE).content.decode()
    return [
        re.sub(r"<[^>]+>", " ", name).split("  ")[0].strip()
        for name in re.findall(r'pal-name">(.*?)</span>', shown)
    ]


def test_nobody_searches_without_signing_in(client):
    assert client.get("/search/?q=ann")["Location"].startswith("/account/login/")


@pytest.mark.parametrize(
    "text",
    [
        "priya r",
        "PRIYA",
        "raman",
        "Raman Priya",
        "priya raman",
        "priya@north",
        "+31 10 555 0142",
        "north",
        "  raman ",
    ],
)
def test_a_lead_is_found_by_the_beginning_of_whatever_one_remembers(marketer, text):
    northwind = company("Northwind Freight", domain="northwind.example")
    known = {"email": "priya@northwind.example", "phone": "+31105550142", "phone_norm": "+31105550142"}
    person("Priya", "Raman", account=northwind, **known)
    person("Tom", "Okafor")

    assert lines(signed_in(marketer), q=text)[0] == "Priya Raman"


@pytest.mark.parametrize("text", ["aman", "%", "_riya", "\\", "riya@", "' or 1=1 --", "zzz"])
def test_what_no_key_begins_with_is_not_found(marketer, text):
    person("Priya", "Raman")

    assert found(marketer, text) == []


def test_only_leads_that_a_person_may_see_are_found(rep):
    person("Ada", "Mine", owner=rep)
    person("Ada", "Nobodys", stage=Stage.MQL)
    person("Ada", "Theirs", owner=make_user("rep", team="Nordics"))

    assert found(rep, "ada") == ["Ada Mine", "Ada Nobodys"]
    assert len(found(make_user("sales_head"), "ada")) == 3


def test_a_company_is_found_by_those_who_may_see_one_of_its_people(rep):
    person("Ada", "Mine", owner=rep, account=company("Alpina Ceramics"))
    person("Ben", "Theirs", owner=make_user("rep", team="Nordics"), account=company("Alpha Foods"))

    assert found(rep, "al", "Accounts") == ["Alpina Ceramics"]
    assert found(make_user("marketer"), "al", "Accounts") == ["Alpha Foods", "Alpina Ceramics"]


def test_a_company_is_found_by_its_domain(marketer):
    company("Helio Labs", domain="getheliolabs.example")

    assert found(marketer, "www.gethelio", "Accounts") == ["Helio Labs"]


def test_the_own_leads_come_before_others_and_a_whole_name_before_the_beginning_of_one(rep):
    person("Anna", "Bell", owner=make_user("rep", team="Benelux"))
    person("Annabel", "Cole", owner=rep)
    person("Anna", "Dove", owner=rep)

    assert found(rep, "anna") == ["Anna Dove", "Annabel Cole", "Anna Bell"]


def test_a_name_comes_before_a_surname_and_an_exact_address_before_both(marketer):
    person("Grace", "Hill", email="hill@x.example", email_norm="hill@x.example")
    person("Hill", "Adams")
    assert found(marketer, "hill") == ["Hill Adams", "Grace Hill"]
    assert found(marketer, "hill@x.example") == ["Grace Hill"]


def test_merged_and_erased_people_are_not_found(marketer):
    survivor, absorbed = person("Ada", "One"), person("Ada", "Two")
    Lead.objects.filter(pk=absorbed.pk).update(merged_into=survivor)

    assert found(marketer, "ada") == ["Ada One"]


def test_campaigns_and_pages_are_found_too(marketer):
    make_campaign("Spring webinar", "Webinar")

    assert found(marketer, "spr", "Campaigns") == ["Spring webinar"]
    assert found(marketer, "loop", "Pages") == ["Closed loop"]
    assert found(marketer, "impo", "Pages") == ["Imports"]


def test_pages_that_are_closed_to_a_person_are_not_offered(rep, marketer):
    assert found(rep, "impo", "Pages") == []
    assert found(marketer, "queue", "Pages") == []
    assert found(rep, "calendars", "Pages") == []


def test_the_last_line_leads_to_all_leads_that_match(marketer):
    shown = signed_in(marketer).get("/search/?q=ada+%26+co", headers=PALETTE).content.decode()

    assert 'href="/leads/?q=ada+%26+co"' in shown
    assert shown.count('role="option"') == 1


def test_before_anything_is_typed_the_last_records_come_first(rep):
    mine = person("Ada", "Mine", owner=rep)
    theirs = person("Ben", "Theirs", owner=make_user("rep", team="Nordics"))
    campaign = make_campaign("Spring webinar")
    nonsense = f"leads-{mine.pk}.leads-x.users-1.leads-{'9' * 18}"
    recent = f"campaigns-{campaign.pk}.leads-{theirs.pk}.leads-{mine.pk}.{nonsense}"

    shown = lines(signed_in(rep), recent=recent)

    assert shown[:3] == ["Spring webinar", "Ada Mine", "Queue"]


def test_search_is_a_page_without_script(rep):
    person("Ada", "Mine", owner=rep)
    shown = signed_in(rep).get("/search/?q=ada").content.decode()

    assert "<h1>Search</h1>" in shown
    assert "Ada Mine" in shown
    assert "listbox" not in shown[shown.index("<main") : shown.index("</main>")]


def test_search_says_what_it_searches_when_nothing_is_found(rep):
    assert "Nothing begins with that." in signed_in(rep).get("/search/?q=zzzz").content.decode()


@pytest.mark.parametrize("text", ["\0", "x" * 5_000, "😀", "ﬀ", "%00", "ß"])
def test_no_text_breaks_search(rep, text):
    assert signed_in(rep).get("/search/", {"q": text}).status_code == 200


def test_names_that_buyers_typed_stay_text(marketer):
    person("<b>Eve</b>", "Script", account=company("<i>Evil</i>"))
    shown = signed_in(marketer).get("/search/?q=%3C", headers=PALETTE).content.decode()

    assert "&lt;b&gt;Eve" in shown
    assert "<i>Evil" not in shown


def test_an_answer_costs_the_same_however_much_is_found(rep, django_assert_max_num_queries):
    for n in range(30):
        person("Ada", f"Mine {n}", owner=rep, account=company(f"Adam {n}"))
    client = signed_in(rep)

    with django_assert_max_num_queries(7):
        shown = client.get("/search/?q=ada", headers=PALETTE)
    assert shown.content.decode().count("pal-option") == 7 + 4 + 1

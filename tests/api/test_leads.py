"""Leads over the API: found, read, entered, corrected, within what the person may see."""

from datetime import UTC, datetime, timedelta

import pytest

from leads import suppression
from leads.models import ExternalId, Lead, SuppressionHit
from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import MONDAY_9, make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(organisation):
    return Caller(make_user("marketer"))


@pytest.fixture
def rep(organisation):
    return Caller(make_user("rep"))


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_a_lead_says_where_it_stands_and_what_this_person_may_do_with_it(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person, campaign=make_campaign(channel="fair"))

    told = rep.read(f"/leads/{lead.pk}")

    data = told.json()
    assert (data["stage"], data["standing"], data["state"]) == ("mql", "active", "mql")
    assert data["next_moves"] == ["accept", "reject", "recycle", "disqualify"]
    assert data["allowed"] == {"claim": False, "reassign": False, "undo": False, "edit": True}
    assert data["owner"] == {"id": rep.person.pk, "name": rep.person.name}
    assert data["origin"]["campaign"]["name"] == "Spring webinar"
    assert data["dates"]["mql"].endswith("Z") and data["dates"]["sql"] is None
    assert told["ETag"] == f'"{lead.version}"'


def test_pages_of_leads_show_each_once_and_say_where_the_next_begins(marketer):
    leads = [make_lead(since=MONDAY_9 + timedelta(hours=n)) for n in range(5)]

    first = marketer.read("/leads?limit=2").json()
    second = marketer.read(f"/leads?limit=2&cursor={first['next']}").json()
    third = marketer.read(f"/leads?limit=2&cursor={second['next']}").json()

    shown = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert shown == [lead.pk for lead in reversed(leads)]
    assert (first["previous"], third["next"]) == (None, None)
    assert marketer.read(f"/leads?limit=2&cursor={third['previous']}").json()["results"] == second["results"]


def test_leads_are_found_by_what_the_page_finds_them_by(marketer):
    campaign, owner = make_campaign(), make_user("rep")
    found = make_lead(stage=Stage.MQL, owner=owner, last_name="Lovelace", campaign=campaign, since=MONDAY_9)
    make_lead(last_name="Other")

    for asked in (
        "q=lovel",
        f"q={found.email}",
        "stage=mql",
        "state=mql",
        f"owner={owner.pk}",
        f"campaign={campaign.pk}",
        "until=2026-03-03",
        f"stage=mql&standing=active&owner={owner.pk}",
    ):
        assert ids(marketer.read(f"/leads?{asked}")) == [found.pk], asked
    assert found.pk not in ids(marketer.read("/leads?owner=none"))
    assert ids(marketer.read("/leads?q=nobody")) == []


def test_since_and_until_are_local_days_of_the_organisation(marketer, organisation):
    organisation.time_zone = "Asia/Tokyo"
    organisation.save()
    lead = make_lead(since=datetime(2026, 3, 1, 15, 30, tzinfo=UTC))  # 00:30 on 2 March in Tokyo

    assert ids(marketer.read("/leads?since=2026-03-02&until=2026-03-03")) == [lead.pk]
    assert ids(marketer.read("/leads?until=2026-03-02")) == []
    assert ids(marketer.read("/leads?since=2026-03-01T15:30:00Z")) == [lead.pk]
    assert ids(marketer.read("/leads?since=2026-03-01T15:30:01Z")) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("stage=client", "stage"),
        ("owner=me", "owner"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("since=yesterday", "since"),
        ("since=0001-01-01", "since"),
        ("since=2026-03-02T10:00:00", "since"),
        ("stagee=mql", "stagee"),
        ("stage=mql&stage=sal", "stage"),
        ("q=%00", "q"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_not_ignored(marketer, asked, field):
    response = marketer.read(f"/leads?{asked}")

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_nobody_reads_a_lead_of_another_team(rep):
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"))

    assert ids(rep.read("/leads")) == []
    for path in ("", "/history", "/activities", "/touches", "/deals"):
        assert rep.read(f"/leads/{lead.pk}{path}").status_code == 404
    assert rep.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", "version": 1}).status_code == 404
    assert rep.do(f"/leads/{lead.pk}/accept").status_code == 404


def test_a_lead_is_entered_with_its_origin_and_its_name_elsewhere(marketer):
    campaign = make_campaign(channel="fair")
    body = {
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "Ada@Example.com",
        "company": "Engines",
        "campaign": campaign.pk,
        "medium": "booth",
        "source": "crm",
        "external_id": "77",
        "note": "Wants a price.",
    }

    made = marketer.do("/leads", body)

    lead = Lead.objects.get()
    assert made.status_code == 201 and made["Location"] == f"/api/v1/leads/{lead.pk}"
    assert made.json()["id"] == lead.pk and made.json()["stage"] == "visitor"
    assert (lead.email_norm, lead.account.name, lead.channel.name) == ("ada@example.com", "Engines", "fair")
    assert lead.history.get().by == marketer.person
    assert (lead.touches.get().is_origin, lead.touches.get().medium) == (True, "booth")
    assert ExternalId.objects.get(lead=lead).external_id == "77"
    assert lead.notes.get().text == "Wants a price."


def test_another_system_may_name_a_lead_by_its_own_number_alone(marketer):
    body = {"last_name": "Byron", "source": "crm", "external_id": "77"}

    assert marketer.do("/leads", body).status_code == 201
    assert marketer.do("/leads", body).json()["code"] == "already_known"
    assert marketer.do("/leads", {"last_name": "Byron"}).json()["code"] == "refused"


def test_who_is_a_lead_already_is_named_to_those_who_may_see_it(marketer, rep):
    lead = make_lead(email="ada@example.com", owner=make_user("rep", team="Nordics"), stage=Stage.MQL)
    body = {"email": "ADA@example.com"}

    told, hidden = marketer.do("/leads", body), rep.do("/leads", body)

    assert (told.status_code, told.json()["lead"]) == (409, lead.pk)
    assert hidden.status_code == 409 and "lead" not in hidden.json()
    assert "Byron" not in hidden.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "one"}])
def test_the_register_bars_here_too_and_the_hit_outlives_the_refusal(marketer, headers):
    barred = make_lead(email="ada@example.com")
    suppression.disqualify(barred.pk, by=None, reason="competitor")
    Lead.objects.filter(pk=barred.pk).update(email="", email_norm=None)

    refused = marketer.do("/leads", {"email": "ada@example.com"}, **headers)

    assert (refused.status_code, refused.json()["code"]) == (409, "suppressed")
    assert SuppressionHit.objects.get().way == "api"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": 5}, "email"),
        ({"phone": "no"}, "phone"),
        ({"email": "a@b.co", "first_name": "x" * 121}, "first_name"),
        ({"email": "a@b.co", "first_name": "a\u0000"}, "first_name"),
        ({"email": "a@b.co", "first_name": "\ud800"}, "first_name"),
        ({"email": "a@b.co", "consent": "yes"}, "consent"),
        ({"email": "a@b.co", "campaign": 99}, "campaign"),
        ({"email": "a@b.co", "campaign": 10**30}, "campaign"),
        ({"email": "a@b.co", "campaign": True}, "campaign"),
        ({"email": "a@b.co", "campaign": ""}, "campaign"),
        ({"email": "a@b.co", "channel": ""}, "channel"),
        ({"email": "a@b.co", "stage": "customer"}, "stage"),
        ([], ""),
        ("text", ""),
    ],
)
def test_what_cannot_be_a_lead_is_told_by_field(marketer, body, field):
    response = marketer.do("/leads", body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Lead.objects.exists()


def test_a_correction_counts_from_the_version_that_was_read(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)
    read = rep.read(f"/leads/{lead.pk}")["ETag"]

    done = rep.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", "company": "Engines"}, If_Match=read)

    lead.refresh_from_db()
    assert done.status_code == 200 and done["ETag"] == f'"{lead.version}"' != read
    assert (lead.country, lead.account.name) == ("NL", "Engines")


def test_a_correction_of_what_somebody_changed_meanwhile_gets_the_present_state(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)
    old = lead.version
    rep.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", "version": old})

    refused = rep.send("PATCH", f"/leads/{lead.pk}", {"country": "BE", "version": old})
    same = rep.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", "version": old})

    assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
    assert refused.json()["current"]["country"] == "NL"
    assert same.status_code == 200  # a repeated request whose answer was lost
    assert Lead.objects.get().country == "NL"


@pytest.mark.parametrize(
    ("body", "headers"),
    [({}, {}), ({}, {"If_Match": "x"}), ({"version": 1}, {"If_Match": '"2"'}), ({"version": 10**40}, {})],
)
def test_a_correction_without_a_readable_version_is_not_made(rep, body, headers):
    lead = make_lead(stage=Stage.SAL, owner=rep.person)

    assert rep.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", **body}, **headers).status_code == 400
    assert Lead.objects.get().country == ""


def test_who_may_not_edit_a_lead_is_told_so(organisation):
    marketer = Caller(make_user("marketer"))
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep"))

    refused = marketer.send("PATCH", f"/leads/{lead.pk}", {"country": "NL", "version": lead.version})

    assert refused.status_code == 403 and "handed over" in refused.json()["detail"]


def test_an_address_of_somebody_else_is_refused_in_a_correction(rep):
    make_lead(email="ada@example.com")
    lead = make_lead(stage=Stage.SAL, owner=rep.person)

    refused = rep.send("PATCH", f"/leads/{lead.pk}", {"email": "ada@example.com", "version": lead.version})

    assert (refused.status_code, refused.json()["code"]) == (409, "already_known")

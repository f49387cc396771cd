"""Touches in bulk: each event once, each row told what became of it, few statements for many."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads.models import ExternalId, Lead, Touch
from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import MONDAY_9, make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tracker(organisation):
    return Caller(make_user("marketer"))


def touch(event: str, **fields) -> dict:
    return {"event_id": event, "at": "2026-03-02T09:00:00Z", "kind": "visit", **fields}


def send(caller: Caller, *touches: dict, source: str = "web"):
    return caller.do("/touches", {"source": source, "touches": list(touches)})


def test_a_lead_is_named_by_number_by_name_elsewhere_or_by_email(tracker):
    leads = [make_lead(), make_lead(), make_lead(email="Ada@Example.com", email_norm="ada@example.com")]
    ExternalId.objects.create(source="web", external_id="v9", lead=leads[1])
    campaign = make_campaign(channel="email")

    answer = send(
        tracker,
        touch("1", lead=leads[0].pk, campaign=campaign.pk, content="Price list", url="https://x.example/"),
        touch("2", external_id="v9"),
        touch("3", email=" ADA@example.com"),
    )

    assert answer.status_code == 200, answer.content
    assert (answer.json()["created"], answer.json()["rejected"]) == (3, 0)
    stored = Touch.objects.order_by("event_id")
    assert [row.lead for row in stored] == leads
    assert (stored[0].channel.name, stored[0].team, stored[0].source) == ("email", "marketing", "web")
    assert [row["touch"] for row in answer.json()["results"]] == [row.pk for row in stored]
    shown = tracker.read(f"/leads/{leads[0].pk}/touches").json()["results"]
    assert (shown[0]["content"], shown[0]["campaign"]["name"]) == ("Price list", campaign.name)


def test_the_first_contact_is_dated_at_the_birth_that_a_later_file_found(tracker):
    lead = Lead.objects.get(pk=tracker.do("/leads", {"email": "a@b.co", "medium": "fair"}).json()["id"])
    Lead.objects.filter(pk=lead.pk).update(born_at=MONDAY_9)

    shown = tracker.read(f"/leads/{lead.pk}/touches").json()["results"]

    assert [(row["kind"], row["at"]) for row in shown] == [("origin", "2026-03-02T09:00:00Z")]


def test_the_same_event_is_stored_once_in_one_request_and_in_the_next(tracker):
    lead = make_lead()

    first = send(tracker, touch("1", lead=lead.pk), touch("1", lead=lead.pk), touch("2", lead=lead.pk)).json()
    again = send(tracker, touch("1", lead=lead.pk), touch("3", lead=lead.pk)).json()
    elsewhere = send(tracker, touch("1", lead=lead.pk), source="mail").json()

    assert [row["result"] for row in first["results"]] == ["created", "duplicate", "created"]
    assert [row["result"] for row in again["results"]] == ["duplicate", "created"]
    assert first["results"][0]["touch"] == first["results"][1]["touch"] == again["results"][0]["touch"]
    assert elsewhere["created"] == 1
    assert Touch.objects.count() == 4


def test_a_row_that_names_nobody_is_rejected_alone(tracker):
    lead = make_lead()

    told = send(
        tracker,
        touch("1", lead=10**15),
        touch("2", email="nobody@example.com"),
        touch("3", email="no address"),
        touch("4", external_id="unknown"),
        touch("5", lead=lead.pk, campaign=10**15),
        touch("6", lead=lead.pk, channel=10**15),
        touch("7", lead=lead.pk),
    ).json()

    assert [row["result"] for row in told["results"]] == ["rejected"] * 6 + ["created"]
    assert told["results"][0]["detail"] == "There is no such lead."
    assert "no campaign" in told["results"][4]["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "origin"}, "touches.1.kind"),
        ({"at": "2026-03-02T09:00:00"}, "touches.1.at"),
        ({"at": (now() + timedelta(days=1)).isoformat()}, "touches.1.at"),
        ({"at": "9999-12-31T23:59:59-23:59"}, "touches.1.at"),
        ({"email": "ada@example.com"}, "touches.1"),
        ({"event_id": ""}, "touches.1.event_id"),
        ({"event_id": None}, "touches.1.event_id"),
        ({"url": "x" * 2001}, "touches.1.url"),
        ({"lead": "1"}, "touches.1.lead"),
        ({"lead": 2**64}, "touches.1.lead"),
        ({"colour": "red"}, "touches.1.colour"),
    ],
)
def test_a_body_that_is_not_as_described_is_refused_whole(tracker, wrong, field):
    lead = make_lead()

    refused = send(tracker, touch("1", lead=lead.pk), touch("2", **({"lead": lead.pk} | wrong)))

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert not Touch.objects.exists()


def test_more_than_a_thousand_touches_are_sent_in_parts(tracker):
    assert send(tracker).status_code == 400
    assert send(tracker, *[touch(str(n), lead=1) for n in range(1001)]).status_code == 400


def test_a_thousand_touches_take_no_more_statements_than_two(tracker, django_assert_max_num_queries):
    leads = [make_lead() for _ in range(10)]

    def statements(count: int, source: str) -> int:
        touches = [touch(str(n), email=leads[n % 10].email) for n in range(count)]
        with django_assert_max_num_queries(12) as caught:
            assert send(tracker, *touches, source=source).json()["created"] == count
        return len(caught.captured_queries)

    tracker.read("/leads")  # notes the first use of the key
    assert statements(2, "a") == statements(1_000, "b")


def test_touches_are_recorded_by_those_who_run_marketing(organisation):
    rep = Caller(make_user("rep"))
    lead = make_lead(stage=Stage.MQL, owner=rep.person)

    assert send(rep, touch("1", lead=lead.pk)).status_code == 403
    assert Lead.objects.get().touches.count() == 0

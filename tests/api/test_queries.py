"""How often the API asks the database: bounded, and the same for many rows as for few."""

import pytest

from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db
NOISE = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


@pytest.fixture
def statements(django_assert_max_num_queries):
    def count(act, most: int) -> int:
        with django_assert_max_num_queries(100) as caught:
            assert act().status_code in (200, 201)
        asked = [query["sql"] for query in caught.captured_queries if not query["sql"].startswith(NOISE)]
        assert len(asked) <= most, "\n".join(asked)
        return len(asked)

    return count


@pytest.fixture
def head(organisation):
    caller = Caller(make_user("sales_head"))
    caller.read("/leads")  # notes the first use of the key
    return caller


def many(rep, count: int, stage: Stage = Stage.SQL):
    campaign = make_campaign(channel="fair")
    return [make_lead(stage=stage, owner=rep, campaign=campaign) for _ in range(count)]


@pytest.mark.parametrize(
    "asked", ["/leads?limit=200", "/leads?limit=200&q=byron&state=sql", "/campaigns?limit=200"]
)
def test_a_list_asks_as_often_for_many_rows_as_for_few(head, statements, asked):
    rep = make_user("rep")
    many(rep, 2)
    few = statements(lambda: head.read(asked), 6)
    many(rep, 30)
    for n in range(30):
        make_campaign(f"Campaign {n}", channel=f"Channel {n}")

    assert statements(lambda: head.read(asked), 6) == few


@pytest.mark.parametrize("part", ["", "/history", "/activities", "/touches", "/deals"])
def test_a_lead_asks_as_often_whatever_happened(head, statements, part):
    rep = Caller(make_user("rep"))
    lead = many(rep.person, 1)[0]
    few = statements(lambda: head.read(f"/leads/{lead.pk}{part}"), 8)
    for n in range(5):
        rep.do(f"/leads/{lead.pk}/activities", {"kind": "call", "outcome": "spoke", "text": f"Call {n}"})
    rep.do(f"/leads/{lead.pk}/lose", {"reason": "price"})

    assert statements(lambda: head.read(f"/leads/{lead.pk}{part}"), 8) == few


def test_entering_a_lead_is_a_handful_of_statements(head, statements):
    campaign = make_campaign(channel="fair")
    body = {"email": "ada@example.com", "company": "Engines", "campaign": campaign.pk}

    assert statements(lambda: head.do("/leads", body), 12)
    assert statements(lambda: head.do("/leads", body | {"email": "b@c.de"}, Idempotency_Key="a"), 14)
    again = head.do("/leads", body | {"email": "b@c.de"}, Idempotency_Key="a")
    assert again["Idempotent-Replayed"] == "true"


def test_a_move_is_a_handful_of_statements(organisation, statements):
    rep = Caller(make_user("rep"))
    leads = many(rep.person, 2, stage=Stage.MQL)
    rep.read("/leads")

    assert statements(lambda: rep.do(f"/leads/{leads[0].pk}/accept"), 8)
    assert statements(lambda: rep.do(f"/leads/{leads[1].pk}/accept", Idempotency_Key="a"), 11)

"""Clocks over the API: those of leads one may see, with the status of every other surface."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import handover
from leads.stages import Stage
from sla.models import Clock
from sla.tasks import sweep
from tests.api.callers import Caller
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(organisation):
    return Caller(make_user("rep", team="Benelux"))


def of(caller: Caller, asked: str = "") -> list[dict]:
    answer = caller.read(f"/clocks{asked}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_clock_tells_its_promise_its_lead_and_how_it_stands(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person, since=now() - timedelta(days=30))
    sweep(now())

    (clock,) = of(rep)

    assert clock["lead"] == {"id": lead.pk, "name": lead.name}
    assert clock["owner"]["id"] == rep.person.pk
    assert (clock["status"], clock["tone"], clock["ended"]) == ("broken", "late", "")
    assert (clock["commitment"]["team"], clock["commitment"]["within_minutes"]) == ("sales", 240)
    assert clock["due_at"] and clock["stopped_at"] is None
    handover.accept(lead.pk, by=rep.person)
    sweep(now())
    assert {row["status"] for row in of(rep)} == {"broken", "running"}


def test_clocks_are_found_by_status_promise_owner_and_lead(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person, since=now() - timedelta(days=30))
    sweep(now())
    key = Clock.objects.get().commitment.key

    for asked in ("status=broken", f"commitment={key}", f"owner={rep.person.pk}", f"lead={lead.pk}"):
        assert len(of(rep, f"?{asked}")) == 1, asked
    for asked in ("status=kept", "commitment=nothing", "owner=none", "lead=999999"):
        assert of(rep, f"?{asked}") == [], asked
    for asked in ("status=late", "owner=me", "lead=x", "color=red"):
        assert rep.read(f"/clocks?{asked}").status_code == 400, asked


def test_nobody_sees_clocks_of_leads_of_another_team(rep):
    stranger = Caller(make_user("rep", team="Nordics"))
    make_lead(stage=Stage.MQL, owner=rep.person, since=now() - timedelta(days=30))
    sweep(now())

    assert (len(of(rep)), of(stranger)) == (1, [])
    assert len(of(Caller(make_user("marketer")))) == 1


def test_clocks_take_as_many_statements_for_many_as_for_few(rep, django_assert_max_num_queries):
    def statements() -> int:
        with django_assert_max_num_queries(6) as caught:
            of(rep, "?limit=200&status=broken")
        return len(caught.captured_queries)

    make_lead(stage=Stage.MQL, owner=rep.person, since=now() - timedelta(days=30))
    sweep(now())
    of(rep)
    few = statements()
    for _ in range(20):
        make_lead(stage=Stage.MQL, owner=rep.person, since=now() - timedelta(days=30))
    sweep(now())

    assert len(of(rep)) == 21
    assert statements() == few

"""A request with an Idempotency-Key is done once, whoever repeats it, whenever."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads.models import Lead
from leads.stages import Stage
from smarketing.foundation.models import IdempotencyKey
from smarketing.foundation.tasks import purge
from tests.api.callers import Caller
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
ADA = {"first_name": "Ada", "email": "ada@example.com"}


@pytest.fixture
def caller(organisation):
    return Caller(make_user("marketer"))


def test_a_repeated_request_gets_the_first_answer(caller):
    first = caller.do("/leads", ADA, Idempotency_Key="one")
    again = caller.do("/leads", ADA, Idempotency_Key="one")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content and again["Location"] == first["Location"]
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert Lead.objects.count() == 1


def test_the_answer_stays_what_it_was_whatever_became_of_the_lead(caller):
    first = caller.do("/leads", ADA, Idempotency_Key="one")
    caller.do(f"/leads/{first.json()['id']}/qualify", {"why": "Asked"})

    assert caller.do("/leads", ADA, Idempotency_Key="one").json() == first.json()


def test_a_key_belongs_to_one_request(caller):
    caller.do("/leads", ADA, Idempotency_Key="one")

    other = caller.do("/leads", ADA | {"country": "NL"}, Idempotency_Key="one")
    elsewhere = caller.do("/campaigns", {"name": "Fair"}, Idempotency_Key="one")

    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert elsewhere.status_code == 422


def test_two_people_may_use_the_same_key(caller):
    caller.do("/leads", ADA, Idempotency_Key="one")

    other = Caller(make_user("marketer")).do("/leads", ADA, Idempotency_Key="one")

    assert other.json()["code"] == "already_known"  # done anew, not repeated


def test_a_no_leaves_the_key_free(caller):
    assert caller.do("/leads", {"email": "x"}, Idempotency_Key="one").status_code == 400
    known = make_lead(email="ada@example.com")
    assert caller.do("/leads", ADA, Idempotency_Key="one").status_code == 409
    Lead.objects.filter(pk=known.pk).update(email_norm=None)

    assert caller.do("/leads", ADA, Idempotency_Key="one").status_code == 201


def test_a_crash_leaves_nothing_of_the_act_nor_of_the_key(organisation, monkeypatch):
    caller = Caller(make_user("marketer"), raise_request_exception=False)
    with monkeypatch.context() as broken:
        broken.setattr("leads.api.leads.LeadSerializer", None)
        assert caller.do("/leads", ADA, Idempotency_Key="one").status_code == 500
    assert (Lead.objects.count(), IdempotencyKey.objects.count()) == (0, 0)

    assert caller.do("/leads", ADA, Idempotency_Key="one").status_code == 201


def test_a_move_is_made_once(organisation):
    rep = Caller(make_user("rep"))
    lead = make_lead(stage=Stage.MQL, owner=rep.person)

    answers = [rep.do(f"/leads/{lead.pk}/accept", Idempotency_Key="one") for _ in range(2)]

    assert [answer.json()["stage"] for answer in answers] == ["sal", "sal"]
    assert rep.do(f"/leads/{lead.pk}/accept").status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb"])
def test_a_key_that_nobody_can_repeat_is_refused(caller, key):
    assert caller.do("/leads", ADA, Idempotency_Key=key).status_code == 400


def test_answers_are_kept_for_two_days(caller):
    for hours in (47, 49):
        caller.do("/campaigns", {"name": f"{hours}"}, Idempotency_Key=f"{hours}")
        IdempotencyKey.objects.filter(key=f"{hours}").update(created_at=now() - timedelta(hours=hours))

    purge()

    assert IdempotencyKey.objects.get().key == "47"

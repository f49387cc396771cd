"""Two requests at one moment: the second waits for the first, but not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from time import sleep

import psycopg2
import pytest
from django.db import connection

from leads.models import Lead
from leads.stages import Stage
from smarketing.foundation.api import idempotency
from smarketing.foundation.models import IdempotencyKey
from tests.api.callers import Caller
from tests.conftest import make_organisation
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db(transaction=True)
ADA = {"email": "ada@example.com"}


@pytest.fixture
def caller():
    make_organisation()
    return Caller(make_user("sales_head"))


@pytest.fixture
def rival() -> Iterator[psycopg2.extensions.cursor]:
    """Another request's transaction, open until it is told to end."""
    known = {"host", "port", "user", "password", "dbname"}
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in known}
    other = psycopg2.connect(**parameters)
    yield other.cursor()
    other.close()


def take_key(rival, caller: Caller) -> None:
    rival.execute(
        "INSERT INTO foundation_idempotencykey (actor_id, key, request_sha256, body, location) "
        "VALUES (%s, 'one', '', '', '')",
        [caller.person.pk],
    )


def test_whoever_waits_too_long_for_the_first_request_is_told_to_ask_again(caller, rival, monkeypatch):
    monkeypatch.setattr(idempotency, "PATIENCE", "100ms")
    take_key(rival, caller)

    late = caller.do("/leads", ADA, Idempotency_Key="one")
    rival.connection.rollback()
    again = caller.do("/leads", ADA, Idempotency_Key="one")

    assert (late.status_code, late.json()["code"], late["Retry-After"]) == (409, "busy", "1")
    assert again.status_code == 201 and "Idempotent-Replayed" not in again


def test_the_second_goes_on_as_soon_as_the_first_has_failed(caller, rival):
    take_key(rival, caller)

    def fail_soon() -> None:
        sleep(0.3)
        rival.connection.rollback()

    failing = Thread(target=fail_soon)
    failing.start()
    answer = caller.do("/leads", ADA, Idempotency_Key="one")
    failing.join()

    assert answer.status_code == 201
    assert (Lead.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_an_act_that_waits_too_long_for_a_lead_leaves_its_key_free(caller, rival, monkeypatch):
    monkeypatch.setattr(idempotency, "PATIENCE", "100ms")
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    rival.execute("SELECT 1 FROM leads_lead WHERE id = %s FOR UPDATE", [lead.pk])

    late = caller.do(f"/leads/{lead.pk}/accept", Idempotency_Key="one")
    rival.connection.rollback()

    assert (late.status_code, late.json()["code"]) == (409, "busy")
    assert not IdempotencyKey.objects.exists()
    assert caller.do(f"/leads/{lead.pk}/accept", Idempotency_Key="one").status_code == 200

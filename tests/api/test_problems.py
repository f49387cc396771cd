"""Every no has one shape; nothing is cached; nothing but JSON goes in or out."""

import json

import pytest
from django.test import Client

from leads import handover
from leads.stages import Stage
from smarketing.foundation.api import throttle
from tests.api.callers import API, Caller
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "detail", "instance", "code"}


@pytest.fixture
def rep(organisation):
    return Caller(make_user("rep"), raise_request_exception=False)


def answers(caller: Caller, lead) -> dict[int, object]:
    lost = Caller(make_user("rep"), "reports:read")
    twice = {"email": "twice@example.com"}
    caller.do("/leads", twice, Idempotency_Key="k")
    return {
        400: caller.do("/leads", {"email": "x"}),
        401: Client().get(f"{API}/leads"),
        403: lost.read("/leads"),
        404: caller.read("/leads/0"),
        405: caller.send("DELETE", "/leads"),
        409: caller.do(f"/leads/{lead.pk}/win", {}),
        413: caller.generic(
            "POST", f"{API}/leads", b" " * (5 * 1024**2 + 1), content_type="application/json"
        ),
        415: caller.generic("POST", f"{API}/leads", b"email=x", content_type="text/plain"),
        422: caller.do("/leads", twice | {"country": "NL"}, Idempotency_Key="k"),
    }


def test_every_no_is_a_problem_with_a_code_and_a_sentence(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)

    for status, response in answers(rep, lead).items():
        said = response.json()
        assert response.status_code == said["status"] == status
        assert response["Content-Type"] == "application/problem+json"
        assert said.keys() >= MEMBERS and said["detail"] and said["title"]
        assert said["type"] == f"urn:smarketing:problem:{said['code']}"
        assert said["instance"] == f"urn:uuid:{response['X-Request-ID']}"
        assert response["Cache-Control"] == "no-store" and response["API-Version"] == "1"


def test_what_is_answered_is_stored_nowhere_on_the_way(rep):
    answer = rep.read("/leads")

    assert (answer["Cache-Control"], answer["API-Version"]) == ("no-store", "1")
    assert answer["X-Request-ID"] and answer["Content-Type"] == "application/json"


def test_an_address_that_does_not_exist_is_a_problem_too_and_a_page_stays_a_page(rep):
    for path in (
        "/api/v1/nothing",
        "/api/v1/leads/",
        "/api/v2/leads",
        "/api/",
        f"/api/v1/leads/{'9' * 5000}",
    ):
        response = rep.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json"), path
    assert rep.get("/nothing/")["Content-Type"].startswith("text/html")


def test_a_request_to_a_host_we_are_not_is_a_problem_too(rep):
    refused = rep.get("/api/v1/leads", headers={"Host": "elsewhere.example"})

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert refused["Content-Type"] == "application/problem+json"


def test_a_bug_is_a_problem_that_tells_nothing_of_its_cause(rep, monkeypatch):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)
    monkeypatch.setattr(handover.funnel, "change", lambda *_, **__: 1 / 0)

    broken = rep.do(f"/leads/{lead.pk}/accept")

    assert (broken.status_code, broken["Content-Type"]) == (500, "application/problem+json")
    assert "division" not in broken.content.decode() and broken.json()["code"] == "error"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b'{"email": NaN}',
        b'{"email": Infinity}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
        b'"\xc3\x28"',
        b'\xef\xbb\xbf{"email": "a@b.co"}',
        b"null",
    ],
)
def test_what_is_not_json_is_told_so(rep, body):
    response = rep.generic("POST", f"{API}/leads", body, content_type="application/json")

    assert response.status_code in (400, 409), response.content  # an empty body is an empty lead: refused
    assert json.loads(response.content)["status"] == response.status_code


def test_there_are_no_pages_to_browse_whatever_is_asked_for(rep):
    for accept in ("text/html", "application/xml", "*/*", "nonsense"):
        answer = rep.get(f"{API}/leads", headers={"Accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert rep.get(f"{API}/leads?format=api").status_code == 400


def test_whoever_asks_too_often_waits_for_the_next_minute(rep, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    other = Caller(rep.person)
    answers = [rep.read("/leads") for _ in range(20)]

    late = [answer for answer in answers if answer.status_code == 429]
    # The minute may turn once meanwhile, and then three more pass.
    assert 14 <= len(late) <= 17 and answers[2].status_code == 200
    assert 1 <= int(late[-1]["Retry-After"]) <= 60
    assert late[-1].json()["code"] == "throttled"
    assert other.read("/leads").status_code == 200  # another key of the same person


def test_a_limit_counts_in_minutes_and_lets_through_exactly_as_many():
    def passed(moment: float) -> int:
        counted = [throttle.let_through("test", limit=5, moment=moment) for _ in range(9)]
        assert all(wait is None or 0 < wait <= 60 for wait in counted)
        return counted.count(None)

    assert passed(6_000_000_010.0) == 5
    assert passed(6_000_000_059.0) == 0
    assert passed(6_000_000_061.0) == 5


def test_without_redis_nobody_is_held_back(rep, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert [rep.read("/leads").status_code for _ in range(3)] == [200] * 3

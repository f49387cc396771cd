"""Keys: shown once, kept as a hash, bound by their scopes, their day and their person."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from leads.models import Lead
from smarketing.foundation.api import keys
from smarketing.foundation.api.redaction import RedactingFormatter
from smarketing.foundation.models import ApiKey, AuditEvent
from smarketing.foundation.refusals import Refusal
from tests.api.callers import API, Caller
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def rep(organisation):
    return make_user("rep")


def signed_in(person, **options) -> Client:
    """A browser in which the person has just typed their password, and again for what needs it."""
    person.set_password(PASSWORD)
    person.save()
    client = Client(**options)
    response = client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    assert response.status_code == 302
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def make(client: Client, **fields):
    return client.post("/settings/keys/", {"name": "Web site", "scopes": ["read"], "days": 30} | fields)


def test_a_key_is_shown_once_and_kept_as_a_hash(rep):
    browser = signed_in(rep)

    shown = make(browser, scopes=["leads:write", "read"])

    token = shown.context["token"]
    key = ApiKey.objects.get()
    assert keys.SHAPE.fullmatch(token) and token in shown.content.decode()
    assert (key.person, key.scopes) == (rep, ["read", "leads:write"])
    assert token not in str(vars(key)) and key.sha256 == keys.hashed(token)
    assert token not in browser.get("/settings/keys/").content.decode()
    assert AuditEvent.objects.get(action="api_key.issued").object_id == str(key.pk)
    assert shown["Cache-Control"] == "no-store, private"


def test_making_a_key_asks_for_the_password_again_after_a_while_and_then_goes_on(rep):
    browser = signed_in(rep)
    session = browser.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 16 * 60
    session.save()

    asked = make(browser)
    assert asked.status_code == 302 and asked.url == "/account/reauthenticate/?next=%2Fsettings%2Fkeys%2F"
    assert browser.get("/settings/keys/").status_code == 200
    assert not ApiKey.objects.exists()

    answer = {"password": PASSWORD, "next": "/settings/keys/"}
    assert "smk_" in browser.post("/account/reauthenticate/", answer).content.decode()
    assert ApiKey.objects.get().name == "Web site"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"days": 9999}])
def test_a_key_without_a_purpose_or_a_limit_is_not_made(rep, wrong):
    answer = make(signed_in(rep), **wrong)

    assert answer.status_code == 422 and not ApiKey.objects.exists()


def test_a_key_dies_on_its_day_when_revoked_and_with_its_person(rep):
    caller = Caller(rep)
    assert caller.read("/leads").status_code == 200

    ApiKey.objects.update(created_at=now() - timedelta(days=9), expires_at=now() - timedelta(seconds=1))
    assert caller.read("/leads").status_code == 401
    ApiKey.objects.update(expires_at=now() + timedelta(days=1))
    assert caller.read("/leads").status_code == 200
    rep.is_active = False
    rep.save()
    assert caller.read("/leads").status_code == 401
    rep.is_active = True
    rep.save()
    keys.revoke(caller.key.pk, by=rep)
    assert caller.read("/leads").status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        "Bearer",
        "Bearer x",
        "Bearer smk_aaaaaaaa_" + "b" * 32,
        "Basic YTpi",
        "Bearer smk_é",
        "",
        "Token {token}",
    ],
)
def test_what_is_no_key_opens_nothing_and_says_what_is_needed(rep, sent):
    caller = Caller(rep)
    caller.defaults["HTTP_AUTHORIZATION"] = sent.format(token=caller.token)

    refused = caller.read("/leads")

    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["code"] == "not_authenticated"


def test_a_key_with_another_secret_opens_nothing(rep):
    caller = Caller(rep)
    caller.defaults["HTTP_AUTHORIZATION"] = (
        f"Bearer {caller.token[:-1]}{'a' if caller.token[-1] != 'a' else 'b'}"
    )

    assert caller.read("/leads").status_code == 401


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        ("read", {"GET /leads", "GET /campaigns", "GET /clocks"}),
        ("leads:write", {"POST /leads"}),
        ("touches:write", {"POST /touches"}),
        ("campaigns:write", {"POST /campaigns"}),
        ("reports:read", {"GET /reports/funnel"}),
    ],
)
def test_a_key_opens_what_its_scopes_say_and_nothing_else(organisation, scope, opened):
    caller = Caller(make_user("administrator"), scope)
    asked = ["GET /leads", "POST /leads", "POST /touches", "GET /campaigns", "POST /campaigns"]
    asked += ["GET /reports/funnel", "GET /clocks"]

    refused = {}
    for one in asked:
        method, path = one.split()
        answer = caller.send(method, path, {} if method == "POST" else None)
        if answer.status_code == 403:
            refused[one] = answer.json()["code"]

    assert refused == dict.fromkeys(set(asked) - opened, "missing_scope")


def test_a_key_sees_no_more_than_its_person(rep):
    make_lead(owner=make_user("rep", team="Nordics"))

    assert Caller(rep).read("/leads").json()["results"] == []
    assert len(Caller(make_user("marketer")).read("/leads").json()["results"]) == 1


def test_that_a_key_was_used_is_noted_at_most_once_a_minute(rep):
    key, token = keys.issue(person=rep, name="Test", scopes=["read"], days=30)
    moment = now()

    for seconds in (0, 59, 60, 61):
        assert keys.find(token, moment + timedelta(seconds=seconds)) == key
        key.refresh_from_db()
        assert key.last_used_at == moment + timedelta(seconds=0 if seconds < 60 else 60)


def test_people_see_and_revoke_their_own_keys_heads_the_teams_administrators_all(organisation):
    rep, stranger = make_user("rep", team="Benelux"), make_user("rep", team="Nordics")
    head, administrator = make_user("sales_head", team="Benelux"), make_user("administrator")
    key, _ = keys.issue(person=rep, name="Of the rep", scopes=["read"], days=30)

    def sees(person) -> bool:
        return ApiKey.objects.visible_to(person).exists()

    assert [sees(person) for person in (rep, head, administrator, stranger)] == [True, True, True, False]
    assert signed_in(stranger).post(f"/settings/keys/{key.pk}/revoke/").status_code == 404
    page = signed_in(head)
    assert "Of the rep" in page.get("/settings/keys/").content.decode()
    assert page.post(f"/settings/keys/{key.pk}/revoke/").status_code == 302
    key.refresh_from_db()
    assert key.revoked_by == head
    assert AuditEvent.objects.get(action="api_key.revoked").by == head
    assert "revoked" in page.get("/settings/keys/").content.decode()


def test_nobody_collects_keys(rep, monkeypatch):
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    for _ in range(2):
        keys.issue(person=rep, name="One", scopes=["read"], days=30)

    with pytest.raises(Refusal, match="You have 2 keys already"):
        keys.issue(person=rep, name="One more", scopes=["read"], days=30)


def test_a_session_of_the_pages_works_here_with_its_csrf_token(rep):
    browser = signed_in(rep, enforce_csrf_checks=False)
    body = {"email": "ada@example.com"}
    assert browser.get(f"{API}/leads").status_code == 200

    browser.handler.enforce_csrf_checks = True
    without = browser.post(f"{API}/leads", body, content_type="application/json")
    browser.get("/leads/")
    csrf = {"X-CSRFToken": browser.cookies["csrf"].value}
    with_token = browser.post(f"{API}/leads", body, content_type="application/json", headers=csrf)

    assert (without.status_code, without.json()["code"]) == (403, "forbidden")
    assert with_token.status_code == 201
    assert Lead.objects.get().history.get().by == rep


def test_a_program_with_a_key_needs_no_csrf_token(rep):
    caller = Caller(rep, enforce_csrf_checks=True)

    assert caller.do("/leads", {"email": "ada@example.com"}).status_code == 201


def test_no_log_line_tells_a_key(rep):
    _, token = keys.issue(person=rep, name="Test", scopes=["read"], days=30)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Sent %s", (token,), None)
    try:
        raise ValueError(f"no {token}")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)

    line = RedactingFormatter("%(message)s").format(record)

    assert token not in line and token[-32:] not in line
    assert f"smk_{token[4:12]}_…" in line

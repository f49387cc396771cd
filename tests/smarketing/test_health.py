"""What load balancers and operators ask, and what every response wears."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from smarketing.foundation.models import Heartbeat
from tests.factories import make_user

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


def test_a_live_process_says_so_without_touching_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_tells_each_part_and_stays_ready_while_the_tick_is_silent(client):
    checks = client.get("/health/ready").json()["checks"]
    assert checks["database"] == "ok"
    assert checks["redis"] == "ok"
    assert checks["roles"] == "separate"
    assert checks["tick"] == "has not run yet"

    Heartbeat.beat("tick", now())
    assert (
        client.get("/health/ready").json()["checks"]["tick"] == "has not run yet"
    )  # of the clocks not a word
    Heartbeat.beat("sla", now() - timedelta(minutes=2))
    assert client.get("/health/ready").json()["checks"]["tick"] == "silent"
    Heartbeat.beat("sla", now())
    assert client.get("/health/ready").json() == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok", "tick": "ok", "roles": "separate"},
    }


def test_ready_answers_200_without_redis_for_pages_work_without_it(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["checks"]["redis"] == "does not answer"


@pytest.mark.parametrize("url", ["/health/live", "/account/login/", "/nowhere/", "/leads/"])
def test_every_response_carries_the_strict_policy(client, url):
    response = client.get(url)

    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Request-ID"]


def test_pages_with_somebodys_data_are_stored_nowhere(client, organisation):
    client.force_login(make_user("rep"))

    assert client.get("/leads/")["Cache-Control"] == "no-store, private"


def test_a_post_without_its_token_is_explained_in_the_shell(organisation):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("rep"))

    response = client.post("/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]


@pytest.mark.parametrize(
    "role, home",
    [
        ("rep", "/queue/"),
        ("account_manager", "/queue/"),
        ("marketer", "/reports/closed-loop/"),
        ("marketing_head", "/sla/"),
        ("sales_head", "/sla/"),
        ("administrator", "/sla/"),
    ],
)
def test_each_person_lands_on_what_they_came_for(client, organisation, role, home):
    client.force_login(make_user(role))

    assert client.get("/").url == home


def test_the_theme_is_kept_in_a_cookie_and_leads_back(client):
    response = client.post(
        "/theme/", {"theme": "dark"}, headers={"referer": "http://testserver/account/login/"}
    )

    assert response.url == "http://testserver/account/login/"
    assert response.cookies["theme"].value == "dark"


def test_choosing_a_density_leaves_the_theme_alone(client):
    response = client.post("/theme/", {"density": "compact", "theme": "pink"})

    assert {name: cookie.value for name, cookie in response.cookies.items()} == {"density": "compact"}


def test_the_theme_switch_sends_nobody_to_another_site(client):
    assert client.post("/theme/", {"theme": "pink"}, headers={"referer": "http://evil.example/"}).url == "/"


def test_signing_in_by_email_and_password_works_and_a_wrong_one_tells_nothing(client, organisation):
    user = make_user("rep", email="kofi@loadline.example", password="correct horse battery")

    wrong = client.post("/account/login/", {"login": user.email, "password": "wrong"})
    unknown = client.post("/account/login/", {"login": "nobody@loadline.example", "password": "wrong"})
    assert wrong.context["form"].errors == unknown.context["form"].errors

    right = client.post(
        "/account/login/", {"login": "KOFI@loadline.example", "password": "correct horse battery"}
    )
    assert right.url == "/"


def test_nobody_signs_up(client):
    response = client.post(
        "/account/signup/", {"email": "x@example.com", "password1": "correct horse battery"}
    )

    assert "account/signup_closed.html" in [template.name for template in response.templates]

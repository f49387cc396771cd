"""The pages of settings: who finds what, and what it costs."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from leads.stages import Stage
from smarketing.foundation import audit
from smarketing.foundation.models import AuditEvent, PersonAlias, User
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HEADS_READ = ["people", "teams", "audit_log", "add_person"]
ADMINISTRATORS_READ = ["aliases", "organisation"]
EVERYBODYS = ["profile", "notifications", "keys", "sla:absences"]


# --- Who may ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", [*EVERYBODYS, *HEADS_READ, *ADMINISTRATORS_READ])
@pytest.mark.parametrize("role", ["rep", "account_manager", "marketer", "sales_head", "marketing_head"])
def test_each_role_reads_what_it_may(role, page):
    answer = signed_in(make_user(role)).get(reverse(page)).status_code

    is_head = role.endswith("head")
    assert answer == (200 if page in EVERYBODYS or (is_head and page in HEADS_READ) else 403)
    assert Client().get(reverse(page)).status_code == 302


def test_settings_begin_with_the_profile_and_list_what_one_may_read(admin):
    rep = signed_in(make_user())
    assert rep.get(reverse("settings")).url == reverse("profile")

    def listed(client: Client) -> list[str]:
        return [tab["label"] for tab in client.get(reverse("profile")).context["settings_tabs"]]

    own = ["Profile", "Notifications", "Leave", "API keys"]
    assert listed(rep) == own
    company = ["People", "Teams", "Calendars", "Own fields", "Organisation", "Audit log"]
    assert listed(admin) == [*own, *company]
    assert listed(signed_in(make_user("sales_head"))) == [
        *own,
        *(name for name in company if name != "Organisation"),
    ]


@pytest.mark.parametrize(
    "page", ["person", "invite_again", "reactivate_person", "deactivate_person", "give_leads"]
)
def test_a_head_finds_nobody_of_another_team(page):
    other = make_user(team="Benelux")
    client, address = signed_in(make_user("sales_head")), reverse(page, args=[other.pk])

    assert client.post(address).status_code == 404
    assert not AuditEvent.objects.exists()


# --- Cost ------------------------------------------------------------------------------------------------------------
def addresses() -> list[str]:
    rep, alias = User.objects.reps().first(), PersonAlias.objects.first()
    pages = [
        "people",
        "add_person",
        "teams",
        "profile",
        "notifications",
        "organisation",
        "audit_log",
        "aliases",
    ]
    return [
        *map(reverse, pages),
        *(reverse(page, args=[rep.pk]) for page in ("person", "deactivate_person", "give_leads")),
        reverse("team", args=[rep.team_id]),
        reverse("alias", args=[alias.pk]),
    ]


def populate(n: int) -> None:
    me = User.objects.get(name="Robin Vance")
    for _ in range(n):
        rep = make_user(team=f"Team {User.objects.count()}")
        name = User.objects.create(name="J. Doe", email=None, is_active=False)
        PersonAlias.objects.create(source="crm", text=f"Name {name.pk}", user=name)
        make_lead(stage=Stage.SAL, owner=rep)
        audit.record("user.changed", by=me, about=rep, fields=["role"])


def test_no_page_asks_more_often_for_many_people_than_for_few(admin, django_assert_max_num_queries):
    def counts() -> dict[str, int]:
        found = {}
        for url in addresses():
            with django_assert_max_num_queries(12) as caught:
                assert admin.get(url).status_code == 200
            found[url] = len(caught)
        return found

    populate(2)
    few = counts()
    populate(30)
    assert counts() == few


def test_no_page_is_heavy(admin):
    populate(60)
    for url in addresses():
        assert len(gzip.compress(admin.get(url).content)) < 15_000, url

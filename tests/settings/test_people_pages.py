"""The pages of people: found, added, changed, leaving, and the names of them in files."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from leads.models import Lead
from leads.stages import Stage
from smarketing.foundation.models import Absence, PersonAlias, User
from tests.factories import make_lead, make_team, make_user
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def names(response) -> set[str]:
    return {str(person) for person, _ in response.context["rows"]}


# --- People ----------------------------------------------------------------------------------------------------------
def test_people_are_found_by_name_role_team_and_state(admin):
    make_user(name="Kofi Mensah", password="x")
    away = make_user(name="Ana Duarte", team="Benelux", password="x")
    Absence.objects.create(user=away, starts_on=localdate(), ends_on=localdate())
    make_user(name="Gone Girl", is_active=False)
    make_user("marketer", name="Noor de Wit")
    User.objects.create(name="J. Doe", email=None, is_active=False)

    def found(**query) -> set[str]:
        return names(admin.get(reverse("people"), query))

    assert found() == {"Robin Vance", "Kofi Mensah", "Ana Duarte", "Noor de Wit"}
    assert found(q="mens") == {"Kofi Mensah"}
    assert found(role="marketer") == {"Noor de Wit"}
    assert found(team=away.team_id) == {"Ana Duarte"}
    assert found(state="away") == {"Ana Duarte"}
    assert found(state="invited") == {"Robin Vance", "Noor de Wit"}  # nobody chose a password yet
    assert found(state="inactive") == {"Gone Girl"}
    assert len(found(state="any")) == 5  # a name from a file is no person
    assert len(found(state="nonsense", team="x'")) == 4


def test_a_head_sees_the_own_team_and_nobody_else():
    head, mine = make_user("sales_head", name="Marta"), make_user(name="Mine")
    make_user(team="Benelux")
    assert names(signed_in(head).get(reverse("people"))) == {"Marta", str(mine)}


def test_when_somebody_was_here_last_is_known():
    head, rep = make_user("sales_head"), make_user(name="Kofi")
    client = signed_in(head)
    User.objects.filter(pk=head.pk).update(last_login=None)
    User.objects.filter(pk=rep.pk).update(last_login=now() - timedelta(days=3))

    seen = dict(client.get(reverse("people")).context["rows"])

    assert now() - seen[head] < timedelta(minutes=2)
    assert seen[rep] == User.objects.get(pk=rep.pk).last_login


def test_the_link_of_somebody_new_is_shown_once(admin):
    values = {"email": "kim@example.com", "name": " Kim  Lee ", "role": "rep", "team": make_team().pk}
    page = admin.post(reverse("add_person"), values)

    kim = User.objects.get(email="kim@example.com")
    assert (kim.name, page.status_code, page["Cache-Control"]) == ("Kim Lee", 200, "no-store, private")
    assert "/account/password/reset/key/" in page.context["link"]
    assert page.context["link"] in text(page)
    assert "/account/password/reset/key/" not in text(admin.get(reverse("person", args=[kim.pk])))


def test_a_head_adds_to_the_own_team_without_choosing_one():
    head = make_user("sales_head", team="Benelux")
    values = {"email": "kim@example.com", "name": "Kim", "role": "rep", "team": make_team().pk}
    signed_in(head).post(reverse("add_person"), values)
    assert User.objects.get(email="kim@example.com").team == head.team


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "email",
            "known@example.com",
            "known@example.com belongs to Known One (sales rep), who is here already.",
        ),
        ("email", "", "Fill in “E-mail”: it is needed."),
        ("name", "", "Fill in “Name”: it is needed."),
        ("role", "boss", "“Role” has no such choice (any more). Choose one from its list."),
        ("team", "99999", "This person or team is not there any more. Choose another."),
    ],
)
def test_what_cannot_be_added_is_said_at_its_field(admin, field, value, sentence):
    make_user(email="known@example.com", name="Known One")
    values = {"email": "kim@example.com", "name": "Kim", "role": "rep", "team": make_team().pk, field: value}

    page = admin.post(reverse("add_person"), values)

    assert page.status_code == 422
    assert page.context["form"].errors == {field: [sentence]}
    assert f'id="id_{field}_error" role="alert"' in text(page)


def test_a_new_role_that_does_not_fit_the_team_is_refused_at_the_team(admin):
    rep = make_user()
    page = admin.post(
        reverse("person", args=[rep.pk]), {"name": rep.name, "role": "marketer", "team": rep.team_id}
    )
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["team"])


def test_only_heads_have_a_deputy(admin):
    head, rep = make_user("sales_head"), make_user(name="Kofi")
    assert "deputy" not in admin.get(reverse("person", args=[rep.pk])).context["form"].fields
    values = {"name": head.name, "role": head.role, "team": head.team_id, "deputy": rep.pk}
    assert admin.post(reverse("person", args=[head.pk]), values).status_code == 302
    assert User.objects.get(pk=head.pk).deputy == rep


def test_a_head_reads_a_peer_and_changes_nothing():
    head, peer = make_user("sales_head"), make_user("sales_head")
    client, address = signed_in(head), reverse("person", args=[peer.pk])

    page = text(client.get(address))
    assert "Only an administrator changes this person." in page
    assert '<option value="sales_head" selected>Head of sales</option>' in page
    assert client.post(address, {"name": "X", "role": "rep"}).status_code == 403


# --- Leaving ---------------------------------------------------------------------------------------------------------
def test_who_owns_open_leads_does_not_leave_before_it_is_said_who_takes_them(admin):
    rep, heir = make_user(name="Kofi"), make_user()
    lead = make_lead(stage=Stage.SAL, owner=rep)
    address = reverse("deactivate_person", args=[rep.pk])

    assert "Who takes the one open lead?" in text(admin.get(address))
    for given in ({}, {"way": "person"}, {"way": "person", "to": rep.pk}):
        assert admin.post(address, given).status_code == 422
    assert User.objects.get(pk=rep.pk).is_active

    page = admin.post(address, {"way": "person", "to": heir.pk}, follow=True)
    assert "Kofi is inactive. 1 lead went to 1 person." in text(page)
    assert Lead.objects.get(pk=lead.pk).owner == heir


def test_the_pool_that_cannot_take_accepted_leads_says_so_in_the_form(admin):
    rep = make_user()
    make_lead(stage=Stage.SAL, owner=rep)
    page = admin.post(reverse("deactivate_person", args=[rep.pk]), {"way": "pool"})
    assert (page.status_code, "No rep is there to share 1 accepted lead" in text(page)) == (422, True)


def test_without_open_leads_one_press_is_enough(admin):
    rep = make_user()
    assert admin.post(reverse("deactivate_person", args=[rep.pk])).url == reverse("people")
    assert not User.objects.get(pk=rep.pk).is_active
    assert (
        "/account/password/reset/key/"
        in admin.post(reverse("reactivate_person", args=[rep.pk])).context["link"]
    )


def test_leads_are_given_away_while_the_person_stays(admin):
    rep, heir = make_user(), make_user()
    make_lead(stage=Stage.MQL, owner=rep)
    address = reverse("give_leads", args=[rep.pk])

    assert admin.post(address, {"way": "person", "to": heir.pk}).url == reverse("person", args=[rep.pk])
    assert (User.objects.get(pk=rep.pk).is_active, heir.leads.count()) == (True, 1)
    assert "owns no open leads" in text(admin.get(address))


def test_the_last_administrator_reads_why_they_stay(admin):
    other = make_user("administrator", is_active=False)
    me = User.objects.get(name="Robin Vance")
    page = admin.post(
        reverse("person", args=[me.pk]), {"name": me.name, "role": "rep", "team": make_team().pk}
    )
    assert "Robin Vance is the last administrator." in text(page)
    assert admin.post(reverse("deactivate_person", args=[other.pk])).status_code == 422


# --- Names in files --------------------------------------------------------------------------------------------------
def test_a_name_waits_until_somebody_says_who_it_is(admin):
    name = PersonAlias.objects.create(
        source="crm", text="J. Doe", user=User.objects.create(name="J. Doe", email=None, is_active=False)
    )
    make_lead(owner=name.user)
    rep = make_user(name="Jane Doe")
    assert "1 name in imported files belongs to nobody known yet" in text(admin.get(reverse("people")))
    assert [(row.text, row.leads) for row in admin.get(reverse("aliases")).context["page"].rows] == [
        ("J. Doe", 1)
    ]

    page = admin.post(reverse("alias", args=[name.pk]), {"to": rep.pk, "with_leads": "on"}, follow=True)

    assert "“J. Doe” is Jane Doe from now on. 1 lead came along." in text(page)
    assert page.context["page"].rows == []
    assert len(admin.get(reverse("aliases"), {"state": "known"}).context["page"].rows) == 1

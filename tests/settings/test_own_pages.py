"""What everybody decides for themselves: profile, looks, notifications."""

import pytest
from django.urls import reverse

from smarketing.foundation.models import AuditEvent, Mute, User
from tests.factories import make_user
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


# --- One's own -------------------------------------------------------------------------------------------------------
def test_the_profile_is_ones_own_to_change(admin):
    me = User.objects.get(name="Robin Vance")
    values = {"name": "Robin V.", "time_zone": "Asia/Tokyo", "start_page": "leads:campaigns"}

    assert admin.post(reverse("profile"), values).status_code == 302

    me.refresh_from_db()
    assert (me.name, me.time_zone, me.start_page) == ("Robin V.", "Asia/Tokyo", "leads:campaigns")
    assert admin.get("/").url == reverse("leads:campaigns")
    assert AuditEvent.objects.get(action="user.changed").fields == ["name", "time_zone", "start_page"]


def test_role_team_and_state_are_not(admin):
    rep = make_user()
    signed_in(rep).post(
        reverse("profile"), {"name": "Kofi", "role": "administrator", "is_active": "", "email": "x"}
    )
    rep.refresh_from_db()
    assert (rep.name, rep.role, rep.is_active) == ("Kofi", "rep", True)


def test_a_page_that_the_role_does_not_have_is_no_start_page():
    client = signed_in(make_user("marketer"))
    page = client.post(reverse("profile"), {"name": "Noor", "start_page": "sla:queue"})
    assert list(page.context["form"].errors) == ["start_page"]


def test_a_zone_that_is_misspelt_is_answered_with_the_one_that_was_meant(admin):
    page = admin.post(reverse("profile"), {"name": "Robin", "time_zone": "Amsterdm"})
    assert page.status_code == 422
    assert "Did you mean Europe/Amsterdam" in text(page)
    assert "Robin Vance" in text(page)  # the frame shows the name that stands


def test_a_head_names_a_deputy(admin):
    head, rep = make_user("sales_head"), make_user()
    signed_in(head).post(reverse("profile"), {"name": head.name, "deputy": rep.pk})
    assert User.objects.get(pk=head.pk).deputy == rep
    assert "deputy" not in admin.get(reverse("profile")).context["form"].fields


@pytest.mark.parametrize(("name", "value"), [("keys", "off"), ("theme", "dark"), ("density", "compact")])
def test_how_pages_look_and_listen_is_chosen_without_script(admin, name, value):
    assert admin.post(reverse("theme"), {name: value}).status_code == 302
    assert f'data-{name}="{value}"' in text(admin.get(reverse("profile")))


def test_notifications_are_switched_off_and_on_again():
    rep = make_user()
    client = signed_in(rep)

    client.post(reverse("notifications"), {"own_warning-app": "on"})
    assert set(Mute.objects.values_list("user", "kind", "way")) == {
        (rep.pk, "new_lead", "mail"),
        (rep.pk, "own_warning", "mail"),
    }
    client.post(
        reverse("notifications"), {"own_warning-app": "on", "own_warning-mail": "on", "new_lead-mail": "on"}
    )
    assert not Mute.objects.exists()


def test_nobody_is_offered_to_mute_what_they_answer_for_and_reps_hear_of_no_team():
    def kinds(person: User) -> list[str]:
        return [line.kind for line in signed_in(person).get(reverse("notifications")).context["lines"]]

    rep, head = make_user(), make_user("marketing_head")
    assert kinds(rep) == ["new_lead", "own_warning", ""]
    assert kinds(head) == ["nurture_due", "own_warning", "unowned_warning", "team_breach", ""]
    head.deputy = rep
    head.save()
    assert kinds(rep) == ["new_lead", "own_warning", "unowned_warning", "team_breach", ""]


def test_what_one_does_not_hear_cannot_be_muted_by_hand():
    rep = make_user()
    signed_in(rep).post(reverse("notifications"), {"team_breach-app": "", "own_breach-app": ""})
    assert not Mute.objects.filter(kind="team_breach").exists()

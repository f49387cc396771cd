"""The pages of teams and of the organisation."""

import pytest
from django.urls import reverse

from leads.stages import Stage
from smarketing.foundation.models import AuditEvent, Organisation, Team
from tests.factories import make_lead, make_team, make_user
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


# --- Teams -----------------------------------------------------------------------------------------------------------
def test_a_team_is_made_renamed_and_removed_while_nobody_is_in_it(admin):
    calendar = Organisation.get().calendar
    admin.post(reverse("teams"), {"name": " Benelux  West ", "function": "sales", "calendar": calendar.pk})
    team = Team.objects.get()
    assert (team.name, team.calendar) == ("Benelux West", calendar)

    address = reverse("team", args=[team.pk])
    assert (
        admin.post(address, {"name": "Benelux", "function": "marketing", "calendar": ""}).status_code == 302
    )
    admin.post(reverse("remove_team", args=[team.pk]))

    assert not Team.objects.exists()
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "team.created",
        "team.changed",
        "team.removed",
    ]


def test_a_team_with_people_stays_and_keeps_its_side(admin):
    rep = make_user(is_active=False)
    address = reverse("team", args=[rep.team_id])

    assert admin.post(reverse("remove_team", args=[rep.team_id])).status_code == 409
    page = admin.post(address, {"name": "Sales", "function": "marketing", "calendar": ""})
    assert list(page.context["form"].errors) == ["function"]
    assert Team.objects.get().function == "sales"


def test_two_teams_of_one_name_are_refused_whatever_the_case(admin):
    make_team("Benelux")
    page = admin.post(reverse("teams"), {"name": "BENELUX", "function": "sales"})
    assert (page.status_code, Team.objects.count()) == (422, 1)
    assert "There is a team of this name already." in text(page)


def test_a_head_renames_the_own_team_and_makes_none():
    head = make_user("sales_head")
    client, other = signed_in(head), make_team("Benelux")

    assert client.post(reverse("teams"), {"name": "X", "function": "sales"}).status_code == 403
    assert client.get(reverse("team", args=[other.pk])).status_code == 404
    client.post(reverse("team", args=[head.team_id]), {"name": "Hunters", "function": "marketing"})
    assert Team.objects.get(pk=head.team_id).name == "Hunters"
    assert Team.objects.get(pk=head.team_id).function == "sales"


# --- The organisation ------------------------------------------------------------------------------------------------
def decided(**values) -> dict:
    given = {"name": "Loadline", "time_zone": "UTC", "currency": "EUR", "leads_visible": "team"}
    return {**given, "qualify_at_touches": "3", **values}


def test_an_administrator_decides_for_the_company(admin):
    values = {"leads_visible": "own", "qualify_at_touches": "4", "sole_head": "on", "currency": "USD"}
    assert admin.post(reverse("organisation"), decided(**values)).status_code == 302

    company = Organisation.objects.get()
    assert (company.leads_visible, company.qualify_at_touches, company.sole_head) == ("own", 4, True)
    assert company.currency == "USD"
    event = AuditEvent.objects.get(action="organisation.changed")
    assert (event.by.name, len(event.fields)) == ("Robin Vance", 4)


def test_zone_and_currency_stay_once_something_was_reckoned_in_them_and_the_page_says_why(admin):
    make_lead(stage=Stage.SQL, owner=make_user())

    page = text(admin.get(reverse("organisation")))
    assert "The currency stays EUR: deals or costs are on record" in page
    assert "The time zone stays UTC: leads or costs are on record" in page
    admin.post(reverse("organisation"), decided(currency="USD", time_zone="Asia/Tokyo", name="Loadline BV"))

    company = Organisation.objects.get()
    assert (company.name, company.currency, company.time_zone) == ("Loadline BV", "EUR", "UTC")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("qualify_at_touches", "0"),
        ("qualify_at_touches", "101"),
        ("time_zone", "Mars/Base"),
        ("currency", "QQQ"),
    ],
)
def test_what_no_company_can_decide_is_said_at_its_field(admin, field, value):
    page = admin.post(reverse("organisation"), decided(**{field: value}))
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])

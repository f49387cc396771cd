"""Settings: an administrator writes calendars, heads read them."""

import gzip
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from smarketing.foundation.models import Absence, AuditEvent, Calendar, Heartbeat, Organisation
from tests.factories import make_team, make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
TODAY = localdate


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def filled(calendar: Calendar, **fields) -> dict[str, str]:
    """What the form of a calendar posts when somebody changes these fields."""
    calendar.refresh_from_db()
    hours = {str(day): "09:00–17:00" if day < 5 else "" for day in range(7)}
    typed = {f"day_{day}": text for day, text in hours.items()}
    typed |= {"name": calendar.name, "time_zone": calendar.time_zone, "version": str(calendar.version)}
    return (
        typed | {"holiday_country": "", "holiday_subdivision": "", "own_days": "", "exceptions": ""} | fields
    )


def save(client: Client, calendar: Calendar, **fields):
    return client.post(reverse("sla:calendar", args=[calendar.pk]), filled(calendar, **fields))


def changes() -> int:
    return Heartbeat.objects.filter(pk="hours").values_list("watermark", flat=True).first() or 0


# --- Who may ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["rep", "account_manager", "marketer"])
def test_who_leads_nobody_has_no_calendars_to_read_and_finds_their_hours_with_their_leave(role, office):
    client = signed_in(make_user(role))

    assert client.get(reverse("sla:calendars")).status_code == 403
    assert client.get(reverse("sla:calendar", args=[office.pk])).status_code == 403
    assert "Calendars" not in [
        tab["label"] for tab in client.get(reverse("sla:absences")).context["settings_tabs"]
    ]
    assert "Mon–Fri 09:00–17:00" in client.get(reverse("sla:absences")).content.decode()


@pytest.mark.parametrize("role", ["sales_head", "marketing_head"])
def test_a_head_reads_calendars_and_changes_none(role, office):
    client = signed_in(make_user(role))

    page = client.get(reverse("sla:calendar", args=[office.pk]))
    assert page.context["form"] is None
    assert "09:00–17:00" in page.content.decode()
    assert "Give calendar" not in client.get(reverse("sla:calendars")).content.decode()

    refused = [
        client.post(reverse("sla:calendars"), {"name": "New", "time_zone": "UTC"}),
        save(client, office, day_0="10:00–12:00"),
        client.post(reverse("sla:assign_calendars"), {"organisation": office.pk}),
        client.post(reverse("sla:assign_person"), {}),
        client.post(reverse("sla:release_person", args=[1])),
        client.post(reverse("sla:remove_calendar", args=[office.pk])),
    ]
    assert {response.status_code for response in refused} == {403}
    office.refresh_from_db()
    assert office.week["0"] == [["09:00", "17:00"]]


# --- A calendar ---------------------------------------------------------------------------------------------
def test_an_administrator_makes_a_calendar_that_begins_as_office_hours(administrator):
    made = administrator.post(reverse("sla:calendars"), {"name": "Larks", "time_zone": "Europe/Berlin"})

    larks = Calendar.objects.get(name="Larks")
    assert made.url == reverse("sla:calendar", args=[larks.pk])
    assert (larks.time_zone, larks.week["0"]) == ("Europe/Berlin", [["09:00", "17:00"]])
    assert AuditEvent.objects.get(action="calendar.created").object_id == str(larks.pk)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Office", "time_zone": "UTC"}, "There is a calendar of this name already. Choose another."),
        ({"name": "Larks", "time_zone": "Berlin"}, "“Berlin” is not a time zone. Use an IANA name such as"),
        ({"name": "", "time_zone": "UTC"}, "Fill in “Name”: it is needed."),
    ],
)
def test_a_calendar_that_cannot_be_made_says_why(administrator, fields, sentence):
    page = administrator.post(reverse("sla:calendars"), fields)
    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_everything_a_calendar_says_is_saved_audited_and_counted(administrator, office):
    before = changes()
    answer = save(
        administrator,
        office,
        day_0="09:00–12:30, 13:00–17:00",
        day_4="22:00–06:00",
        holiday_country="DE",
        holiday_subdivision="BE",
        own_days="2026-12-24",
        exceptions="2026-12-23 09:00–12:00\n2026-12-31 closed",
    )

    office.refresh_from_db()
    assert answer.status_code == 302
    assert office.week["0"] == [["09:00", "12:30"], ["13:00", "17:00"]]
    assert office.week["4"] == [["22:00", "06:00"]]
    assert (office.holiday_place, office.holidays) == ("DE-BE", ["2026-12-24"])
    assert office.exceptions == {"2026-12-23": [["09:00", "12:00"]], "2026-12-31": []}
    assert (office.version, changes()) == (2, before + 1)
    assert AuditEvent.objects.get(action="calendar.changed").fields == [
        "week", "holidays", "exceptions", "holiday_country", "holiday_subdivision",
    ]  # fmt: skip
    said = administrator.get(answer.url).content.decode()
    assert "Friday 22:00–06:00 runs into Saturday." in said
    assert "Deadlines that run are reckoned anew." in said


def test_saving_what_was_there_changes_nothing(administrator, office):
    before = changes()
    assert save(administrator, office).status_code == 302
    office.refresh_from_db()
    assert (office.version, changes()) == (1, before)
    assert not AuditEvent.objects.filter(action="calendar.changed").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day_1": "09:00–13:00, 12:00–17:00"}, "Tuesday: 09:00–13:00 and 12:00–17:00 overlap."),
        ({"day_1": "9am-5pm"}, "Tuesday: “9am-5pm” could not be read."),
        (
            {"day_0": "22:00–06:00", "day_1": "05:00–14:00"},
            "(next day) ends after Tuesday has opened at 05:00.",
        ),
        ({f"day_{day}": "" for day in range(7)}, "Nobody would ever work by this calendar."),
        ({"own_days": "24.12.2026"}, "“24.12.2026” is no date."),
        (
            {"own_days": "2026-12-24", "exceptions": "2026-12-24 9-12"},
            "2026-12-24 is a day off of the company as well. Keep one of the two.",
        ),
        ({"holiday_country": "DE", "holiday_subdivision": "XX"}, "Use one of: BB, BE, BW"),
        ({"holiday_subdivision": "BE"}, "A region needs its country."),
        ({"holiday_country": "XX"}, "“Public holidays of” has no such choice"),
        ({"time_zone": "Berlin"}, "“Berlin” is not a time zone."),
        ({"version": "0"}, "Somebody else has changed this calendar meanwhile."),
        ({"version": ""}, "Somebody else has changed this calendar meanwhile."),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_not_saved_and_the_page_says_why(
    administrator, office, fields, sentence
):
    page = save(administrator, office, **fields)

    assert page.status_code == 422
    assert sentence in page.content.decode().replace("&#x27;", "'")
    office.refresh_from_db()
    assert office.version == 1


def test_holidays_can_be_looked_at_before_they_are_saved(administrator, office):
    page = save(
        administrator,
        office,
        holiday_country="DE",
        holiday_subdivision="BY",
        preview="1",
        day_0="10:00–11:00",
    )

    assert page.status_code == 200
    assert (date(TODAY().year, 1, 6), "Epiphany") in page.context["holidays"]
    assert "10:00–11:00" in page.content.decode()  # nothing that was typed is lost
    office.refresh_from_db()
    assert (office.holiday_country, office.version) == ("", 1)
    wrong = save(administrator, office, holiday_country="DE", holiday_subdivision="XX", preview="1")
    assert wrong.context["holidays"] is None
    assert "Use one of: BB, BE, BW" in wrong.content.decode()


def test_a_country_without_known_holidays_this_year_says_so(administrator, office):
    page = save(administrator, office, holiday_country="BV", preview="1")
    assert "None are known for this year." in page.content.decode()


def test_a_calendar_in_use_stays_and_another_goes(administrator, office):
    refused = administrator.post(reverse("sla:remove_calendar", args=[office.pk]))
    assert refused.status_code == 409
    assert "Loadline works by “Office”. Choose another calendar there first." in refused.content.decode()

    spare = Calendar.objects.create(name="Spare", time_zone="UTC")
    assert administrator.post(reverse("sla:remove_calendar", args=[spare.pk])).status_code == 302
    assert not Calendar.objects.filter(name="Spare").exists()
    assert AuditEvent.objects.filter(action="calendar.removed").exists()


# --- Who works by which -------------------------------------------------------------------------------------
def test_the_organisation_and_teams_get_their_calendars(administrator, office):
    team, larks = make_team("Early birds"), Calendar.objects.create(name="Larks", time_zone="UTC")
    before = changes()

    url, teams = reverse("sla:assign_calendars"), f"team_{team.pk}"
    administrator.post(url, {"organisation": larks.pk, teams: office.pk})
    team.refresh_from_db()
    assert (Organisation.get().calendar, team.calendar) == (larks, office)
    assert changes() == before + 2
    assert AuditEvent.objects.filter(action__in=["organisation.changed", "team.changed"]).count() == 2

    administrator.post(url, {"organisation": larks.pk, teams: ""})
    team.refresh_from_db()
    assert team.calendar is None
    administrator.post(url, {"organisation": larks.pk, teams: ""})  # the same again
    assert changes() == before + 3

    gone = administrator.post(url, {"organisation": 123_456, teams: ""})
    assert gone.status_code == 422
    assert "This calendar is not there any more." in gone.content.decode()


def test_a_person_gets_a_calendar_of_their_own_and_gives_it_back(administrator, office):
    rep = make_user(name="Ada Byron")

    administrator.post(reverse("sla:assign_person"), {"person": rep.pk, "calendar": office.pk})
    rep.refresh_from_db()
    assert rep.calendar == office
    assert "Ada Byron" in administrator.get(reverse("sla:calendars")).content.decode()

    administrator.post(reverse("sla:release_person", args=[rep.pk]))
    rep.refresh_from_db()
    assert rep.calendar is None
    assert AuditEvent.objects.filter(action="user.changed", object_id=str(rep.pk)).count() == 2

    nobody = administrator.post(reverse("sla:assign_person"), {"person": "", "calendar": office.pk})
    assert nobody.status_code == 422
    assert "Choose one for “Person”: it is needed." in nobody.content.decode()


# --- Cost ---------------------------------------------------------------------------------------------------
def test_the_pages_take_as_many_queries_for_many_as_for_few(django_assert_max_num_queries, office):
    administrator = make_user("administrator")
    for n in range(8):
        calendar = Calendar.objects.create(name=f"Calendar {n}", time_zone="UTC")
        team = make_team(f"Team {n}")
        team.calendar = calendar
        team.save()
        person = make_user(calendar=calendar, team=f"Team {n}")
        Absence.objects.create(user=person, starts_on=TODAY(), ends_on=TODAY())
        make_user()
    client = signed_in(administrator)
    for url in (reverse("sla:calendars"), reverse("sla:calendar", args=[office.pk]), reverse("sla:absences")):
        with django_assert_max_num_queries(12):
            assert client.get(url).status_code == 200


def test_no_page_of_settings_is_heavy(administrator, office):
    for url in (reverse("sla:calendars"), reverse("sla:calendar", args=[office.pk]), reverse("sla:absences")):
        assert len(gzip.compress(administrator.get(url).content)) < 15_000

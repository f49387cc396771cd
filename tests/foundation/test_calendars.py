"""Whoever changes somebody's hours, by whatever road, the counter tells; and the calendar says how often."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from smarketing.foundation.models import Absence, Calendar, Heartbeat, Organisation, Team, User
from smarketing.foundation.public_holidays import countries, public_holidays, subdivisions
from tests.conftest import make_organisation
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)


def changes() -> int:
    return Heartbeat.objects.filter(pk="hours").values_list("watermark", flat=True).first() or 0


def execute(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def counted():
    """A function that does something and says how often the counter went up."""

    def count(act) -> int:
        before = changes()
        act()
        return changes() - before

    return count


@pytest.fixture
def late_shift() -> Calendar:
    return Calendar.objects.create(name="Late shift", time_zone="UTC")


HOURS = [
    ("time_zone", "Europe/Berlin"),
    ("week", {"0": [["08:00", "12:00"]]}),
    ("holidays", ["2026-03-03"]),
    ("exceptions", {"2026-03-04": []}),
    ("holiday_country", "DE"),
]


@pytest.mark.parametrize(("field", "value"), HOURS)
def test_other_hours_of_a_calendar_are_told_however_they_are_written(counted, late_shift, field, value):
    def save():
        setattr(late_shift, field, value)
        late_shift.save()

    assert counted(save) == 1
    assert counted(late_shift.save) == 0  # the same hours again
    late_shift.refresh_from_db()
    assert late_shift.version == 2


def test_another_name_of_a_calendar_is_no_other_hours(counted, late_shift):
    assert counted(lambda: Calendar.objects.filter(pk=late_shift.pk).update(name="Evening")) == 0
    late_shift.refresh_from_db()
    assert late_shift.version == 1


def test_a_bulk_statement_counts_once_and_every_calendar_gets_its_version(counted, late_shift):
    Calendar.objects.create(name="Early shift", time_zone="UTC")
    assert counted(lambda: Calendar.objects.update(time_zone="Asia/Tokyo")) == 1
    assert set(Calendar.objects.values_list("version", flat=True)) == {2}


def test_raw_sql_counts_like_everybody_else_and_cannot_turn_the_version_back(counted, late_shift):
    statement = "UPDATE foundation_calendar SET week = '{}', version = 1 WHERE id = %s"
    assert counted(lambda: execute(statement, late_shift.pk)) == 1
    assert counted(lambda: execute(statement, late_shift.pk)) == 0
    late_shift.refresh_from_db()
    assert late_shift.version == 2
    assert counted(lambda: execute("DELETE FROM foundation_calendar WHERE id = %s", late_shift.pk)) == 1


def test_leave_counts_when_it_is_entered_moved_and_taken_back(counted):
    rep = make_user()
    leave = Absence(user=rep, starts_on=FIRST, ends_on=LAST)

    assert counted(leave.save) == 1
    assert counted(leave.save) == 0
    assert counted(lambda: Absence.objects.update(ends_on=FIRST)) == 1
    assert counted(leave.delete) == 1
    assert counted(lambda: Absence.objects.all().delete()) == 0


def test_leave_counts_in_bulk_and_in_raw_sql(counted):
    rep = make_user()
    days = [Absence(user=rep, starts_on=FIRST, ends_on=LAST) for _ in range(3)]
    insert = "INSERT INTO foundation_absence (user_id, starts_on, ends_on) VALUES (%s, %s, %s)"

    assert counted(lambda: Absence.objects.bulk_create(days)) == 1
    assert counted(lambda: execute(insert, rep.pk, FIRST, LAST)) == 1
    assert counted(lambda: execute("UPDATE foundation_absence SET ends_on = starts_on")) == 1
    assert counted(lambda: execute("DELETE FROM foundation_absence")) == 1


@pytest.mark.parametrize("field", ["calendar", "team", "is_active", "time_zone"])
def test_what_decides_by_which_hours_a_person_works_counts(counted, late_shift, field):
    rep = make_user()
    value = {
        "calendar": late_shift,
        "team": make_team("Marketing", "marketing"),
        "is_active": False,
        "time_zone": "Asia/Tokyo",
    }[field]

    def save():
        setattr(rep, field, value)
        rep.save()

    assert counted(save) == 1
    assert counted(rep.save) == 0
    assert counted(lambda: User.objects.filter(pk=rep.pk).update(name="Ada")) == 0


def test_a_new_person_and_a_new_calendar_change_nobody_s_hours(counted):
    assert counted(make_user) == 0
    assert counted(lambda: Calendar.objects.create(name="Early shift", time_zone="UTC")) == 0


def test_another_calendar_of_a_team_or_of_the_organisation_counts(counted, late_shift):
    make_organisation()
    make_team()
    assert counted(lambda: Team.objects.update(calendar=late_shift)) == 1
    assert counted(lambda: Organisation.objects.update(calendar=late_shift)) == 1
    assert counted(lambda: execute("UPDATE foundation_organisation SET time_zone = 'Asia/Tokyo'")) == 1
    assert counted(lambda: Organisation.objects.update(name="Loadline Ltd")) == 0


def test_what_was_rolled_back_has_not_counted(counted, late_shift):
    def change_of_mind():
        with pytest.raises(RuntimeError), transaction.atomic():
            Calendar.objects.update(time_zone="Asia/Tokyo")
            raise RuntimeError

    assert counted(change_of_mind) == 0


def test_the_counter_is_made_anew_where_somebody_deleted_it(late_shift):
    Heartbeat.objects.all().delete()
    Calendar.objects.update(time_zone="Asia/Tokyo")
    assert changes() == 1


def test_a_region_without_a_country_is_refused_by_the_database(late_shift):
    with pytest.raises(IntegrityError, match="calendar_region_has_a_country"), transaction.atomic():
        Calendar.objects.update(holiday_subdivision="BE")


@pytest.mark.parametrize(
    ("country", "region", "sentence"),
    [
        ("Germany", "", r"“Germany” is no country with known public holidays. Did you mean DE \(Germany\)?"),
        ("XX", "", "Use a two-letter code such as DE, FR or US."),
        ("DE", "XY", "“XY” is no region of Germany .* Use one of: BB, BE, BW, .*, TH, Augsburg."),
        ("JP", "13", "Japan has the same public holidays everywhere. Leave the region empty."),
        ("", "BE", "A region needs its country."),
    ],
)
def test_an_unknown_country_or_region_is_said_with_the_right_values(country, region, sentence):
    calendar = Calendar(name="X", time_zone="UTC", holiday_country=country, holiday_subdivision=region)
    with pytest.raises(ValidationError, match=sentence):
        calendar.full_clean()


def test_every_place_that_is_offered_can_be_asked_for_its_holidays_and_fits_its_field():
    longest = Calendar._meta.get_field("holiday_subdivision").max_length
    for country in countries():
        found = public_holidays(country, "", 2026, 2026)
        assert all(day.year == 2026 and name for day, name in found.items())
        for region in subdivisions(country):
            assert len(region) <= longest
            public_holidays(country, region, 2026, 2026)

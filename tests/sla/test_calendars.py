"""Whose hours count, what is free, and how it is told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sla.calendar_words import hours_words, words
from sla.calendars import bases_of, basis_of, hours_of, organisation_hours
from smarketing.foundation.models import Absence, Calendar, Organisation, User
from tests.conftest import make_organisation
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def make_calendar(name: str, opening: str = "09:00", closing: str = "17:00", **fields) -> Calendar:
    week = {str(number): [[opening, closing]] for number in range(5)}
    return Calendar.objects.create(name=name, **{"time_zone": "UTC", "week": week, **fields})


def organise(**fields) -> Organisation:
    return make_organisation(calendar=make_calendar("Company", **fields))


def worked(owner: User | None, text: str) -> list[str]:
    """When they work on that UTC day."""
    owner_id = owner.pk if owner else None
    midnight = datetime.combine(day(text), datetime.min.time(), UTC)
    spans = hours_of([owner_id], around=MONDAY)[owner_id].spans(midnight, midnight + timedelta(days=1))
    return [f"{a:%H:%M}–{b:%H:%M}" for a, b in spans]


def test_the_calendar_is_the_owner_s_else_the_team_s_else_the_organisation_s():
    organise()
    team = make_team("Early birds")
    plain, member = make_user(), make_user(team="Early birds")
    singular = make_user(team="Early birds", calendar=make_calendar("Owls", "12:00", "20:00"))
    team.calendar = make_calendar("Larks", "06:00", "14:00")
    team.save()

    assert worked(None, "2026-03-02") == worked(plain, "2026-03-02") == ["09:00–17:00"]
    assert worked(member, "2026-03-02") == ["06:00–14:00"]
    assert worked(singular, "2026-03-02") == ["12:00–20:00"]


def test_somebody_without_a_team_and_somebody_unknown_have_the_organisation_s_hours():
    organise()
    loner = make_user("administrator")
    found = hours_of([loner.pk, 123_456, None], around=MONDAY)
    assert found[loner.pk] is found[123_456] is found[None]


def test_a_zone_of_one_s_own_moves_the_hours_of_others_but_not_a_calendar_of_one_s_own():
    organise(time_zone="Europe/Berlin")
    lisbon = make_user(time_zone="Europe/Lisbon")
    desk = make_user(time_zone="Europe/Lisbon", calendar=make_calendar("Desk", time_zone="America/New_York"))

    assert worked(None, "2026-03-02") == ["08:00–16:00"]
    assert worked(lisbon, "2026-03-02") == ["09:00–17:00"]
    assert worked(desk, "2026-03-02") == ["14:00–22:00"]


def test_leave_is_whole_local_days_with_both_ends():
    organise(time_zone="Asia/Tokyo")
    rep = make_user()
    Absence.objects.create(user=rep, starts_on=day("2026-03-03"), ends_on=day("2026-03-04"))

    off = [text for n in range(2, 7) if not worked(rep, text := f"2026-03-0{n}")]
    assert off == ["2026-03-03", "2026-03-04"]
    assert worked(make_user(), "2026-03-03") == ["00:00–08:00"]


def test_leave_that_overlaps_counts_once_and_ends_with_its_row():
    organise()
    rep = make_user()
    for last in ("2026-03-03", "2026-03-05"):
        Absence.objects.create(user=rep, starts_on=day("2026-03-03"), ends_on=day(last))
    assert not worked(rep, "2026-03-05")
    Absence.objects.all().delete()
    assert worked(rep, "2026-03-05")


def test_a_public_holiday_counts_by_the_calendar_s_own_country_and_region():
    organise(holiday_country="DE")
    bavaria = make_calendar("München", holiday_country="DE", holiday_subdivision="BY")
    bavarian, briton = (
        make_user(calendar=bavaria),
        make_user(calendar=make_calendar("UK", holiday_country="GB")),
    )
    plain = make_user()

    free = {"2026-10-03": "Saturday", "2026-05-01": "Labour Day", "2026-01-06": "Epiphany"}
    off = {text: [who for who in (plain, bavarian, briton) if not worked(who, text)] for text in free}
    assert off["2026-05-01"] == [plain, bavarian]
    assert off["2026-01-06"] == [bavarian]


def test_an_exception_opens_a_public_holiday_and_shortens_a_day():
    organise(
        holiday_country="DE",
        exceptions={"2026-05-01": [["10:00", "12:00"]], "2026-03-03": [["09:00", "12:00"]], "2026-03-04": []},
        holidays=["2026-03-05"],
    )
    assert worked(None, "2026-05-01") == ["10:00–12:00"]
    assert worked(None, "2026-03-03") == ["09:00–12:00"]
    assert worked(None, "2026-03-04") == worked(None, "2026-03-05") == []


def test_no_exception_calls_back_from_leave():
    organise(exceptions={"2026-03-03": [["10:00", "12:00"]]})
    rep = make_user()
    Absence.objects.create(user=rep, starts_on=day("2026-03-03"), ends_on=day("2026-03-03"))
    assert worked(rep, "2026-03-03") == []
    assert worked(None, "2026-03-03") == ["10:00–12:00"]


def test_holidays_are_known_five_years_back_and_five_years_on():
    organise(holiday_country="DE")
    for year in range(2019, 2031):
        now = datetime(year, 12, 31, 23, tzinfo=UTC)
        hours = hours_of([None], around=now)[None]
        for other in (year - 5, year, year + 5):
            labour_day = datetime(other, 5, 1, tzinfo=UTC)
            assert hours.between(labour_day, labour_day + timedelta(days=1)) == timedelta(0)


def test_a_report_knows_every_public_holiday_since_its_beginning():
    organise(holiday_country="DE")
    hours = organisation_hours(datetime(1995, 1, 1, tzinfo=UTC), MONDAY)
    assert hours.between(datetime(1995, 5, 1, tzinfo=UTC), datetime(1995, 5, 2, tzinfo=UTC)) == timedelta(0)


@pytest.mark.parametrize("count", [1, 12])
def test_the_hours_of_many_take_as_many_queries_as_those_of_one(count, django_assert_num_queries):
    organise(holiday_country="DE")
    people = [make_user(calendar=make_calendar(f"Calendar {n}"), team=f"Team {n}").pk for n in range(count)]
    with django_assert_num_queries(2):
        hours_of([*people, None], around=MONDAY)
    with django_assert_num_queries(1):
        hours_of([None], around=MONDAY)


def test_those_who_work_alike_share_what_is_costly_to_build():
    organise(holiday_country="DE")
    one, two, away = make_user(), make_user(), make_user()
    Absence.objects.create(user=away, starts_on=day("2026-03-03"), ends_on=day("2026-03-03"))
    found = hours_of([one.pk, two.pk, away.pk], around=MONDAY)

    assert found[one.pk] is found[two.pk]
    assert found[one.pk] is not found[away.pk]
    assert hours_of([one.pk], around=MONDAY + timedelta(days=200))[one.pk] is found[one.pk]
    Calendar.objects.update(time_zone="Europe/Berlin")
    assert hours_of([one.pk], around=MONDAY)[one.pk] is not found[one.pk]


@pytest.mark.parametrize(
    ("week", "said"),
    [
        (OFFICE, "Mon–Fri 09:00–17:00"),
        (OFFICE | {"4": [["09:00", "15:00"]]}, "Mon–Thu 09:00–17:00, Fri 09:00–15:00"),
        ({"0": [["13:00", "17:00"], ["08:00", "12:00"]]}, "Mon 08:00–12:00 and 13:00–17:00"),
        ({str(n): [["09:00", "18:00"]] for n in range(7)}, "every day 09:00–18:00"),
        ({"5": [["22:00", "06:00"]], "6": [["22:00", "06:00"]]}, "Sat and Sun 22:00–06:00 (next day)"),
        ({"0": [["00:00", "00:00"]], "1": [["16:00", "00:00"]]}, "Mon around the clock, Tue 16:00–24:00"),
        ({"0": []}, "no working hours in the week"),
    ],
)
def test_a_week_is_told_in_few_words(week, said):
    assert words(basis_of(Calendar(time_zone="Europe/Berlin", week=week))) == f"{said}, Europe/Berlin"


def test_why_this_deadline_is_one_sentence():
    organise(
        time_zone="Europe/Berlin",
        holiday_country="DE",
        holiday_subdivision="BE",
        holidays=["2026-10-05"],
        exceptions={"2026-10-06": [["09:00", "12:00"]], "2026-10-07": []},
    )
    rep = make_user()
    Absence.objects.create(user=rep, starts_on=day("2026-10-08"), ends_on=day("2026-10-09"))
    since, until = datetime(2026, 10, 2, 14, tzinfo=UTC), datetime(2026, 10, 7, 10, tzinfo=UTC)
    base = "Mon–Fri 09:00–17:00, Europe/Berlin, public holidays of Germany (Berlin)"

    assert hours_words([None]) == {None: base}
    assert hours_words([rep.pk], since=since, until=until)[rep.pk] == (
        f"{base}; off 3 Oct (German Unity Day), off 5 Oct, 09:00–12:00 on 6 Oct, off 7 Oct"
    )
    until += timedelta(days=3)
    assert hours_words([rep.pk], since=since, until=until)[rep.pk].endswith("off 7 Oct, 1 more")
    only_leave = hours_words([rep.pk], since=until - timedelta(days=1), until=until)[rep.pk]
    assert only_leave == f"{base}; on leave 8 Oct to 9 Oct"


def test_an_unknown_person_is_told_the_organisation_s_hours():
    organise()
    assert bases_of([123_456]) == {123_456: bases_of([None])[None]}

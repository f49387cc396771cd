from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.working_time import NoWorkingTime, WorkingHours
from tests.sla.calendars import (
    MINUTE,
    WINDOW,
    Case,
    Window,
    bitmap,
    calendars,
    cases,
    is_working,
    minute_of,
    minutes,
    weeks_near,
    windows,
    without,
)

NINE_TO_FIVE = [(time(9), time(17))]


def days(count: int, *interval: time) -> dict[int, list[tuple[time, ...]]]:
    return {day: [interval] for day in range(count)}


OFFICE = days(5, time(9), time(17))
MIXED = {
    0: NINE_TO_FIVE,
    1: [(time(10), time(16))],
    2: NINE_TO_FIVE,
    3: [(time(10), time(16))],
    4: NINE_TO_FIVE,
    5: [(time(11), time(14, 30))],
}
TEN_TO_SIX = days(5, time(10), time(18))
EVERY_DAY = days(7, time(9), time(18))
NIGHT_SHIFT = days(7, time(22), time(6))
AROUND_THE_CLOCK = days(7, time(0), time(0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("zone", "week", "start", "work", "due"),
    [
        ("Etc/UTC", MIXED, "2006-01-04T15:58:30Z", 1.5, "2006-01-04T16:00Z"),
        ("Europe/Berlin", OFFICE, "2013-03-21T09:30Z", 240, "2013-03-21T13:30Z"),
        ("UTC", TEN_TO_SIX, "2024-06-03T08:00Z", 240, "2024-06-03T14:00Z"),
        ("UTC", TEN_TO_SIX, "2024-06-07T19:00Z", 60, "2024-06-10T11:00Z"),
        ("UTC", TEN_TO_SIX, "2024-06-08T15:00Z", 4320, "2024-06-20T18:00Z"),
        ("Africa/Abidjan", {6: [(time(11), time(12))]}, "2006-01-01T00:00Z", 120, "2006-01-08T12:00Z"),
        ("Etc/UTC", MIXED, "2006-01-03T00:00Z", 0, "2006-01-03T10:00Z"),
        ("Etc/UTC", MIXED, "2006-01-03T11:11Z", 0, "2006-01-03T11:11Z"),
    ],
)
def test_work_is_due_when_its_minutes_have_been_worked(zone, week, start, work, due):
    assert WorkingHours(zone, week).add(at(start), timedelta(minutes=work)) == at(due)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        ("2006-01-01T00:00Z", "2006-01-08T00:00Z", 39.5),
        ("2006-01-01T00:00Z", "2006-01-01T00:00Z", 0),
        ("2006-01-08T00:00Z", "2006-01-01T00:00Z", 0),
        ("2006-01-02T08:00Z", "2006-01-02T17:00Z", 8),
    ],
)
def test_working_time_between_two_instants(start, end, worked):
    assert WorkingHours("UTC", MIXED).between(at(start), at(end)) == hours(worked)


def test_paused_working_time_does_not_count_and_overlapping_pauses_count_once():
    calendar = WorkingHours("Europe/Berlin", EVERY_DAY)
    pauses = [
        (at("2013-06-04T10:00Z"), at("2013-06-04T10:30Z")),
        (at("2013-06-04T09:30Z"), at("2013-06-04T09:45Z")),
        (at("2013-06-04T09:40Z"), at("2013-06-04T09:45Z")),
    ]
    start, due = at("2013-06-04T09:00Z"), at("2013-06-04T11:45Z")

    assert calendar.add(start, hours(2), pauses=pauses) == due
    assert calendar.between(start, due, pauses=pauses) == hours(2)


def test_work_that_ends_at_closing_is_due_then_and_not_at_the_next_opening():
    pause = (at("2013-06-04T10:00Z"), at("2013-06-04T15:00Z"))
    due = WorkingHours("Europe/Berlin", EVERY_DAY).add(at("2013-06-04T09:00Z"), hours(2), pauses=[pause])
    assert due == at("2013-06-04T16:00Z")


def test_a_holiday_is_free_and_an_exception_replaces_the_week_of_its_date():
    calendar = WorkingHours(
        "UTC", OFFICE, holidays=[date(2026, 3, 3)], exceptions={date(2026, 3, 4): [(time(12), time(13))]}
    )
    assert calendar.add(at("2026-03-02T16:00Z"), hours(3)) == at("2026-03-05T10:00Z")
    assert calendar.between(at("2026-03-03T00:00Z"), at("2026-03-05T00:00Z")) == hours(1)


def test_a_night_shift_belongs_to_the_date_on_which_it_starts():
    calendar = WorkingHours("UTC", NIGHT_SHIFT, holidays=[date(2026, 3, 3)])

    assert calendar.between(at("2026-03-03T00:00Z"), at("2026-03-03T12:00Z")) == hours(6)
    assert calendar.between(at("2026-03-03T12:00Z"), at("2026-03-04T12:00Z")) == hours(0)


@pytest.mark.parametrize(
    ("zone", "day", "real"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_is_as_long_as_its_clock_changes_make_it(zone, day, real):
    only_that_day = {date.fromisoformat(day): [(time(0), time(0))]}
    calendar = WorkingHours(zone, {}, exceptions=only_that_day)
    middle = at(f"{day}T12:00Z")
    assert calendar.between(middle - hours(60), middle + hours(60)) == hours(real)


def test_an_hour_that_happens_twice_is_worked_twice():
    calendar = WorkingHours("Europe/Berlin", days(7, time(1), time(2, 30)))
    night = at("2026-10-24T23:00Z"), at("2026-10-25T03:00Z")

    assert calendar.between(*night) == hours(2)
    assert calendar.spans(*night) == [
        (at("2026-10-24T23:00Z"), at("2026-10-25T00:30Z")),
        (at("2026-10-25T01:00Z"), at("2026-10-25T01:30Z")),
    ]


def test_intervals_that_overlap_count_once():
    calendar = WorkingHours("UTC", {0: [(time(9), time(13)), (time(12), time(17))]})
    assert calendar.between(at("2026-03-02T00:00Z"), at("2026-03-03T00:00Z")) == hours(8)


@pytest.mark.parametrize("work", [timedelta(0), hours(1), hours(100_000)])
def test_a_calendar_without_working_time_is_an_error_and_no_loop(work):
    ended = WorkingHours("UTC", {}, exceptions={date(2020, 1, 1): NINE_TO_FIVE})
    with pytest.raises(NoWorkingTime, match="no working time in the 366 days after 2026-03-02"):
        ended.add(at("2026-03-02T00:00Z"), work)


def test_work_beyond_the_last_exception_is_an_error_and_no_loop():
    ends = WorkingHours("UTC", {}, exceptions={date(2026, 3, 2): NINE_TO_FIVE})
    assert ends.add(at("2026-03-02T00:00Z"), hours(8)) == at("2026-03-02T17:00Z")
    with pytest.raises(NoWorkingTime):
        ends.add(at("2026-03-02T00:00Z"), hours(9))


def test_forty_years_around_the_clock_are_forty_years():
    start, end = at("1985-01-01T00:00Z"), at("2025-01-01T00:00Z")
    calendar = WorkingHours("America/New_York", AROUND_THE_CLOCK)

    assert calendar.between(start, end) == end - start
    assert calendar.add(start, end - start) == end


def test_what_makes_no_sense_is_said_in_a_sentence():
    with pytest.raises(ValueError, match="has no time zone"):
        WorkingHours("UTC", OFFICE).add(datetime(2026, 3, 2, 9), hours(1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="must not be negative"):
        WorkingHours("UTC", OFFICE).add(at("2026-03-02T00:00Z"), hours(-1))
    with pytest.raises(ValueError, match="Weekday 7 does not exist"):
        WorkingHours("UTC", {7: NINE_TO_FIVE})
    with pytest.raises(ValueError, match="opens and closes at 09:00"):
        WorkingHours("UTC", {0: [(time(9), time(9))]})


def check_against_the_walk(window: Window, weeks: list, seed: int, count: int) -> None:
    for week in weeks:
        calendar = (window.zone, *week)
        worked, hours = bitmap(calendar, window.walls), WorkingHours(*calendar)
        for case in cases(Random(seed), count):
            check_one(window, worked, hours, case)


def check_one(window: Window, worked: bytearray, hours: WorkingHours, case: Case) -> None:
    start, end = window.at(case.start), window.at(case.end)
    paused = [(window.at(low), window.at(high)) for low, high in case.pauses]
    left = without(worked, case.pauses)

    assert hours.between(start, end) == worked.count(1, case.start, case.end) * MINUTE, case
    assert hours.between(start, end, pauses=paused) == left.count(1, case.start, case.end) * MINUTE, case
    assert_due(window, minute_of(worked, case.start, case.work), hours, start, case, [])
    if case.work:  # an opening inside a pause is one all the same
        assert_due(window, minute_of(left, case.start, case.work), hours, start, case, paused)


def assert_due(window: Window, expected: int | None, hours, start, case: Case, paused: list) -> None:
    try:
        due = hours.add(start, case.work * MINUTE, pauses=paused)
    except NoWorkingTime:
        due = window.at(WINDOW + 1)
    if expected is None:
        assert due >= window.at(WINDOW), case
    else:
        assert due == window.at(expected), case


lengths = st.integers(0, 2 * 24 * 60)
pauses = st.tuples(st.integers(-600, 2 * 24 * 60), st.integers(0, 24 * 60))
walks = st.shared(windows(), key="window")
weeks_of_walk = walks.flatmap(lambda window: st.lists(weeks_near(window.start), min_size=2, max_size=2))


@given(walks, weeks_of_walk)
@settings(max_examples=5, deadline=None)
def test_the_map_of_a_window_says_what_the_wall_clock_says_of_each_minute(window, weeks):
    for week in weeks:
        calendar = (window.zone, *week)
        worked = bitmap(calendar, window.walls)
        for minute in range(0, WINDOW, 7):
            assert worked[minute] == is_working(calendar, window.at(minute))


@given(walks, weeks_of_walk, st.integers(0))
@settings(max_examples=25, deadline=None)
def test_it_equals_a_walk_minute_by_minute(window, weeks, seed):
    check_against_the_walk(window, weeks, seed, 10)


# In two halves, so that two workers share them. 2 × 1,250 windows × 2 calendars × 10 cases.
@pytest.mark.slow
@pytest.mark.parametrize("half", [1, 2])
@given(window=walks, weeks=weeks_of_walk, seed=st.integers(0))
@settings(max_examples=1_250, deadline=None)
def test_it_equals_a_walk_minute_by_minute_in_fifty_thousand_cases(half, window, weeks, seed):
    check_against_the_walk(window, weeks, seed, 10)


@given(calendars(), st.timedeltas(timedelta(0), timedelta(days=30)), pauses)
@settings(max_examples=200, deadline=None)
def test_between_a_start_and_its_due_instant_lies_the_work(case, work, pause):
    calendar, start = WorkingHours(*case[0]), case[1]
    paused = [(start + pause[0] * MINUTE, start + sum(pause) * MINUTE)]
    try:
        due = calendar.add(start, work, pauses=paused)
    except NoWorkingTime:
        assume(False)
    assert calendar.between(start, due, pauses=paused) == work
    if work:  # and no earlier instant will do
        assert calendar.between(start, due - timedelta(microseconds=1), pauses=paused) < work


@given(calendars(), st.lists(st.timedeltas(timedelta(0), timedelta(days=3000)), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_more_work_is_never_due_earlier_and_later_instants_hold_more(case, works):
    calendar, start = WorkingHours(*case[0]), case[1]
    ends = [start + work for work in sorted(works)]
    for earlier, later in pairwise(ends):
        parts = calendar.between(start, earlier) + calendar.between(earlier, later)
        assert parts == calendar.between(start, later)
    try:
        dues = [calendar.add(start, work / 10) for work in sorted(works)]
    except NoWorkingTime:
        assume(False)
    assert dues == sorted(dues)


@given(
    calendars(),
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.lists(st.integers(0, 60 * 24), max_size=6),
)
@settings(max_examples=100, deadline=None)
def test_a_later_start_is_never_due_earlier(case, work, delays):
    calendar, start = WorkingHours(*case[0]), case[1]
    try:
        dues = [calendar.add(start + delay * MINUTE, work) for delay in sorted(delays)]
    except NoWorkingTime:
        assume(False)
    assert dues == sorted(dues)


@given(calendars(), lengths, st.lists(pauses, max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_is_worked_and_what_is_paused_add_up(case, length, spans):
    calendar, start = WorkingHours(*case[0]), case[1]
    end = start + length * MINUTE
    paused = [(start + low * MINUTE, start + (low + long) * MINUTE) for low, long in spans]
    edges = sorted({start, end, *(moment for pause in paused for moment in pause if start < moment < end)})
    within = [
        calendar.between(low, high)
        for low, high in pairwise(edges)
        if any(a <= low and high <= b for a, b in paused)
    ]

    worked = calendar.between(start, end, pauses=paused)
    assert worked + sum(within, timedelta(0)) == calendar.between(start, end)
    halves = [(a, a + (b - a) / 2) for a, b in paused] + [(a + (b - a) / 2, b) for a, b in paused]
    assert calendar.between(start, end, pauses=halves) == worked


@given(calendars(), minutes)
@settings(max_examples=50, deadline=None)
def test_the_spans_of_a_stretch_add_up_to_its_working_time(case, start):
    calendar = WorkingHours(*case[0])
    end = start + timedelta(days=40)
    held = sum((b - a for a, b in calendar.spans(start, end)), timedelta(0))
    assert held == calendar.between(start, end)

"""Hours as people type them are read, and what cannot be meant is said with the cure."""

from datetime import date, time

import pytest

from sla.pages.hours_text import (
    Unclear,
    check_nights,
    exceptions_text,
    hours_text,
    night_shifts,
    read_days,
    read_exceptions,
    read_hours,
)

MORNING, AFTERNOON = (time(9), time(12, 30)), (time(13), time(17))
NIGHT = (time(22), time(6))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("09:00–17:00", [(time(9), time(17))]),
        ("9-17", [(time(9), time(17))]),
        ("9.00 to 17.00", [(time(9), time(17))]),
        ("13:00-17:00, 09:00-12:30", [MORNING, AFTERNOON]),
        ("9:00-12:30 and 13:00-17:00", [MORNING, AFTERNOON]),
        ("22:00–06:00", [NIGHT]),
        ("16:00–24:00", [(time(16), time(0))]),
        ("00:00–24:00", [(time(0), time(0))]),
        ("00:00–06:00; 22:00–06:00", [(time(0), time(6)), NIGHT]),
        ("", []),
        (" Closed ", []),
    ],
)
def test_hours_are_read_as_they_are_meant_and_told_so_that_they_can_be_read_again(typed, meant):
    assert read_hours(typed, "Monday") == meant
    assert read_hours(hours_text(meant), "Monday") == meant


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "9am-5pm",
            "Monday: “9am-5pm” could not be read. Write opening and closing, as in 09:00–12:30, 13:00–17:00.",
        ),
        ("09:00", "Monday: “09:00” could not be read."),
        ("09:00–13:00, 12:00–17:00", "Monday: 09:00–13:00 and 12:00–17:00 overlap."),
        ("20:00–04:00, 22:00–23:00", r"Monday: 20:00–04:00 \(next day\) and 22:00–23:00 overlap."),
        ("09:00–09:00", "Monday opens and closes at 09:00. Write 00:00–24:00 for a whole day."),
        ("09:00–25:00", "Monday: 25:00 is no time of day."),
        ("09:60–17:00", "Monday: 09:60 is no time of day."),
        ("24:00–06:00", "Monday: 24:00 is no time of day."),
    ],
)
def test_hours_that_cannot_be_meant_are_said_with_the_cure(typed, sentence):
    with pytest.raises(Unclear, match=sentence):
        read_hours(typed, "Monday")


def test_a_night_shift_is_said_and_may_not_run_into_the_next_day_s_hours():
    assert night_shifts({4: [NIGHT]}) == ["Friday 22:00–06:00 runs into Saturday."]
    assert night_shifts({6: [(time(16), time(0))]}) == []
    check_nights({6: [NIGHT], 0: [(time(6), time(14))]})
    with pytest.raises(
        Unclear, match=r"Sunday's 22:00–06:00 \(next day\) ends after Monday has opened at 05:00"
    ):
        check_nights({6: [NIGHT], 0: [(time(5), time(14))]})


def test_days_are_a_date_each_in_order_and_once():
    assert read_days("2026-12-31\n2026-12-24, 2026-12-24") == [date(2026, 12, 24), date(2026, 12, 31)]
    assert read_days("  ") == []


def test_exceptions_are_a_date_and_its_hours():
    typed = "2026-12-24: closed\n\n2026-12-23 9-12"
    found = {date(2026, 12, 23): [(time(9), time(12))], date(2026, 12, 24): []}
    assert read_exceptions(typed) == found
    assert exceptions_text(found) == "2026-12-23 09:00–12:00\n2026-12-24 closed"
    assert read_exceptions(exceptions_text(found)) == found


@pytest.mark.parametrize(
    ("read", "typed", "sentence"),
    [
        (read_days, "24.12.2026", "“24.12.2026” is no date. Write it as year-month-day, such as 2026-12-24."),
        (read_days, "2026-02-30", "“2026-02-30” is no date."),
        (read_days, "0026-12-24", "0026-12-24 is too far off. Use a date from 1990 to 2099."),
        (read_exceptions, "2026-12-24", "2026-12-24 has no hours. Write “2026-12-24 09:00–12:00”"),
        (read_exceptions, "2026-12-24 off\n2026-12-24 9-12", "2026-12-24 stands there twice."),
        (read_exceptions, "2026-12-24 9-9", "2026-12-24 opens and closes at 09:00."),
        (read_exceptions, "Friday 9-12", "“Friday” is no date."),
    ],
)
def test_dates_that_cannot_be_meant_are_said_with_the_cure(read, typed, sentence):
    with pytest.raises(Unclear, match=sentence):
        read(typed)


def test_more_days_than_anybody_lists_are_refused():
    many = "\n".join(str(date.fromordinal(date(2026, 1, 1).toordinal() + n)) for n in range(401))
    with pytest.raises(Unclear, match="These are 401 days"):
        read_days(many)

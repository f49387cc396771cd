from datetime import UTC, date, datetime

import pytest

from reporting.funnel import funnel
from smarketing.foundation.models import Calendar
from tests.conftest import make_organisation
from tests.reporting.histories import at, make_deal, make_past

pytestmark = pytest.mark.django_db
WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}
HOLIDAYS = [
    "2024-01-01",
    "2024-03-29",
    "2024-04-01",
    "2024-05-06",
    "2024-05-27",
    "2024-08-26",
    "2024-12-25",
    "2024-12-26",
]
STRAIGHT = [
    ("2024-01-08 09:00", "visitor"),
    ("2024-01-10 10:00", "mql"),
    ("2024-01-10 15:00", "sal"),
    ("2024-01-15 11:00", "sql"),
    ("2024-02-05 16:00", "customer"),
]
SKIPS_SAL = [
    ("2024-02-01 10:00", "visitor"),
    ("2024-02-02 10:00", "mql"),
    ("2024-02-06 10:00", "sql"),
    ("2024-03-01 10:00", "customer"),
]
REJECTED = [("2024-02-06 09:00", "visitor"), ("2024-02-08 09:00", "mql"), ("2024-02-09 13:00", "rejected")]
MARCH = datetime(2024, 3, 31, 22, 59, 59, tzinfo=UTC)
DECEMBER = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def london(db):
    Calendar.objects.create(name="Office", time_zone="Europe/London", week=WEEK, holidays=HOLIDAYS)
    return make_organisation(zone="Europe/London")


@pytest.mark.parametrize(
    ("history", "as_of", "seconds", "minutes"),
    [
        (
            STRAIGHT,
            MARCH,
            {"visitor": 176400, "mql": 18000, "sal": 417600, "sql": 1832400, "customer": 4777199},
            {"visitor": 1020, "mql": 300, "sal": 1200, "sql": 7500, "customer": 18300},
        ),
        (STRAIGHT, DECEMBER, {"customer": 28540799}, {"customer": 109980}),
        (
            SKIPS_SAL,
            MARCH,
            {"visitor": 86400, "mql": 345600, "sal": None, "sql": 2073600, "customer": 2638799},
            {"visitor": 480, "mql": 960, "sal": None, "sql": 8640, "customer": 9540},
        ),
        (SKIPS_SAL, DECEMBER, {"customer": 26402399}, {"customer": 101220}),
        (REJECTED, MARCH, {"visitor": 172800, "mql": 100800}, {"visitor": 960, "mql": 720}),
    ],
)
def test_time_in_a_stage_is_told_in_calendar_and_in_working_time(london, history, as_of, seconds, minutes):
    make_past(*history)
    stages = funnel(as_of=as_of)["stages"]
    assert {stage: stages[stage]["median_seconds"] for stage in seconds} == seconds
    assert {stage: stages[stage]["median_working_minutes"] for stage in minutes} == minutes


def test_public_holidays_of_the_calendar_s_country_are_no_working_time(london):
    make_past(*STRAIGHT)
    listed = funnel(as_of=DECEMBER)["stages"]
    Calendar.objects.update(holidays=[], holiday_country="GB", holiday_subdivision="ENG")
    assert funnel(as_of=DECEMBER)["stages"] == listed
    Calendar.objects.update(holiday_country="", holiday_subdivision="")
    assert funnel(as_of=DECEMBER)["stages"] != listed


def test_three_histories_make_one_funnel(london):
    for history in (STRAIGHT, SKIPS_SAL, REJECTED):
        make_past(*history)

    found = funnel(as_of=MARCH)

    standing = {"visitor": 0, "mql": 0, "sal": 0, "sql": 0, "customer": 2, "nurturing": 1}
    assert found["states"] == standing | {"disqualified": 0, "lost": 0, "churned": 0}
    columns = ("currently_in", "ever_entered", "reached_or_passed", "entries")
    assert {stage: [figures[c] for c in columns] for stage, figures in found["stages"].items()} == {
        "visitor": [0, 3, 3, 3],
        "mql": [0, 3, 3, 3],
        "sal": [0, 1, 2, 1],
        "sql": [0, 2, 2, 2],
        "customer": [2, 2, 2, 2],
    }
    assert found["steps"][0] == {"from": "visitor", "to": "mql", "n": 3, "of": 3, "rate": 1.0}
    assert found["steps"][1] == {"from": "mql", "to": "sal", "n": 2, "of": 3, "rate": 0.666667}
    assert (found["requalified"], found["rejections"]) == (0, 1)
    assert found["acceptance"] == {"n": 2, "of": 3, "rate": 0.666667}
    assert found["cohorts"] == [
        {"period": "2024-01", "born": 1, "mql": 1, "sal": 1, "sql": 1, "customers": 1},
        {"period": "2024-02", "born": 2, "mql": 2, "sal": 1, "sql": 1, "customers": 1},
    ]


def test_only_rows_up_to_the_as_of_count(london):
    make_past(*STRAIGHT, recorded=DECEMBER)
    make_past(*REJECTED)

    found = funnel(as_of=at("2024-01-12"))

    assert found["states"]["sal"] == found["born"] == 1
    assert found["stages"]["sal"]["median_seconds"] == 33 * 3600  # the visit lasts until the as-of
    assert funnel(as_of=at("2024-01-12"), known_at=at("2024-01-12"))["born"] == 0


def test_an_as_of_day_lasts_to_its_local_end(london):
    make_past(("2024-06-30 22:30", "mql"))  # 23:30 in London
    assert funnel(as_of=date(2024, 6, 30))["born"] == 1
    assert funnel(as_of=date(2024, 6, 29))["born"] == 0


def test_a_second_qualification_is_told_and_a_repeated_row_is_no_entry(london):
    make_past(
        ("2024-01-01", "mql"), ("2024-01-02", "mql"), ("2024-01-05", "nurturing"), ("2024-01-09", "mql")
    )

    found = funnel(as_of=MARCH)

    assert found["requalified"] == 1
    assert found["stages"]["mql"]["entries"] == 2
    assert found["stages"]["visitor"]["ever_entered"] == 0  # nurture is not the stage visitor
    assert found["stages"]["visitor"]["reached_or_passed"] == 1


def test_a_late_row_to_a_lower_stage_counts_as_reached_and_moves_nothing(london):
    make_past(("2024-01-10", "customer"), ("2024-01-20", "mql"))  # won before the first contact

    found = funnel(as_of=MARCH)

    assert found["states"]["customer"] == 1
    assert found["stages"]["mql"]["ever_entered"] == found["stages"]["mql"]["entries"] == 1
    assert found["stages"]["mql"]["median_seconds"] == 0
    assert found["stages"]["customer"]["median_seconds"] == (MARCH - at("2024-01-10")).total_seconds()


def test_a_lead_without_history_is_a_visitor_from_its_birth(london):
    make_past(born=at("2024-03-01"))

    found = funnel(as_of=at("2024-03-02"))

    assert found["states"]["visitor"] == found["stages"]["visitor"]["ever_entered"] == 1
    assert found["stages"]["visitor"]["median_seconds"] == 86400


def test_a_visit_of_no_length_counts(london):
    make_past(("2024-01-10", "mql"), ("2024-01-10", "sal"))
    mql = funnel(as_of=MARCH)["stages"]["mql"]
    assert (mql["entries"], mql["median_seconds"]) == (1, 0)


def test_velocity_is_money_per_day(london):
    first = make_past(*STRAIGHT)  # 28.29 days from birth to customer
    second = make_past(*SKIPS_SAL)  # 29 days
    make_past(("2024-01-01", "sql"))
    make_deal(first, "12000.00", won="2024-02-05")
    make_deal(second, "8000.00", won="2024-03-01")

    # 3 reached SQL × 2/3 of them customers × 10,000 on average ÷ 28.645833 days
    assert funnel(as_of=MARCH)["velocity_per_day"] == "698.18"
    assert funnel(as_of=at("2024-01-20"))["velocity_per_day"] is None


def test_an_empty_company_has_an_empty_funnel(london):
    found = funnel(as_of=MARCH)
    assert found["born"] == sum(found["states"].values()) == 0
    assert found["stages"]["mql"]["median_seconds"] is None
    assert found["acceptance"] == {"n": 0, "of": 0, "rate": None}
    assert found["cohorts"] == [] and found["velocity_per_day"] is None

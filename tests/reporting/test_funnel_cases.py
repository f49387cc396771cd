"""Stories of leads with every figure reckoned by hand: what a file of history says is what the funnel reports."""

import pytest

from tests.reporting.funnel_cases import Cases

CASES = {
    "calendar": {
        "timezone": "UTC",
        "weekly": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2025-03-21"],
    },
    "report_instants": {"early": "2025-03-08T00:00:00Z", "late": "2025-03-31T23:59:59Z"},
    "leads": [
        {
            "id": "L1",
            "title": "accepted and advanced in one click",
            "history": [
                {"at": "2025-03-03T10:00:00Z", "to": "visitor"},
                {"at": "2025-03-04T10:00:00Z", "to": "mql"},
                {"at": "2025-03-05T12:00:00Z", "to": "sal"},
                {"at": "2025-03-05T12:00:00Z", "to": "sql"},
                {"at": "2025-03-10T12:00:00Z", "to": "customer"},
            ],
        },
        {
            "id": "L2",
            "title": "rejected, back, returned; the file is not in order",
            "history": [
                {"at": "2025-03-06T09:00:00Z", "to": "mql"},
                {"at": "2025-03-14T09:00:00Z", "to": "nurture", "kind": "recycled"},
                {"at": "2025-03-05T09:00:00Z", "to": "visitor"},
                {"at": "2025-03-12T09:00:00Z", "to": "mql"},
                {"at": "2025-03-07T09:00:00Z", "to": "nurture", "kind": "rejected"},
            ],
        },
        {
            "id": "L3",
            "title": "never seen as a visitor, out for good",
            "history": [
                {"at": "2025-03-11T09:30:00Z", "to": "mql"},
                {"at": "2025-03-13T11:30:00Z", "to": "disqualified", "kind": "disqualified"},
            ],
        },
    ],
    "expected_per_lead": {
        "early": {
            "L1": {
                "current": "sql",
                "current_since": "2025-03-05T12:00:00Z",
                "ever_entered": ["visitor", "mql", "sal", "sql"],
                "furthest": "sql",
                "first_reached_or_passed_at": {
                    "visitor": "2025-03-03T10:00:00Z",
                    "mql": "2025-03-04T10:00:00Z",
                    "sal": "2025-03-05T12:00:00Z",
                    "sql": "2025-03-05T12:00:00Z",
                },
                "entries": {"visitor": 1, "mql": 1, "sal": 1, "sql": 1},
                "seconds_in_state": {"visitor": 86400, "mql": 93600, "sal": 0, "sql": 216000},
                "working_minutes_in_state": {"visitor": 480, "mql": 600, "sal": 0, "sql": 1260},
                "rejections": 0,
                "requalified": False,
                "days_created_to_customer": None,
            },
            "L2": {
                "current": "nurture",
                "current_since": "2025-03-07T09:00:00Z",
                "ever_entered": ["visitor", "mql", "nurture"],
                "furthest": "mql",
                "first_reached_or_passed_at": {
                    "visitor": "2025-03-05T09:00:00Z",
                    "mql": "2025-03-06T09:00:00Z",
                },
                "entries": {"visitor": 1, "mql": 1, "nurture": 1},
                "seconds_in_state": {"visitor": 86400, "mql": 86400, "nurture": 54000},
                "working_minutes_in_state": {"visitor": 480, "mql": 480, "nurture": 480},
                "rejections": 1,
                "recycles": 0,
                "requalified": False,
            },
        },
        "late": {
            "L1": {
                "current": "customer",
                "current_since": "2025-03-10T12:00:00Z",
                "ever_entered": ["visitor", "mql", "sal", "sql", "customer"],
                "furthest": "customer",
                "first_reached_or_passed_at": {
                    "visitor": "2025-03-03T10:00:00Z",
                    "mql": "2025-03-04T10:00:00Z",
                    "sal": "2025-03-05T12:00:00Z",
                    "sql": "2025-03-05T12:00:00Z",
                    "customer": "2025-03-10T12:00:00Z",
                },
                "entries": {"visitor": 1, "mql": 1, "sal": 1, "sql": 1, "customer": 1},
                "seconds_in_state": {
                    "visitor": 86400,
                    "mql": 93600,
                    "sal": 0,
                    "sql": 432000,
                    "customer": 1857599,
                },
                "working_minutes_in_state": {
                    "visitor": 480,
                    "mql": 600,
                    "sal": 0,
                    "sql": 1440,
                    "customer": 7020,
                },
                "rejections": 0,
                "recycles": 0,
                "requalified": False,
                "days_created_to_customer": 7.083333,
                "working_minutes_created_to_customer": 2520,
            },
            "L2": {
                "current": "nurture",
                "current_since": "2025-03-14T09:00:00Z",
                "ever_entered": ["visitor", "mql", "nurture"],
                "furthest": "mql",
                "first_reached_or_passed_at": {
                    "visitor": "2025-03-05T09:00:00Z",
                    "mql": "2025-03-06T09:00:00Z",
                },
                "entries": {"visitor": 1, "mql": 2, "nurture": 2},
                "seconds_in_state": {"visitor": 86400, "mql": 259200, "nurture": 1954799},
                "working_minutes_in_state": {"visitor": 480, "mql": 1440, "nurture": 6720},
                "rejections": 1,
                "recycles": 1,
                "requalified": True,
                "days_created_to_customer": None,
                "working_minutes_created_to_customer": None,
            },
            "L3": {
                "current": "disqualified",
                "current_since": "2025-03-13T11:30:00Z",
                "ever_entered": ["mql", "disqualified"],
                "furthest": "mql",
                "first_reached_or_passed_at": {
                    "visitor": "2025-03-11T09:30:00Z",
                    "mql": "2025-03-11T09:30:00Z",
                },
                "entries": {"mql": 1, "disqualified": 1},
                "seconds_in_state": {"mql": 180000, "disqualified": 1600199},
                "working_minutes_in_state": {"mql": 1080, "disqualified": 5610},
                "rejections": 0,
                "recycles": 0,
                "requalified": False,
                "days_created_to_customer": None,
            },
        },
    },
}


@pytest.mark.django_db
@pytest.mark.parametrize("instant", list(CASES["report_instants"]))
def test_what_a_file_of_history_tells_is_what_the_funnel_reports(tmp_path, instant):
    cases = Cases(CASES)
    cases.load(tmp_path)

    cases.check(instant)

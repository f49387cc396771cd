"""The report on promises: every clock of the window once, volumes by whole and running periods, and its lists."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from leads import activities, handover, suppression
from leads.stages import Stage
from reporting.figures import ALL
from reporting.promises import Done, Promised, make_window, promised_from
from reporting.sla import sla
from sla import agreements, tallies, tasks
from sla.models import Commitment
from sla.tallies import Pace, periods_within
from smarketing.foundation.models import Absence
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = MONDAY_9 + 4 * DAY + HOUR


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


@pytest.fixture
def rep():
    return make_user("rep", name="Ann")


def mql(owner, since=MONDAY_9):
    return make_lead(stage=Stage.MQL, owner=owner, since=since)


def promise(key: str, **window) -> dict:
    return next(one for one in sla(**{"as_of": FRIDAY, **window})["commitments"] if one["key"] == key)


def counts(row: dict) -> tuple[int, ...]:
    return tuple(row[name] for name in ("kept", "broken", "running", "excused"))


def one_of_each(rep) -> None:
    """Kept after one working hour, broken by an hour, excused, and running since this morning."""
    handover.accept(mql(rep).pk, by=rep, moment=MONDAY_9 + HOUR)
    handover.accept(mql(rep).pk, by=rep, moment=MONDAY_9 + 5 * HOUR)
    gone = mql(rep)
    suppression.disqualify(gone.pk, by=rep, reason="competitor", moment=MONDAY_9 + 2 * HOUR)
    Absence.objects.create(user=rep, starts_on=FRIDAY.date(), ends_on=FRIDAY.date())
    mql(None, since=FRIDAY - timedelta(minutes=30))
    tasks.sweep(FRIDAY)


def test_every_clock_of_the_window_is_counted_once(rep):
    one_of_each(rep)
    found = promise("decide")

    assert counts(found) == (1, 1, 1, 1)
    assert found["attainment"] == {"n": 1, "of": 2, "rate": 0.5}
    assert found["median_working_minutes"] == 120.0  # of 60, 120 and 300
    assert [(row["owner"], counts(row)) for row in found["rows"]] == [
        ("Ann", (1, 1, 0, 1)),
        (None, (0, 0, 1, 0)),
    ]
    assert (found["team"], found["kind"], found["target"], found["pace"]) == ("sales", "response", 240, None)


def test_a_report_on_the_past_counts_only_what_had_happened(rep):
    one_of_each(rep)
    then = promise("decide", as_of=MONDAY_9 + 3 * HOUR)

    assert counts(then) == (1, 0, 1, 1)
    assert then["attainment"] == {"n": 1, "of": 1, "rate": 1.0}


def test_a_window_takes_the_clocks_that_started_in_it(rep):
    one_of_each(rep)

    assert counts(promise("decide", since=date(2026, 3, 6))) == (0, 0, 1, 0)
    assert counts(promise("decide", until=date(2026, 3, 6))) == (1, 1, 0, 1)
    assert promise("decide", until=date(2026, 3, 1))["attainment"] == {"n": 0, "of": 0, "rate": None}
    assert promise("decide", until=date(2026, 3, 1))["median_working_minutes"] is None


def test_the_report_and_its_lists_are_one_query(rep):
    one_of_each(rep)
    scope = make_window(as_of=FRIDAY)
    found = promise("decide")

    for state in ("kept", "broken", "running", "excused"):
        figure = Promised(scope, found["id"], state)
        assert figure.clocks().count() == found[state]
        assert promised_from(figure.query()) == figure
        assert {clock.status for clock in figure.clocks()} == {state}
    nobodys = Promised(scope, found["id"], "open", None)
    assert nobodys.clocks().get().owner is None
    assert promised_from(nobodys.query()) == nobodys


def test_hand_overs_of_a_month_are_held_against_every_rep_who_is_there(rep):
    away = make_user("rep", name="Ben")
    Absence.objects.create(user=away, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    make_user("rep", name="Cy", is_active=False)
    one_of_each(rep)
    found = promise("hand-overs")

    assert found["pace"]["n"] == 2  # of three one was withdrawn; a lead nobody has was handed to nobody
    assert found["pace"]["of"] == 100
    assert counts(found) == (0, 0, 1, 0)
    done = Done(make_window(as_of=FRIDAY), Commitment.objects.get(key="hand-overs"), ALL)
    assert done.rows().count() == 2
    assert promised_from(done.query()).rows().count() == 2


def test_a_month_that_is_over_is_kept_or_broken_and_has_no_pace(rep):
    one_of_each(rep)
    Commitment.objects.filter(key="hand-overs").update(target=2)
    april = {"since": date(2026, 3, 1), "until": date(2026, 4, 1), "as_of": datetime(2026, 5, 2, tzinfo=UTC)}

    assert counts(promise("hand-overs", **april)) == (1, 0, 0, 0)
    Commitment.objects.filter(key="hand-overs").update(target=3)
    assert counts(promise("hand-overs", **april)) == (0, 1, 0, 0)
    assert promise("hand-overs", **april)["pace"] is None
    assert promise("hand-overs", **april)["rows"][0]["n"] == 2


def test_a_prospect_with_two_real_contacts_in_a_week_counts_once_and_a_voicemail_never(rep):
    first, second = mql(rep), mql(rep)
    for lead, outcome in ((first, "spoke"), (first, "spoke"), (second, "voicemail")):
        activities.log(lead.pk, by=rep, kind="call", outcome=outcome, moment=MONDAY_9 + HOUR)
    activities.log(first.pk, by=rep, kind="call", outcome="spoke", moment=MONDAY_9 + 7 * DAY)
    agreements.ensure_default()
    found = promise("real-contacts", as_of=MONDAY_9 + 8 * DAY)

    assert found["rows"][0] | {"n": 2, "of": 40, "owner": "Ann"} == found["rows"][0]
    assert counts(found) == (0, 1, 1, 0)
    assert found["pace"]["n"] == 1
    done = Done(make_window(as_of=MONDAY_9 + 8 * DAY), Commitment.objects.get(key="real-contacts"), rep.pk)
    assert done.rows().count() == 2


def test_a_pace_is_told_in_words():
    assert Pace(146, 240, 205).words == "146 of 240. At this pace: 205, 35 short."
    assert Pace(200, 240, 261).words == "200 of 240. At this pace: 261, 21 more than promised."
    assert Pace(120, 240, 240).words == "120 of 240. At this pace: 240, as promised."
    assert Pace(0, 240, None).words == "0 of 240. No working time has passed yet."
    assert Pace(3, 0, 9).words == "3 so far. Nobody in sales is there in this period, so nothing is owed."


def test_the_pace_goes_by_working_time_not_by_days(rep):
    for _ in range(3):
        mql(rep, since=MONDAY_9 + HOUR)
    agreements.ensure_default()
    march = Commitment.objects.get(key="hand-overs")
    friday_evening, monday_morning = FRIDAY + 7 * HOUR, FRIDAY + 71 * HOUR

    paces = [
        tallies.running(march, tallies.office(moment), moment).pace()
        for moment in (friday_evening, monday_morning)
    ]
    assert paces[0] == paces[1] == Pace(3, 100, 13)  # 5 of 22 working days


def test_only_whole_periods_and_the_running_one_count():
    zone = UTC
    moment = datetime(2026, 3, 18, 12, tzinfo=UTC)

    def firsts(kind, since, until):
        return [period.first.isoformat() for period in periods_within(kind, since, until, moment, zone)]

    assert firsts("month", date(2026, 1, 15), None) == ["2026-02-01", "2026-03-01"]
    assert firsts("month", date(2026, 1, 1), date(2026, 3, 10)) == ["2026-01-01", "2026-02-01"]
    assert firsts("week", date(2026, 3, 1), date(2026, 4, 1)) == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert firsts("week", date(2026, 3, 9), date(2026, 3, 17)) == ["2026-03-09"]


def test_the_report_asks_as_often_for_many_as_for_few(rep, django_assert_max_num_queries):
    one_of_each(rep)
    with django_assert_max_num_queries(22) as few:
        sla(as_of=FRIDAY)
    for n in range(5):
        one_of_each(make_user("rep", name=f"Rep {n}"))
    with django_assert_max_num_queries(len(few)):
        sla(as_of=FRIDAY)


def printed(*words: str) -> str:
    out = io.StringIO()
    call_command("report", "sla", "--as-of", "2026-03-06T10:00:00Z", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_json_csv_and_a_table(rep):
    rep.name = "=cmd|calc"
    rep.save()
    one_of_each(rep)
    found = json.loads(printed("--json"))

    assert (found["since"], found["until"], found["agreement"]) == (None, None, 0)
    assert [one["name"] for one in found["commitments"]] == [
        "Decide on an MQL",
        "First contact after acceptance",
        "Hand-overs to sales",
        "Prospects with a real contact",
    ]
    assert "'=cmd|calc" in printed("--format", "csv")
    assert printed().splitlines()[0].startswith("promise")

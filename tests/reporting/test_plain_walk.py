"""The set-based readings against the same rules in plain Python, one lead at a time, over random histories."""

from datetime import date, timedelta
from statistics import median

import pytest

from leads.models import Lead
from leads.stages import LADDER, Stage
from reporting.closed_loop import closed_loop
from reporting.funnel import funnel
from sla.working_time import WorkingHours
from smarketing.foundation.models import Organisation
from tests.conftest import make_organisation
from tests.reporting.histories import SPRING, make_random_company
from tests.reporting.plain_walk import ROAD, states, walks

pytestmark = pytest.mark.django_db
MOMENTS = [
    (SPRING + timedelta(days=400), None),
    (SPRING + timedelta(days=45, hours=9), None),
    (SPRING + timedelta(days=90), SPRING + timedelta(days=75)),
]
NAMES = {"mql": "mql", "sal": "sal", "sql": "sql", "customers": "customer"}


def check_funnel(as_of, known_at) -> None:
    report, found = funnel(as_of=as_of, known_at=known_at), walks(as_of, known_at)
    calendar = Organisation.get().calendar
    hours = WorkingHours(calendar.time_zone, calendar.hours())

    assert report["states"] == states(found)
    assert sum(report["states"].values()) == report["born"] == len(found)
    visits = [visit for walk in found.values() for visit in walk.visits]
    for stage in LADDER:
        figures = report["stages"][stage]
        spent = [(until - since).total_seconds() for state, since, until, *_ in visits if state == stage]
        worked = [hours.between(a, b).total_seconds() / 60 for state, a, b, *_ in visits if state == stage]
        assert figures["ever_entered"] == sum(1 for walk in found.values() if walk.times(stage))
        assert figures["reached_or_passed"] == sum(1 for walk in found.values() if walk.reached(stage))
        assert figures["entries"] == sum(walk.times(stage) for walk in found.values())
        assert figures["median_seconds"] == pytest.approx(median(spent) if spent else None)
        assert figures["median_working_minutes"] == pytest.approx(
            median(worked) if worked else None, abs=1e-4
        )
    assert report["requalified"] == sum(1 for walk in found.values() if walk.times("mql") > 1)
    assert report["rejections"] == sum(1 for w in found.values() for move, _ in w.moves if move == "reject")
    accepted = sum(1 for visit in visits if visit[0] == "mql" and visit[3] in ROAD[Stage.SAL.rank :])
    assert report["acceptance"]["n"] == accepted


def check_cohort(as_of, known_at, since, until) -> None:
    total = closed_loop(as_of=as_of, known_at=known_at, since=since, until=until)["total"]
    found = {pk: walk for pk, walk in walks(as_of, known_at).items() if since <= walk.born.date() < until}
    assert total["leads"] == len(found)
    for name, stage in NAMES.items():
        days = [
            (w.reached(stage) - w.born).total_seconds() / 86400 for w in found.values() if w.reached(stage)
        ]
        assert total[name] == len(days)
        assert total["median_days"][stage] == pytest.approx(median(days) if days else None, abs=1e-5)
    for name, move in (("rejected", "reject"), ("recycled", "recycle"), ("disqualified", "disqualify")):
        assert total[name] == sum(1 for walk in found.values() if move in dict(walk.moves))
    assert total["lost"] == states(found)["lost"]
    assert total["open"] == sum(states(found)[state] for state in ROAD[:4])


def check_flow(as_of, known_at, since, until) -> None:
    total = closed_loop(basis="flow", as_of=as_of, known_at=known_at, since=since, until=until)["total"]
    found = walks(as_of, known_at)

    def in_window(when) -> bool:
        return since <= when.date() < until

    entries = [(pk, s) for pk, w in found.items() for s, when in w.entries if in_window(when)]
    for name, stage in {**NAMES, "lost": "lost"}.items():
        assert total[name] == sum(1 for _, state in entries if state == stage)
        assert total["leads_behind"][name] == len({pk for pk, state in entries if state == stage})
    moves = [(pk, m) for pk, w in found.items() for m, when in w.moves if in_window(when)]
    assert total["rejected"] == sum(1 for _, move in moves if move == "reject")
    assert total["leads"] == sum(1 for walk in found.values() if in_window(walk.born))


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 40))])
def test_readings_equal_a_plain_walk(seed):
    make_organisation()
    make_random_company(seed)
    for as_of, known_at in MOMENTS:
        check_funnel(as_of, known_at)
        check_cohort(as_of, known_at, date(2026, 1, 10), date(2026, 3, 1))
        check_flow(as_of, known_at, date(2026, 1, 10), date(2026, 3, 1))


def test_a_report_on_now_knows_no_more_than_one_that_knows_everything(organisation):
    make_random_company(5)
    as_of, everything = MOMENTS[0][0], Lead.objects.latest("created_at").created_at + timedelta(days=999)
    now, then = (closed_loop(by="channel", as_of=as_of, known_at=k) for k in (None, everything))
    assert now | {"known_at": None} == then | {"known_at": None}

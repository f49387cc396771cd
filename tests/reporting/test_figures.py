"""Every number opens: the figure and the list behind it are one object, over histories of every kind."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict

from reporting.ageing import stuck_in, whenever_born
from reporting.closed_loop import closed_loop_of
from reporting.figures import ALL, CLOSED_LOOP, FUNNEL, Figure, figure_from, key_from
from reporting.funnel import funnel_of
from reporting.happenings import COUNTED
from reporting.passages import passages_of
from reporting.periods import WrongUsage
from reporting.scope import DIMENSIONS, Scope, make_scope
from tests.conftest import make_organisation
from tests.reporting.histories import SPRING, make_past, make_random_company

LATER = SPRING + timedelta(days=400)
pytestmark = pytest.mark.django_db


@pytest.fixture
def company(request):
    make_organisation(zone="America/Sao_Paulo")
    make_random_company(request.param)
    return request.param


SCOPES = [
    {"as_of": LATER},
    {"as_of": SPRING + timedelta(days=70)},
    {"since": date(2026, 1, 20), "until": date(2026, 3, 10), "as_of": LATER},
    {"since": date(2026, 2, 1), "as_of": LATER, "known_at": SPRING + timedelta(days=80)},
]


def check_every_figure_opens(by: str, basis: str, window: dict) -> None:
    scope = make_scope(by=by, basis=basis, **window)
    report = closed_loop_of(scope)
    for row in [*report["rows"], report["total"]]:
        key = ALL if row is report["total"] else key_from("" if row["id"] is None else str(row["id"]), by)
        for name in CLOSED_LOOP:
            figure = Figure(name, key, scope)
            behind = row["leads_behind"].get(name, row.get(name))
            assert figure.leads().count() == behind, (name, row)
            if name in COUNTED:
                assert figure.number() == row[name]


@pytest.mark.parametrize("company", [1], indirect=True)
@pytest.mark.parametrize("basis", ["cohort", "flow"])
def test_every_figure_of_the_closed_loop_opens_as_many_leads_as_it_says(company, basis):
    for window in SCOPES:
        check_every_figure_opens("channel", basis, window)
    check_every_figure_opens("month", basis, SCOPES[1])


@pytest.mark.slow
@pytest.mark.parametrize("company", range(2, 8), indirect=True)
@pytest.mark.parametrize("basis", ["cohort", "flow"])
@pytest.mark.parametrize("window", SCOPES)
def test_every_figure_opens_by_every_dimension_over_more_histories(company, basis, window):
    for by in DIMENSIONS:
        check_every_figure_opens(by, basis, window)
    check_the_funnel_opens(window)


def check_the_funnel_opens(window: dict) -> None:
    scope = make_scope(by="month", **window)
    report = funnel_of(scope)
    for name in FUNNEL:
        kind, _, of = name.partition(":")
        figure = Figure(name, ALL, scope)
        shown = report["states"][of] if kind == "currently_in" else None
        if shown is None and of:
            shown = report["stages"][of][kind]
        if shown is None:
            shown = {"accepted": report["acceptance"]["n"]}.get(kind, report.get(kind))
        assert figure.number() == shown, name
        leads = figure.leads().count()
        assert leads <= shown if kind in ("entries", "rejections", "accepted") else leads == shown, name
    check_what_waits_and_passes_opens(scope)
    for cohort in report["cohorts"]:
        month = date.fromisoformat(f"{cohort['period']}-01")
        for name, count in cohort.items():
            if name != "period":
                assert Figure("leads" if name == "born" else name, month, scope).leads().count() == count


def check_what_waits_and_passes_opens(scope: Scope) -> None:
    limits = {"visitor": 90, "mql": 7, "sal": 30, "sql": 60}
    for stage, n in stuck_in(scope, limits).items():
        figure = Figure(f"stuck:{stage}:{limits[stage]}", ALL, whenever_born(scope))
        assert figure.number() == figure.leads().count() == n, stage
    for stage, kinds in passages_of(scope).items():
        assert kinds["stood"] + kinds["came"] == kinds["went_on"] + kinds["went_out"] + kinds["stands"]
        for kind, n in kinds.items():
            assert Figure(f"{kind}:{stage}", ALL, scope).number() == n, (kind, stage)


@pytest.mark.parametrize("company", [11], indirect=True)
def test_every_figure_of_the_funnel_opens_as_many_leads_as_it_says(company):
    for window in (SCOPES[0], SCOPES[1], SCOPES[3]):
        check_the_funnel_opens(window)


@pytest.mark.parametrize("key", [ALL, None, 7])
def test_a_figure_goes_through_a_query_string_unchanged(organisation, key):
    as_of = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    scope = make_scope(by="channel", basis="flow", model="last", since=date(2026, 1, 1), as_of=as_of)
    figure = Figure("mql", key, scope)

    query = QueryDict(mutable=True)
    query.update(figure.query())
    assert figure_from(QueryDict(query.urlencode()).dict()) == figure


@pytest.mark.parametrize(("by", "key"), [("month", date(2026, 3, 1)), ("medium", "all"), ("country", "*")])
def test_a_key_of_any_dimension_goes_through_a_query_string(organisation, by, key):
    figure = Figure("leads", key, make_scope(by=by))
    assert figure_from(figure.query()) == figure


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"figure": "profit"}, "figure “profit” does not exist. Use one of: leads, mql"),
        ({"figure": "mql", "by": "colour"}, "by “colour” does not exist"),
        ({"figure": "mql", "key": "x", "by": "channel"}, "key “x” is not a channel"),
        ({"figure": "mql", "as_of": "soon"}, "as_of “soon” is not a moment"),
    ],
)
def test_a_query_string_that_makes_no_figure_is_refused_with_a_sentence(organisation, query, sentence):
    with pytest.raises(WrongUsage, match=sentence.replace("(", r"\(")):
        figure_from(query)


def test_the_list_of_a_report_stays_what_it_was_when_the_lead_moves_on(organisation):
    make_past(("2026-01-01 09:00", "mql"), ("2026-02-01 09:00", "sal"))
    scope = make_scope(as_of=datetime(2026, 1, 15, tzinfo=UTC))
    assert Figure("currently_in:mql", ALL, scope).leads().count() == 1
    assert Figure("sal", ALL, scope).leads().count() == 0

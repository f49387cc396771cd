"""Leads in the closed loop: how far they came, in what window, and as was known when."""

from datetime import date
from decimal import Decimal

import pytest

from reporting.periods import WrongUsage
from tests.conftest import make_organisation
from tests.factories import make_channel, make_user
from tests.reporting.histories import add_past, at, make_cost, make_deal, make_past, make_random_company
from tests.reporting.loops import report, row

pytestmark = pytest.mark.django_db


def test_a_lead_counts_for_every_stage_it_reached_or_passed(email):
    make_past(("2026-01-01", "mql"), ("2026-01-11", "customer"), channel=email)
    make_past(("2026-01-01", "mql"), ("2026-01-05", "sal"), channel=email)
    make_past(("2026-01-01", "visitor"), channel=email)

    line = row(report(), "email")

    assert [line[name] for name in ("leads", "mql", "sal", "sql", "customers", "open")] == [3, 2, 2, 1, 1, 2]
    assert line["rates"]["mql"] == {"n": 2, "of": 3, "rate": 0.666667}
    assert line["rates"]["acceptance"] == {"n": 2, "of": 2, "rate": 1.0}
    assert line["rates"]["sql"] == {"n": 1, "of": 2, "rate": 0.5}
    assert line["rates"]["win"] == {"n": 1, "of": 1, "rate": 1.0}
    assert line["rates"]["lead_to_customer"] == {"n": 1, "of": 3, "rate": 0.333333}
    assert line["median_days"] == {"mql": 0, "sal": 7, "sql": 10, "customer": 10}


def test_acceptance_is_of_those_decided_upon_and_an_mql_that_waits_is_not(email):
    make_past(("2026-01-01", "mql"), ("2026-01-11", "sal"), channel=email)
    make_past(("2026-01-01", "mql"), ("2026-01-05", "rejected"), channel=email)
    make_past(("2026-01-01", "mql"), channel=email)

    assert report()["total"]["rates"]["acceptance"] == {"n": 1, "of": 2, "rate": 0.5}


def test_leads_without_the_dimension_are_a_row_of_their_own_and_not_the_channel_unknown(email):
    make_past(("2026-01-01", "mql"), channel=make_channel("unknown"))
    make_past(("2026-01-01", "mql"))

    found = report()

    assert [(line["key"], line["leads"]) for line in found["rows"]] == [("unknown", 1), (None, 1)]


def test_returns_count_leads_with_such_a_move_and_lost_counts_where_they_stand(email):
    make_past(("2026-01-01", "mql"), ("2026-01-02", "rejected"), ("2026-01-05", "mql"), channel=email)
    make_past(("2026-01-01", "mql"), ("2026-01-02", "nurturing"), ("2026-01-09", "nurturing"), channel=email)
    make_past(("2026-01-01", "mql"), ("2026-01-02", "disqualified"), channel=email)
    make_past(("2026-01-01", "sql"), ("2026-01-02", "lost"), channel=email)
    make_past(("2026-01-01", "sql"), ("2026-01-02", "lost"), ("2026-01-03", "nurturing"), channel=email)

    line = row(report(), "email")

    assert [line[n] for n in ("rejected", "recycled", "disqualified", "lost", "open")] == [1, 2, 1, 1, 1]


def test_a_report_on_the_past_does_not_change_when_later_rows_arrive(email):
    lead = make_past(("2026-01-01", "mql"), channel=email)
    make_past(("2026-01-01", "mql"), channel=email)
    before = report(as_of=at("2026-02-01"))

    add_past(lead, (at("2026-03-01"), "customer"))
    make_deal(lead, "500", won="2026-03-01")
    make_past(("2026-02-02", "mql"), channel=email)
    make_cost("10.00", "2026-02-02", channel="email")

    assert report(as_of=at("2026-02-01")) == before
    assert row(report(), "email")["customers"] == 1


def test_known_at_leaves_out_what_was_recorded_later(email):
    january, march = at("2026-01-31"), at("2026-03-31")
    lead = make_past(("2026-01-01", "mql", january), channel=email)
    add_past(lead, (at("2026-01-20"), "customer"), recorded=march)
    make_deal(lead, "700", won="2026-01-20", recorded_at=march)

    then, now = row(report(known_at=january), "email"), row(report(known_at=march), "email")

    assert (then["leads"], then["customers"], then["revenue"]) == (1, 0, "0.00")
    assert (now["leads"], now["customers"], now["revenue"]) == (1, 1, "700.00")


def test_a_cohort_is_of_leads_born_in_the_window_and_a_flow_of_what_happened_in_it(email):
    make_past(("2026-01-10", "visitor"), ("2026-02-10", "mql"), channel=email)
    make_past(("2026-02-11", "visitor"), ("2026-03-10", "mql"), channel=email)
    window = {"since": date(2026, 2, 1), "until": date(2026, 3, 1)}

    cohort, flow = (row(report(basis=basis, **window), "email") for basis in ("cohort", "flow"))

    assert (cohort["leads"], cohort["mql"]) == (1, 1)
    assert (flow["leads"], flow["mql"]) == (1, 1)
    assert cohort["median_days"]["mql"] == 27
    assert flow["median_days"]["mql"] == 31


def test_a_flow_counts_entries_and_says_how_many_leads_they_are_of(email):
    make_past(("2026-02-01", "mql"), ("2026-02-02", "nurturing"), ("2026-02-09", "mql"), channel=email)

    line = row(report(basis="flow"), "email")

    assert line["mql"] == 2
    assert line["leads_behind"]["mql"] == 1


def test_days_are_the_organisations(db):
    make_organisation(zone="America/Sao_Paulo")
    make_past(("2026-02-01 02:59", "mql"))  # still January there
    make_past(("2026-02-01 03:00", "mql"))

    months = report(by="month")["rows"]
    window = report(since=date(2026, 2, 1), until=date(2026, 2, 2))["total"]

    assert [(line["key"], line["leads"]) for line in months] == [("2026-01", 1), ("2026-02", 1)]
    assert window["leads"] == 1


@pytest.mark.parametrize(("as_of", "counted"), [(date(2026, 2, 1), 1), (at("2026-02-01 21:59"), 0)])
def test_an_as_of_day_means_its_local_end(db, as_of, counted):
    make_organisation(zone="Europe/Berlin")
    make_past(("2026-02-01 22:59:59", "mql"))
    assert report(as_of=as_of)["total"]["leads"] == counted


def test_owners_are_named_and_totals_equal_the_sum_of_the_rows(organisation):
    rep = make_user("rep", name="Rosa")
    make_past(("2026-01-01", "mql"), owner=rep)
    make_random_company(3)

    found = report(by="owner", as_of=at("2027-06-01"))

    assert {line["key"] for line in found["rows"]} == {"Rosa", None}
    for name in ("leads", "mql", "customers", "lost", "open"):
        assert found["total"][name] == sum(line[name] for line in found["rows"])
    for name in ("revenue", "pipeline", "cost", "credited_revenue"):
        assert Decimal(found["total"][name]) == sum(Decimal(line[name]) for line in found["rows"])


def test_an_empty_company_has_an_empty_report(organisation):
    found = report()
    assert found["rows"] == [] and found["unconverted"] == []
    assert (found["total"]["leads"], found["total"]["revenue"], found["total"]["roi"]) == (0, "0.00", None)
    assert found["total"]["rates"]["mql"] == {"n": 0, "of": 0, "rate": None}
    assert found["total"]["median_days"]["customer"] is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"by": "colour"}, "by “colour” does not exist. Use one of: campaign, channel, medium"),
        ({"model": "best"}, "model “best” does not exist. Use one of: first, last, last_non_direct, linear"),
        ({"basis": "stock"}, "basis “stock” does not exist. Use one of: cohort, flow"),
        ({"currency": "euro"}, "currency “euro” is not a currency code"),
        ({"since": date(2026, 2, 1), "until": date(2026, 2, 1)}, "must be after since"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_the_right_ones(organisation, options, sentence):
    with pytest.raises(WrongUsage, match=sentence):
        report(**options)

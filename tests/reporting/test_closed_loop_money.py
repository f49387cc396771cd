"""Money in the closed loop: revenue, pipeline, credit to touches and costs, each in one currency and to the cent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from leads.models import Activity, DealContact, ImportBatch, Refund
from reporting.attribution import TouchPoint, split
from reporting.figures import ALL, Figure
from reporting.scope import make_scope
from smarketing.foundation.models import ExchangeRate
from tests.factories import make_campaign, make_channel
from tests.reporting.histories import at, make_cost, make_deal, make_past, make_random_company, make_touch
from tests.reporting.loops import NOW, report, row

pytestmark = pytest.mark.django_db


def test_a_deal_won_but_not_yet_known_to_be_was_open(email):
    lead = make_past(("2026-01-01", "sql", at("2026-01-01")), channel=email)
    make_deal(
        lead,
        "700",
        won="2026-01-20",
        opened_at=at("2026-01-02"),
        recorded_at=at("2026-01-02"),
        close_recorded_at=at("2026-03-31"),
    )
    known = {
        known_at: row(report(known_at=at(known_at)), "email") for known_at in ("2026-02-01", "2026-04-01")
    }

    assert known["2026-02-01"]["pipeline"] == "700.00"
    assert known["2026-02-01"]["revenue"] == "0.00"
    assert known["2026-04-01"]["pipeline"] == "0.00"
    assert known["2026-04-01"]["revenue"] == "700.00"


def test_revenue_belongs_to_the_origin_of_the_primary_contact_less_refunds(email):
    lead = make_past(("2026-01-01", "mql"), channel=email)
    other = make_past(("2026-01-01", "mql"), channel=make_channel("fair"))
    deal = make_deal(lead, "1000", won="2026-02-01")
    DealContact.objects.create(deal=deal, lead=other)
    Refund.objects.create(deal=deal, at=at("2026-03-01"), amount="300")

    assert row(report(), "email")["revenue"] == "700.00"
    assert row(report(as_of=at("2026-02-15")), "email")["revenue"] == "1000.00"
    march = report(basis="flow", since=date(2026, 3, 1), until=date(2026, 4, 1))
    assert row(march, "email")["revenue"] == "-300.00"


def test_the_pipeline_is_what_was_opened_and_not_closed_by_then(email):
    lead = make_past(("2026-01-01", "mql"), channel=email)
    make_deal(lead, "100", opened_at=at("2026-01-10"))
    make_deal(lead, "50", opened_at=at("2026-01-10"), won="2026-02-10")
    make_deal(lead, "7", opened_at=at("2026-07-01"))

    assert row(report(as_of=at("2026-02-01")), "email")["pipeline"] == "150.00"
    assert row(report(), "email")["pipeline"] == "100.00"


@pytest.mark.parametrize(
    ("model", "credits"),
    [
        ("first", {"email": "100.00"}),
        ("last", {None: "100.00"}),
        ("linear", {"email": "33.34", "fair": "33.33", None: "33.33"}),
    ],
)
def test_credited_revenue_goes_to_touches_of_all_contacts_and_to_calls_that_connected(email, model, credits):
    lead = make_past(("2026-01-01", "mql"), channel=email)
    colleague = make_past(("2026-01-05", "mql"))
    make_touch(colleague, at("2026-01-05"), channel=make_channel("fair"))
    Activity.objects.create(lead=lead, kind="call", outcome="spoke", connected=True, at=at("2026-01-20"))
    Activity.objects.create(lead=lead, kind="call", outcome="no_answer", at=at("2026-01-21"))
    make_touch(lead, at("2026-02-02"), channel=email)  # after the close
    deal = make_deal(lead, "100", won="2026-02-01")
    DealContact.objects.create(deal=deal, lead=colleague)

    found = report(model=model)

    assert {
        r["key"]: r["credited_revenue"] for r in found["rows"] if r["credited_revenue"] != "0.00"
    } == credits
    assert found["total"]["credited_revenue"] == found["total"]["revenue"] == "100.00"


def test_a_deal_without_an_eligible_touch_is_credited_to_none_and_still_in_the_total(email):
    lead = make_past(("2026-01-05", "mql"), channel=email)
    make_deal(lead, "100", won="2026-01-04")  # won before the first contact, as real histories have it

    found = report()

    assert row(found, "email")["revenue"] == "100.00"
    assert row(found, None)["credited_revenue"] == "100.00"


@pytest.mark.parametrize("model", ["first", "last", "linear"])
@pytest.mark.parametrize("by", ["channel", "campaign", "medium", "month"])
def test_credits_equal_the_split_of_each_deal_and_add_up_to_revenue(organisation, model, by):
    make_random_company(21)
    for currency in ("EUR", "USD"):
        total = report(by=by, model=model, currency=currency, as_of=at("2027-06-01"))["total"]
        assert total["credited_revenue"] == total["revenue"]


def test_linear_in_the_database_equals_split_in_python(email):
    lead = make_past(("2026-01-01", "mql"), channel=email)
    touches = [(at(f"2026-01-{day:02}"), make_channel(f"c{day}")) for day in (9, 3, 3, 7, 20, 31)]
    for when, channel in touches:
        make_touch(lead, when, channel=channel)
    make_deal(lead, "0.11", won="2026-01-31")
    points = [TouchPoint(at("2026-01-01"), "email")] + [TouchPoint(when, c.name) for when, c in touches]
    cents = split(11, points, "linear", closed_at=at("2026-01-31"))
    expected: dict = {}
    for point, share in zip(points, cents, strict=True):
        expected[point.channel] = expected.get(point.channel, 0) + share

    found = {
        line["key"]: int(Decimal(line["credited_revenue"]) * 100) for line in report(model="linear")["rows"]
    }

    assert found == expected


def test_a_cost_is_spread_by_day_and_windows_that_adjoin_add_up_to_the_cent(email):
    make_cost("100.00", "2026-01-30", "2026-02-05", channel="email")  # 14.2857… a day
    parts = [
        Decimal(
            report(since=date(2026, 1, day), until=date(2026, 1, day) + timedelta(days=1))["total"]["cost"]
        )
        for day in (30, 31)
    ]
    february = report(since=date(2026, 2, 1))["total"]["cost"]

    assert parts == [Decimal("14.29"), Decimal("14.28")]
    assert sum(parts) + Decimal(february) == 100
    assert [line["cost"] for line in report(by="month")["rows"]] == ["28.57", "71.43"]


def test_days_after_the_as_of_cost_nothing_yet(email):
    make_cost("31.00", "2026-01-01", "2026-01-31", channel="email")
    assert report(as_of=at("2026-01-10 12:00"))["total"]["cost"] == "10.00"


def test_a_cost_without_leads_is_a_row_and_divides_by_nothing(email):
    make_past(("2026-01-01", "mql"), channel=email)
    make_cost("0.00", "2026-01-01", channel="email")
    make_cost("50.00", "2026-01-01", channel="fair")

    found = report()

    assert [row(found, "fair")[name] for name in ("leads", "cost", "cpl", "cac", "roi")] == [
        0,
        "50.00",
        None,
        None,
        -1,
    ]
    assert [row(found, "email")[name] for name in ("cost", "cpl", "cac", "roi")] == [
        "0.00",
        "0.00",
        None,
        None,
    ]


def test_a_cost_with_only_a_channel_stands_under_none_by_campaign(email):
    make_campaign("Spring", channel="email")
    make_cost("10.00", "2026-01-01", channel="email")
    make_cost("5.00", "2026-01-01", campaign="Spring")

    by_campaign = {line["key"]: line["cost"] for line in report(by="campaign")["rows"]}
    by_channel = {line["key"]: line["cost"] for line in report()["rows"]}

    assert by_campaign == {"Spring": "5.00", None: "10.00"}
    assert by_channel == {"email": "15.00"}


def test_money_is_converted_by_the_dated_rate_and_listed_where_there_is_none(email):
    ExchangeRate.objects.create(currency="USD", into="EUR", on="2026-01-01", rate="0.90")
    ExchangeRate.objects.create(currency="USD", into="EUR", on="2026-02-01", rate="0.80")
    lead = make_past(("2026-01-01", "mql"), channel=email)
    make_deal(lead, "100", won="2026-01-31", currency="USD")
    make_deal(lead, "100", won="2026-02-01", currency="USD")
    make_deal(lead, "100", won="2025-12-31", currency="USD")
    make_deal(lead, "1000", won="2026-01-31", currency="JPY")
    make_cost("20.00", "2026-01-31", "2026-02-01", channel="email", currency="USD")

    found = report()

    assert found["total"]["revenue"] == "170.00"
    assert found["total"]["cost"] == "17.00"
    assert found["unconverted"] == [
        {"currency": "JPY", "what": "revenue", "count": 1, "sum": "1000"},
        {"currency": "USD", "what": "revenue", "count": 1, "sum": "100.00"},
    ]


def test_another_currency_has_its_own_decimals(email):
    ExchangeRate.objects.create(currency="EUR", into="JPY", on="2026-01-01", rate="160.5")
    lead = make_past(("2026-01-01", "mql"), channel=email)
    make_deal(lead, "10.01", won="2026-01-31")

    found = report(currency="JPY")

    assert found["currency"] == "JPY"
    assert found["total"]["revenue"] == "1607"


def test_costs_of_a_batch_count_from_when_it_came(email):
    batch = ImportBatch.objects.create(kind="costs", file_name="costs.csv", started_at=at("2026-03-01"))
    make_cost("10.00", "2026-01-01", channel="email", batch=batch)

    assert report(known_at=at("2026-02-01"))["total"]["cost"] == "0.00"
    assert report(known_at=at("2026-03-02"))["total"]["cost"] == "10.00"


def test_the_leads_behind_money_are_those_it_came_from(email):
    paying = make_past(("2026-01-01", "mql"), channel=email)
    make_past(("2026-01-01", "mql"), channel=email)
    make_deal(paying, "10", won="2026-02-01")
    make_deal(paying, "20", won="2026-02-02")
    scope = make_scope(by="channel", as_of=NOW)

    assert list(Figure("revenue", email.pk, scope).leads()) == [paying]
    assert list(Figure("credited_revenue", ALL, scope).leads()) == [paying]
    assert not Figure("revenue", None, scope).leads().exists()

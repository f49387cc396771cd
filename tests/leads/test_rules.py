"""A rule is read, said in words, and holds for the same leads in Python and in SQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils.timezone import now

from leads import field_settings, rules
from leads.models import CustomField, Lead, Touch
from leads.models.folding import FOLDING
from leads.rules.facts import BUILT_IN
from leads.rules.language import fold
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db

RULE = {
    "all": [
        {"field": "country", "op": "is_one_of", "value": ["nl", "DE"]},
        {"touches": {"kinds": ["form"]}, "within_days": 30},
    ]
}


def holding(rule: rules.Rule, moment) -> set[int]:
    """The leads for which a rule holds, in SQL; Python says the same of each."""
    in_sql = set(Lead.objects.filter(rules.condition(rule, moment)).values_list("pk", flat=True))
    seen = rules.snapshots(Lead.objects.values_list("pk", flat=True), moment)
    assert in_sql == {pk for pk, snapshot in seen.items() if rules.matches(rule, snapshot, moment)}
    return in_sql


def touch(lead, days_ago: float, kind: str = "form", **fields) -> Touch:
    return Touch.objects.create(lead=lead, at=now() - timedelta(days=days_ago), kind=kind, **fields)


def test_a_rule_reads_back_as_it_was_written():
    rule = rules.parse(RULE)

    assert rules.parse(rule.data) == rule
    assert rule.sentence() == "Country is nl or DE, and a form filled in the last 30 days"


def test_a_rule_finds_the_same_leads_in_python_and_in_sql(organisation):
    fresh, stale, elsewhere = (make_lead(country=country) for country in ("NL", "Nl", "FR"))
    touch(fresh, 2), touch(stale, 31), touch(elsewhere, 2)

    assert holding(rules.parse(RULE), now()) == {fresh.pk}
    assert holding(rules.parse({"not": RULE}), now()) == {stale.pk, elsewhere.pk}


TICK = timedelta(microseconds=1)


def test_a_window_of_touches_ends_now_and_does_not_reach_its_first_instant(organisation):
    moment = now()
    rule = rules.parse({"touches": {"kinds": ["form"]}, "within_days": 30})
    first, inside, last, ahead = (make_lead() for _ in range(4))
    month = timedelta(days=30)
    for lead, at in (
        (first, moment - month),
        (inside, moment - month + TICK),
        (last, moment),
        (ahead, moment + TICK),
    ):
        Touch.objects.create(lead=lead, at=at, kind="form")

    assert holding(rule, moment) == {inside.pk, last.pk}


def test_a_touch_at_the_instant_of_the_return_is_not_newer_than_it(organisation):
    moment = now()
    back = moment - timedelta(days=3)
    at_once, after = make_lead(), make_lead()
    Lead.objects.update(returned_at=back)
    for lead, at in ((at_once, back), (after, back + TICK)):
        Touch.objects.create(lead=lead, at=at, kind="form")

    for window in ({}, {"within_days": 30}):
        assert holding(rules.parse({"touches": {"kinds": ["form"]}, **window}), moment) == {after.pk}


# In Tokyo it is the 2nd of March, 5 in the morning; the day began there at 15:00 UTC.
EARLY = datetime(2026, 3, 1, 20, tzinfo=UTC)
DAYS = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]


@pytest.mark.parametrize(
    ("op", "value", "first", "last"),
    [
        ("within_days", 2, "2026-03-01", "2026-03-02"),
        ("over_days", 2, "2026-02-27", "2026-02-28"),
        ("next_days", 2, "2026-03-03", "2026-03-04"),
        ("before", "2026-03-01", "2026-02-27", "2026-02-28"),
        ("after", "2026-03-03", "2026-03-04", "2026-03-05"),
    ],
)
def test_days_are_counted_from_today_where_the_company_is(op, value, first, last):
    make_organisation(zone="Asia/Tokyo")
    CustomField.objects.create(entity="lead", key="renewal", label="Renewal", kind="date")
    leads = {make_lead(custom={"renewal": day}).pk: day for day in DAYS}
    rule = rules.parse({"field": "custom.renewal", "op": op, "value": value})

    held = [day for pk, day in leads.items() if pk in holding(rule, EARLY)]

    assert held == [day for day in DAYS if first <= day <= last]


MIDNIGHT = datetime(2026, 3, 1, 15, tzinfo=UTC)
A_DAY_AGO = EARLY - timedelta(days=1)
INSTANTS = [A_DAY_AGO, A_DAY_AGO + TICK, MIDNIGHT - TICK, MIDNIGHT, EARLY, EARLY + TICK]


@pytest.mark.parametrize(
    ("op", "value", "held"),
    [
        ("within_days", 1, INSTANTS[1:5]),
        ("over_days", 1, INSTANTS[:1]),
        ("before", "2026-03-02", INSTANTS[:3]),
        ("after", "2026-03-01", INSTANTS[3:]),
    ],
)
def test_an_instant_is_held_against_the_hour_or_the_companys_midnight(op, value, held):
    make_organisation(zone="Asia/Tokyo")
    for at in INSTANTS:
        Lead.objects.filter(pk=make_lead().pk).update(born_at=at)
    rule = rules.parse({"field": "born_at", "op": op, "value": value})

    found = Lead.objects.filter(pk__in=holding(rule, EARLY)).order_by("born_at")

    assert list(found.values_list("born_at", flat=True)) == held


def test_what_is_unknown_is_neither_this_nor_that_but_not_this(organisation):
    lead = make_lead(country="")
    clause = {"field": "country", "op": "is", "value": "NL"}

    assert holding(rules.parse(clause), now()) == set()
    assert holding(rules.parse(clause | {"op": "is_not"}), now()) == set()
    assert holding(rules.parse({"not": clause}), now()) == {lead.pk}
    assert holding(rules.parse({"field": "country", "op": "is_unknown"}), now()) == {lead.pk}


# --- What it reads like ---------------------------------------------------------------------------------------
SENTENCES = [
    ({"field": "score.fit_grade", "op": "at_least", "value": "B"}, "Fit is B or better"),
    ({"field": "score.probability", "op": "at_least", "value": 0.25}, "Probability to close is at least 25%"),
    (
        {"field": "account.employees", "op": "between", "value": [50, 1_000]},
        "Employees is between 50 and 1,000",
    ),
    ({"field": "stage", "op": "is_one_of", "value": ["mql", "visitor"]}, "Stage is MQL or visitor"),
    ({"field": "job_title", "op": "contains", "value": "vp "}, "Job title contains “vp ”"),
    ({"field": "worked_at", "op": "over_days", "value": 1}, "Last worked on is more than a day ago"),
    ({"field": "return_on", "op": "next_days", "value": 7}, "Due back is in the next 7 days"),
    ({"field": "born_at", "op": "before", "value": "2026-03-01"}, "Born is before 1 March 2026"),
    ({"not": {"field": "phone", "op": "is_known"}}, "Phone is unknown"),
    ({"touches": {"kinds": ["visit"], "url": "/pricing"}, "at_least": 3}, "At least 3 visits at “/pricing”"),
    ({"touches": {"team": "marketing"}}, "A marketing touch"),
    ({"not": {"touches": {"kinds": ["email"]}, "within_days": 1}}, "No e-mail in the last day"),
    (
        {"any": [{"field": "email", "op": "is_known"}, {"not": {"all": [RULE, {"not": RULE}]}}]},
        "E-mail is known, or ((country is not nl or DE, or no form filled in the last 30 days), "
        "or (country is nl or DE, and a form filled in the last 30 days))",
    ),
]


@pytest.mark.parametrize(("data", "says"), SENTENCES)
def test_a_rule_reads_as_a_sentence(data, says):
    assert rules.parse(data).sentence() == says


def test_rows_are_called_by_their_names(organisation):
    campaign = make_campaign("Spring fair")
    clauses = [
        {"field": "campaign", "op": "is", "value": campaign.pk},
        {"touches": {"campaign": campaign.pk}},
        {"field": "channel", "op": "is_none_of", "value": [987_654]},
    ]

    assert rules.parse({"all": clauses}).sentence() == (
        "Campaign is Spring fair, and a touch of the campaign Spring fair, "
        "and channel is known and not channel 987654, which is gone"
    )


# --- Why, and what is lacking ---------------------------------------------------------------------------------
def test_each_clause_tells_what_was_found(organisation):
    lead = make_lead(country="FR")
    touch(lead, 3)
    rule = rules.parse(RULE)
    told = rules.explain(rule, rules.snapshots([lead.pk], now())[lead.pk], now())

    country, form = told.parts
    assert not told.met and not country.met and form.met
    assert country.found == "FR" and country.sentence == "Country is nl or DE"
    assert form.found.startswith("1, the last on ")


def test_what_is_lacking_is_as_little_as_will_do(organisation):
    lead = make_lead(country="")
    either = {"any": [{"all": [RULE, RULE]}, {"field": "account.employees", "op": "at_least", "value": 50}]}
    rule = rules.parse({"all": [{"field": "email", "op": "is_known"}, either]})
    (missing,) = rules.lacking(rule, rules.snapshots([lead.pk], now())[lead.pk], now())

    assert missing.facts == ["account.employees"] and missing.unknown
    assert rules.lacking(rules.Not(rule), rules.snapshots([lead.pk], now())[lead.pk], now()) == []


def test_snapshots_are_read_for_many_at_once(organisation, django_assert_num_queries):
    leads = [make_lead() for _ in range(5)]
    with django_assert_num_queries(2):
        assert len(rules.snapshots([lead.pk for lead in leads], now())) == 5


# --- What it never does ---------------------------------------------------------------------------------------
def test_values_reach_the_database_as_parameters_only(organisation):
    make_lead(country="NL")
    hostile = "'; DELETE FROM leads_lead; --"
    clauses = [
        {"field": "country", "op": op, "value": [hostile] if "one" in op else hostile}
        for op in ("is", "is_none_of", "contains", "starts_with")
    ]
    clauses += [{"touches": {"content": hostile, "url": "%'"}}]
    found = Lead.objects.filter(rules.condition(rules.parse({"any": clauses}), now()))

    sql, params = found.query.sql_with_params()
    assert "DELETE" not in sql and any("delete" in str(param) for param in params)
    assert {lead.country for lead in found} == {"NL"}


def test_every_fact_is_in_the_documentation():
    said = (Path(settings.BASE_DIR) / "docs" / "rules.md").read_text()

    assert [name for name in BUILT_IN if f"`{name}`" not in said] == []


def test_every_letter_is_folded_alike_in_python_and_in_sql():
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT n, lower(chr(n) COLLATE "{FOLDING}") FROM generate_series(1, 1114111) n '
            "WHERE n NOT BETWEEN 55296 AND 57343"
        )
        letters = cursor.fetchall()

    assert [hex(n) for n, folded in letters if fold(chr(n)) != folded] == []


def test_a_value_never_reads_as_a_clause_of_its_own():
    def said(value: str) -> str:
        return rules.parse({"field": "job_title", "op": "is", "value": value}).sentence()

    assert said("Head of sales") == "Job title is Head of sales"
    assert said("CEO, or country is NL") == "Job title is “CEO, or country is NL”"
    assert said("CEO”, or country is “NL") == 'Job title is “CEO", or country is "NL”'
    assert said("Sales or marketing") == "Job title is “Sales or marketing”"


def test_own_fields_that_are_called_alike_are_told_apart(organisation):
    admin = make_user("administrator")
    for entity, label in (("lead", "Tier"), ("account", "Tier"), ("lead", "Industry"), ("lead", "Budget")):
        field_settings.add(by=admin, entity=entity, label=label, kind="text")

    def said(name: str) -> str:
        return rules.parse({"field": name, "op": "is_known"}).sentence()

    assert said("custom.tier") == "Tier [custom.tier] is known"
    assert said("account.custom.tier") == "Tier [account.custom.tier] is known"
    assert said("custom.industry") == "Industry [custom.industry] is known"
    assert (said("account.industry"), said("custom.budget")) == ("Industry is known", "Budget is known")

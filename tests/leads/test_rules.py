"""A rule is read, said in words, and holds for the same leads in Python and in SQL."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import rules
from leads.models import Lead, Touch
from tests.factories import make_lead

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


def test_what_is_unknown_is_neither_this_nor_that_but_not_this(organisation):
    lead = make_lead(country="")
    clause = {"field": "country", "op": "is", "value": "NL"}

    assert holding(rules.parse(clause), now()) == set()
    assert holding(rules.parse(clause | {"op": "is_not"}), now()) == set()
    assert holding(rules.parse({"not": clause}), now()) == {lead.pk}
    assert holding(rules.parse({"field": "country", "op": "is_unknown"}), now()) == {lead.pk}

"""Whatever is no rule is refused with a sentence and with the clause at fault."""

import json

import pytest

from leads import rules
from leads.models import CustomField
from leads.rules.faults import DEEPEST, MOST_CLAUSES

pytestmark = pytest.mark.django_db
COUNTRY = {"field": "country", "op": "is", "value": "NL"}


def nested(depth: int) -> dict:
    rule: dict = COUNTRY
    for _ in range(depth):
        rule = {"not": rule}
    return rule


@pytest.mark.parametrize(
    ("data", "at", "says"),
    [
        (None, "", "A clause or a group stands here, not nothing."),
        ([], "", "stands here, not “[]”."),
        ("country is NL", "", "stands here, not “country is NL”."),
        ({}, "", "Choose what to ask about."),
        ({"all": []}, "all", "“all” needs a list of at least one clause."),
        ({"any": "x"}, "any", "“any” needs a list of at least one clause."),
        ({"all": [COUNTRY], "any": [COUNTRY]}, "", "Nothing is known as “any” here."),
        ({"not": [COUNTRY]}, "not", "A clause or a group stands here"),
        (
            {"all": [COUNTRY, {"not": {"field": "contry", "op": "is"}}]},
            "all.1.not",
            "Clause 2: There is no field “contry”.",
        ),
        ({"field": ["country"], "op": "is"}, "", "There is no field “[\"country\"]”."),
        ({"field": "password", "op": "is", "value": "x"}, "", "There is no field “password”."),
        ({"field": "owner__password", "op": "is", "value": "x"}, "", "There is no field"),
        ({"field": "custom.budget", "op": "is", "value": 1}, "", "There is no field “custom.budget”."),
        ({"field": "country", "op": "at_least", "value": 1}, "", "Country cannot be asked “at_least”."),
        ({"field": "country", "op": {}, "value": 1}, "", "Country cannot be asked “{}”."),
        ({"field": "country", "op": "is"}, "", "Country needs a text, not nothing."),
        ({"field": "country", "op": "is", "value": "  "}, "", "Country needs a text to compare with"),
        ({"field": "country", "op": "is", "value": "a\0"}, "", "plain characters"),
        ({"field": "country", "op": "is", "value": "a" * 201}, "", "up to 200 plain characters"),
        ({"field": "country", "op": "is_one_of", "value": []}, "", "Country needs a list of 1 to 100 values."),
        ({"field": "country", "op": "is_one_of", "value": ["x"] * 101}, "", "a list of 1 to 100 values"),
        ({"field": "country", "op": "is_known", "value": "NL"}, "", "“is_known” takes no value."),
        (COUNTRY | {"or": 1}, "", "Nothing is known as “or” here."),
        ({"field": "account.employees", "op": "at_least", "value": "50"}, "", "Employees needs a number, not “50”."),
        ({"field": "account.employees", "op": "is", "value": True}, "", "Employees needs a number, not “true”."),
        ({"field": "account.employees", "op": "is", "value": float("nan")}, "", "Employees needs a number"),
        ({"field": "account.employees", "op": "is", "value": 10**400}, "", "Employees needs a number"),
        ({"field": "account.employees", "op": "between", "value": [9, 3]}, "", "put the lower number first"),
        ({"field": "account.employees", "op": "between", "value": [9]}, "", "needs two numbers"),
        (
            {"field": "consent", "op": "is", "value": "maybe"},
            "",
            "Consent is never “maybe”. Use one of: granted, opted_out.",
        ),
        ({"field": "score.fit_grade", "op": "at_least", "value": "E"}, "", "Fit is never “E”. Use one of: A, B, C, D."),
        ({"field": "owner", "op": "is", "value": "me"}, "", "Owner is chosen from the list"),
        ({"field": "born_at", "op": "before", "value": "31.3.2026"}, "", "Born needs a day such as 2026-03-31"),
        ({"field": "born_at", "op": "before", "value": "2026-02-30"}, "", "Born needs a day"),
        ({"field": "born_at", "op": "within_days", "value": 0}, "", "“0” is not a number of days from 1 to 36,500."),
        ({"touches": ["form"]}, "", "“touches” says which ones are meant"),
        ({"touches": {"kinds": ["fax"]}}, "", "Kinds of touches are a list of: origin, visit"),
        ({"touches": {"kinds": "form"}}, "", "Kinds of touches are a list of"),
        ({"touches": {"kind": "form"}}, "", "Nothing is known as “kind” here."),
        ({"touches": {"team": "legal"}}, "", "A touch is of marketing or sales, not of “legal”."),
        ({"touches": {"campaign": "Spring"}}, "", "The campaign of a touch is chosen from the list"),
        ({"touches": {}, "at_least": 0}, "", "“0” is not a number of touches from 1 to 1,000."),
        ({"touches": {}, "at_least": 1.5}, "", "“1.5” is not a number of touches"),
        ({"touches": {}, "within_days": -1}, "", "“-1” is not a number of days"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_a_sentence(data, at, says):
    with pytest.raises(rules.RuleFault) as refused:
        rules.parse(data)

    assert refused.value.at == at
    assert says in str(refused.value)


def test_groups_nest_so_deep_and_no_deeper():
    rules.parse(nested(DEEPEST))

    with pytest.raises(rules.RuleFault, match=f"up to {DEEPEST} deep"):
        rules.parse(nested(DEEPEST + 1))


def test_a_rule_holds_so_many_clauses_and_no_more():
    half = {"all": [COUNTRY] * (MOST_CLAUSES // 2)}
    rules.parse({"any": [half, half]})

    with pytest.raises(rules.RuleFault, match=f"up to {MOST_CLAUSES} clauses"):
        rules.parse({"any": [half, half, COUNTRY]})


@pytest.mark.parametrize("text", ["", "{", "nope", "[" * 15_000, '{"not":' * 2_000, "NaN", "9" * 5_000])
def test_hostile_text_is_refused_not_obeyed(text):
    with pytest.raises(rules.RuleFault):
        rules.read(text)


def test_a_text_too_long_for_a_rule_is_not_even_read():
    with pytest.raises(rules.RuleFault, match="longer than"):
        rules.read(json.dumps(COUNTRY | {"value": "x" * 20_000}))


def test_an_own_field_can_be_asked_about_while_it_is_there_and_after(organisation):
    field = CustomField.objects.create(entity="lead", key="budget", label="Budget", kind="number")
    clause = {"field": "custom.budget", "op": "at_least", "value": 5}
    assert rules.parse(clause).sentence() == "Budget is at least 5"

    field.archived_at = organisation.created_at
    field.save()
    assert rules.parse(clause).data == clause

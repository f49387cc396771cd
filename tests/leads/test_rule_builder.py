"""Writing a rule in the browser: by the buttons of a form, and as the filter of a list."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from django import forms
from django.http import QueryDict
from django.utils.timezone import now

from leads import rules
from leads.definitions import drafts
from leads.models import CustomField, SavedView, Touch
from leads.pages.rule_draft import Draft
from leads.pages.rule_field import EDITED, RuleField
from leads.stages import Stage
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
COUNTRY = {"field": "country", "op": "is_one_of", "value": ["NL", "DE"]}
FORM = {"touches": {"kinds": ["form"]}, "within_days": 30, "at_least": 1}


class Entry(forms.Form):
    entry = RuleField(label="Enters when")


def sent(**fields) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def fields_of(rule: dict) -> QueryDict:
    """What a browser sends of the builder that shows this rule."""
    data = QueryDict(mutable=True)
    for node in Draft.of_rule(rules.parse(rule)).root.walk():
        if node.is_group:
            data[f"entry-{node.place}-join"] = node.join
        for part, values in node.told.items():
            data.setlist(f"entry-{node.place}-{part}", values)
    return data


RULES = [
    COUNTRY,
    FORM,
    {"all": [COUNTRY, FORM]},
    {"any": [COUNTRY, {"all": [FORM, COUNTRY]}]},
    {"not": COUNTRY},
    {"not": {"all": [COUNTRY, FORM]}},
    {"all": [FORM, {"not": {"any": [COUNTRY, {"not": FORM}]}}]},
    {"field": "account.employees", "op": "between", "value": [50, 249.5]},
    {"field": "score.probability", "op": "at_least", "value": 0.29},
    {"field": "score.fit_grade", "op": "at_least", "value": "B"},
    {"field": "consent", "op": "is_none_of", "value": ["opted_out"]},
    {"field": "born_at", "op": "before", "value": "2026-03-01"},
    {"field": "worked_at", "op": "over_days", "value": 14},
    {"field": "job_title", "op": "contains", "value": "vp "},
    {"field": "job_title", "op": "is_one_of", "value": ["Smith, John", 'the "boss"', "CEO"]},
    {"field": "phone", "op": "is_unknown"},
    {"touches": {"kinds": ["form", "visit"], "content": "Guide", "url": "/a", "team": "sales"}, "at_least": 3},
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: json.dumps(rule)[:60])
def test_a_rule_comes_back_from_the_builder_as_it_went_in(rule):
    form = Entry(fields_of(rule))

    assert form.is_valid(), form.errors
    assert same(form.cleaned_data["entry"].data) == same(rules.parse(rule).data)
    assert not Entry(fields_of(rule), initial={"entry": rule}).has_changed()


def same(data):
    """`none of these` is written as `not any`, a group of one as what is in it."""
    if "not" in data and "not" in data["not"]:
        return same(data["not"]["not"])
    return data


def test_a_value_of_an_own_field_and_of_a_table_comes_back(organisation):
    CustomField.objects.create(
        entity="lead", key="tier", label="Tier", kind="choice", choices=["Gold", "Tin"]
    )
    CustomField.objects.create(entity="account", key="partner", label="Partner", kind="yes_no")
    campaign = make_campaign()
    for rule in (
        {"field": "custom.tier", "op": "is_one_of", "value": ["Gold"]},
        {"field": "account.custom.partner", "op": "is", "value": False},
        {"field": "campaign", "op": "is_one_of", "value": [campaign.pk]},
    ):
        form = Entry(fields_of(rule))
        assert form.is_valid() and form.cleaned_data["entry"].data == rule


def test_a_button_changes_the_rule_and_saves_nothing():
    data = fields_of(COUNTRY)
    data["entry-do"] = "clause:0"
    form = Entry(data)

    assert form.errors["entry"] == [EDITED]
    drawn = str(form["entry"])
    assert 'name="entry-0.1-field"' in drawn and 'value="NL, DE"' in drawn

    data["entry-do"] = "drop:0.0"
    assert 'name="entry-0.0-field"' not in str(Entry(data)["entry"])
    data["entry-do"] = "drop:9.9"
    assert 'name="entry-0.0-field"' in str(Entry(data)["entry"])


def test_the_clause_at_fault_is_marked_and_told():
    data = fields_of({"all": [COUNTRY, {"field": "account.employees", "op": "at_least", "value": 50}]})
    data["entry-0.1-value"] = "many"
    form = Entry(data)

    assert form.errors["entry"] == ["Clause 2: Employees needs a number, not “many”."]
    assert str(form["entry"]).count("crit-bad") == 1
    assert Entry(QueryDict()).errors["entry"] == ["“Enters when” needs at least one clause."]


def test_what_is_gone_is_refused_where_somebody_writes_it_anew():
    field = CustomField.objects.create(entity="lead", key="size", label="Size", kind="choice", choices=["S"])
    wrong = fields_of({"field": "custom.size", "op": "is_one_of", "value": ["XL"]})
    assert Entry(wrong).errors["entry"] == ["Clause 1: “Size” has no choice “XL”. Choose one of its list."]
    nowhere = fields_of({"field": "campaign", "op": "is_one_of", "value": [99_999]})
    assert Entry(nowhere).errors["entry"] == ["Clause 1: There is no campaign 99999. Choose one of the list."]

    field.archived_at = now()
    field.save()
    assert "was archived" in Entry(wrong).errors["entry"][0]


def test_a_form_may_send_the_rule_as_json():
    assert Entry({"entry": json.dumps(COUNTRY)}).is_valid()
    assert "cannot be read as JSON" in Entry({"entry": "{"}).errors["entry"][0]


@pytest.mark.parametrize("place", ["0.0.0.0.0.0.0.0", "0.999", "x", "0..1", "-1"])
def test_fields_that_nobody_drew_are_left_alone(place):
    data = sent(
        **{"entry-0-join": "bogus", f"entry-{place}-field": "country", f"entry-{place}-value": ["a"] * 50}
    )

    str(Entry(data)["entry"])
    assert not Entry(data).is_valid()


def test_a_thousand_fields_are_not_read():
    data = sent(
        **{"entry-0-join": "all"}
        | {f"entry-0.{n}.{m}-field": "country" for n in range(40) for m in range(40)}
    )

    assert len(list(Draft.of_form(data, "entry").root.walk())) < 100


# --- Redrawn by htmx ------------------------------------------------------------------------------------------
def test_the_builder_is_redrawn_with_what_its_button_asks_for(django_assert_max_num_queries):
    client = signed_in(make_user("marketer"))
    data = {"builder": "entry", "entry-0-join": "all", "entry-0.0-field": "campaign", "entry-do": "clause:0"}
    client.post("/leads/rule/", data)
    with django_assert_max_num_queries(8):
        answer = client.post("/leads/rule/", data).content.decode()

    assert 'name="entry-0.1-field"' in answer and "autofocus" in answer
    assert "There is nothing to choose yet." in answer
    assert client.post("/leads/rule/", data | {"builder": '"><script>'}).status_code == 400


def test_the_builder_reads_the_rule_aloud_as_it_grows():
    client = signed_in(make_user("rep"))
    answer = client.post("/leads/rule/", {"builder": "entry", **fields_of(COUNTRY).dict()}).content.decode()

    assert "Country is NL or DE." in answer


# --- As a filter ----------------------------------------------------------------------------------------------
def in_address(rule: dict) -> str:
    return quote_plus(json.dumps(rule))


def test_a_list_can_be_narrowed_by_a_rule():
    client = signed_in(make_user("marketer"))
    fits, other = make_lead(country="nl"), make_lead(country="DE")
    Touch.objects.create(lead=fits, at=now() - timedelta(days=2), kind="form")
    page = client.get(f"/leads/?rule={in_address({'all': [COUNTRY, FORM]})}")

    assert page.context["page"].rows == [fits]
    assert page.context["chips"][0]["words"] == "Country is NL or DE, and a form filled in the last 30 days"
    other_way = client.get(f"/leads/?rule={in_address({'not': {'all': [COUNTRY, FORM]}})}")
    assert other_way.context["page"].rows == [other]


def test_a_rule_in_an_address_never_shows_what_the_reader_may_not_see():
    stranger = make_user("rep", team="Elsewhere")
    make_lead(country="NL", owner=make_user("rep"), stage=Stage.SAL)

    assert signed_in(stranger).get(f"/leads/?rule={in_address(COUNTRY)}").context["page"].rows == []


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"field":"password","op":"is","value":"x"}', "' OR 1=1 --", '{"not":' * 900]
)
def test_what_is_no_rule_is_left_out_of_a_list_and_told(text):
    make_lead()
    page = signed_in(make_user("marketer")).get("/leads/", {"rule": text})

    assert len(page.context["page"].rows) == 1
    assert page.context["asked"].reading.notices[0].startswith("The rule was left out.")


def test_the_form_of_the_filter_leads_to_its_list_and_back():
    client = signed_in(make_user("marketer"))
    fits = make_lead(country="NL", consent="granted")
    data = {key.replace("entry", "rule"): value for key, value in fields_of(COUNTRY).items()}
    found = client.get("/leads/", {"add": "rule", "consent": "granted", **data})

    asked = parse_qs(urlsplit(found.url).query)
    assert json.loads(asked["rule"][0]) == COUNTRY and asked["consent"] == ["granted"] and "add" not in asked
    assert client.get(found.url).context["page"].rows == [fits]
    assert 'value="NL, DE"' in client.get(f"{found.url}&add=rule").content.decode()


def test_the_form_of_the_filter_says_what_is_wrong():
    client = signed_in(make_user("marketer"))
    data = {"add": "rule", "rule-0-join": "all", "rule-0.0-field": "account.employees", "rule-0.0-op": "is"}

    page = client.get("/leads/", data | {"rule-0.0-value": "x"}).content.decode()
    assert "Employees needs a number, not “x”." in page and "crit-bad" in page
    more = client.get("/leads/", data | {"rule-do": "clause:0"})
    assert more.status_code == 200 and "rule-0.1-field" in more.content.decode()
    none = client.get("/leads/", {"add": "rule", "rule-0-join": "all"})
    assert none.url == "/leads/"


def test_a_rule_too_long_for_an_address_is_refused_before_it_is_one():
    many = {"any": [{"field": "job_title", "op": "contains", "value": "x" * 190}] * 9}
    client = signed_in(make_user("marketer"))

    data = {key.replace("entry", "rule"): value for key, value in fields_of(many).items()}
    assert (
        "too long to stand in an address" in client.get("/leads/", {"add": "rule", **data}).content.decode()
    )
    notices = client.get(f"/leads/?rule={in_address(many)}").context["asked"].reading.notices
    assert "too long" in notices[0]


def test_a_view_keeps_a_rule():
    user = make_user("marketer")
    client = signed_in(user)
    fits = make_lead(country="NL")
    make_lead(country="FR")
    query = client.get(f"/leads/?rule={in_address(COUNTRY)}").context["query"]
    client.post("/leads/views/", {"name": "Near us", "query": query})

    view = SavedView.objects.get(owner=user, name="Near us")
    assert client.get(f"/leads/?{view.query}&view={view.pk}").context["page"].rows == [fits]


def test_a_list_by_a_rule_keeps_to_its_queries(django_assert_max_num_queries):
    CustomField.objects.create(entity="lead", key="budget", label="Budget", kind="number")
    campaign = make_campaign()
    rule = {
        "all": [
            {"field": "custom.budget", "op": "is_unknown"},
            {"field": "campaign", "op": "is", "value": campaign.pk},
        ]
    }
    client = signed_in(make_user("marketer"))
    client.get("/leads/")
    with django_assert_max_num_queries(12):
        client.get(f"/leads/?rule={in_address(rule)}")


def test_what_a_rule_may_not_ask_about_is_not_offered_and_stays_so_when_it_is_redrawn():
    class Bare(forms.Form):
        entry = RuleField(label="Holds when", without=("score.",))

    asked = fields_of({"all": [COUNTRY, FORM]}).dict() | {"builder": "entry"}
    client = signed_in(make_user("marketer"))
    drawn = str(Bare(fields_of({"all": [COUNTRY, FORM]}))["entry"])
    redrawn, free = (
        client.post("/leads/rule/", asked | more).content.decode()
        for more in ({"entry-without": "score."}, {})
    )

    assert 'name="entry-without" value="score."' in drawn
    assert "entry-without" not in free
    for told, offers in ((drawn, False), (redrawn, False), (free, True)):
        assert '<option value="phone">' in told
        assert ('<option value="score.fit">' in told) is offers


def test_the_editor_of_definitions_offers_no_estimate_and_the_filter_of_the_list_does():
    head = make_user("marketing_head")
    drafts.start(by=head, moment=now())
    client = signed_in(head)
    parts = ("mql", "profile", "segments")
    pages = {part: client.get(f"/definitions/draft/{part}/").content.decode() for part in parts}

    assert not any('<option value="score.probability">' in page for page in pages.values())
    assert '<option value="score.fit">' in pages["mql"]
    for name in ("score.fit", "stage", "owner", "born_at"):
        assert f'<option value="{name}">' not in pages["profile"]
    assert '<option value="score.probability">' in client.get("/leads/?add=rule").content.decode()


def test_a_number_in_the_address_names_nobody_whom_its_reader_could_not_choose():
    rep, colleague = make_user("rep", name="Rita"), make_user("rep", name="Carl")
    boss = make_user("administrator", name="Robin Vance")

    def told(user, *owners) -> str:
        rule = quote_plus(
            json.dumps({"field": "owner", "op": "is_one_of", "value": [one.pk for one in owners]})
        )
        return signed_in(user).get(f"/leads/?rule={rule}").content.decode()

    page = told(rep, boss)
    assert "Robin Vance" not in page
    assert f"owner {boss.pk}, which is not known" in page
    assert "Owner is Carl" in told(rep, colleague)
    assert "Owner is Robin Vance" in told(boss, boss)
    sent = {"builder": "entry", **fields_of({"field": "owner", "op": "is_one_of", "value": [boss.pk]}).dict()}
    assert "Robin Vance" not in signed_in(rep).post("/leads/rule/", sent).content.decode()

"""Facts that a company asks for itself: set up, typed, corrected, and kept with who changed them."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from leads import accounts, custom_fields, facts, field_settings
from leads.definitions import Document, drafts, unsigned
from leads.models import Account, CustomField, FactChange, Lead
from leads.stages import Stage
from smarketing.foundation.refusals import Refusal
from tests.factories import make_lead, make_signed, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def make_field(label="Budget", kind="number", entity="lead", **more) -> CustomField:
    head = make_user("sales_head")
    return field_settings.add(by=head, entity=entity, label=label, kind=kind, **more)


def field(kind: str, **more) -> CustomField:
    return CustomField(entity="lead", key="x", label="X", kind=kind, **more)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  two  words ", "two words"),
        ("number", "1200", 1200),
        ("number", "1,200.50", 1200.5),
        ("number", "-0.000001", -0.000001),
        ("number", "1 200", 1200),
        ("date", "2026-03-31", "2026-03-31"),
        ("choice", " gold ", "Gold"),
        ("yes_no", "YES", True),
        ("yes_no", "0", False),
        ("text", "   ", None),
    ],
)
def test_what_is_typed_becomes_a_value_of_its_kind(kind, text, value):
    assert custom_fields.parse(field(kind, choices=["Gold", "Silver"]), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("number", "1.2.3", "such as 1200.50"),
        ("number", "1,2", "such as 1200.50"),
        ("number", "NaN", "such as 1200.50"),
        ("number", "1234567890123456", "15 digits"),
        ("number", "1000000000000000", "15 digits"),
        ("number", "-1" + "0" * 15, "15 digits"),
        ("number", "0.0000001", "6 of them decimals"),
        ("date", "31-03-2026", "2026-03-31"),
        ("date", "2026-02-30", "2026-03-31"),
        ("date", "0001-01-01", "between 1900"),
        ("date", "1899-12-31", "between 1900"),
        ("date", "2200-01-01", "1900 and 2199"),
        ("choice", "Bronze", "“Gold” or “Silver”"),
        ("yes_no", "maybe", "yes or no"),
        ("text", "x" * 301, "Shorten it"),
        ("text", "a\0b", "cannot be kept"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(kind, text, words):
    with pytest.raises(ValidationError, match=words):
        custom_fields.parse(field(kind, choices=["Gold", "Silver"]), text)


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=6))
def test_a_number_is_never_rounded_on_its_way(number):
    stored = custom_fields.parse(field("number"), f"{number:f}")
    lead = Lead(custom={"x": stored})
    assert custom_fields.parse(field("number"), custom_fields.typed(lead.custom["x"])) == stored
    assert f"{number:f}".rstrip("0").rstrip(".") in (
        custom_fields.typed(stored),
        f"-{custom_fields.typed(stored)}",
    )


def test_a_field_keeps_its_key_when_its_name_changes():
    one = make_field("Contract ends", "date")
    head = make_user("marketing_head")
    field_settings.change(one, by=head, label="Renewal", kind="date", choices=[], help="")

    one.refresh_from_db()
    assert (one.key, one.label) == ("contract_ends", "Renewal")


def test_a_key_never_looks_like_the_end_of_a_range():
    assert make_field("Budget min").key == "budget_min_value"
    assert make_field("Бюджет").key == "field"


def test_a_kind_stays_once_there_are_values():
    one, lead = make_field(), make_lead()
    Lead.objects.filter(pk=lead.pk).update(custom={"budget": 5})

    with pytest.raises(Refusal, match="its kind stays"):
        field_settings.change(
            one, by=make_user("sales_head"), label="Budget", kind="text", choices=[], help=""
        )


def test_a_kind_stays_once_a_rule_of_any_version_asks_for_it():
    one = make_field("Need", "text")
    profile = unsigned().json()["profile"]
    asks = {"field": "custom.need", "op": "contains", "value": "rail"}
    profile["rules"].append({"id": "rail", "name": "Rail", "rule": {"any": [asks]}, "points": 5})
    signed = make_signed({"profile": profile})

    with pytest.raises(Refusal, match="Definitions, version 1 ask for “Need”, so its kind stays"):
        field_settings.change(
            one, by=make_user("sales_head"), label="Need", kind="number", choices=[], help=""
        )
    assert Document.of(signed.document).profile.rules[-1].id == "rail"


def test_what_a_stage_asks_for_cannot_be_archived():
    one, stages = make_field(), unsigned().json()["stages"]
    stages["sal"]["required"] = ["custom.budget"]
    make_signed({"stages": stages})

    with pytest.raises(Refusal, match="before a lead becomes SAL"):
        field_settings.archive(one, by=make_user("sales_head"))


def test_no_version_is_proposed_that_requires_an_archived_field():
    one, head = make_field(), make_user("sales_head")
    draft = drafts.start(by=head, moment=now())
    stages = {"stages.sal": draft.document["stages"]["sal"] | {"required": ["custom.budget"]}}
    seen = drafts.fingerprint(draft.document, list(stages))
    draft = drafts.save(draft.pk, stages, seen=seen, by=head, moment=now())
    field_settings.archive(one, by=head)
    given = {"revision": draft.revision, "summary": "Ask first", "starts_on": None, "by": head}

    with pytest.raises(Refusal, match="SAL requires “Budget”, which was archived"):
        drafts.propose(draft.pk, moment=now(), **given)

    field_settings.restore(one, by=head)
    drafts.propose(draft.pk, moment=now(), **given)
    with pytest.raises(Refusal, match="before a lead becomes SAL"):
        field_settings.archive(one, by=head)


def test_a_choice_stays_while_it_stands_somewhere():
    one = make_field("Tier", "choice", choices=["Gold", "Silver"])
    Lead.objects.filter(pk=make_lead().pk).update(custom={"tier": "Gold"})
    head = make_user("sales_head")

    field_settings.change(one, by=head, label="Tier", kind="choice", choices=["Gold", "Tin"], help="")
    with pytest.raises(Refusal, match="“Gold” is chosen"):
        field_settings.change(one, by=head, label="Tier", kind="choice", choices=["Tin"], help="")


def test_there_are_fifty_at_most_and_names_are_not_given_twice():
    for n in range(custom_fields.MOST_FIELDS):
        CustomField.objects.create(entity="lead", key=f"k{n}", label=f"Field {n}", kind="text")
    with pytest.raises(Refusal, match="50 fields"):
        make_field()
    with pytest.raises(Refusal, match="There is a field"):
        make_field("Tier", entity="account")
        make_field("TIER", entity="account")


@pytest.mark.parametrize("role", ["rep", "marketer", "account_manager"])
def test_only_heads_and_administrators_change_what_is_asked_for(role):
    client, one = signed_in(make_user(role)), make_field()
    assert client.get("/settings/fields/").status_code == 403
    assert client.post(f"/settings/fields/{one.pk}/archive/").status_code == 403


def test_a_field_is_added_archived_and_taken_back_on_its_page():
    client = signed_in(make_user("marketing_head"))
    body = {"entity": "lead", "label": "Tier", "kind": "choice", "choices": "Gold\nSilver\ngold\n"}
    assert client.post("/settings/fields/", body).status_code == 302
    one = CustomField.objects.get()
    assert (one.key, one.choices) == ("tier", ["Gold", "Silver"])
    assert "<code>custom.tier</code>" in client.get("/settings/fields/").content.decode()

    client.post(f"/settings/fields/{one.pk}/archive/")
    assert "Tier" not in signed_in(make_user("rep")).get("/leads/new/").content.decode()
    page = client.get("/settings/fields/").content.decode()
    assert f"/settings/fields/{one.pk}/restore/" in page
    client.post(f"/settings/fields/{one.pk}/restore/")
    assert "Tier" in signed_in(make_user("rep")).get("/leads/new/").content.decode()


def test_help_that_somebody_wrote_is_never_markup():
    make_field("Tier", "text", help="<script>alert(1)</script>")
    assert "<script>alert" not in signed_in(make_user("rep")).get("/leads/new/").content.decode()


def test_a_lead_is_entered_with_facts_of_ones_own():
    make_field()
    make_field("Renewal", "date")
    client = signed_in(make_user("rep"))
    body = {"email": "a@b.example", "custom.budget": "12,000", "custom.renewal": ""}
    client.post("/leads/new/", body)
    assert Lead.objects.get().custom == {"budget": 12000}

    answer = client.post("/leads/new/", {"email": "c@b.example", "custom.budget": "much"})
    assert answer.status_code == 422
    assert "such as 1200.50" in answer.content.decode()


def test_a_correction_says_who_changed_what():
    make_field()
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep, custom={"budget": 5})
    facts.correct(lead.pk, {"custom.budget": ("5", "7"), "country": ("", "NL")}, version=lead.version, by=rep)

    lead.refresh_from_db()
    assert (lead.custom, lead.country) == ({"budget": 7}, "NL")
    kept = FactChange.objects.filter(lead=lead).values_list("field", "before", "after", "by", "way")
    assert list(kept.order_by("field")) == [
        ("country", "", "NL", rep.pk, "hand"),
        ("custom.budget", "5", "7", rep.pk, "hand"),
    ]


def test_two_people_who_edit_one_own_fact_are_told():
    make_field()
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    facts.correct(lead.pk, {"custom.budget": ("", "7")}, version=lead.version, by=rep)
    with pytest.raises(facts.ChangedMeanwhile):
        facts.correct(lead.pk, {"custom.budget": ("", "9")}, version=lead.version, by=rep)


def test_a_company_is_corrected_with_its_own_facts():
    make_field("Tier", "choice", entity="account", choices=["Gold", "Silver"])
    account = Account.objects.create(name="Acme", employees=10)
    head = make_user("marketing_head")
    make_lead(account=account)
    client = signed_in(head)
    names = ("name", "domain", "industry", "employees", "revenue_band", "country", "custom.tier")
    opened = {f"initial-{name}": "" for name in names} | {"initial-name": "Acme", "initial-employees": "10"}
    body = {"name": "Acme", "employees": "10", "revenue_band": "1m_10m", "custom.tier": "Gold"}
    assert client.post(f"/accounts/{account.pk}/edit/", opened | body).status_code == 302

    account.refresh_from_db()
    assert (account.revenue_band, account.custom, account.employees) == ("1m_10m", {"tier": "Gold"}, 10)
    kept = FactChange.objects.filter(account=account).order_by("field").values_list("field", "after")
    assert list(kept) == [("custom.tier", "Gold"), ("revenue_band", "1m_10m")]
    with pytest.raises(accounts.ChangedMeanwhile, match="Tier"):
        accounts.correct(account.pk, {"custom.tier": "Silver"}, before={"custom.tier": ""}, by=head)


def edit_url(lead: Lead, name: str) -> str:
    return f"/leads/{lead.pk}/facts/{name}/"


def typed(lead: Lead, name: str, before: str, after: str) -> dict:
    return {name: after, f"initial-{name}": before, "version": lead.version}


HTMX = {"HTTP_HX_REQUEST": "true"}


def test_a_fact_is_changed_where_it_is_read_and_taken_back():
    make_field()
    rep = make_user("rep")
    lead, client = make_lead(stage=Stage.SAL, owner=rep, custom={"budget": 5}), signed_in(rep)
    assert 'value="5"' in client.get(edit_url(lead, "custom.budget"), **HTMX).content.decode()
    answer = client.post(edit_url(lead, "custom.budget"), typed(lead, "custom.budget", "5", "7,000"), **HTMX)

    assert answer.status_code == 200
    assert "7,000" in answer.content.decode()
    change = FactChange.objects.get()
    assert f"/leads/fact-changes/{change.pk}/undo/" in answer["HX-Trigger"]
    again = client.get(edit_url(lead, "custom.budget"), **HTMX).content.decode()
    assert "5 → 7,000" in again
    assert str(rep) in again
    client.post(f"/leads/fact-changes/{change.pk}/undo/", **HTMX)
    lead.refresh_from_db()
    assert lead.custom == {"budget": 5}


def test_a_fact_that_a_colleague_changed_meanwhile_is_shown_beside_what_was_typed():
    rep = make_user("rep")
    lead, client = make_lead(stage=Stage.SAL, owner=rep), signed_in(rep)
    facts.correct(lead.pk, {"country": ("", "NL")}, version=lead.version, by=rep)
    answer = client.post(edit_url(lead, "country"), typed(lead, "country", "", "DE"), **HTMX)

    assert answer.status_code == 422
    assert "Changed to “NL” meanwhile, and you wrote “DE”." in answer.content.decode()
    lead.refresh_from_db()
    client.post(edit_url(lead, "country"), typed(lead, "country", "NL", "DE"), **HTMX)
    lead.refresh_from_db()
    assert lead.country == "DE"


def test_what_cannot_be_meant_is_told_in_place():
    rep = make_user("rep")
    lead, client = make_lead(stage=Stage.SAL, owner=rep), signed_in(rep)
    answer = client.post(edit_url(lead, "email"), typed(lead, "email", lead.email, "nobody"), **HTMX)
    assert (answer.status_code, "is not an e-mail address" in answer.content.decode()) == (422, True)
    other = make_lead()
    answer = client.post(edit_url(lead, "email"), typed(lead, "email", lead.email, other.email), **HTMX)
    assert (answer.status_code, "already a lead" in answer.content.decode()) == (422, True)


def test_without_script_the_page_of_all_facts_opens_and_says_who_changed_what():
    rep = make_user("rep")
    lead, client = make_lead(stage=Stage.SAL, owner=rep), signed_in(rep)
    facts.correct(lead.pk, {"country": ("", "NL")}, version=lead.version, by=rep)
    assert client.get(edit_url(lead, "country"))["Location"] == f"/leads/{lead.pk}/edit/#id_country"
    page = client.get(f"/leads/{lead.pk}/edit/").content.decode()
    assert f"{rep} filled in NL" in page


def test_only_whoever_may_edit_a_lead_gets_the_form_of_a_fact():
    make_field()
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep"))
    assert signed_in(make_user("rep", team="Nordics")).get(edit_url(lead, "country")).status_code == 404
    assert signed_in(make_user("marketer")).get(edit_url(lead, "country"), **HTMX).status_code == 403
    head = signed_in(make_user("sales_head"))
    assert head.get(edit_url(lead, "custom.nothing"), **HTMX).status_code == 404
    assert head.get(edit_url(lead, "stage"), **HTMX).status_code == 404
    assert head.get(edit_url(lead, "custom.budget"), **HTMX).status_code == 200


def test_the_page_of_a_company_tells_its_facts_and_who_changed_them():
    make_field("Sites", entity="account")
    head = make_user("marketing_head")
    account = Account.objects.create(name="Acme", revenue_band="1m_10m", custom={"sites": 12000})
    make_lead(account=account)
    accounts.correct(account.pk, {"revenue_band": "over_1b"}, before={"revenue_band": "1m_10m"}, by=head)
    page = signed_in(head).get(f"/accounts/{account.pk}/").content.decode()
    assert "12,000" in page
    assert f"{head}: 1 to 10 million → Over 1 billion" in page

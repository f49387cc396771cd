"""Own fields and company facts in files: read by kind, stored beside what is there, given back by an undo."""

import pytest

from leads import accounts, facts
from leads.importing import undoing
from leads.models import Account, CustomField, Lead
from tests.factories import make_lead, make_user
from tests.leads.importing import counts, run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
OWN = [
    ("lead", "budget", "number", []),
    ("lead", "renewal", "date", []),
    ("lead", "tier", "choice", ["Gold", "Silver"]),
    ("lead", "trial", "yes_no", []),
    ("lead", "product", "text", []),
    ("account", "sites", "number", []),
]


@pytest.fixture(autouse=True)
def _own_fields():
    for entity, key, kind, choices in OWN:
        label = "Yearly budget" if key == "budget" else key.title()
        CustomField.objects.create(entity=entity, key=key, label=label, kind=kind, choices=choices)


def take(tmp_path, text: str, *arguments: str):
    return run("import_leads", write(tmp_path, text), *arguments)


def one(email: str = "ada@x.example") -> Lead:
    return Lead.objects.select_related("account").get(email_norm=email)


def test_a_file_gives_leads_and_companies_facts_of_every_kind(tmp_path):
    text = """email,company,custom.budget,custom.renewal,custom.tier,custom.trial,custom.product,account.custom.sites,\
revenue_band,account.country,country
ada@x.example,Acme,"€ 12.000,50",31/03/2026,gold,Yes,Crane,4,1 to 10 million,NL,DE
bob@x.example,Bolt,0,2026-01-02,SILVER,no,,,7000000,,
"""
    taken = take(tmp_path, text)

    assert (taken.status, taken.result["warnings"]) == (0, {})
    ada, bob = one(), one("bob@x.example")
    assert ada.custom == {
        "budget": 12000.5,
        "renewal": "2026-03-31",
        "tier": "Gold",
        "trial": True,
        "product": "Crane",
    }
    assert bob.custom == {"budget": 0, "renewal": "2026-01-02", "tier": "Silver", "trial": False}
    assert (ada.account.custom, ada.account.revenue_band) == ({"sites": 4}, "1m_10m")
    assert (ada.country, ada.account.country) == ("DE", "NL")
    assert (bob.account.custom, bob.account.revenue_band) == ({}, "1m_10m")


def test_a_column_may_be_called_like_the_field_or_mapped_to_it(tmp_path):
    text = "email,Yearly Budget,What\nada@x.example,5,Crane\n"
    assert take(tmp_path, text, "--map", "What=custom.product").status == 0
    assert one().custom == {"budget": 5, "product": "Crane"}


def test_an_unknown_field_is_told_with_all_that_there_are(tmp_path):
    taken = take(tmp_path, "email,x\na@x.example,1\n", "--map", "x=custom.nothing")
    assert taken.status == 2
    assert "custom.budget" in taken.said


def test_what_cannot_be_read_is_left_out_and_told_row_by_row(tmp_path):
    text = """email,custom.budget,custom.renewal,custom.tier,custom.trial,revenue_band,company
ada@x.example,much,2026-02-30,Bronze,maybe,huge,Acme
bob@x.example,7,,,,,
"""
    taken = take(tmp_path, text)

    assert counts(taken.result) == (2, 0, 0, 0)
    assert taken.result["warnings"] == {
        "custom.budget is no number that fits; kept without it": 1,
        "custom.renewal is no day that exists; kept without it": 1,
        "custom.tier is none of its choices; kept without it": 1,
        "custom.trial is neither yes nor no; kept without it": 1,
        "unknown revenue_band; kept without it": 1,
    }
    assert (one().custom, one("bob@x.example").custom) == ({}, {"budget": 7})


def test_a_blank_is_filled_and_a_value_is_replaced_only_when_told_to(tmp_path):
    make_lead(email="ada@x.example", custom={"budget": 1, "trial": False})
    text = "email,custom.budget,custom.trial,custom.product\nada@x.example,2,yes,Crane\n"

    assert counts(take(tmp_path, text).result) == (0, 1, 0, 0)
    assert one().custom == {"budget": 1, "trial": False, "product": "Crane"}
    assert counts(take(tmp_path, text, "--overwrite").result) == (0, 1, 0, 0)
    assert one().custom == {"budget": 2, "trial": True, "product": "Crane"}
    assert counts(take(tmp_path, text, "--overwrite").result) == (0, 0, 1, 0)


def test_an_undo_gives_each_value_back_that_nobody_changed_since(tmp_path):
    account = Account.objects.create(name="Acme", custom={"sites": 1}, revenue_band="under_1m")
    lead = make_lead(email="ada@x.example", custom={"budget": 1}, account=account)
    text = """email,company,custom.budget,custom.product,custom.tier,account.custom.sites,revenue_band
ada@x.example,Acme,2,Crane,Gold,9,1m_10m
"""
    batch = take(tmp_path, text, "--overwrite").result["batch"]
    assert (one().account.custom, one().account.revenue_band) == ({"sites": 9}, "1m_10m")
    head = make_user("sales_head")
    facts.correct(lead.pk, {"custom.tier": ("Gold", "Silver")}, version=one().version, by=head)
    undoing.undo(batch, by=head)

    assert one().custom == {"budget": 1, "tier": "Silver"}
    assert (one().account.custom, one().account.revenue_band) == ({"sites": 1}, "under_1m")


def test_an_undo_leaves_a_company_what_somebody_wrote_since(tmp_path):
    Account.objects.create(name="Acme")
    make_lead(email="ada@x.example")
    text = "email,company,account.custom.sites,revenue_band\nada@x.example,Acme,9,1m_10m\n"
    batch = take(tmp_path, text).result["batch"]
    head = make_user("sales_head")
    pk = one().account.pk
    accounts.correct(pk, {"custom.sites": "12"}, before={"custom.sites": "9"}, by=head)
    undoing.undo(batch, by=head)

    acme = Account.objects.get(pk=pk)
    assert (acme.custom, acme.revenue_band) == ({"sites": 12}, "")


def test_facts_of_a_company_wait_until_a_row_names_it(tmp_path):
    text = """external_id,email,company,account.custom.sites
1,ada@x.example,,4
1,ada@x.example,Acme,
2,bob@x.example,,5
"""
    taken = take(tmp_path, text, "--source", "crm")
    assert one().account.custom == {"sites": 4}
    assert taken.result["warnings"] == {"facts of a company without a company; left out": 1}


def test_a_field_that_is_archived_while_its_file_comes_in_is_passed_over(tmp_path):
    CustomField.objects.filter(key="budget").update(archived_at="2026-01-01T00:00Z")
    taken = take(tmp_path, "email,custom.budget,custom.product\nada@x.example,5,Crane\n")
    assert taken.result["ignored_columns"] == ["custom.budget"]
    assert one().custom == {"product": "Crane"}

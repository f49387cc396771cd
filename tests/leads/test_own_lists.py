"""A company's own fields in lists: columns, filters of each kind, and the file."""

import csv
import io

import pytest

from leads.lists import offered, orders
from leads.models import Account, CustomField
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
OWN = [
    ("lead", "budget", "number", []),
    ("lead", "renewal", "date", []),
    ("lead", "tier", "choice", ["Gold", "Silver"]),
    ("lead", "trial", "yes_no", []),
    ("lead", "product", "text", []),
    ("account", "tier", "choice", ["Gold", "Silver"]),
    ("account", "sites", "number", []),
]
ADA = {"budget": 12000.5, "renewal": "2026-03-31", "tier": "Gold", "trial": True, "product": "=Crane one"}
BOB = {"budget": -900, "renewal": "2025-01-01", "tier": "Silver", "trial": False}


@pytest.fixture
def client():
    for position, (entity, key, kind, choices) in enumerate(OWN):
        CustomField.objects.create(
            entity=entity, key=key, label=key.title(), kind=kind, choices=choices, position=position
        )
    acme = Account.objects.create(
        name="Acme", custom={"tier": "Gold", "sites": 3}, revenue_band="1m_10m", country="NL"
    )
    make_lead(first_name="Ada", last_name="A", account=acme, custom=ADA)
    make_lead(first_name="Bob", last_name="B", account=Account.objects.create(name="Bolt"), custom=BOB)
    make_lead(first_name="Cyd", last_name="C")
    return signed_in(make_user("marketer"))


def names(client, query: str) -> set[str]:
    response = client.get(f"/leads/?{query}")
    assert not response.context["asked"].reading.notices
    return {lead.first_name for lead, _ in response.context["rows"]} if response.context["rows"] else set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("custom.budget_min=1000", {"Ada"}),
        ("custom.budget_min=-900&custom.budget_max=12,000.5", {"Ada", "Bob"}),
        ("custom.budget_never=1", {"Cyd"}),
        ("custom.renewal_from=2026-03-31&custom.renewal_to=2026-03-31", {"Ada"}),
        ("custom.renewal_to=2026-03-30", {"Bob"}),
        ("custom.renewal_never=1", {"Cyd"}),
        ("custom.tier=Gold", {"Ada"}),
        ("custom.tier=Gold&custom.tier=none", {"Ada", "Cyd"}),
        ("custom.trial=no", {"Bob"}),
        ("custom.trial=none", {"Cyd"}),
        ("custom.product=crane", {"Ada"}),
        ("custom.product_never=1", {"Bob", "Cyd"}),
        ("account.custom.tier=Gold", {"Ada"}),
        ("account.custom.tier=none", {"Bob", "Cyd"}),
        ("account.custom.sites_min=2", {"Ada"}),
        ("account.custom.sites_never=1", {"Bob", "Cyd"}),
        ("revenue_band=1m_10m", {"Ada"}),
        ("revenue_band=none", {"Bob", "Cyd"}),
        ("custom.tier=Silver&custom.budget_max=1000", {"Bob"}),
    ],
)
def test_a_list_is_narrowed_by_facts_of_ones_own(client, query, found):
    assert names(client, query) == found


def test_what_is_no_number_is_left_out_and_told(client):
    assert "is not a number" in client.get("/leads/?custom.budget_min=much").content.decode()


def test_each_own_field_is_offered_as_a_filter_with_its_form_and_as_a_column(client):
    for one in offered.all_filters():
        assert client.get(f"/leads/?add={one.name}").status_code == 200
    client.post("/leads/columns/", {"column": ["custom.budget", "account.custom.tier", "revenue_band"]})
    page = client.get("/leads/")
    assert [column.label for column in page.context["columns"]] == [
        "Budget",
        "Tier (company)",
        "Revenue band",
    ]
    html = page.content.decode()
    assert "12,000.5" in html
    assert "1 to 10 million" in html


def test_a_column_of_an_archived_field_is_gone_and_comes_back(client):
    client.post("/leads/columns/", {"column": ["stage", "custom.budget"]})
    field = CustomField.objects.get(entity="lead", key="budget")
    head = signed_in(make_user("sales_head"))
    head.post(f"/settings/fields/{field.pk}/archive/")
    assert [column.name for column in client.get("/leads/").context["columns"]] == ["stage"]
    head.post(f"/settings/fields/{field.pk}/restore/")
    assert [column.name for column in client.get("/leads/").context["columns"]] == ["stage", "custom.budget"]


def test_the_file_has_them_and_no_formula(client):
    lines = b"".join(client.get("/leads/export/").streaming_content).decode()
    rows = {row["first name"]: row for row in csv.DictReader(io.StringIO(lines))}
    assert rows["Ada"]["custom.budget"] == "12000.5"
    assert rows["Bob"]["custom.budget"] == "-900"
    assert rows["Ada"]["custom.product"] == "'=Crane one"
    assert rows["Ada"]["account.custom.tier"] == "Gold"
    assert (rows["Ada"]["revenue band"], rows["Ada"]["company country"]) == ("1 to 10 million", "NL")
    assert (rows["Bob"]["custom.trial"], rows["Cyd"]["custom.trial"]) == ("no", "")


def test_own_columns_ask_nothing_more(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as caught:
        client.get("/leads/")
    plain = len(caught)
    client.post("/leads/columns/", {"column": list(orders.all_columns())})
    with django_assert_max_num_queries(12) as caught:
        client.get("/leads/?custom.tier=Gold")
    assert len(caught) <= plain + 3  # of columns that look something up: the last touch, segments, the import

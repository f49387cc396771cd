"""Companies by the facts that a company asks for itself: the list and the API, each with the same filters."""

import re

import pytest

from leads.models import Account, CustomField
from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
OWN = [
    ("account", "sites", "number", []),
    ("account", "renewal", "date", []),
    ("account", "tier", "choice", ["Gold", "Silver"]),
    ("account", "partner", "yes_no", []),
    ("account", "note", "text", []),
    ("lead", "tier", "choice", ["Gold", "Silver"]),
]
ACME = {"sites": 12.5, "renewal": "2026-03-31", "tier": "Gold", "partner": True, "note": "Two cranes <b>"}
BOLT = {"sites": -3, "renewal": "2025-01-01", "tier": "Silver", "partner": False}
CASES = [
    ("account.custom.sites_min=1", {"Acme"}),
    ("account.custom.sites_min=-3&account.custom.sites_max=12.5", {"Acme", "Bolt"}),
    ("account.custom.sites_never=1", {"Cyan"}),
    ("account.custom.renewal_from=2026-03-31&account.custom.renewal_to=2026-03-31", {"Acme"}),
    ("account.custom.renewal_to=2026-03-30", {"Bolt"}),
    ("account.custom.renewal_never=1", {"Cyan"}),
    ("account.custom.tier=Gold", {"Acme"}),
    ("account.custom.tier=none", {"Cyan"}),
    ("account.custom.partner=no", {"Bolt"}),
    ("account.custom.partner=none", {"Cyan"}),
    ("account.custom.note=CRANE", {"Acme"}),
    ("account.custom.note_never=1", {"Bolt", "Cyan"}),
    ("account.custom.tier=Silver&account.custom.sites_max=0", {"Bolt"}),
    ("account.custom.tier=Gold&q=bo", set()),
]


@pytest.fixture(autouse=True)
def companies() -> dict[str, Account]:
    for position, (entity, key, kind, choices) in enumerate(OWN):
        CustomField.objects.create(
            entity=entity, key=key, label=key.title(), kind=kind, choices=choices, position=position
        )
    known = {"Acme": ACME, "Bolt": BOLT, "Cyan": {}}
    return {name: Account.objects.create(name=name, custom=custom) for name, custom in known.items()}


@pytest.fixture
def client():
    return signed_in(make_user("marketer"))


def names(client, query: str) -> set[str]:
    context = client.get(f"/accounts/?{query}").context
    assert not context["notices"]
    return {str(row.account) for row in context["rows"]}


@pytest.mark.parametrize(("query", "found"), CASES)
def test_companies_are_narrowed_by_their_own_facts(client, query, found):
    assert names(client, query) == found


def test_any_of_several_choices_is_found(client):
    assert names(client, "account.custom.tier=Gold&account.custom.tier=none") == {"Acme", "Cyan"}


def test_facts_of_leads_are_no_filter_of_companies(client):
    assert [one.name for one in client.get("/accounts/").context["offered"]] == [
        f"account.custom.{key}" for entity, key, _, _ in OWN if entity == "account"
    ]
    assert names(client, "custom.tier=Gold") == {"Acme", "Bolt", "Cyan"}


def test_each_filter_that_is_set_is_a_chip_that_takes_only_itself_away(client):
    address = "/accounts/?account.custom.tier=Gold&account.custom.sites_min=1&q=ac&size=&sort=-name"
    page = client.get(address)
    assert [chip["words"] for chip in page.context["chips"]] == ["Sites: 1 and more", "Tier is Gold"]
    for chip, gone, kept in zip(page.context["chips"], ["sites", "tier"], ["tier", "sites"], strict=True):
        assert f">{chip['words']}</a>" in page.content.decode()
        assert gone not in chip["remove"] and kept in chip["remove"]
        assert {"q=ac", "sort=-name"} <= set(chip["remove"].partition("?")[2].split("&"))
        assert client.get(chip["remove"]).context["chips"][0]["words"] != chip["words"]
    assert client.get(page.context["clear_url"]).context["chips"] == []


@pytest.mark.parametrize("key", ["sites", "renewal", "tier", "partner", "note"])
def test_the_form_of_a_filter_stands_on_the_page_without_script_and_keeps_the_rest(client, key):
    query = "q=ac&only=deals&account.custom.sites_min=1&account.custom.tier=Gold"
    page = client.get(f"/accounts/?{query}&add=account.custom.{key}").content.decode()
    form = re.search(r'<form class="filter-form" method="get" action="/accounts/".*?</form>', page, re.S)
    assert form
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', form[0])
    kept = {("q", "ac"), ("only", "deals")}
    kept |= {("account.custom.sites_min", "1")} if key != "sites" else set()
    kept |= {("account.custom.tier", "Gold")} if key != "tier" else set()
    assert set(hidden) == kept


def test_the_other_forms_of_the_page_keep_the_filters(client):
    page = client.get("/accounts/?account.custom.tier=Gold&q=ac&size=50").content.decode()
    search, choices = (
        re.search(rf'<form class="{name}".*?</form>', page, re.S)[0]
        for name in ("list-search", "account-filters")
    )
    hidden = '<input type="hidden" name="{}" value="{}">'.format
    assert (
        hidden("account.custom.tier", "Gold") in search and hidden("account.custom.tier", "Gold") in choices
    )
    assert hidden("size", "50") in search and hidden("q", "ac") in choices
    assert hidden("q", "ac") not in search and hidden("size", "50") not in choices


def test_a_filter_opens_in_the_menu_as_its_form_alone(client):
    part = client.get("/accounts/?add=account.custom.tier", headers={"HX-Request": "true"}).content.decode()
    assert "<form" in part and "<html" not in part


@pytest.mark.parametrize(
    "query",
    ["account.custom.sites_min=much", "account.custom.tier=Lead", "account.custom.renewal_from=soon"],
)
def test_what_a_filter_cannot_read_is_left_out_and_told(client, query):
    page = client.get(f"/accounts/?{query}")
    assert len(page.context["rows"]) == 3
    assert "was left out" in page.content.decode()


def test_what_somebody_typed_is_shown_as_text(client):
    page = client.get("/accounts/?account.custom.note=<b>").content.decode()
    assert "Note contains “&lt;b&gt;”" in page and "“<b>”" not in page


def test_an_archived_field_narrows_no_more(client):
    field = CustomField.objects.get(entity="account", key="tier")
    signed_in(make_user("sales_head")).post(f"/settings/fields/{field.pk}/archive/")
    assert names(client, "account.custom.tier=Gold") == {"Acme", "Bolt", "Cyan"}


def test_where_there_are_no_own_fields_nothing_is_offered(client):
    CustomField.objects.all().delete()
    assert "Add filter" not in client.get("/accounts/").content.decode()


def test_a_filter_shows_no_company_of_strangers(companies):
    rep = make_user("rep", team="Benelux")
    make_lead(owner=rep, stage=Stage.SAL, account=companies["Acme"])
    make_lead(owner=make_user("rep", team="Nordics"), stage=Stage.SAL, account=companies["Bolt"])

    assert names(signed_in(rep), "account.custom.sites_min=-9") == {"Acme"}
    assert found(Caller(rep), "account.custom.sites_min=-9") == {"Acme"}


def test_filters_ask_nothing_more(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as caught:
        client.get("/accounts/")
    plain = len(caught)
    with django_assert_max_num_queries(12) as caught:
        client.get("/accounts/?account.custom.tier=Gold&account.custom.sites_min=1&add=account.custom.note")
    assert len(caught) <= plain


# --- The API ------------------------------------------------------------------------------------------------
@pytest.fixture
def caller():
    return Caller(make_user("marketer"))


def found(caller, query: str) -> set[str]:
    answer = caller.read(f"/accounts?{query}")
    assert answer.status_code == 200, answer.content
    return {row["name"] for row in answer.json()["results"]}


@pytest.mark.parametrize(("query", "names"), CASES)
def test_the_api_finds_the_same_companies(caller, query, names):
    assert found(caller, query) == names


def test_the_api_finds_by_industry_pages_newest_first_and_tells_all_that_is_known(caller, companies):
    Account.objects.filter(name="Bolt").update(industry="Steel", employees=40)
    [bolt] = caller.read("/accounts?industry=steel").json()["results"]
    assert bolt["employees"] == 40 and bolt["custom"] == BOLT

    first = caller.read("/accounts?limit=2").json()
    rest = caller.read(f"/accounts?limit=2&cursor={first['next']}").json()
    assert [row["name"] for row in first["results"] + rest["results"]] == ["Cyan", "Bolt", "Acme"]


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("account.custom.sites_min=much", "account.custom.sites_min", "Sites “much” is not a number."),
        ("account.custom.tier=Lead", "account.custom.tier", "Tier “Lead” is not known."),
        ("account.custom.tier=Gold&account.custom.tier=Silver", "account.custom.tier", "Give this once."),
        ("account.custom.tier=", "account.custom.tier", "blank"),
        ("account.custom.note_never=0", "account.custom.note_never", "not a valid choice"),
        ("account.custom.note_never=1&account.custom.note=x", "account.custom.note", "two things"),
        ("account.custom.renewal_last=9&account.custom.renewal_to=2026-01-01", "renewal_to", "two things"),
        ("custom.tier=Gold", "custom.tier", "account.custom.tier"),
        ("q=%00", "q", "Null"),
        ("account.custom.note=%00", "account.custom.note", "Null"),
    ],
)
def test_the_api_refuses_what_no_filter_reads_and_names_the_parameter(caller, query, field, says):
    answer = caller.read(f"/accounts?{query}")
    assert answer.status_code == 400
    assert field in answer.content.decode() and says in answer.content.decode()


def test_the_api_asks_as_often_for_many_companies_as_for_few(caller, django_assert_max_num_queries):
    def cost() -> int:
        with django_assert_max_num_queries(8) as caught:
            caller.read("/accounts?account.custom.sites_never=1&limit=100")
        return len(caught)

    cost()  # the first call writes when the key was used
    few = cost()
    for n in range(20):
        Account.objects.create(name=f"Works {n}")
    assert cost() == few

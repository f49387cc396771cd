"""Companies: what happens at each, who decides there, and nothing of leads that are not one's own to see."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import capture
from leads.models import Account, Deal, Touch
from leads.stages import Stage
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def acme(**facts) -> Account:
    account = capture.find_account("Acme")
    for name, value in facts.items():
        setattr(account, name, value)
    account.save()
    return account


def names(client, query: str = "") -> list[str]:
    return [str(row.account) for row in client.get(f"/accounts/?{query}").context["rows"]]


def test_a_row_counts_people_touches_and_open_deals():
    account = acme()
    sql = make_lead(stage=Stage.SQL, owner=make_user("rep"), account=account)
    make_lead(account=account)
    Touch.objects.create(lead=sql, kind="visit", at=now() - timedelta(days=3))
    Touch.objects.create(lead=sql, kind="visit", at=now() - timedelta(days=60))
    Deal.objects.update(account=account)
    [row] = signed_in(make_user("marketer")).get("/accounts/").context["rows"]

    assert (row.people, row.hidden, row.engaged, row.state, row.n_deals) == (2, 0, 1, "sql", 1)
    assert row.touched_at is not None
    assert str(row.deals[0][1]) == "12000.0000"


def test_what_is_not_known_of_a_company_is_a_dash_not_a_gap():
    Account.objects.create(name="Acme")
    page = signed_in(make_user("marketer")).get("/accounts/").content.decode()

    for label in ("Industry", "Employees", "Open deals"):
        assert re.search(rf'data-label="{label}"><span class="muted">–</span></td>', page), label


def test_leads_of_other_teams_are_counted_and_tell_nothing():
    account = acme()
    stranger = make_lead(stage=Stage.SQL, owner=make_user("rep", team="Nordics"), account=account)
    Touch.objects.create(lead=stranger, kind="visit", at=now())
    rep = make_user("rep", team="Benelux")
    make_lead(stage=Stage.SAL, owner=rep, account=account)
    [row] = signed_in(rep).get("/accounts/").context["rows"]

    assert (row.people, row.hidden, row.engaged, row.state, row.deals) == (1, 1, 0, "sal", [])
    page = signed_in(rep).get(f"/accounts/{account.pk}/").content.decode()
    assert stranger.name not in page
    assert "1 more of other teams" in page


def test_a_company_of_strangers_does_not_exist():
    account = acme()
    make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"), account=account)
    client = signed_in(make_user("rep", team="Benelux"))

    assert names(client) == []
    assert client.get(f"/accounts/{account.pk}/").status_code == 404
    assert client.post(f"/accounts/{account.pk}/edit/", {"name": "X"}).status_code == 404
    assert client.post(f"/accounts/{account.pk}/role/").status_code == 404


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/1/", "/leads/export/", "/leads/bulk/1/"])
def test_nobody_reads_them_without_signing_in(client, path):
    assert client.get(path)["Location"].startswith("/account/login/")


def test_companies_are_found_by_name_domain_size_and_industry_and_ordered():
    acme(domain="acme.example", employees=40, industry="Food")
    Account.objects.create(name="Zenith", employees=2_000, industry="Steel")
    Account.objects.create(name="Nameless size")
    client = signed_in(make_user("marketer"))

    assert names(client) == ["Acme", "Nameless size", "Zenith"]
    assert names(client, "sort=-name") == ["Zenith", "Nameless size", "Acme"]
    assert names(client, "sort=-size") == ["Zenith", "Acme"]
    for query in ("q=acm", "q=ACME.ex", "size=1", "industry=food"):
        assert names(client, query) == ["Acme"], query
    assert names(client, "size=1000") == ["Zenith"]
    assert len(names(client, "size=x&sort=y&cursor=z&industry=%00")) == 3


def test_companies_are_found_by_who_was_engaged_and_by_open_deals():
    account = acme()
    lead = make_lead(stage=Stage.SQL, owner=make_user("rep"), account=account)
    Touch.objects.create(lead=lead, kind="visit", at=now())
    make_lead(account=capture.find_account("Quiet"))
    client = signed_in(make_user("marketer"))

    assert names(client, "only=engaged") == names(client, "only=deals") == ["Acme"]


def test_the_page_shows_people_by_role_and_the_missing_ones():
    account = acme()
    champion = make_lead(account=account, buying_role="sponsor")
    page = signed_in(make_user("marketer")).get(f"/accounts/{account.pk}/").content.decode()

    assert champion.name in page
    assert '<option value="champion" selected>' in page
    assert "No economic buyer yet" in page
    assert "/leads/new/?company=Acme&amp;role=economic_buyer" in page
    assert "No champion yet" not in page


def test_a_missing_person_is_entered_with_company_and_role():
    page = signed_in(make_user("rep")).get("/leads/new/?company=Acme&role=economic_buyer").content.decode()

    assert 'value="Acme"' in page
    assert 'value="Economic buyer"' in page


def test_the_part_of_a_person_is_changed_where_one_may():
    account = acme()
    rep = make_user("rep")
    own = make_lead(stage=Stage.SAL, owner=rep, account=account)
    elsewhere = make_lead(stage=Stage.SAL, owner=rep)
    client = signed_in(rep)
    client.post(f"/accounts/{account.pk}/role/", {"lead": own.pk, "role": "champion"})
    own.refresh_from_db()

    assert own.buying_role == "Champion"
    assert (
        client.post(f"/accounts/{account.pk}/role/", {"lead": elsewhere.pk, "role": "user"}).status_code
        == 404
    )
    colleague = signed_in(make_user("rep"))
    assert (
        colleague.post(f"/accounts/{account.pk}/role/", {"lead": own.pk, "role": "user"}).status_code == 403
    )


def facts(account: Account, **changed) -> dict:
    said = {
        name: getattr(account, name) or "" for name in ("name", "domain", "industry", "employees", "country")
    }
    return said | {f"initial-{name}": value for name, value in said.items()} | changed


def test_facts_are_corrected_and_a_colleagues_change_is_not_overwritten():
    account = acme(industry="Food")
    client = signed_in(make_user("marketer"))
    form = facts(account, industry="Steel", domain="https://www.Acme.example/about")
    client.post(f"/accounts/{account.pk}/edit/", form)
    account.refresh_from_db()
    assert (account.industry, account.domain) == ("Steel", "acme.example")

    late = client.post(
        f"/accounts/{account.pk}/edit/", facts(account, industry="Wood", **{"initial-industry": "Food"})
    )
    assert late.status_code == 409
    assert "Somebody changed the industry of Acme" in late.content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"domain": "not a domain"}, "Enter the domain as in an address"),
        ({"domain": "zenith.example"}, "Another company has the domain"),
        ({"employees": "many"}, "Employees"),
        ({"name": ""}, "Keep a name or a domain"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_the_form(typed, told):
    Account.objects.create(name="Zenith", domain="zenith.example")
    account = acme()
    answer = signed_in(make_user("marketer")).post(f"/accounts/{account.pk}/edit/", facts(account, **typed))

    assert answer.status_code in (409, 422)
    assert told in answer.content.decode()


def test_only_who_works_with_a_company_corrects_it():
    account = acme()
    make_lead(stage=Stage.SAL, owner=make_user("rep"), account=account)
    colleague = signed_in(make_user("rep"))

    assert "Edit facts" not in colleague.get(f"/accounts/{account.pk}/").content.decode()
    assert colleague.post(f"/accounts/{account.pk}/edit/", facts(account, industry="x")).status_code == 403


def test_the_story_and_the_campaigns_are_those_of_everybody_there():
    account, campaign = acme(), make_campaign("Spring fair")
    ada, ben = make_lead(account=account), make_lead(account=account, first_name="Ben")
    for lead in (ada, ben):
        Touch.objects.create(lead=lead, kind="visit", at=now(), campaign=campaign)
    shown = signed_in(make_user("marketer")).get(f"/accounts/{account.pk}/")

    assert {lead for _, lead in shown.context["story"]} == {ada, ben}
    assert [(one["campaign__name"], one["people"]) for one in shown.context["campaigns"]] == [
        ("Spring fair", 2)
    ]


@pytest.mark.parametrize("role", ["rep", "marketer"])
def test_the_pages_ask_as_often_for_many_as_for_few(role, django_assert_max_num_queries):
    person = make_user(role)
    rep = person if role == "rep" else make_user("rep")
    client = signed_in(person)
    account = acme()

    def asked(path: str) -> int:
        with django_assert_max_num_queries(12 if path == "/accounts/" else 15) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    def fill(n: int) -> None:
        for i in range(n):
            lead = make_lead(stage=Stage.SQL, owner=rep, account=account)
            Touch.objects.create(lead=lead, kind="visit", at=now(), campaign=make_campaign(f"C{i}"))
            make_lead(owner=rep, account=Account.objects.create(name=f"Company {Account.objects.count()}"))

    fill(2)
    paths = ["/accounts/", f"/accounts/{account.pk}/"]
    few = [asked(path) for path in paths]
    fill(12)
    assert [asked(path) for path in paths] == few

"""Narrowing and ordering the list of leads: all of it in the address, nothing unknown in the way."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from leads import activities, capture, scoring
from leads.lists import offered, orders
from leads.models import Campaign, ImportBatch, Lead, Snooze, Touch
from leads.stages import Stage
from sla import tasks
from smarketing.foundation.models import AuditEvent
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import just_signed_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def marketer():
    return signed_in(make_user("marketer"))


def found(client, query: str) -> list[Lead]:
    return client.get(f"/leads/?{query}").context["page"].rows


def test_several_values_of_one_filter_are_either_and_several_filters_are_both(marketer):
    rep = make_user("rep")
    mql = make_lead(stage=Stage.MQL, owner=rep)
    sal = make_lead(stage=Stage.SAL, owner=rep)
    make_lead(stage=Stage.SAL, owner=make_user("rep"))

    assert set(found(marketer, f"state=mql&state=sal&owner={rep.pk}")) == {mql, sal}
    assert found(marketer, f"state=mql&owner={rep.pk}") == [mql]


def test_me_and_nobody_are_owners_too():
    rep = make_user("rep")
    client = signed_in(rep)
    own, free = make_lead(stage=Stage.SAL, owner=rep), make_lead()

    assert found(client, "owner=me") == [own]
    assert found(client, "owner=none") == [free]


def test_leads_are_found_by_what_is_known_of_them(marketer):
    acme = capture.find_account("Acme")
    acme.industry, acme.employees = "Food", 120
    acme.save()
    known = make_lead(
        account=acme, country="Malta", medium="cpc", content="Guide", phone="+32 1", consent="granted"
    )
    other = make_lead()

    for query in (
        "country=Malta",
        "medium=cpc",
        "content=Guide",
        "industry=Food",
        "employees_min=100&employees_max=200",
        f"account={acme.pk}",
        "has=phone",
        "has=company",
        "consent=granted",
    ):
        assert found(marketer, query) == [known], query
    for query in ("country=none", "industry=none", "has=no_phone", "has=no_company", "consent=unknown"):
        assert found(marketer, query) == [other], query
    assert found(marketer, "employees_min=121") == []


def test_leads_are_found_by_days(marketer):
    old = make_lead(since=now() - timedelta(days=40))
    new = make_lead(since=now() - timedelta(hours=2))
    rep = make_user("rep")
    worked = make_lead(stage=Stage.SAL, owner=rep, since=now() - timedelta(days=39))
    activities.log(worked.pk, by=rep, kind="call", outcome="spoke")
    day = (localdate() - timedelta(days=45)).isoformat()

    assert found(marketer, "born_last=7") == [new]
    assert set(found(marketer, "born_over=7")) == {old, worked}
    assert set(found(marketer, f"born_from={day}&born_to={localdate() - timedelta(days=30)}")) == {
        old,
        worked,
    }
    assert found(marketer, "worked_last=1") == [worked]
    assert set(found(marketer, "worked_never=1")) == {old, new}
    assert set(found(marketer, "since_over=30")) == {old, worked}


def test_leads_are_found_by_their_last_touch(marketer):
    lately, long_ago, never = make_lead(), make_lead(), make_lead()
    for lead, days in ((lately, 40), (lately, 1), (long_ago, 40)):
        Touch.objects.create(lead=lead, kind="visit", at=now() - timedelta(days=days))

    assert found(marketer, "touched_last=7") == [lately]
    assert found(marketer, "touched_over=7") == [long_ago]
    assert found(marketer, "touched_never=1") == [never]


def test_leads_are_found_by_team_campaign_channel_and_import(marketer):
    rep = make_user("rep", team="Nordics")
    campaign = make_campaign("Fair", "event")
    batch = ImportBatch.objects.create(kind="leads", file_name="fair.csv")
    lead = make_lead(stage=Stage.SAL, owner=rep, campaign=campaign, channel=campaign.channel, batch=batch)
    make_lead()
    queries = f"team={rep.team_id} campaign={campaign.pk} channel={campaign.channel_id} batch={batch.pk}"

    for query in queries.split():
        assert found(marketer, query) == [lead], query


def test_an_import_is_a_filter_only_for_those_who_may_read_imports():
    batch = ImportBatch.objects.create(kind="leads", file_name="fair.csv")
    make_lead(batch=batch)
    make_lead()
    client = signed_in(make_user("rep"))

    assert len(found(client, f"batch={batch.pk}")) == 2
    assert client.get("/leads/?add=batch").context["adding"] is None


def test_what_a_filter_offers_is_of_leads_this_person_may_read():
    make_lead(medium="cpc", owner=make_user("rep", team="Benelux"))
    make_lead(medium="secret fair", owner=make_user("rep", team="Nordics"))
    rep, marketer = make_user("rep", team="Benelux"), make_user("marketer")

    told = signed_in(rep).get("/leads/?add=medium").content.decode()

    assert "cpc" in told and "secret fair" not in told
    assert "secret fair" in signed_in(marketer).get("/leads/?add=medium").content.decode()


def test_leads_are_found_by_whether_they_are_put_off_and_by_their_deadline(marketer):
    rep = make_user("rep")
    asleep, late, plain = (
        make_lead(stage=Stage.MQL, owner=rep),
        make_lead(stage=Stage.MQL, owner=rep),
        make_lead(),
    )
    Snooze.objects.create(
        lead=asleep, by=rep, owner=rep, seq=asleep.seq, at=now(), until_at=now() + timedelta(days=2)
    )
    tasks.sweep(now())
    late.clocks.update(due_at=now() - timedelta(hours=1))
    asleep.clocks.update(due_at=now() + timedelta(hours=3))

    assert found(marketer, "snoozed=yes") == [asleep]
    assert asleep not in found(marketer, "snoozed=no")
    assert found(marketer, "deadline=late") == [late]
    assert found(marketer, "deadline=soon") == [asleep]
    assert set(found(marketer, "deadline=running")) == {late, asleep}
    assert found(marketer, "deadline=none") == [plain]
    assert found(marketer, "sort=deadline") == [late, asleep]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("state=nonsense", "Stage “nonsense” is not known"),
        ("owner=999999", "Owner “999999” is not known"),
        ("owner=99999999999999999999", "is not known"),
        ("campaign=%C2%B2", "is not known"),
        ("born_last=soon", "is not a number of days"),
        ("born_from=tomorrow", "is not a day such as 2026-03-31"),
        ("employees_min=many", "is not a whole number"),
        ("sort=colour", "There is no order “colour”"),
    ],
)
def test_what_nobody_knows_is_left_out_and_told(marketer, query, told):
    make_lead()
    response = marketer.get(f"/leads/?{query}")

    assert len(response.context["page"].rows) == 1
    assert told in response.content.decode()


@pytest.mark.parametrize(
    "query", ["q=%00", "state=%00", "country=%00x", "cursor=%00", "view=%00", "born_from=0000-01-01"]
)
def test_a_damaged_address_breaks_nothing(marketer, query):
    make_lead()

    assert marketer.get(f"/leads/?{query}").status_code == 200


def test_each_filter_is_a_chip_that_takes_itself_away(marketer):
    make_lead(country="Malta")
    response = marketer.get("/leads/?country=Malta&state=visitor&cursor=x")
    chips = {chip["words"]: chip["remove"] for chip in response.context["chips"]}

    assert chips == {"Stage is Visitor": "/leads/?country=Malta", "Country is Malta": "/leads/?state=visitor"}


@pytest.mark.parametrize("one", offered.FILTERS, ids=lambda one: one.name)
def test_every_filter_has_a_form_with_and_without_script(marketer, one):
    Campaign.objects.create(name="Fair")
    make_lead(country="Malta")
    fragment = marketer.get(f"/leads/?q=a&add={one.name}", headers={"HX-Request": "true"}).content.decode()
    page = marketer.get(f"/leads/?q=a&add={one.name}").content.decode()
    if one.name == "account":  # set from the page of a company
        return

    assert "<html" not in fragment
    assert 'name="q" value="a"' in fragment
    assert f'aria-label="{one.label}"' in fragment
    assert f'class="filter-form" method="get" action="/leads/" aria-label="{one.label}"' in page


@pytest.mark.parametrize("sort", [f"{way}{name}" for name in orders.ORDERS for way in ("", "-")])
def test_every_order_pages_forth_and_back_without_gap_or_repeat(marketer, sort):
    rep = make_user("rep")
    for n in range(7):
        account = capture.find_account(f"Company {n % 3}")
        lead = make_lead(stage=Stage.MQL, owner=rep, account=account, last_name="Same", name_key="ada same")
        activities.log(lead.pk, by=make_user("administrator"), kind="note", text="x")
        capture.touch(lead.pk, kind="visit")
    tasks.sweep(now())
    scoring.sweep()
    order, ascending = orders.chosen(sort)
    leads = order.apply(Lead.objects.all())
    key = orders.KEY
    from smarketing.foundation.paging import page_by

    seen, cursor = [], None
    for _ in range(4):
        page = page_by(leads, key, cursor=cursor, size=2, ascending=ascending, kind=order.kind)
        seen += page.rows
        cursor = page.older
        if cursor is None:
            break
    back = page_by(leads, key, cursor=page.newer, size=2, ascending=ascending, kind=order.kind)

    assert len({lead.pk for lead in seen}) == len(seen) == 7
    assert seen == sorted(seen, key=lambda lead: (getattr(lead, key), lead.pk), reverse=not ascending)
    assert back.rows == seen[4:6]


def test_an_order_says_whom_it_leaves_out(marketer):
    make_lead(account=capture.find_account("Acme"))
    make_lead()
    response = marketer.get("/leads/?sort=company")

    assert len(response.context["page"].rows) == 1
    assert "Leads without a company have no place in this order." in response.content.decode()


# --- Columns and the file ----------------------------------------------------------------------------------
def test_columns_are_chosen_and_ordered_per_person(marketer):
    make_lead(country="Malta")
    marketer.post("/leads/columns/", {"column": ["country", "stage", "nonsense"]})

    assert [column.name for column in marketer.get("/leads/").context["columns"]] == ["country", "stage"]
    other = signed_in(make_user("marketer"))
    assert [column.name for column in other.get("/leads/").context["columns"]] == orders.DEFAULT


def test_a_column_moves_up_without_script(marketer):
    marketer.post("/leads/columns/", {"column": ["country", "stage", "owner"], "up": "owner"})
    make_lead()

    assert [column.name for column in marketer.get("/leads/").context["columns"]] == [
        "country",
        "owner",
        "stage",
    ]


@pytest.mark.parametrize("column", orders.COLUMNS.values(), ids=lambda column: column.name)
def test_every_column_is_shown(marketer, column):
    rep = make_user("rep")
    make_lead(stage=Stage.MQL, owner=rep, account=capture.find_account("Acme"))
    make_lead()
    tasks.sweep(now())
    marketer.post("/leads/columns/", {"column": [column.name]})

    assert f'data-label="{column.label}"' in marketer.get("/leads/").content.decode()


def test_the_file_has_what_the_list_shows_and_runs_nothing():
    rep = make_user("rep", team="Benelux")
    make_lead(stage=Stage.SAL, owner=rep, last_name="=1+1", country="Malta")
    make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"), country="Malta")
    make_lead(stage=Stage.SAL, owner=rep, country="Chad")
    response = just_signed_in(rep).get("/leads/export/?country=Malta&sort=name")
    lines = b"".join(response).decode().splitlines()

    assert len(lines) == 2
    assert ",'=1+1," in lines[1]
    event = AuditEvent.objects.get(action="leads.exported")
    assert (event.by, event.fields) == (rep, ["country"])


def test_the_file_is_as_long_as_the_list(monkeypatch):
    monkeypatch.setattr("leads.pages.export.PORTION", 2)
    for _ in range(5):
        make_lead()

    response = just_signed_in(make_user("marketer")).get("/leads/export/")
    assert len(b"".join(response).decode().splitlines()) == 6


def test_a_file_of_leads_asks_for_the_password_again_after_a_while():
    marketer = make_user("marketer")
    marketer.set_password("correct horse battery staple")
    marketer.save()
    response = signed_in(marketer).get("/leads/export/?country=Malta")

    assert response.status_code == 302
    assert response.url == "/account/reauthenticate/?next=%2Fleads%2Fexport%2F%3Fcountry%3DMalta"
    assert not AuditEvent.objects.filter(action="leads.exported").exists()


def test_the_list_asks_no_more_with_everything_on_it(marketer, django_assert_max_num_queries):
    rep = make_user("rep")
    campaign = make_campaign("Fair", "event")
    make_lead(stage=Stage.MQL, owner=rep, campaign=campaign, account=capture.find_account("Acme"))
    marketer.post("/leads/columns/", {"column": list(orders.COLUMNS)})
    query = (
        f"owner={rep.pk}&team={rep.team_id}&campaign={campaign.pk}&channel={campaign.channel_id}&state=mql"
    )
    marketer.get("/leads/")
    with django_assert_max_num_queries(12):
        assert marketer.get(f"/leads/?{query}&born_last=9&deadline=running&snoozed=no").status_code == 200

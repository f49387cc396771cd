"""Reports by segment: each lead in exactly one row, by the definitions in force at the as-of, to the cent."""

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from leads import definitions, rules
from leads.models import Account, Deal, Lead
from reporting.closed_loop import closed_loop, closed_loop_of
from reporting.credited import attribution
from reporting.figures import CLOSED_LOOP, Figure, figure_from
from reporting.scope import MODELS, make_scope
from tests.factories import make_signed, make_user
from tests.reporting.histories import SPRING, at, make_cost, make_past, make_random_company
from tests.reporting.test_figures import check_every_figure_opens
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CENT = Decimal("0.01")
SUMMED = ["leads", "mql", "sal", "sql", "customers", "rejected", "recycled", "disqualified", "lost", "open"]
SUMS = ["cost", "revenue", "credited_revenue", "pipeline"]
LARGE = {"field": "account.employees", "op": "at_least", "value": 100}
BRAZIL = {"field": "country", "op": "is_one_of", "value": ["BR"]}
VISITED = {"touches": {"kinds": ["visit"]}, "within_days": 60, "at_least": 1}
PAID = {"field": "medium", "op": "is", "value": "cpc"}


def segment(key: str, rule: dict, name: str = "", *, exclusive: bool = True) -> dict:
    return {"key": key, "name": name or key.title(), "rule": rule, "exclusive": exclusive}


def sign(since: datetime, *segments: dict) -> None:
    document = definitions.unsigned().json()
    document["profile"]["segments"] = list(segments)
    make_signed(document, since=since)


@pytest.fixture
def company():
    """Random histories at companies of several sizes; the third segment overlaps all others."""
    make_random_company(4, leads=40)
    sizes = [Account.objects.create(name=f"Works {n}", employees=n or None) for n in (0, 20, 100, 900)]
    for place, lead in enumerate(Lead.objects.order_by("pk")):
        Lead.objects.filter(pk=lead.pk).update(account=[None, *sizes][place % 5])
    sign(
        SPRING,
        segment("large", LARGE),
        segment("brazil", BRAZIL),
        segment("paid", PAID, exclusive=False),
        segment("lively", VISITED),
    )


def segments_in_python(moment: datetime) -> dict[int, str | None]:
    """The segment of each lead: of the exclusive ones the first whose rule the lead meets."""
    agreed = definitions.in_force(moment).document.profile.segments
    seen = rules.snapshots(list(Lead.objects.values_list("pk", flat=True)), moment)
    return {
        pk: next(
            (
                one.key
                for one in agreed
                if one.exclusive and rules.matches(rules.parse(one.rule), snapshot, moment)
            ),
            None,
        )
        for pk, snapshot in seen.items()
    }


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def revenue_in_python(of: dict[int, str | None], moment: datetime) -> dict[str | None, Decimal]:
    found: dict[str | None, Decimal] = defaultdict(lambda: Decimal(0))
    for deal in Deal.objects.filter(outcome="won", currency="EUR", closed_at__lte=moment, amount__gt=0):
        back = deal.refunds.filter(at__lte=moment)
        found[of[deal.contact_id]] += cents(deal.amount) - sum(cents(one.amount) for one in back)
    return found


@pytest.mark.parametrize("moment", [NOW, SPRING + timedelta(days=70)])
def test_each_lead_and_all_its_revenue_stand_in_the_segment_that_plain_python_finds(company, moment):
    of = segments_in_python(moment)
    born = Counter(of[pk] for pk in Lead.objects.filter(born_at__lte=moment).values_list("pk", flat=True))
    revenue = revenue_in_python(of, moment)

    rows = closed_loop(by="segment", as_of=moment)["rows"]

    assert {row["id"]: row["leads"] for row in rows} == dict(born)
    assert {row["id"]: Decimal(row["revenue"]) for row in rows} == {key: revenue[key] for key in born}
    assert len(born) == 4


@pytest.mark.parametrize("basis", ["cohort", "flow"])
@pytest.mark.parametrize("known_at", [None, SPRING + timedelta(days=80)])
def test_the_rows_add_up_to_the_total_and_to_that_of_every_other_dimension(company, basis, known_at):
    make_cost("31.00", "2026-01-01", "2026-01-31", channel="email")
    window = {"as_of": NOW, "since": date(2026, 1, 20), "basis": basis, "known_at": known_at}
    for model in MODELS:
        found = closed_loop(by="segment", model=model, **window)
        for name in SUMMED:
            assert sum(row[name] for row in found["rows"]) == found["total"][name], name
        for name in SUMS:
            assert sum(Decimal(row[name]) for row in found["rows"]) == Decimal(found["total"][name]), name
        by_channel = closed_loop(by="channel", model=model, **window)["total"]
        assert [found["total"][name] for name in SUMMED + SUMS] == [
            by_channel[name] for name in SUMMED + SUMS
        ]


@pytest.mark.parametrize("basis", ["cohort", "flow"])
def test_every_figure_by_segment_opens_the_leads_it_counts(company, basis):
    check_every_figure_opens("segment", basis, {"as_of": NOW})
    check_every_figure_opens("segment", basis, {"as_of": NOW, "known_at": SPRING + timedelta(days=80)})
    of = segments_in_python(NOW)
    scope = make_scope(by="segment", basis=basis, as_of=NOW)
    for row in closed_loop_of(scope)["rows"]:
        for name in CLOSED_LOOP:
            figure = figure_from(Figure(name, row["id"], scope).query())
            if name != "credited_revenue":  # that opens the leads whose touches led there
                assert {of[pk] for pk in figure.leads().values_list("pk", flat=True)} <= {row["id"]}


def test_credit_follows_the_segment_of_the_deals_contact(company):
    revenue = revenue_in_python(segments_in_python(NOW), NOW)
    found = attribution(by="segment", model="linear", as_of=NOW)
    credited = {row["id"]: Decimal(row["credited_revenue"]) for row in found["rows"]}
    assert credited == {key: sum_ for key, sum_ in revenue.items() if key in credited}
    assert sum(credited.values()) == sum(revenue.values())


def test_a_lead_in_an_overlapping_segment_alone_is_in_none():
    sign(SPRING, segment("paid", PAID, exclusive=False), segment("brazil", BRAZIL))
    make_past(("2026-01-05", "mql"), medium="cpc", country="DE")
    make_past(("2026-01-05", "mql"), medium="cpc", country="BR")

    rows = closed_loop(by="segment", as_of=NOW)["rows"]

    assert {row["key"]: row["leads"] for row in rows} == {"Brazil": 1, None: 1}


def test_where_no_segments_are_agreed_all_leads_are_in_none():
    sign(SPRING)
    make_past(("2026-01-05", "mql"))
    assert [(row["key"], row["id"]) for row in closed_loop(by="segment", as_of=NOW)["rows"]] == [(None, None)]


def test_a_segment_that_was_renamed_keeps_its_key_and_a_past_report_its_old_name_and_rule():
    sign(SPRING, segment("south", BRAZIL, "Brazil"))
    sign(at("2026-03-01"), segment("south", {"any": [BRAZIL, LARGE]}, "Latin America"))
    make_past(("2026-01-05", "mql"), country="BR")
    make_past(("2026-01-05", "mql"), account=Account.objects.create(name="Works", employees=500))

    then, today = (
        [(row["id"], row["key"], row["leads"]) for row in closed_loop(by="segment", as_of=moment)["rows"]]
        for moment in (at("2026-02-28"), NOW)
    )

    assert then == [("south", "Brazil", 1), (None, None, 1)]
    assert today == [("south", "Latin America", 2)]


@pytest.mark.parametrize("text", ["100% %(as_of)s", "it's %s %%", '{} \\ "x"'])
def test_a_rule_may_hold_any_text(text):
    sign(SPRING, segment("odd", {"field": "medium", "op": "contains", "value": text}))
    make_past(("2026-01-05", "mql"), medium=f"_{text}_")
    make_past(("2026-01-05", "mql"), medium="other")
    scope = make_scope(by="segment", as_of=NOW)
    assert {row["id"]: row["leads"] for row in closed_loop_of(scope)["rows"]} == {"odd": 1, None: 1}
    assert Figure("mql", "odd", scope).leads().get().medium == f"_{text}_"


# --- Where it is asked for ----------------------------------------------------------------------------------
def test_the_command_and_the_api_give_the_same_rows_with_key_and_id(company):
    out = StringIO()
    call_command("report", "closed_loop", "--by", "segment", "--as-of", NOW.isoformat(), "--json", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed["by"] == "segment"
    assert {(row["id"], row["key"]) for row in printed["rows"]} == {
        ("large", "Large"),
        ("brazil", "Brazil"),
        ("lively", "Lively"),
        (None, None),
    }


def test_the_page_names_each_segment_and_each_number_opens(company):
    client = signed_in(make_user("marketer"))
    context = client.get("/reports/closed-loop/?by=segment").context
    labels = [label for _, label, _ in context["rows"]]
    assert {"Large", "Brazil", "no segment"} <= set(labels)
    for row, label, cells in context["rows"]:
        for cell in cells:
            if cell.kind == "count" and cell.value:
                page = client.get(cell.href)
                assert page.context["number"] == cell.value
                assert page.context["group"] == f"Segment: {label}"
        if row["id"]:
            one = client.get(f"/reports/closed-loop/?by=segment&only={row['id']}").content.decode()
            assert label in one


def test_the_page_says_how_a_segment_is_told(company):
    client = signed_in(make_user("marketer"))
    assert "the first exclusive segment" in client.get("/reports/closed-loop/?by=segment").content.decode()
    assert "exclusive segment" not in client.get("/reports/closed-loop/").content.decode()


def test_no_cost_is_missed_where_a_cost_has_no_segment(company):
    make_cost("31.00", "2026-01-01", channel="email")
    client = signed_in(make_user("marketer"))
    assert "no cost entered" not in client.get("/reports/closed-loop/?by=segment").content.decode()
    assert "no cost entered" in client.get("/reports/closed-loop/?by=campaign").content.decode()


def test_no_row_is_held_against_costs_that_were_spent_on_all_of_them(company):
    make_cost("31.00", "2026-01-01", channel="email")
    context = signed_in(make_user("marketer")).get("/reports/closed-loop/?by=segment").context
    shown = {label: {cell.name: cell.value for cell in cells} for _, label, cells in context["rows"]}
    total = {cell.name: cell.value for cell in context["total"]}

    assert Decimal(shown["no segment"]["cost"]) == 31
    assert [shown["no segment"][name] for name in ("cpl", "cac", "roi")] == [None] * 3
    assert total["cpl"] is not None


@pytest.mark.parametrize(("by", "says"), [("segment", True), ("owner", True), ("channel", False)])
def test_the_page_says_where_costs_stand_that_have_no_such_dimension(company, by, says):
    page = signed_in(make_user("marketer")).get(f"/reports/closed-loop/?by={by}").content.decode()
    assert (f"all of them stand in the row with no {by}." in page) == says


@pytest.mark.parametrize("path", ["", "costs/", "models/", "csv/", "leads/"])
@pytest.mark.parametrize("key", ["large", "nobody-knows", ""])
def test_every_page_behind_it_opens_whatever_the_key(company, path, key):
    client = signed_in(make_user("marketer"))
    query = f"by=segment&figure=leads&key={key}&only={key}"
    assert client.get(f"/reports/closed-loop/{path}?{query}").status_code == 200


def test_a_segment_costs_no_query_for_each_lead_or_row(company, django_assert_max_num_queries):
    client = signed_in(make_user("marketer"))
    client.get("/reports/closed-loop/")
    with django_assert_max_num_queries(20):
        client.get("/reports/closed-loop/?by=segment")

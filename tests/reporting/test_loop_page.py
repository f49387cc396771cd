"""The page of the closed loop: its flows, reasons, costs and comparison add up to the report, and open to rows."""

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from leads import handover
from leads.models import Lead
from leads.stages import Stage
from reporting.closed_loop import closed_loop_of
from reporting.figures import ALL, Figure
from reporting.flows import ENDED, flows_of
from reporting.pages import loop_flows
from reporting.pages.loop_choices import before, presets
from reporting.refusals import refusals_of
from reporting.scope import MODELS, make_scope
from reporting.spendings import spendings
from tests.factories import make_campaign, make_lead, make_user
from tests.reporting.histories import at, make_cost, make_past, make_random_company
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
LOOP = "/reports/closed-loop/"
LATER = at("2027-06-01")
COUNTED = {"mql": "mql", "sal": "sal", "sql": "sql", "customer": "customers"}


@pytest.fixture
def marketer():
    return signed_in(make_user("marketer"))


@pytest.fixture
def road():
    rep = make_user("rep")
    webinar = make_campaign("Webinar", "email")
    for stage in Stage:
        make_lead(stage=stage, owner=rep, campaign=webinar, channel=webinar.channel)
    return webinar


# --- Where leads went --------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [31, 32])
def test_the_flows_add_up_to_the_total_of_the_report(seed):
    make_random_company(seed, leads=50)
    scope = make_scope(by="channel", as_of=LATER)
    total = closed_loop_of(scope)["total"]

    drawn = loop_flows.went(scope)["flows"]
    into = Counter()
    for flow in drawn:
        into[flow.target.key] += flow.leads

    assert sum(flow.leads for flow in drawn if flow.source.depth == 0) == total["leads"]
    assert {stage: into[stage] for stage in COUNTED} == {
        stage: total[name] for stage, name in COUNTED.items()
    }
    assert sum(flow.leads for flow in drawn if flow.target.name == "Still open") == total["open"]
    assert sum(flow.leads for flow in drawn if flow.target.name == "Lost") == total["lost"]


def test_every_lead_of_the_window_flows_once():
    make_random_company(33, leads=50)
    scope = make_scope(as_of=LATER)

    assert sum(row["leads"] for row in flows_of(scope)) == Lead.objects.alive().count()


def test_every_flow_opens_to_as_many_leads_as_it_says(marketer, road):
    context = marketer.get(LOOP).context
    for flow in context["went"]["flows"]:
        assert marketer.get(flow.href).context["number"] == flow.leads, flow


def test_every_end_of_a_flow_counts_its_leads():
    make_random_company(34, leads=50)
    scope = make_scope(as_of=LATER)
    found = Counter((row["reached"], row["outcome"]) for row in flows_of(scope) for _ in range(row["leads"]))

    for name in ENDED:
        _, stage, outcome = name.split(":")
        assert Figure(name, ALL, scope).number() == found[Stage(stage).rank, outcome], name


# --- Why sales said no -------------------------------------------------------------------------------------
@pytest.mark.parametrize("basis", ["cohort", "flow"])
def test_reasons_open_to_the_leads_rejected_with_them(basis):
    make_random_company(35, leads=60)
    scope = make_scope(as_of=LATER, basis=basis)
    for row in refusals_of(scope):
        figure = Figure(f"rejected_for:{row['reason']}", row["key"], scope)
        assert (figure.number(), figure.leads().count()) == (row["n"], row["leads"])


def test_a_rejection_stands_beside_the_campaign_that_brought_the_lead(marketer, road):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, campaign=road)
    handover.reject(lead.pk, by=rep, reason="wrong_person", note="Writes the newsletter")
    context = marketer.get(LOOP).context

    (row,) = context["refused"]["rows"]
    assert (row["label"], [cell["n"] for cell in row["cells"]], row["total"]["n"]) == ("Webinar", [1], 1)
    assert context["refused"]["sentence"] == "1 lead rejected. Most often: wrong person (1)."
    assert marketer.get(row["cells"][0]["href"]).context["number"] == 1


# --- Money -------------------------------------------------------------------------------------------------
def test_a_cost_opens_to_the_rows_it_is_the_sum_of(marketer, road):
    make_cost("300", "2026-01-01", "2026-01-30", campaign="Webinar")
    make_cost("50", "2026-02-01", campaign="Webinar")
    scope = make_scope(since=at("2026-01-16").date(), as_of=LATER)
    row = next(row for row in closed_loop_of(scope)["rows"] if row["id"] == road.pk)

    found = spendings(scope, road.pk)

    assert [line["cents"] for line in found] == [5000, 15000]
    assert row["cost"] == "200.00"
    href = next(
        cell.href
        for _, _, cells in marketer.get(f"{LOOP}?since=2026-01-16").context["rows"]
        for cell in cells
        if cell.name == "cost"
    )
    page = marketer.get(href)
    assert page.context["sum"] == "200.00"
    assert [line["counted"] for line in page.context["rows"]] == ["50.00", "150.00"]


def test_what_has_no_cost_or_no_customer_says_so_in_words(marketer, road):
    make_cost("10", "2026-01-01", campaign="Fair")
    body = marketer.get(LOOP).content.decode()

    assert "no cost entered" in body and "none won" in body
    assert "Infinity" not in body and "nan" not in body.lower().split()


def test_roi_is_explained_with_the_figures_of_the_page(marketer, road):
    make_cost("100", "2026-01-01", campaign="Webinar")
    total = marketer.get(LOOP).context["report"]["total"]
    words = re.sub(r"<[^>]+>", "", marketer.get(LOOP).content.decode())

    assert "ROI = (revenue − cost) ÷ cost" in words
    assert f"(€{Decimal(total['revenue']):,.2f} − €100.00) ÷ €100.00 = +" in words


@pytest.mark.parametrize("model", MODELS)
def test_the_page_of_each_model_shows_what_the_report_says(marketer, model):
    make_random_company(36)
    context = marketer.get(f"{LOOP}?model={model}").context
    report = closed_loop_of(context["scope"])

    shown = {label: {cell.name: cell.value for cell in cells} for _, label, cells in context["rows"]}
    for row in report["rows"]:
        cells = shown[row["key"] or "no campaign"]
        assert (cells["leads"], cells["revenue"]) == (row["leads"], row["revenue"])
        assert cells["credited_revenue"] == row["credited_revenue"]
    assert (
        context["model_says"] and context["model"] in marketer.get(f"{LOOP}?model={model}").content.decode()
    )


# --- Choices -----------------------------------------------------------------------------------------------
def test_the_period_before_is_as_long_and_ends_where_this_one_begins():
    scope = make_scope(since=at("2026-03-01").date(), until=at("2026-04-01").date(), as_of=LATER)
    earlier = before(scope)

    assert (earlier.since.isoformat(), earlier.until.isoformat()) == ("2026-01-29", "2026-03-01")
    assert scope.as_of - at("2026-04-01") == earlier.as_of - at("2026-03-01")  # both had as long to get on
    assert before(make_scope(as_of=LATER)) is None


def test_figures_are_compared_in_words(marketer):
    today = now().date()
    make_past(born=now() - timedelta(days=40))
    for _ in range(2):
        make_past(born=now() - timedelta(days=5))
    url = f"{LOOP}?since={today - timedelta(days=29)}"
    kpis = {kpi.label: kpi for kpi in marketer.get(url).context["kpis"]}

    assert kpis["Customers"].change.words == "none before either"
    assert kpis["Lead to customer"].change.words == "unchanged from 0.0%"
    assert marketer.get(f"{url}&compare=none").context["kpis"][0].change is None


def test_halves_and_quarters_begin_where_the_calendar_says():
    offered = presets(at("2026-05-10").date())

    assert [str(day) for day in offered["This half"]] == ["2026-01-01", "None"]
    assert [str(day) for day in offered["Last half"]] == ["2025-07-01", "2026-01-01"]
    assert [str(day) for day in offered["This quarter"]] == ["2026-04-01", "None"]


@pytest.mark.parametrize("sort", ["leads", "-leads", "name", "-cost", "cpl", "-roi"])
def test_any_column_sorts_and_what_has_no_figure_comes_last(marketer, road, sort):
    make_lead(campaign=make_campaign("Fair"))
    make_lead()
    make_cost("10", "2026-01-01", campaign="Fair")
    context = marketer.get(f"{LOOP}?sort={sort}").context
    values = [row[sort.lstrip("-")] if sort != "name" else row["key"] for row, _, _ in context["rows"]]

    known = [value if sort == "name" else Decimal(value) for value in values if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert values[len(known) :] == [None] * (len(values) - len(known))
    (column,) = [column for column in context["columns"] if column.get("sort")]
    assert column["sort"] == ("descending" if sort.startswith("-") else "ascending")


def test_one_campaign_alone_has_its_own_headline_flows_and_reasons(marketer, road):
    make_lead(campaign=make_campaign("Fair"))
    context = marketer.get(f"{LOOP}?only={road.pk}").context

    assert [label for _, label, _ in context["rows"]] == ["Webinar"]
    assert context["went"]["leads"] == 5
    assert context["kpis"][3].cell.value == 1
    for flow in context["went"]["flows"]:
        assert marketer.get(flow.href).context["number"] == flow.leads
    assert "Nothing in this period." in marketer.get(f"{LOOP}?only=999999").content.decode()
    assert marketer.get(f"{LOOP}?only=webinar").status_code == 400


def test_a_choice_swaps_the_results_and_the_addresses_that_hold_all_choices(marketer, road):
    swapped = marketer.get(f"{LOOP}?model=linear", headers={"HX-Request": "true", "HX-Target": "results"})
    body = swapped.content.decode()

    assert body.lstrip().startswith('<section class="card" id="results"')
    assert 'id="report-tools" hx-swap-oob="true"' in body
    assert "csv/?model=linear" in body
    assert "Where leads went" not in body


def test_every_choice_is_a_link_that_works_without_script(marketer, road):
    context = marketer.get(f"{LOOP}?since=2026-01-01").context
    choices = [
        *context["periods"],
        *context["models"],
        *context["groups"],
        *context["views"],
        *context["bases"],
    ]

    assert all(marketer.get(one["url"]).status_code == 200 for one in choices)
    assert all("since=2026-01-01" in one["url"] for one in context["models"])
    assert all(
        marketer.get(column["url"]).status_code == 200 for column in context["columns"] if column.get("url")
    )


def test_every_figure_of_every_view_opens(marketer, road):
    make_cost("100", "2026-01-01", campaign="Webinar")
    for view in ("road", "out", "money", "steps", "pace"):
        context = marketer.get(f"{LOOP}?show={view}").context
        for cell in [*context["total"], *(cell for _, _, cells in context["rows"] for cell in cells)]:
            opened = marketer.get(cell.href).context if cell.href else None
            if cell.kind == "rate" and cell.value["of"]:
                decided = marketer.get(cell.of_href).context
                assert (decided["happened"] or decided["number"]) == cell.value["of"], cell
                assert not opened or opened["number"] == cell.value["n"]
            elif cell.kind == "count":
                assert cell.value == (opened["number"] if opened else 0)
            elif cell.name == "cost" and opened:
                assert opened["sum"] == cell.value
            assert not cell.value or cell.href or cell.value in ("0.00",) or cell.kind == "rate", cell

"""The pages of the reports: each number opens to exactly its leads, of which a reader sees their own by name."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.timezone import now

from leads import deals, handover
from leads.models import Cost, Deal
from leads.stages import Stage
from tests.factories import make_campaign, make_lead, make_user, news_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGES = [
    "/reports/closed-loop/",
    "/reports/closed-loop/csv/",
    "/reports/closed-loop/costs/",
    "/reports/closed-loop/models/",
    "/funnel/",
    "/reports/closed-loop/leads/?figure=leads",
]


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def cell_of(cells, name: str):
    return next(cell for cell in cells if cell.name == name)


def value_of(cells, name: str):
    return cell_of(cells, name).value


def signed_in(role: str = "marketer", **fields) -> Client:
    client = Client()
    client.force_login(make_user(role, **fields))
    return client


@pytest.fixture
def road():
    """Five leads of two campaigns, each at another stage, and one without a campaign."""
    rep = make_user("rep", team="Benelux")
    webinar, fair = make_campaign("Webinar", "email"), make_campaign("Fair", "event")
    for stage in (Stage.VISITOR, Stage.MQL, Stage.CUSTOMER):
        make_lead(stage=stage, owner=rep, campaign=webinar, channel=webinar.channel)
    make_lead(stage=Stage.SAL, owner=rep, campaign=fair, channel=fair.channel)
    make_lead(stage=Stage.SQL, owner=rep)
    today = now().date()
    Cost.objects.create(
        campaign=webinar, starts_on=today, ends_on=today, amount=Decimal("3000"), currency="EUR"
    )
    return rep


@pytest.mark.parametrize("url", PAGES)
def test_nobody_reads_a_report_without_signing_in(client, url):
    assert client.get(url)["Location"].startswith("/account/login/")


@pytest.mark.parametrize(
    "role", ["rep", "marketer", "account_manager", "sales_head", "marketing_head", "administrator"]
)
@pytest.mark.parametrize("url", PAGES)
def test_everybody_reads_all_figures(url, role, road):
    assert signed_in(role).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_a_report_of_an_empty_company_says_what_will_appear(url):
    assert signed_in().get(url).status_code == 200


def test_the_rows_add_up_to_the_total_and_the_blank_campaign_has_its_own(road):
    context = signed_in().get("/reports/closed-loop/").context
    labels = [label for _, label, _ in context["rows"]]
    leads = [value_of(cells, "leads") for _, _, cells in context["rows"]]

    assert labels == ["Webinar", "Fair", "no campaign"]
    assert leads == [3, 1, 1]
    assert value_of(context["total"], "leads") == 5
    assert context["report"]["total"]["roi"] == 3.0


def test_every_count_of_a_row_opens_to_exactly_its_leads(road):
    client = signed_in()
    for dimension in ("campaign", "channel", "owner", "month", "country"):
        context = client.get(f"/reports/closed-loop/?by={dimension}").context
        for _, label, cells in [*context["rows"], (None, "total", context["total"])]:
            for cell in cells:
                if cell.kind == "count" and cell.value:
                    figure = client.get(cell.href).context
                    assert (figure["number"], len(figure["page"].rows)) == (cell.value, cell.value), (
                        label,
                        cell,
                    )


@pytest.mark.parametrize("by", ["medium", "content", "country", "owner"])
def test_costs_of_a_group_that_no_cost_belongs_to_are_none(road, by):
    page = signed_in().get(f"/reports/closed-loop/costs/?by={by}&key=7")
    assert (page.status_code, page.context["rows"]) == (200, [])


@pytest.mark.parametrize("basis", ["cohort", "flow"])
def test_money_opens_to_its_sum_and_the_leads_it_came_from(road, basis):
    deals.refund(Deal.objects.get(outcome="won").pk, amount=Decimal("2000"))
    client = signed_in()
    for dimension in ("campaign", "month"):
        context = client.get(f"/reports/closed-loop/?by={dimension}&basis={basis}&show=money").context
        for cells in [*(cells for _, _, cells in context["rows"]), context["total"]]:
            for cell in cells:
                if cell.name in ("cost", "revenue", "credited_revenue", "pipeline") and cell.href:
                    assert client.get(cell.href).context["sum"] == cell.value, cell
    body = client.get("/reports/closed-loop/leads/?figure=revenue").content.decode()
    assert "€10,000.00</data>" in body
    assert "from 1 lead</span></h1>" in body


def test_every_number_of_the_funnel_opens_to_exactly_its_leads(road):
    client = signed_in()
    context = client.get("/funnel/?period=all").context
    numbers = [stage[name] for stage in context["stages"] for name in ("reached", "now", "entered")]
    numbers += [
        *context["standings"],
        *(figure for month in context["heat"] for figure in (month["born"], *month["cells"])),
        *(one["stuck"] for one in context["ageing"]),
    ]
    for number in numbers:
        if number["n"]:
            assert client.get(number["href"]).context["number"] == number["n"]

    assert [stage["reached"]["n"] for stage in context["stages"]] == [5, 4, 3, 2, 1]
    assert sum(stage["now"]["n"] for stage in context["stages"]) == 5


def test_leads_of_other_teams_are_counted_and_not_named(road):
    client = signed_in("rep", team="Nordics")
    body = client.get("/reports/closed-loop/leads/?figure=mql").content.decode()

    assert "4 leads of other teams, whose names are not yours to see." in body
    assert "Ada Byron" not in body
    own = signed_in("rep", team="Benelux").get("/reports/closed-loop/leads/?figure=mql").content.decode()
    assert own.count("data-item>Ada Byron") == 4
    assert "of other teams" not in own


def test_a_figure_keeps_the_moment_of_its_report(road):
    client = signed_in()
    context = client.get("/reports/closed-loop/").context
    link = cell_of(context["total"], "leads").href
    make_lead(since=now())

    assert client.get(link).context["number"] == 5
    assert value_of(client.get("/reports/closed-loop/").context["total"], "leads") == 6


def test_a_flow_says_how_often_something_happened_and_lists_each_lead_once(road):
    lead = make_lead(stage=Stage.MQL, owner=road, since=now() - 3 * DAY)
    handover.recycle(lead.pk, by=road, reason="timing", return_on=(now() + 9 * DAY).date())
    news_of(lead)
    handover.qualify(lead.pk, by=make_user("marketer"), why="Came back")
    context = signed_in().get("/reports/closed-loop/leads/?figure=mql&basis=flow").context

    assert context["happened"] == context["number"] + 1


def test_the_period_is_part_of_the_address(road):
    make_lead(since=now() - 400 * DAY)
    client = signed_in()
    year = now().year
    narrowed = client.get(f"/reports/closed-loop/?since={now().date() - 89 * DAY}").context

    assert value_of(client.get("/reports/closed-loop/").context["total"], "leads") == 6
    assert value_of(narrowed["total"], "leads") == 5
    assert narrowed["period"] == "Last 90 days"
    assert f"{year}" in narrowed["window"]


@pytest.mark.parametrize(
    "query", ["by=nonsense", "model=best", "basis=x", "since=yesterday", "currency=euro"]
)
def test_a_value_that_does_not_exist_is_one_sentence_with_the_right_ones(query):
    response = signed_in().get(f"/reports/closed-loop/?{query}")

    assert response.status_code == 400
    assert "There is no such report" in response.content.decode()


WRONG_FIGURES = ["", "figure=nonsense", "figure=mql&key=x&by=campaign", "figure=leads&by=content&key=%00"]
WRONG_FIGURES += [f"figure=leads&by=campaign&key={9**40}", "figure=leads&by=owner&key=-1"]


@pytest.mark.parametrize("query", WRONG_FIGURES)
def test_a_figure_that_does_not_exist_is_a_sentence_too(query):
    assert signed_in().get(f"/reports/closed-loop/leads/?{query}").status_code == 400


def test_what_the_page_shows_can_be_taken_along_as_csv(road):
    response = signed_in().get("/reports/closed-loop/csv/?by=channel")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))

    assert response["Content-Type"].startswith("text/csv")
    assert {row["channel"]: row["leads"] for row in rows} == {"email": "3", "event": "1", "": "1"}


def test_a_name_that_a_spreadsheet_would_run_is_neutralised(road):
    make_lead(campaign=make_campaign("=cmd()"))
    body = signed_in().get("/reports/closed-loop/csv/").content.decode()

    assert "'=cmd()" in body


@pytest.mark.parametrize("view", ["road", "out", "money", "steps", "pace"])
def test_each_view_of_the_table_shows_its_columns(road, view):
    context = signed_in().get(f"/reports/closed-loop/?show={view}").context

    assert [column["label"] for column in context["columns"][:2]] == ["Campaign", "Leads per week"]
    assert len(context["columns"]) == len(context["total"]) + 2


@pytest.mark.parametrize(
    "url",
    [
        "/reports/closed-loop/",
        "/reports/closed-loop/?since=2026-01-01&by=channel",
        "/reports/closed-loop/costs/",
        "/reports/closed-loop/models/",
        "/reports/closed-loop/leads/?figure=leads",
        "/funnel/",
    ],
)
def test_a_report_asks_as_often_for_many_leads_as_for_few(django_assert_max_num_queries, road, url):
    client = signed_in()

    def cost() -> int:
        with django_assert_max_num_queries(20) as caught:
            client.get(url)
        return len(caught)

    few = cost()
    for n in range(20):
        make_lead(campaign=make_campaign(f"Campaign {n}"))
    assert cost() == few


def test_a_moment_inside_a_sentence_begins_small(road):
    head = signed_in().get("/funnel/").content.decode().partition("as of <time")[2]

    assert head.partition(">")[2].startswith("today ")

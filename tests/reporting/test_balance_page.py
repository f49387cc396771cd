"""The page of the ledger: each figure opens to its leads, sums agree, and the proof of the day stands beside it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils.timezone import now

from leads import funnel, handover
from leads.models import Lead
from leads.stages import Stage
from leads.undo import undo
from reporting import proving
from reporting.models import LedgerProof
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGES = ["/balance/", "/balance/csv/", "/reports/closed-loop/leads/?figure=ledger:delivered&by=rep"]
NIGHT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def signed_in(role: str = "marketer", **fields) -> Client:
    client = Client()
    client.force_login(make_user(role, **fields))
    return client


def delivered(rep, *, campaign=None, since=None) -> Lead:
    """A lead that its owner got back, so that it is known who has it."""
    return make_lead(stage=Stage.MQL, owner=rep, since=since or now() - DAY, campaign=campaign)


@pytest.fixture
def handed_over():
    """Six hand-overs of five leads, two campaigns, two reps, two months."""
    kofi, ana = make_user("rep", name="Kofi", team="Benelux"), make_user("rep", name="Ana", team="Nordics")
    webinar, fair = make_campaign("Webinar"), make_campaign("Fair")
    delivered(kofi, campaign=webinar)
    handover.accept(delivered(kofi, campaign=webinar).pk, by=kofi)
    handover.reject(delivered(ana, campaign=fair, since=now() - 40 * DAY).pk, by=ana, reason="bad_data")
    delivered(ana)
    handover.reassign(delivered(kofi, campaign=fair).pk, to=ana, by=make_user("sales_head"))
    return kofi


@pytest.mark.parametrize("url", PAGES)
def test_nobody_reads_the_ledger_without_signing_in(client, url):
    assert client.get(url)["Location"].startswith("/account/login/")


@pytest.mark.parametrize(
    "role", ["rep", "marketer", "account_manager", "sales_head", "marketing_head", "administrator"]
)
@pytest.mark.parametrize("url", PAGES)
def test_everybody_reads_all_figures_of_the_ledger(url, role, handed_over):
    assert signed_in(role).get(url).status_code == 200


def test_an_empty_ledger_says_what_will_stand_there():
    body = signed_in().get("/balance/").content.decode()

    assert "Nothing was handed over in this period." in body
    assert "opens a hand-over here" in body
    assert "Not proved yet." in body


@pytest.mark.parametrize("by", ["campaign", "rep", "week"])
def test_every_figure_opens_to_exactly_its_leads_and_rows_add_up(handed_over, by):
    client = signed_in()
    context = client.get(f"/balance/?by={by}").context
    lines = [cells for _, _, cells in context["rows"]]

    assert [figure["n"] for figure in context["total"]] == [6, 1, 1, 0, 1, 0, 3]
    for cells in [*lines, context["total"]]:
        assert cells[0]["n"] == sum(figure["n"] for figure in cells[1:])
        for figure in cells:
            assert bool(figure["href"]) == bool(figure["n"])
            if figure["n"]:
                opened = client.get(figure["href"]).context
                assert (opened["happened"] or opened["number"]) == figure["n"]
                assert len(opened["page"].rows) == opened["number"]
    for place, figure in enumerate(context["total"]):
        assert figure["n"] == sum(cells[place]["n"] for cells in lines)


def test_the_equation_stands_in_words_and_opens_too(handed_over):
    client = signed_in()
    body = client.get("/balance/").content.decode()
    terms = {term["words"]: term for term in client.get("/balance/").context["terms"]}

    assert "delivered =" in body
    assert client.get(terms["rejected"]["href"]).context["number"] == 1
    title = client.get(terms["rejected"]["href"]).content.decode()
    assert "Delivered to sales: rejected" in title
    assert 'href="/balance/?by=campaign"' in title


def test_a_lead_that_was_handed_on_is_delivered_twice_and_listed_once(handed_over):
    client = signed_in()
    fair = next(cells for _, label, cells in client.get("/balance/").context["rows"] if label == "Fair")
    opened = client.get(fair[0]["href"]).context

    assert (fair[0]["n"], opened["happened"], opened["number"]) == (3, 3, 2)


def test_names_are_shown_to_those_who_may_read_the_lead(handed_over):
    url = "/reports/closed-loop/leads/?figure=ledger:delivered&by=campaign"
    theirs = signed_in("rep", team="Nordics").get(url).context
    body = signed_in("rep", team="Nordics").get(url).content.decode()

    assert (theirs["number"], theirs["hidden"]) == (5, 2)
    assert "2 leads of other teams, whose names are not yours to see." in body


def test_the_ledger_counts_by_the_week_of_delivery_in_the_companys_zone():
    make_organisation(zone="America/Sao_Paulo")
    rep = make_user("rep")
    delivered(rep, since=datetime(2026, 3, 9, 2, 30, tzinfo=UTC))  # Sunday evening in São Paulo
    rows = signed_in().get("/balance/?by=week").context["rows"]

    assert [(line["key"], label) for line, label, _ in rows] == [("2026-W10", "Week 10, 2 – 8 Mar 2026")]
    inside = signed_in().get("/balance/?since=2026-03-08&until=2026-03-09").context
    assert inside["total"][0]["n"] == 1
    assert signed_in().get("/balance/?since=2026-03-09").context["rows"] == []


def test_a_figure_keeps_the_moment_of_its_ledger(handed_over):
    client = signed_in()
    still_open = client.get("/balance/").context["total"][-1]["href"]
    waiting = Lead.objects.filter(handovers__ended_at=None, owner=handed_over).get()
    handover.accept(waiting.pk, by=handed_over)

    assert client.get(still_open).context["number"] == 3
    assert client.get("/balance/").context["total"][-1]["n"] == 2


def test_an_undone_qualification_was_never_delivered(handed_over):
    marketer = make_user("marketer")
    lead = funnel.capture(by=None, moment=now())
    handover.qualify(lead.pk, by=marketer, why="Asked")
    assert signed_in().get("/balance/").context["total"][0]["n"] == 7
    undo(lead.pk, by=marketer)

    assert signed_in().get("/balance/").context["total"][0]["n"] == 6


def test_mqls_that_nobody_has_claimed_are_told_beside_the_ledger():
    lead = funnel.capture(by=None, moment=now())
    handover.qualify(lead.pk, by=None)

    assert "1 MQL waits for a rep to claim it" in signed_in().get("/balance/").content.decode()


def test_the_ledger_can_be_taken_along_as_csv_without_formulas(handed_over):
    delivered(handed_over, campaign=make_campaign("=cmd()"))
    body = signed_in().get("/balance/csv/?by=campaign").content.decode()
    rows = list(csv.DictReader(io.StringIO(body)))

    assert "'=cmd()" in body
    assert sum(int(row["delivered"]) for row in rows) == 7
    assert list(rows[0]) == [
        *("campaign", "delivered", "accepted", "rejected", "recycled", "reassigned", "withdrawn", "open")
    ]


@pytest.mark.parametrize(
    "query", ["by=owner", "since=yesterday", "since=2026-02-02&until=2026-01-01", "known_at=2026-01-01"]
)
@pytest.mark.parametrize("page", ["/balance/", "/balance/csv/"])
def test_a_ledger_that_does_not_exist_is_one_sentence(page, query):
    assert signed_in().get(f"{page}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["figure=ledger:lost", "figure=ledger:open&by=country", "figure=ledger:open&by=week&key=x"]
)
def test_a_figure_of_the_ledger_that_does_not_exist_is_a_sentence_too(query):
    assert signed_in().get(f"/reports/closed-loop/leads/?{query}").status_code == 400


@pytest.mark.parametrize("url", PAGES)
def test_the_ledger_asks_as_often_for_many_leads_as_for_few(django_assert_max_num_queries, handed_over, url):
    client = signed_in()

    def cost() -> int:
        with django_assert_max_num_queries(14) as caught:
            client.get(url)
        return len(caught)

    few = cost()
    for n in range(20):
        delivered(handed_over, campaign=make_campaign(f"Campaign {n}"))
    assert cost() == few


# --- The proof of the day ----------------------------------------------------------------------------------
def test_the_proof_of_a_day_is_made_once_and_shown(handed_over):
    proof = proving.prove_today(NIGHT)

    assert proving.prove_today(NIGHT + timedelta(hours=5)) is None
    assert LedgerProof.objects.get() == proof
    assert proving.prove_today(NIGHT + DAY).handovers == 6


def test_the_proof_waits_for_twenty_past_three_where_the_company_is():
    make_organisation(zone="Asia/Kolkata")

    assert proving.prove_today(datetime(2026, 3, 1, 21, 49, tzinfo=UTC)) is None  # 03:19
    assert proving.prove_today(datetime(2026, 3, 1, 21, 50, tzinfo=UTC)).day.isoformat() == "2026-03-02"


def test_a_fresh_proof_without_differences_is_said_in_a_line():
    rep = make_user("rep")
    lead = funnel.capture(by=None, moment=now() - DAY)
    handover.qualify(lead.pk, by=None)
    midday = now().replace(hour=12)
    proof = proving.prove_today(midday)
    body = signed_in().get("/balance/").content.decode()

    assert (proof.differences, lead.handovers.get().rep) == (0, rep)
    assert "1 hand-over and 1 lead against their history, 0 differences." in body


def test_a_proof_that_is_old_says_so():
    proving.prove_today((now() - 3 * DAY).replace(hour=12))

    assert "The nightly proof has not run since" in signed_in().get("/balance/").content.decode()


def test_differences_name_the_leads_that_a_reader_may_see():
    kofi, ana = make_user("rep", team="Benelux"), make_user("rep", team="Nordics")
    theirs = [delivered(rep) for rep in (kofi, ana)]
    Lead.objects.update(sal_at=now())  # as if behind our back
    proof = proving.prove_today(now().replace(hour=12))
    page = signed_in("rep", team="Nordics").get("/balance/").content.decode()

    assert proof.differences == 2
    assert "dates are what its history says." in page
    assert f"lead {theirs[1].pk}: " in page
    assert f"lead {theirs[0].pk}: " not in page
    assert "And 1 more, not named here or not yours to see." in page
    assert theirs[1].email not in str(proof.findings)


def test_a_proof_is_never_rewritten():
    proof = proving.prove_today(NIGHT)
    for act in (lambda: LedgerProof.objects.update(differences=0), proof.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_without_a_company_there_is_nothing_to_prove(company):
    company.delete()

    assert proving.prove_today(NIGHT) is None

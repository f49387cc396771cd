"""The closed loop: campaigns and what came of them; and the ledger of all hand-overs."""

from datetime import date
from decimal import Decimal

import pytest

from reporting import ledger, reconcile
from tests.smarketing.demos import WEDNESDAY
from tests.smarketing.plain.html import Node
from tests.smarketing.plain.loop import Loop, cents
from tests.smarketing.plain.pages import cells, page, table_rows
from tests.smarketing.plain.rows import LADDER, Life, Raw

SINCE = date(2026, 3, 1)


@pytest.mark.parametrize("since", [None, SINCE])
def test_the_closed_loop_tells_of_each_campaign_what_the_rows_say(raw, since):
    rows, loop, names = loop_table(since), Loop(raw, since), {None: "no campaign", **raw.campaigns}
    known = {*loop.cost, *(life.lead["campaign_id"] for life in loop.lives.values())}
    money = {pk: (loop.cost[pk], loop.revenue[pk], loop.credited[pk]) for pk in known}
    sums = (sum(part.values()) for part in (loop.cost, loop.revenue, loop.credited))

    assert rows.pop("Total") == figures(loop, list(loop.lives.values()), *sums)
    assert rows == {names[pk]: figures(loop, loop.of(pk), *money[pk]) for pk in known}


def test_the_ways_out_of_the_closed_loop_are_counted_by_lead(raw):
    rows, loop = loop_table(None, show="out"), Loop(raw, None)

    assert rows.pop("Total") == ways_out(loop, list(loop.lives.values()))
    assert rows == {
        name: ways_out(loop, loop.of(pk))
        for pk, name in {None: "no campaign", **raw.campaigns}.items()
        if name in rows
    }


def loop_table(since: date | None, show: str = "road") -> dict[str, dict]:
    """The table's rows by their names, the total too."""
    table = page(loop_url(since, show), "noor.wit").one(id="results").one("table")
    heads = [head.text.split(" (")[0] for head in table.one("thead").all("th")][1:]
    return {
        row.one("th").text: told(row, heads) for row in [*table_rows(table), table.one("tfoot").one("tr")]
    }


@pytest.mark.parametrize("since", [None, SINCE])
def test_the_headline_of_the_closed_loop_is_the_sum(raw, since):
    kpis = {
        one.one("dt").text: one.one("dd")
        for one in page(loop_url(since), "noor.wit").one(cls="kpis").all(cls="kpi")
    }
    loop = Loop(raw, since)
    revenue, cost = sum(loop.revenue.values()), sum(loop.cost.values())
    leads, *_, customers = loop.counts(list(loop.lives.values()))

    assert kpis["Revenue won"].number == revenue
    assert kpis["Marketing cost"].number == cost
    assert (
        kpis["Return"].text == f"{'+' if revenue >= cost else '−'}{abs(100 * (revenue - cost) / cost):,.0f}%"
    )
    assert kpis["Customers"].number == customers
    assert kpis["Lead to customer"].text == f"{100 * Decimal(customers) / leads:.1f}%"


@pytest.mark.parametrize("since", [None, SINCE])
def test_the_flows_take_every_lead_from_its_channel_to_where_it_ended(raw, since):
    flows = page(loop_url(since), "noor.wit").one("figure", cls="chart")
    drawn = {(row.one("th").text, cells(row)[0].text): int(cells(row)[1].number) for row in table_rows(flows)}

    assert drawn == dict(Loop(raw, since).flows())


def test_the_reasons_of_rejections_stand_beside_the_campaign_they_blame(raw):
    section = page(loop_url(None), "noor.wit").one("section", aria_labelledby="card-refused")
    heads = [head.text for head in section.one("thead").all("th")][1:-1]
    loop, names = Loop(raw, None), {None: "no campaign", **raw.campaigns}
    told_by = {names[campaign]: reasons for campaign, reasons in loop.refusals().items()}
    rows = table_rows(section)
    assert rows

    for row in rows:
        reasons = told_by[row.one("th").text]
        *each, last = [int(cell.number) for cell in cells(row)]
        assert dict(zip(heads, each, strict=True)) == {head: reasons[code(head)] for head in heads}
        campaign = next(pk for pk, name in names.items() if name == row.one("th").text)
        assert last == loop.rejected(loop.of(campaign))
    assert cells(section.one("tfoot"))[-1:] == [] or section.one("tfoot").all("td")[
        -1
    ].number == loop.rejected(list(loop.lives.values()))


def loop_url(since: date | None, show: str = "road") -> str:
    return f"/reports/closed-loop/?show={show}" + (f"&since={since}" if since else "")


def code(head: str) -> str:
    return head.lower().replace(" ", "_")


def told(row: Node, heads: list[str]) -> dict:
    """The figures of a row by the heads of their columns, as the page has them."""
    shown = dict(zip(heads, cells(row), strict=True))
    weeks = shown.pop("Leads per week")
    found = {head: figure(head, cell) for head, cell in shown.items()}
    said = [each.numbers[-1] for each in weeks.all(cls="vh")]  # the line itself is a drawing
    return found | {"Last week": said[0] if said else 0}


def figure(head: str, cell: Node) -> Decimal | str | None:
    if head == "ROI":
        return cell.text.replace("−", "-").replace("+", "")
    return cell.number


def figures(loop: Loop, lives: list[Life], cost: Decimal, revenue: Decimal, credited: Decimal) -> dict:
    leads, mql, sal, sql, customers = loop.counts(lives)
    return {
        "Last week": loop.weeks(lives)[-1],
        "Leads": leads,
        "MQL": mql,
        "SAL": sal,
        "SQL": sql,
        "Customers": customers,
        "Cost": cost or None,
        "Revenue": revenue,
        "Credited": credited,
        "Cost per lead": cents(cost / leads) if cost and leads else None,
        "CAC": cents(cost / customers) if cost and customers else None,
        "ROI": f"{100 * (revenue - cost) / cost:,.1f}%" if cost else "–none",
    }


def ways_out(loop: Loop, lives: list[Life]) -> dict:
    moves = {"Rejected": "reject", "Recycled": "recycle", "Disqualified": "disqualify"}
    return {
        "Last week": loop.weeks(lives)[-1],
        "Leads": len(lives),
        "Open": sum(life.state in LADDER[:-1] for life in lives),
        **{head: sum(bool(life.did(move)) for life in lives) for head, move in moves.items()},
        "Lost": sum(life.state == "lost" for life in lives),
        "Customers": loop.counts(lives)[-1],
    }


# --- The company as a whole -----------------------------------------------------------------------------------
def test_the_ledger_of_the_demo_balances(raw):
    told = ledger.ledger_in_full(ledger.make_ledger_scope(as_of=WEDNESDAY))

    assert ledger.unbalanced(told) == []
    assert told["total"]["delivered"] == sum(
        not promises_undone(raw, row["entry_id"]) for row in raw["leads_handover"]
    )
    assert reconcile.prove(WEDNESDAY).differences == 0


def promises_undone(raw: Raw, change: int) -> bool:
    return any(row["undoes_id"] == change for row in raw["leads_stagechange"])

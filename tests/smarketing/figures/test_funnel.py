"""The funnel: how far leads got, where they stand, and what happened on the way."""

import json
from collections import Counter
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.smarketing.demos import WEDNESDAY
from tests.smarketing.plain.html import Node
from tests.smarketing.plain.pages import cells, page, table_rows
from tests.smarketing.plain.rows import LADDER, OFF, Life, Raw


@pytest.mark.parametrize("period", ["all", "90"])
def test_the_funnel_counts_how_far_leads_got(raw, period):
    shown, lives = funnel_page(raw, period)
    rows = table_rows(shown.one("figure", cls="chart"))
    passed = [sum(life.reached >= rank for life in lives) for rank in range(len(LADDER))]

    assert [int(row.one("data").attrs["value"]) for row in rows] == passed
    assert [int(stage.one(cls="fn-count").number) for stage in shown.all(cls="fn-stage")] == passed
    for row, n, of in zip(rows[1:], passed[1:], passed, strict=False):
        assert cells(row)[1].text == f"{100 * Decimal(n) / of:.1f}% {n:,} of {of:,}"
    head = shown.one("section", aria_labelledby="card-reached").one("header").text
    customers = f"{passed[-1]:,} customer{'' if passed[-1] == 1 else 's'}"
    assert f"{len(lives):,} leads became {customers} so far" in head


@pytest.mark.parametrize("period", ["all", "90"])
def test_every_lead_of_the_funnel_stands_somewhere_once(raw, period):
    shown, lives = funnel_page(raw, period)
    table = next(one for one in shown.all("table") if "Stands as" in one.text)
    stands, visits = (
        Counter(life.state for life in lives),
        Counter(s for life in lives for s in life.states()),
    )
    ever = Counter(state for life in lives for state in set(life.states()))
    told = {row.one("th").text.lower(): [cell.number for cell in cells(row)] for row in table_rows(table)}

    for state in LADDER:
        assert told[state][:3] == [stands[state], ever[state], visits[state]]
    assert {state: told[state][0] for state in OFF} == {state: stands[state] for state in OFF}
    assert table.one("tfoot").one("td").number == len(lives) == sum(stands.values())


@pytest.mark.parametrize("period", ["all", "90"])
def test_what_happens_on_the_way_is_told_of_the_same_leads(raw, period):
    shown, lives = funnel_page(raw, period)
    facts = shown.one("dl", cls="fn-facts")
    told = {dt.text: dd for dt, dd in zip(facts.all("dt"), facts.all("dd"), strict=True)}
    accepted = sum(
        a == "mql" and b in ("sal", "sql", "customer") for life in lives for a, b in pairwise(life.states())
    )
    rejected = sum(len(life.did("reject")) for life in lives)

    assert told["Acceptance"].numbers[-2:] == [accepted, accepted + rejected]
    assert told["Rejections"].number == rejected
    assert told["Qualified again"].number == sum(life.states().count("mql") > 1 for life in lives)


def test_each_month_of_birth_is_followed_as_far_as_it_got(raw):
    shown, lives = funnel_page(raw, "all")
    months: dict[str, list[Life]] = {}
    for life in lives:
        months.setdefault(f"{raw.day(life.born_at):%B %Y}", []).append(life)
    rows = table_rows(shown.one("table", cls="heat"))

    assert len(rows) == len(months)
    for row in rows:
        born = months[row.one("th").text]
        got = [sum(life.reached >= rank for life in born) for rank in range(1, len(LADDER))]
        first, *rest = cells(row)
        assert first.number == len(born)
        assert [cell.numbers[-1] for cell in rest] == got


# --- By the definitions in force --------------------------------------------------------------------------------
def test_what_came_in_and_went_out_is_counted_from_every_visit(raw):
    table = (
        page("/funnel/?period=90", "noor.wit").one("section", aria_labelledby="card-in-and-out").one("table")
    )
    since = datetime.combine(WEDNESDAY.date() - timedelta(days=89), time(), raw.zone)
    visits = [visit for life in raw.leads.values() for visit in life.visits()]
    rows = {row.one("th").text.lower(): [cell.number for cell in cells(row)] for row in table_rows(table)}

    for rank, stage in enumerate(LADDER):
        here = [(at, until, after) for state, at, until, after in visits if state == stage]
        left = [after for _, until, after in here if until and until >= since]
        on = sum(after in LADDER[rank + 1 :] for after in left)
        assert rows[stage] == [
            sum(at < since and (until is None or until >= since) for at, until, _ in here),
            sum(at >= since for at, _, _ in here),
            on,
            len(left) - on,
            sum(until is None for _, until, _ in here),
        ]


def test_who_stands_longer_than_the_target_is_counted_from_every_life(raw):
    section = page("/funnel/?period=90", "noor.wit").one("section", aria_labelledby="card-who-waits-too-long")
    targets = {stage: terms["target_days"] for stage, terms in in_force(raw)["stages"].items()}
    told = [row.one(cls="row") for row in section.one(cls="fn-age").children if isinstance(row, Node)]
    assert len(told) == 3

    for row in told:
        stage = row.one(cls="stage").text.lower()
        limit = WEDNESDAY - timedelta(days=targets[stage])
        over = sum(life.state == stage and life.moves[-1]["at"] <= limit for life in raw.leads.values())
        said = row.one(cls="meta").text
        assert said == f"{over or 'none'} over {targets[stage]} days, the target"


@pytest.mark.parametrize("period", ["all", "90"])
def test_each_share_says_whether_it_meets_what_both_heads_signed(raw, period):
    shown, lives = funnel_page(raw, period)
    passed = [sum(life.reached >= rank for life in lives) for rank in range(len(LADDER))]
    stages = in_force(raw)["stages"]

    for rank, node in enumerate(shown.all(cls="fn-stage")[1:], start=1):
        wanted = stages[LADDER[rank]]["target_share"]
        target = node.one(cls="target")
        assert target.text == f"target {100 * wanted:.0f}%"
        assert ("target-missed" in target.attrs["class"]) == (passed[rank] / passed[rank - 1] < wanted)
    head = shown.one("section", aria_labelledby="signed").text
    assert "Version 2, signed by both teams" in head
    assert "Elif Kaya" in head
    assert "Marta Silva" in head


def in_force(raw: Raw) -> dict:
    (row,) = [row for row in raw["leads_definition"] if row["version"] == 2]
    return json.loads(row["document"])


def funnel_page(raw: Raw, period: str) -> tuple[Node, list[Life]]:
    first = WEDNESDAY.date() - timedelta(days=89)
    lives = [life for life in raw.leads.values() if period == "all" or raw.day(life.born_at) >= first]
    return page(f"/funnel/?period={period}", "noor.wit"), lives

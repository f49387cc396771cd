"""Every figure on the three homes and the funnel, once more from raw rows in plain Python, held against the page."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from reporting import ledger, reconcile
from smarketing.foundation.models import User
from tests.smarketing.demos import SIZE, WEDNESDAY, seed
from tests.smarketing.plain.html import Node, parse
from tests.smarketing.plain.loop import Loop, cents
from tests.smarketing.plain.promises import Promises
from tests.smarketing.plain.rows import LADDER, OFF, Life, Raw

MONTH = WEDNESDAY.date().replace(day=1)
SINCE = date(2026, 3, 1)
STATUSES = ["kept", "broken", "running", "excused"]


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker, tmp_path_factory):
    """One demo for all of these tests, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(tmp_path_factory.mktemp("figures"), leads=SIZE)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def raw(company, django_db_blocker) -> Raw:
    with django_db_blocker.unblock():
        return Raw(WEDNESDAY)


@pytest.fixture(scope="module")
def promises(raw) -> Promises:
    return Promises(raw)


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def page(url: str, who: str) -> Node:
    with time_machine.travel(WEDNESDAY, tick=False):
        client = Client()
        client.force_login(User.objects.get(email=f"{who}@loadline.example"))
        answer = client.get(url)
    assert answer.status_code == 200, url
    return parse(answer.content.decode())


def table_rows(table: Node) -> list[Node]:
    return [row for body in table.all("tbody") for row in body.all("tr")]


def cells(row: Node) -> list[Node]:
    return [child for child in row.children if isinstance(child, Node) and child.tag == "td"]


# --- The queue ------------------------------------------------------------------------------------------------
def test_the_queue_of_a_rep_stands_by_deadline_and_holds_every_lead_once(raw, promises):
    shown = page("/queue/", "kofi.mensah").one(id="queue-list")
    mine = waiting_of(raw, "kofi.mensah")
    asleep, back = snoozed(raw, mine)
    pressing = most_pressing(promises, mine - asleep - back)
    groups: dict[str, list[int]] = {}
    for pk, due in sorted(pressing.items(), key=lambda item: item[1]):
        groups.setdefault(heading_of(due, raw), []).append(pk)
    told, counted = groups_on(shown)

    assert {title: pks for title, pks in told.items() if title in groups} == groups
    assert told["Back from snooze"] == list(back)
    assert sorted(pk for pks in told.values() for pk in pks) == sorted(mine - asleep)
    assert counted == {title: len(pks) for title, pks in told.items()}


def test_the_tabs_of_the_queue_count_what_stands_behind_them(raw, promises):
    tabs = {
        tab.text.rstrip("0123456789 "): tab.numbers
        for tab in page("/queue/", "kofi.mensah").one(id="queue-list").one("header").all("a")
    }
    mine = waiting_of(raw, "kofi.mensah")
    asleep, _ = snoozed(raw, mine)
    nobodys = [life for life in raw.leads.values() if life.state == "mql" and life.lead["owner_id"] is None]

    assert tabs["Mine"] == [len(mine - asleep)]
    assert tabs["Snoozed"] == [len(asleep)]
    assert tabs["Unclaimed"] == [len(nobodys)]


def test_what_is_put_off_stands_by_when_it_comes_back(raw):
    shown = page("/queue/?tab=snoozed", "kofi.mensah").one(id="queue-list")
    mine = waiting_of(raw, "kofi.mensah")
    asleep, _ = snoozed(raw, mine)
    until = {row["lead_id"]: row["until_at"] for row in raw["leads_snooze"]}
    told, _ = groups_on(shown)

    assert [pk for pks in told.values() for pk in pks] == sorted(asleep, key=lambda pk: until[pk])


def waiting_of(raw: Raw, who: str) -> set[int]:
    rep = next(pk for pk, user in raw.users.items() if user["email"].startswith(f"{who}@"))
    return {
        pk
        for pk, life in raw.leads.items()
        if life.lead["owner_id"] == rep and life.state in ("mql", "sal", "sql")
    }


def snoozed(raw: Raw, leads: set[int]) -> tuple[set[int], set[int]]:
    """Those that are put off still, and those whose buyer, or whose time, came since."""
    touches, asleep, back = raw.by_lead("leads_touch"), set(), set()
    for row in raw["leads_snooze"]:
        if row["lead_id"] in leads and row["ended_at"] is None:
            news = any(touch["at"] > row["at"] for touch in touches[row["lead_id"]])
            (back if news or row["until_at"] <= WEDNESDAY else asleep).add(row["lead_id"])
    return asleep, back


def most_pressing(promises: Promises, leads: set[int]) -> dict[int, datetime]:
    due: dict[int, datetime] = {}
    for clock in promises.clocks:
        pk = clock.life.lead["id"]
        if pk in leads and clock.stopped_at is None:
            due[pk] = min(due.get(pk, clock.due_at), clock.due_at)
    return due


def heading_of(due: datetime, raw: Raw) -> str:
    if due < WEDNESDAY:
        return "Late"
    if due - WEDNESDAY <= timedelta(hours=4):
        return "Due next"
    days = (raw.day(due) - raw.day(WEDNESDAY)).days
    return {0: "Later today", 1: "Tomorrow"}.get(days, "Later")


def groups_on(shown: Node) -> tuple[dict[str, list[int]], dict[str, int]]:
    """The leads under each heading, and how many the heading says they are."""
    told: dict[str, list[int]] = {}
    counted: dict[str, int] = {}
    title = ""
    for node in shown.one(cls="q").nodes():
        if node.tag == "h2":
            title = node.text.rstrip("0123456789 ")
            counted[title], told[title] = node.one("em").numbers[0], []
        elif node.tag == "a" and "data-item" in node.attrs:
            told[title].append(int(re.findall(r"\d+", node.attrs["href"])[0]))
    return told, counted


# --- The SLA page ---------------------------------------------------------------------------------------------
def test_what_is_broken_and_unclaimed_right_now_is_counted(raw, promises):
    shown = page("/sla/", "marta.silva")
    waiting = [clock for clock in promises.clocks if clock.stopped_at is None]
    late = [clock for clock in waiting if clock.due_at < WEDNESDAY]
    nobodys = [clock for clock in waiting if clock.owner is None]
    alerts = {next(iter(one.one("b").numbers)): one for one in shown.one(id="sla-now").all(cls="alert")}

    assert list(alerts) == [len(late), len(nobodys)]
    before = sum(raw.day(clock.started_at) < MONTH for clock in late)
    assert f"{before} of them began before" in alerts[len(late)].text if before else True


def test_each_promise_is_kept_as_often_as_the_page_says(raw, promises):
    shown = page("/sla/", "marta.silva")
    started = promises.started(MONTH)
    sales = shown.one("section", aria_labelledby="pact-sales").all(cls="pact-row")

    for row, promise in zip(sales, ours(promises, "sales"), strict=True):
        if promise["kind"] == "response":
            of = promises.count([one for one in started if one.promise["id"] == promise["id"]])
            settled = of["kept"] + of["broken"]
            assert row.one(cls="pact-figure").one("b").text == f"{100 * of['kept'] // settled}%"
            told = re.findall(r"([\d,]+) (kept|broken|running|excused)", row.one(cls="pact-states").text)
            assert {status: int(n.replace(",", "")) for n, status in told} == {
                one: of[one] for one in STATUSES if of[one]
            }
            assert f"{of['broken']} of {settled} late" in row.one(cls="pact-note").text


def test_the_volumes_say_how_many_of_how_many_and_where_the_pace_leads(raw, promises):
    shown = page("/sla/", "marta.silva")

    for promise in ours(promises, "marketing") + ours(promises, "sales"):
        if promise["kind"] == "response":
            continue
        first, until = period(promise)
        done, present = promises.done(promise["measure"], first, until), promises.present(first, until)
        n = sum(done.values()) if promise["measure"] == "handovers" else sum(done[rep] for rep in present)
        row = next(
            row for row in shown.all(cls="pact-row") if row.one("p", "pact-note") and volume_of(row, promise)
        )
        assert row.one(cls="pact-figure").one("b").number == n
        assert row.one(cls="pact-figure").one("small").numbers == [promise["target"] * len(present)]
        ahead = n - round(promise["target"] * len(present) * promises.elapsed(first, until))
        assert f"{abs(ahead)} {'ahead of' if ahead > 0 else 'behind'} pace" in row.one(cls="pact-note").text


def test_a_teams_share_is_of_all_that_is_settled(raw, promises):
    since = date(2026, 5, 1)
    shown = page(f"/sla/?since={since}", "marta.silva")

    for team in ("marketing", "sales"):
        kept = settled = 0
        for promise in ours(promises, team):
            if promise["kind"] == "response":
                of = promises.count(
                    [one for one in promises.started(since) if one.promise["id"] == promise["id"]]
                )
            else:
                of = volumes(promises, promise, since)
            kept, settled = kept + of["kept"], settled + of["kept"] + of["broken"]
        score = shown.one("section", aria_labelledby=f"pact-{team}").one(cls="pact-score")
        assert score.one("b").parent.attrs["title"] == f"{kept:,} of {settled:,}"
        assert score.one("b").text == f"{100 * kept // settled}%"


def volumes(promises: Promises, promise: dict, since: date) -> Counter[str]:
    """Of the whole periods since then: how many promises, a team's month or a rep's week, were kept."""
    found: Counter[str] = Counter()
    first, until = period_from(promise, since)
    while first <= WEDNESDAY.date():
        done, present = promises.done(promise["measure"], first, until), promises.present(first, until)
        is_over = promises.midnight(until) <= WEDNESDAY
        if promise["measure"] == "handovers":
            owed = [(sum(done.values()), promise["target"] * len(present))]
        else:
            owed = [(done[rep], promise["target"]) for rep in present]
        found.update("kept" if n >= of else "broken" if is_over else "running" for n, of in owed)
        first, until = period_from(promise, until)
    return found


def period_from(promise: dict, day: date) -> tuple[date, date]:
    """The first whole period that begins on this day or later."""
    if promise["period"] == "month":
        first = day if day.day == 1 else (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    first = day + timedelta(days=-day.weekday() % 7)
    return first, first + timedelta(days=7)


def test_the_days_of_the_pacing_chart_add_up(raw, promises):
    chart = page("/sla/", "marta.silva").one("figure", cls="chart")
    (promise,) = ours(promises, "marketing")
    first, until = period(promise)
    done = 0

    for row in table_rows(chart):
        day, delivered = (
            date.fromisoformat(f"{first.year}-{first:%m}-{row.one('th').numbers[0]:02d}"),
            cells(row)[0],
        )
        done += sum(promises.done("handovers", day, day + timedelta(days=1)).values())
        assert delivered.number == (done if day <= WEDNESDAY.date() else None)
        planned = (
            promise["target"] * len(promises.present(first, until)) * elapsed_by(promises, first, until, day)
        )
        assert abs(cells(row)[2].number - Decimal(planned)) < Decimal("0.011")


@pytest.mark.parametrize("key", ["decide", "first-contact"])
def test_each_reps_line_counts_the_clocks_booked_to_them(raw, promises, key):
    section = page(f"/sla/?by={key}", "marta.silva").one(id="reps")
    names = {None: "Unclaimed", **{pk: user["name"] for pk, user in raw.users.items()}}
    by_owner: dict[str, list] = {}
    for clock in promises.started(MONTH):
        if clock.promise["key"] == key:
            by_owner.setdefault(names[clock.owner], []).append(clock)
    rows = {row.one("th").all("bdi", "")[-1].text if row.one("th").all("bdi") else "Unclaimed": row
            for row in table_rows(section)}  # fmt: skip

    assert set(rows) == set(by_owner)
    for name, clocks in by_owner.items():
        number, median, share = cells(rows[name])
        of = promises.count(clocks)
        assert number.number == len(clocks)
        assert median.text == in_words(promises.median_minutes(clocks))
        settled = of["kept"] + of["broken"]
        said = (
            f"{100 * of['kept'] // settled}%" if settled else f"{of['running'] + of['excused']} not settled"
        )
        assert share.text == said


@pytest.mark.parametrize(
    ("key", "measure"), [("hand-overs", "handovers"), ("real-contacts", "real_contacts")]
)
def test_each_reps_volume_is_what_they_did(raw, promises, key, measure):
    section = page(f"/sla/?by={key}", "marta.silva").one(id="reps")
    (promise,) = [one for one in promises.promises if one["key"] == key and one["until"] is None]
    done = promises.done(measure, *period(promise))
    expected = {
        raw.users[rep]["name"]: [done[rep], promise["target"]] for rep in promises.present(*period(promise))
    }

    told_by = {
        row.one("th").one("bdi").text: [int(cell.number) for cell in cells(row)[:2]]
        for row in table_rows(section)
    }
    assert told_by == expected


def test_the_lists_at_the_foot_hold_as_many_as_their_tabs_say(raw, promises):
    shown = page("/sla/", "marta.silva")
    of, now = (
        promises.count(promises.started(MONTH)),
        promises.count([c for c in promises.clocks if not c.stopped_at]),
    )
    tabs = {tab.text: tab.numbers for tab in shown.one(id="broken").one(cls="card-tabs").all("a")}
    numbers = {
        "".join(ch for ch in name if not ch.isdigit()).strip(): (n or [0])[-1] for name, n in tabs.items()
    }

    assert (numbers["Broken"], numbers["Excused"]) == (of["broken"], of["excused"])
    assert (numbers["Open now"], numbers["Due next"]) == (now["broken"], now["running"])
    assert numbers["Worked late"] + numbers["Explained"] >= of["broken"] - now["broken"]


def ours(promises: Promises, team: str) -> list[dict]:
    return [one for one in promises.promises if one["team"] == team and one["until"] is None]


def period(promise: dict) -> tuple[date, date]:
    if promise["period"] == "month":
        return MONTH, (MONTH + timedelta(days=31)).replace(day=1)
    monday = WEDNESDAY.date() - timedelta(days=WEDNESDAY.weekday())
    return monday, monday + timedelta(days=7)


def volume_of(row: Node, promise: dict) -> bool:
    return f"this {promise['period']}" in row.one(cls="pact-figure").text


def elapsed_by(promises: Promises, first: date, until: date, day: date) -> float:
    start, end, then = (promises.midnight(one) for one in (first, until, day + timedelta(days=1)))
    return promises.hours.between(None, start, then) / promises.hours.between(None, start, end)


def in_words(minutes: float | None) -> str:
    if minutes is None:
        return "–none"
    whole = round(minutes)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"


# --- The closed loop ------------------------------------------------------------------------------------------
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


# --- The funnel -----------------------------------------------------------------------------------------------
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
    assert f"{len(lives):,} leads became {passed[-1]:,} customers" in head


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


def funnel_page(raw: Raw, period: str) -> tuple[Node, list[Life]]:
    first = WEDNESDAY.date() - timedelta(days=89)
    lives = [life for life in raw.leads.values() if period == "all" or raw.day(life.born_at) >= first]
    return page(f"/funnel/?period={period}", "noor.wit"), lives


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

"""The SLA page: promises kept and broken, volumes, paces, each rep's line."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.smarketing.demos import WEDNESDAY
from tests.smarketing.plain.html import Node
from tests.smarketing.plain.pages import cells, page, table_rows
from tests.smarketing.plain.promises import Promises

MONTH = WEDNESDAY.date().replace(day=1)
STATUSES = ["kept", "broken", "running", "excused"]


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

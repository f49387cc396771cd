"""The queue of a rep: what stands in it, where, and what its tabs count."""

import re
from datetime import datetime, timedelta

from tests.smarketing.demos import WEDNESDAY
from tests.smarketing.plain.html import Node
from tests.smarketing.plain.pages import page
from tests.smarketing.plain.promises import Promises
from tests.smarketing.plain.rows import Raw


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

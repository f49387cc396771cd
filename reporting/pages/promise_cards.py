"""What the SLA page draws of the report: a card for each team, a table of people, each number with its list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from reporting.figures import ALL
from reporting.promises import Done, Holder, Promised
from reporting.scope import Scope
from sla.models import Commitment
from sla.statuses import Status
from sla.words import sentence

Row = dict[str, Any]
TEAMS = ("marketing", "sales")
# From which share on a figure is calm, and from which it only needs an eye on it.
OK_FROM, WARN_FROM = 0.95, 0.8
NEARLY = Decimal("0.9")  # of a volume, where the pace of a running period leads
ICONS = {"ok": "circle-check", "warn": "circle-alert", "bad": "circle-x", "neutral": "circle-dashed"}
NOUNS = {"week": "week", "month": "month"}


def teams(report: Row, promises: dict[int, Commitment], scope: Scope) -> list[Row]:
    """Both teams, each with the share it kept and its promises as sentences."""
    found = []
    for team in TEAMS:
        own = [one for one in report["commitments"] if one["team"] == team]
        found.append(
            {
                "key": team,
                "score": score(own),
                "promises": [promise_card(one, promises[one["id"]], scope) for one in own],
            }
        )
    return found


def score(own: list[Row]) -> Row:
    """The share of a team's promises that was kept; while none is over, how far the running ones are."""
    kept, of = (sum(one["attainment"][name] for one in own) for name in ("n", "of"))
    if of:
        return {
            "pct": 100 * kept / of,
            "target": 100,
            "tone": tone(kept / of),
            "words": f"kept, {kept:,} of {of:,}",
        }
    paces = [one["pace"] for one in own if one["pace"] and one["pace"]["of"]]
    if not paces:
        return {"pct": None, "target": 100, "tone": "neutral", "words": "nothing to keep yet"}
    n, of = (sum(pace[name] for pace in paces) for name in ("n", "of"))
    return {
        "pct": 100 * n / of,
        "target": 100 * paces[0]["elapsed"],
        "tone": pace_tone(paces[0]),
        "words": f"{n:,} of {of:,} so far",
    }


def promise_card(one: Row, promise: Commitment, scope: Scope) -> Row:
    card = {
        "sentence": sentence(promise),
        "states": states(one, scope),
        "median": one["median_working_minutes"],
    }
    return card | (volume_part(one, promise, scope) if one["kind"] == "volume" else response_part(one))


def response_part(one: Row) -> Row:
    rate = one["attainment"]
    calm = tone(rate["rate"]) if rate["of"] else "neutral"
    return {
        "rate": rate,
        "pct": 100 * rate["n"] / rate["of"] if rate["of"] else 0,
        "target": 100,
        "tone": calm,
        "icon": ICONS[calm],
        "note": note(one),
    }


def note(one: Row) -> str:
    """The state of a response in a few words."""
    if one["broken"]:
        return f"{one['broken']:,} broken of {one['attainment']['of']:,} that are settled"
    if one["kept"]:
        return "Every one was kept"
    return (
        f"{one['running']:,} running, none settled yet"
        if one["running"]
        else "No clock started in this period"
    )


def volume_part(one: Row, promise: Commitment, scope: Scope) -> Row:
    """Of a volume the running period comes first: what is done, and where this pace leads."""
    pace = one["pace"]
    settled = f"{one['kept']:,} kept, {one['broken']:,} broken" if one["attainment"]["of"] else ""
    if pace is None:
        calm = tone(one["attainment"]["rate"]) if one["attainment"]["of"] else "neutral"
        return {"pct": 100 * (one["attainment"]["rate"] or 0), "target": 100, "tone": calm, "icon": ICONS[calm],
                "rate": one["attainment"], "note": "No period of this promise runs in these days", "settled": settled,
                "unit": unit(one)}  # fmt: skip
    calm = pace_tone(pace)
    running = running_from(scope, pace)
    return {
        "pace": pace,
        "href": done_url(running, promise, ALL) if pace["n"] else "",
        "pct": 100 * pace["n"] / pace["of"] if pace["of"] else 0,
        "target": 100 * pace["elapsed"],
        "tone": calm,
        "icon": ICONS[calm],
        "note": pace["words"],
        "settled": settled,
        "unit": unit(one),
        "this": f"this {NOUNS[one['period']]}",
        "days": [day | {"day": date.fromisoformat(day["day"])} for day in pace["days"]],
        "done": [day["n"] for day in pace["days"] if day["n"] is not None],
        "planned": [day["planned"] for day in pace["days"]],
    }


def unit(one: Row) -> str:
    """What is kept or broken of a volume: months of the team, or weeks of one rep each."""
    return "months" if one["period"] == "month" else "rep-weeks"


def states(one: Row, scope: Scope) -> list[Row]:
    """Kept, broken, running, excused: each opens to its clocks; of volumes there are no clocks to open."""
    found = []
    for status in Status:
        n = one[str(status)]
        opens = n and one["kind"] == "response"
        href = promised_url(Promised(scope, one["id"], str(status))) if opens else ""
        found.append({"key": str(status), "label": status.label.lower(), "n": n, "href": href})
    return found


# --- People ---------------------------------------------------------------------------------------------------
def people_columns(report: Row, promises: dict[int, Commitment]) -> list[Row]:
    heads = {"decide": "Decided in time", "first-contact": "Contacted in time"}
    columns: list[Row] = [{"label": "Rep"}]
    for one in report["commitments"]:
        if one["kind"] == "response":
            columns += [{"label": heads.get(one["key"], one["name"])}, {"label": "Median", "num": True}]
        elif one["pace"]:
            this = f"this {NOUNS[one['period']]}"
            what = (
                "Hand-overs"
                if promises[one["id"]].measure == Commitment.Measure.HANDOVERS
                else "Real contacts"
            )
            columns.append({"label": f"{what} {this}"})
    return columns


def people(report: Row, promises: dict[int, Commitment], scope: Scope) -> list[Row]:
    """A line for everybody who held a clock or owes a volume; what nobody holds stands last."""
    names: dict[Holder, str | None] = {}
    for one in report["commitments"]:
        rows = [*one["rows"], *(one["pace"]["rows"] if one["pace"] else [])]
        names |= {row["id"]: row["owner"] for row in rows}
    order = sorted(names, key=lambda pk: (pk is None, names[pk] or ""))
    return [{"name": names[pk], "cells": [cell for one in report["commitments"]
             for cell in person_cells(one, promises[one["id"]], pk, scope)]} for pk in order]  # fmt: skip


def person_cells(one: Row, promise: Commitment, pk: Holder, scope: Scope) -> list[Row]:
    if one["kind"] == "response":
        row = next((row for row in one["rows"] if row["id"] == pk), None)
        return response_cells(one, row, pk, scope)
    if one["pace"] is None:
        return []
    pace = next((row for row in one["pace"]["rows"] if row["id"] == pk), None)
    running = running_from(scope, one["pace"])
    if pace is None:
        return [{"kind": "none"}]
    calm = pace_tone(pace)
    href = done_url(running, promise, pk) if pace["n"] else ""
    return [{"kind": "share", "n": pace["n"], "of": pace["of"], "href": href, "tone": calm,
             "pct": 100 * pace["n"] / pace["of"], "target": 100 * pace["elapsed"]}]  # fmt: skip


def response_cells(one: Row, row: Row | None, pk: Holder, scope: Scope) -> list[Row]:
    if row is None:
        return [{"kind": "none"}, {"kind": "none"}]
    rate = row["attainment"]
    href = promised_url(Promised(scope, one["id"], owner=pk))
    median = {"kind": "minutes", "value": row["median_working_minutes"]}
    if not rate["of"]:
        return [
            {"kind": "words", "words": f"{row['running'] + row['excused']:,} not settled", "href": href},
            median,
        ]
    share = {"kind": "share", "n": rate["n"], "of": rate["of"], "href": href, "tone": tone(rate["rate"]),
             "pct": 100 * rate["n"] / rate["of"], "target": 0}  # fmt: skip
    return [share, median]


def tone(rate: float | None) -> str:
    return "neutral" if rate is None else "ok" if rate >= OK_FROM else "warn" if rate >= WARN_FROM else "bad"


def pace_tone(pace: Row) -> str:
    """By where the running period leads: short by a tenth is a warning, by more is bad."""
    if not pace["of"] or pace["expected"] is None:
        return "neutral"
    leads_to = Decimal(pace["expected"]) / pace["of"]
    return "ok" if leads_to >= 1 else "warn" if leads_to >= NEARLY else "bad"


def promised_url(figure: Promised) -> str:
    return f"{reverse('reporting:promised')}?{urlencode(figure.query())}"


def done_url(scope: Scope, promise: Commitment, owner: Holder) -> str:
    return f"{reverse('reporting:promised')}?{urlencode(Done(scope, promise, owner).query())}"


def running_from(scope: Scope, pace: Row) -> Scope:
    """From the first day of the running period on, which may lie before the window."""
    return replace(scope, since=date.fromisoformat(pace["since"]), until=None)

"""Who keeps one promise: a line for everybody who held a clock or owes a volume, sorted as asked."""

from __future__ import annotations

from typing import Any

from reporting.pages.promise_cards import (
    Row,
    Told,
    done_url,
    pace_tone,
    promised_url,
    running_from,
    tone,
    whole_percent,
)
from reporting.pages.sla_window import View
from reporting.promises import Promised
from sla.models import Commitment
from sla.words import working_words

SHORT = {
    Commitment.StopsOn.DECISION: "Decision",
    Commitment.StopsOn.FIRST_CONTACT: "First contact",
    Commitment.Measure.HANDOVERS: "Hand-overs",
    Commitment.Measure.REAL_CONTACTS: "Conversations",
}


def by_rep(told: Told, view: View) -> Row | None:
    """The table of one promise, the first if the address names none, and the way to the others."""
    known = {one["key"]: one for one in told.report["commitments"] if people_of(one)}
    if not known:
        return None
    order = sorted(known, key=lambda key: (known[key]["kind"] != "response", known[key]["id"]))
    key = view.rest.get("by", "")
    key = key if key in known else order[0]
    one, promise = known[key], told.promises[known[key]["id"]]
    rows = [line(one, promise, row, told, view) for row in people_of(one)]
    sort = view.rest.get("sort", "")
    return {
        "tabs": [
            {"label": SHORT[measure_of(told.promises[known[name]["id"]])],
             "url": f"{view.url(by=name, sort=None)}#reps", "current": name == key}
            for name in order
        ],
        "title": f"{SHORT[measure_of(promise)]} by rep",
        "promise": promise_of(promise),
        "columns": columns(one, view, sort),
        "rows": sort_rows(rows, sort),
        "response": one["kind"] == "response",
    }  # fmt: skip


def people_of(one: Row) -> list[Row]:
    if one["kind"] == "response":
        return list(one["rows"])
    return one["pace"]["rows"] if one["pace"] else []


def measure_of(promise: Commitment) -> Any:
    return promise.stops_on or promise.measure


def promise_of(promise: Commitment) -> str:
    if promise.kind == Commitment.Kind.RESPONSE:
        return f"Promise: {working_words(promise.within)}"
    return f"Promise: {promise.target:,} a {promise.get_period_display().lower()}"


def line(one: Row, promise: Commitment, row: Row, told: Told, view: View) -> Row:
    """One person. `sorts` holds the plain numbers that columns are sorted by; None stands last either way."""
    rep = row["id"]
    base = {
        "name": row["owner"],
        "only": view.url(rep=str(rep)) if rep and told.among.rep != rep else "",
    }
    if one["kind"] == "response":
        return base | response_line(one, row, told)
    running, calm = running_from(told.scope, row | {"since": one["pace"]["since"]}), pace_tone(row)
    share = 100 * row["n"] / row["of"] if row["of"] else 0
    return base | {
        "cells": [
            {"n": row["n"], "href": done_url(running, promise, rep, told.among) if row["n"] else ""},
            {"n": row["of"]},
        ],
        "figure": f"{int(share)}%", "tone": calm, "pct": share, "target": 100 * row["elapsed"],
        "sorts": {"name": row["owner"] or "", "n": row["n"], "second": row["of"], "share": share},
    }  # fmt: skip


def response_line(one: Row, row: Row, told: Told) -> Row:
    rate, median = row["attainment"], row["median_working_minutes"]
    clocks = row["kept"] + row["broken"] + row["running"] + row["excused"]
    share = 100 * rate["n"] / rate["of"] if rate["of"] else None
    whole = promised_url(Promised(told.scope, one["id"], owner=row["id"], among=told.among))
    late = promised_url(Promised(told.scope, one["id"], "broken", owner=row["id"], among=told.among))
    return {
        "cells": [{"n": clocks, "href": whole}, {"minutes": median}],
        "figure": f"{whole_percent(rate)}%" if rate["of"] else "",
        "href": late if row["broken"] else "",
        "words": f"{row['running'] + row['excused']:,} not settled",
        "said": f"{rate['n']:,} of {rate['of']:,} in time",
        "tone": tone(rate["rate"], one["goal"]),
        "pct": share or 0,
        "target": 100 * one["goal"],
        "sorts": {"name": row["owner"] or "", "n": clocks, "second": median, "share": share},
    }


def columns(one: Row, view: View, sort: str) -> list[Row]:
    response = one["kind"] == "response"
    heads = [
        ("name", "Rep", False),
        ("n", "Leads" if response else "Done", True),
        ("second", "Median" if response else "Of", True),
        ("share", "On time" if response else "Share", False),
    ]
    found = []
    for name, label, num in heads:
        down, up = f"-{name}", name
        first, other = (up, down) if name == "name" else (down, up)
        found.append(
            {
                "label": label,
                "num": num,
                "url": f"{view.url(sort=other if sort == first else first)}#reps",
                "sort": {up: "ascending", down: "descending"}.get(sort, ""),
            }
        )
    return found


def sort_rows(rows: list[Row], sort: str) -> list[Row]:
    """Nobody's clocks stand last as the report has them; a sort puts those without a value last."""
    name = sort.removeprefix("-")
    if name not in ("name", "n", "second", "share"):
        return rows
    known = [row for row in rows if row["sorts"][name] not in (None, "")]
    known.sort(key=lambda row: row["sorts"][name], reverse=sort.startswith("-"))
    return known + [row for row in rows if row["sorts"][name] in (None, "")]

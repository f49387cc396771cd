"""Below the table: where the leads went, as flows, and why sales rejected some of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

from leads.models import Channel
from leads.naming import STATES, many
from leads.stages import LADDER, Stage
from reporting import flows
from reporting.figures import ALL, Figure
from reporting.pages import words
from reporting.pages.loop_table import figure_url, label, of_leads
from reporting.refusals import refusals_of
from reporting.scope import Scope

SHOWN = 10  # rows of the reasons
REACHED = {Stage.MQL: "mql", Stage.SAL: "sal", Stage.SQL: "sql", Stage.CUSTOMER: "customers"}
OUTCOMES = {flows.OPEN: "Still open"} | {
    outcome: words.STATES[outcome] for outcome in flows.OUTCOMES if outcome != flows.OPEN
}


@dataclass(frozen=True)
class Node:
    """One bar of the drawing: `key` tells it from others of its name, `depth` is its column."""

    key: str
    name: str
    tone: str
    depth: int


@dataclass(frozen=True)
class Flow:
    source: Node
    target: Node
    leads: int
    href: str


def went(scope: Scope) -> dict[str, Any]:
    """The flows of the window's leads and the sentence that says them."""
    of = of_leads(scope)
    found = flows.flows_of(of)
    ended = Counter({(row["key"], row["reached"], row["outcome"]): row["leads"] for row in found})
    names = dict(
        Channel.objects.filter(pk__in={row["key"] for row in found} - {None}).values_list("pk", "name")
    )
    passed = [
        sum(n for (_, reached, _), n in ended.items() if reached >= rank) for rank in range(len(LADDER))
    ]
    drawn = _from_channels(of, ended, names) + _between_stages(of, ended, passed)
    return {"flows": drawn, "sentence": _sentence(passed, ended), "leads": passed[0]}


def went_from(scope: Scope, key: Any, name: str) -> dict[str, Any]:
    """The flows of one group's leads alone."""
    of = replace(scope, basis="cohort")
    ended = Counter(
        {
            (key, row["reached"], row["outcome"]): row["leads"]
            for row in flows.flows_of(of)
            if row["key"] == key
        }
    )
    passed = _passed(ended)
    on = passed[Stage.MQL.rank]
    source = Node("group", name, "neutral", 0)
    drawn = _flows(of, source, key, Stage.VISITOR, on, lambda outcome: ended[key, 0, outcome])
    drawn += _between_stages(of, ended, passed, key)
    return {"flows": drawn, "sentence": _sentence(passed, ended), "leads": passed[0]}


def _passed(ended: Counter) -> list[int]:
    """How many reached each stage or passed it."""
    return [sum(n for (_, reached, _), n in ended.items() if reached >= rank) for rank in range(len(LADDER))]


def _from_channels(scope: Scope, ended: Counter, names: dict[int, str]) -> list[Flow]:
    leads: Counter = Counter()
    for (key, _, _), n in ended.items():
        leads[key] += n
    drawn: list[Flow] = []
    for key, _ in sorted(leads.items(), key=lambda item: (item[0] is None, -item[1])):
        node = Node(
            f"channel:{key or ''}",
            words.none_of("channel").capitalize() if key is None else names[key],
            "neutral",
            0,
        )
        on = sum(n for (k, reached, _), n in ended.items() if k == key and reached)
        drawn += _flows(scope, node, key, Stage.VISITOR, on, lambda o, key=key: ended[key, 0, o])
    return drawn


def _between_stages(scope: Scope, ended: Counter, passed: list[int], key: Any = ALL) -> list[Flow]:
    drawn: list[Flow] = []
    for stage in REACHED:
        out: Counter = Counter()
        for (_, reached, outcome), n in ended.items():
            if reached == stage.rank:
                out[outcome] += n
        on = passed[stage.rank + 1] if stage.rank + 1 < len(LADDER) else 0
        drawn += _flows(scope, _stage(stage), key, stage, on, out.__getitem__)
    return drawn


def _flows(scope: Scope, source: Node, key: Any, stage: Stage, on: int, ended: Any) -> list[Flow]:
    """What leaves one bar: to the next stage, and to where leads of this stage ended."""
    drawn = []
    if on:
        onward = LADDER[stage.rank + 1]
        drawn.append(Flow(source, _stage(onward), on, figure_url(Figure(REACHED[onward], key, scope))))
    for outcome, name in OUTCOMES.items():
        if n := ended(outcome):
            tone = stage if outcome == flows.OPEN else outcome
            target = Node(f"{stage}:{outcome}", name, str(tone), stage.rank + 1)
            drawn.append(Flow(source, target, n, figure_url(Figure(f"ended:{stage}:{outcome}", key, scope))))
    return drawn


def _stage(stage: Stage) -> Node:
    return Node(str(stage), words.STATES[stage], str(stage), stage.rank)


def _sentence(passed: list[int], ended: Counter) -> str:
    leads, mql, sal, sql, customers = passed
    still_open = sum(n for (_, _, outcome), n in ended.items() if outcome == flows.OPEN)
    born = f"Of {leads:,} lead{'' if leads == 1 else 's'} born in the period, {mql:,} became {STATES['mql']}"
    won = f"sales accepted {sal:,}, {sql:,} became {STATES['sql']} and {customers:,} {many('customer')}"
    return f"{born}, {won}; {still_open:,} {'is' if still_open == 1 else 'are'} still open."


# --- Why sales said no -------------------------------------------------------------------------------------
def refused(scope: Scope, only: Any, report: dict[str, Any], *, every: bool = False) -> dict[str, Any]:
    """Groups by reasons, the most rejected first, or one group alone; each number opens to its leads."""
    counts: dict[Any, Counter] = defaultdict(Counter)
    reasons: Counter = Counter()
    for row in refusals_of(scope):
        if only is not ALL and row["key"] != only:
            continue
        counts[row["key"]][row["reason"]] += row["n"]
        reasons[row["reason"]] += row["n"]
    told = [reason for reason, _ in reasons.most_common()]
    by_id = {row["id"]: row for row in report["rows"]}
    keys = sorted(counts, key=lambda key: (key is None, -counts[key].total()))
    table = [
        {
            "label": label(scope, by_id[_as_id(key)]),
            "is_none": key is None,
            "cells": [_number(scope, f"rejected_for:{reason}", key, counts[key][reason]) for reason in told],
            "total": _number(scope, "rejected", key, by_id[_as_id(key)]["rejected"]),
        }
        for key in (keys if every else keys[:SHOWN])
    ]
    return {
        "reasons": [words.reason_words(reason) for reason in told],
        "rows": table,
        "hidden": max(0, len(keys) - len(table)),
        "sums": [_number(scope, f"rejected_for:{reason}", only, reasons[reason]) for reason in told],
        "total": _number(scope, "rejected", only, report["total"]["rejected"]),
        "sentence": _most_often(scope, reasons, report["total"]["rejected"]) if told else "",
        "overlaps": reasons.total() != report["total"]["rejected"],
    }


def _as_id(key: Any) -> Any:
    return key.isoformat() if hasattr(key, "isoformat") else key


def _number(scope: Scope, name: str, key: Any, n: int) -> dict[str, Any]:
    return {"n": n, "href": figure_url(Figure(name, key, scope)) if n else ""}


def _most_often(scope: Scope, reasons: Counter, rejected: int) -> str:
    reason, n = reasons.most_common(1)[0]
    what = (
        f"lead{'' if rejected == 1 else 's'} rejected"
        if scope.basis == "cohort"
        else f"rejection{'' if rejected == 1 else 's'}"
    )
    return f"{rejected:,} {what}. Most often: {words.reason_words(reason).lower()} ({n:,})."

"""What the funnel page draws of the report: stages, the leak, what waits, the cohorts as a map of heat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from leads.definitions import Document
from leads.models import Lead
from leads.naming import many
from leads.stages import LADDER, Stage
from reporting import flows
from reporting.ageing import whenever_born
from reporting.figures import ALL, Figure
from reporting.leak import Step, worst
from reporting.pages import words
from reporting.pages.loop_table import figure_url
from reporting.scope import Scope

COHORTS = 13  # months on the page
DAY = 86_400  # seconds
TONES = 7  # classes of the map, 0 where nobody got so far
REACHED = ("mql", "sal", "sql", "customers")


@dataclass(frozen=True)
class Known:
    report: dict[str, Any]
    scope: Scope
    steps: list[Step]
    ends: Counter[tuple[int, str]]
    agreed: Document
    before: str  # what the steps are compared with, in words


def opened(scope: Scope, name: str, n: int, key: Any = ALL) -> dict[str, Any]:
    """A number and where it opens to."""
    return {"n": n, "href": figure_url(Figure(name, key, scope)) if n else ""}


def stage_context(known: Known, stage: str) -> dict[str, Any]:
    report, scope = known.report, known.scope
    numbers = report["stages"][stage]
    step = next((step for step in report["steps"] if step["to"] == stage), None)
    compared = next((one for one in known.steps if one.target == stage), None)
    flagged = worst(known.steps)
    born = report["born"] or 1
    return {
        "key": str(stage),
        "name": words.STATES[stage],
        "place": Stage(stage).rank + 1,
        "target": target(known, stage, step, numbers["median_seconds"]),
        "step": step,
        "share": 100 * step["rate"] if step and step["of"] else None,
        "before": many(step["from"]) if step else "",
        "leaks": flagged is not None and flagged.target == stage,
        "than": than(compared, known.before) if compared else "",
        "pct": 100 * numbers["reached_or_passed"] / born,
        "reached": opened(scope, f"reached_or_passed:{stage}", numbers["reached_or_passed"]),
        "now": opened(scope, f"currently_in:{stage}", numbers["currently_in"]),
        "entered": opened(scope, f"ever_entered:{stage}", numbers["ever_entered"]),
        "entries": opened(scope, f"entries:{stage}", numbers["entries"]),
        "median": words.time_words(numbers["median_seconds"]),
        "working": words.work_words(numbers["median_working_minutes"]),
    }


def target(known: Known, stage: str, step: dict[str, Any] | None, median: float | None) -> dict[str, Any]:
    """What was agreed on, and whether it is met; None where nothing was, or nothing has happened yet."""
    terms = known.agreed.stages[stage]
    wanted, days = terms.target_share, terms.target_days
    if step is None:
        wanted = None  # the first stage is a share of none before it
    return {
        "share": wanted,
        "share_met": None if wanted is None or not step or not step["of"] else step["rate"] >= wanted,
        "days": days,
        "days_words": f"{days} day{'' if days == 1 else 's'}",
        "days_met": None if days is None or median is None else median <= days * DAY,
    }


def than(step: Step, before: str) -> str:
    """A share beside the one before, in points: "9.0 points below the 90 days before"."""
    points = round(step.points, 1)
    if not points:
        return f"as in {before}"
    return f"{abs(points):g} pts {'below' if points > 0 else 'above'} {before}"


# --- The leak -------------------------------------------------------------------------------------------------
def leak(known: Known) -> dict[str, Any] | None:
    """The step to fix first: what it let through then and now, and where those went who did not go on."""
    step = worst(known.steps)
    if step is None:
        return None
    ends = [
        {
            "words": "still open" if outcome == flows.OPEN else words.STATES[outcome].lower(),
            "key": "" if outcome == flows.OPEN else str(outcome),
            **opened(known.scope, f"ended:{step.source}:{outcome}", known.ends[step.source.rank, outcome]),
        }
        for outcome in flows.OUTCOMES
        if known.ends[step.source.rank, outcome]
    ]
    return {
        "step": step,
        "from": words.STATES[step.source],
        "to": words.STATES[step.target],
        "points": f"{round(step.points, 1):g}",
        "unit": "point" if round(step.points, 1) == 1 else "points",
        "now": 100 * step.n / step.of,
        "then": 100 * step.n_before / step.of_before,
        "before": known.before,
        "lost": sum(one["n"] for one in ends if one["key"]),
        "many": many(step.source),
        "ends": ends,
        "is_rejection": step.source == Stage.MQL,
        "tone": str(step.target),
    }


def weakest(report: dict[str, Any]) -> dict[str, Any] | None:
    """Where nothing fell: the step after the first that lets the smallest share through."""
    steps = [step for step in report["steps"][1:] if step["of"]]
    if not steps:
        return None
    step = min(steps, key=lambda one: one["rate"])
    return {"from": words.STATES[step["from"]], "to": words.STATES[step["to"]], "step": step}


# --- What waits, and what passes --------------------------------------------------------------------------------
def ageing(
    known: Known, limits: Mapping[str, int], stuck: Mapping[str, int], oldest: Mapping[str, list[Lead]]
) -> list[dict[str, Any]]:
    """Per stage: how many stand there longer than they should, and the leads that wait longest."""
    scope = whenever_born(known.scope)
    return [
        {
            "key": stage,
            "days": days,
            "agreed": known.agreed.stages[stage].target_days is not None,
            "stuck": opened(scope, f"stuck:{stage}:{days}", stuck[stage]),
            "leads": [
                {"lead": lead, "since": words.time_words((scope.as_of - lead.stage_since).total_seconds())}
                for lead in oldest.get(stage, [])
            ],
        }
        for stage, days in limits.items()
    ]


def passages(known: Known, counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Per stage: who stood there, came, went on, went out and stands there; each opens to its leads."""
    return [
        {
            "key": str(stage),
            **{kind: opened(known.scope, f"{kind}:{stage}", n) for kind, n in counts[stage].items()},
        }
        for stage in LADDER
    ]


# --- Cohorts --------------------------------------------------------------------------------------------------
def heat(scope: Scope, cohorts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last months of birth, the latest first; a share's tone is its place between its column's least and best."""
    shown = cohorts[-COHORTS:]
    spans = {name: [share(row, name) for row in shown if row[name]] for name in REACHED}
    return [
        {
            "label": words.key_words("month", month := date.fromisoformat(f"{row['period']}-01")),
            "born": opened(scope, "leads", row["born"], month),
            "cells": [
                {
                    **opened(scope, name, row[name], month),
                    "pct": 100 * share(row, name),
                    "tone": tone(share(row, name), spans[name]),
                }
                for name in REACHED
            ],
        }
        for row in reversed(shown)
    ]


def share(row: dict[str, Any], name: str) -> float:
    return row[name] / row["born"] if row["born"] else 0.0


def tone(value: float, column: list[float]) -> int:
    """A class from 0, where nobody got so far, to 6, the best of its column."""
    if not value:
        return 0
    least, best = min(column), max(column)
    place = (value - least) / (best - least) if best > least else 1.0
    return 1 + round((TONES - 2) * place)

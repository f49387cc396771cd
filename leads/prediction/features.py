"""From what was known at a hand-over to numbers: which there are, how one lead's are read, and what they add.

A feature is one entry of `CloseModel.weights["features"]`: its `group` (what it is about), its `level` (one value of
it, or None of a number), `mean` and `sd` over the hand-overs learned from, and in the end its weight `w`. A value
that is not known counts as the mean: it speaks neither for nor against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import log1p, sqrt
from typing import Any

from leads.models import CustomField, Touch
from leads.prediction.hand_overs import HandOver

SIZES = (1, 10, 50, 250, 1000)  # employees: lower bounds
FEWEST = 20  # hand-overs with a value before it is looked at by itself
MOST_LEVELS = 20  # of one fact
FACTS = ("channel", "country", "account.industry", "account.employees", "account.revenue_band")
KINDS = [str(kind) for kind in Touch.OF_THE_BUYER]
NUMBERS = [*(f"touches:{kind}" for kind in KINDS), "days", "fit", "engagement"]
UNKNOWN = ""
Feature = dict[str, Any]


def facts_asked() -> list[str]:
    """The facts that have values to tell apart: own choices and yes-or-no fields beside those every company has."""
    own = CustomField.objects.in_use().filter(kind__in=[CustomField.Kind.CHOICE, CustomField.Kind.YES_NO])
    prefix = {CustomField.Entity.LEAD: "custom.", CustomField.Entity.ACCOUNT: "account.custom."}
    return [*FACTS, *(f"{prefix[CustomField.Entity(row.entity)]}{row.key}" for row in own), "again"]


def level(one: HandOver, group: str) -> str:
    """The value of a fact as a short text; empty where it was not known."""
    if group == "again":
        return "yes" if one.turn > 1 else "no"
    value = one.facts.get(group)
    if group == "account.employees":
        return _size(value)
    return UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _size(value: Any) -> str:
    """Which of `SIZES`: by its lower bound."""
    digits = str(value or "").replace(",", "").strip()
    if not digits.isdigit() or int(digits) < SIZES[0]:
        return UNKNOWN
    return str(max(bound for bound in SIZES if bound <= int(digits)))


def number(one: HandOver, group: str) -> float | None:
    """A number as it is weighed: what grows without bounds by its logarithm."""
    if group.startswith("touches:"):
        return log1p(one.touches.get(group.removeprefix("touches:"), 0))
    if group == "days":
        return log1p(max(one.at - one.born_at, timedelta()) / timedelta(days=1))
    return one.fit if group == "fit" else one.engagement


def told(one: HandOver, group: str) -> str:
    """The value itself, as a short text, for who is to be told of it."""
    if group.startswith("touches:"):
        return str(one.touches.get(group.removeprefix("touches:"), 0))
    if group == "days":
        return str((one.at - one.born_at).days)
    if group in ("fit", "engagement"):
        return str(one.fit if group == "fit" else one.engagement)
    return level(one, group)


def chosen(known: Sequence[HandOver]) -> list[Feature]:
    """What these hand-overs differ in, often enough to learn from."""
    found = [feature for group in facts_asked() for feature in _levels(known, group)]
    return found + [feature for group in NUMBERS if (feature := _number(known, group))]


def _levels(known: Sequence[HandOver], group: str) -> Iterable[Feature]:
    """One feature for each value that is frequent enough, unless all have the same."""
    counts = Counter(level(one, group) for one in known)
    unknown = counts.pop(UNKNOWN, 0)
    often = [(value, n) for value, n in counts.most_common(MOST_LEVELS) if n >= FEWEST]
    of = len(known) - unknown
    for value, n in often:
        if n < of:
            yield {"group": group, "level": value, "mean": n / of, "sd": 1.0}


def _number(known: Sequence[HandOver], group: str) -> Feature | None:
    values = [value for one in known if (value := number(one, group)) is not None]
    if len(values) < FEWEST:
        return None
    mean = sum(values) / len(values)
    sd = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return {"group": group, "level": None, "mean": mean, "sd": sd} if sd > 1e-9 else None


def values(one: HandOver, features: Sequence[Feature]) -> list[float]:
    """Its place beside the average, feature by feature: 0 is the average, and so is what is not known."""
    levels: dict[str, str] = {}
    found = []
    for feature in features:
        group = feature["group"]
        if feature["level"] is None:
            value = number(one, group)
            found.append(0.0 if value is None else (value - feature["mean"]) / feature["sd"])
            continue
        if group not in levels:
            levels[group] = level(one, group)
        told = levels[group]
        found.append(0.0 if told == UNKNOWN else float(told == feature["level"]) - feature["mean"])
    return found


def said(one: HandOver, weights: Mapping[str, Any]) -> dict[str, float]:
    """What each group adds to the log-odds of this lead beside the average one's; with the intercept, the whole."""
    features = weights["features"]
    told: dict[str, float] = {}
    for feature, value in zip(features, values(one, features), strict=True):
        told[feature["group"]] = told.get(feature["group"], 0.0) + feature["w"] * value
    return told

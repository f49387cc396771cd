"""What the model knows, in words: its features by name and value, how well it tells, what moves a chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, sqrt
from typing import Any

from leads import custom_fields
from leads.models import Channel, CloseModel, Touch
from leads.models.account import RevenueBand
from leads.prediction.assessing import Chance, Reason
from leads.prediction.features import SIZES

NAMES = {
    "channel": "Channel",
    "country": "Country",
    "account.industry": "Industry",
    "account.employees": "Employees",
    "account.revenue_band": "Revenue",
    "account.country": "Country of the company",
    "again": "Handed over before",
    "days": "Days from birth to hand-over",
    "fit": "Fit at hand-over",
    "engagement": "Engagement at hand-over",
}
TOUCHES = {kind: (label, f"{label.lower()}s") for kind, label in Touch.Kind.choices} | {
    "email_click": ("E-mail click", "e-mail clicks"),
    "other": ("Other touch", "other touches"),
}
VERDICTS = (
    (0.8, "It tells them apart well"),
    (0.7, "It tells them apart fairly well"),
    (0.6, "It helps a little"),
)
STRONGEST = 3  # values told of one fact, up and down
NOTHING = 1.05  # a factor of the odds that is not worth a word


@dataclass(frozen=True)
class Learned:
    """What one group of facts does to a chance: how much it matters, and the values that move it most."""

    name: str
    share: int  # of the log-odds' spread, in percent of the strongest
    raises: list[tuple[str, str]]
    lowers: list[tuple[str, str]]


class Words:
    """Names and values as people say them; channels are read once, where they are not given."""

    def __init__(self, channels: Mapping[str, str] | None = None) -> None:
        self._channels = channels

    @cached_property
    def channels(self) -> Mapping[str, str]:
        if self._channels is not None:
            return self._channels
        return {str(pk): name for pk, name in Channel.objects.values_list("pk", "name")}

    def name(self, group: str) -> str:
        if group.startswith("touches:"):
            return f"{TOUCHES[group.removeprefix('touches:')][1].capitalize()} before hand-over"
        if group in NAMES:
            return NAMES[group]
        own = custom_fields.by_name().get(group)  # gone from it: an archived field
        return own.label if own else group.rpartition(".")[2].replace("_", " ").capitalize()

    def value(self, group: str, level: str) -> str:
        if not level:
            return "not known"
        if group == "channel":
            return self.channels.get(level, "another channel")
        if group == "account.employees":
            return size_words(int(level))
        if group == "account.revenue_band":
            return dict(RevenueBand.choices).get(level, level)
        return {"true": "yes", "false": "no"}.get(level, level)

    def reason(self, reason: Reason) -> tuple[str, str, str]:
        """The fact, its value with this lead, and how it changes the odds."""
        return self.name(reason.group), self.value(reason.group, reason.level), times(reason.odds)

    def reasons(self, chance: Chance) -> dict[str, list[tuple[str, str, str]]]:
        return {
            "for": [self.reason(one) for one in chance.reasons_for],
            "against": [self.reason(one) for one in chance.against],
        }


def size_words(bound: int) -> str:
    above = next((size for size in SIZES if size > bound), None)
    return f"{bound:,} to {above - 1:,}" if above else f"{bound:,} and more"


def times(odds: float) -> str:
    return f"× {odds:.1f}" if odds >= 0.1 else f"× {odds:.2f}"


def verdict(model: CloseModel) -> str:
    """How well it tells, in one sentence."""
    assert model.auc is not None
    found = next(
        (words for least, words in VERDICTS if model.auc >= least), "It tells hardly better than a coin"
    )
    return (
        f"{found}: of two hand-overs, one won and one not, it puts the won one first "
        f"{round(100 * model.auc)} times of 100. A coin would do so 50 times."
    )


def best_part(model: CloseModel) -> str:
    """What the likeliest part of the check held."""
    bins = model.calibration
    won = sum(one["n"] * one["happened"] for one in bins)
    if not bins or not won:
        return ""
    best = bins[-1]
    share = best["n"] * best["happened"] / won
    return f"The likeliest {_part(len(bins))} of them held {round(100 * share)}% of all that were won."


def _part(n: int) -> str:
    return {2: "half", 3: "third", 4: "quarter", 5: "fifth", 10: "tenth"}.get(n, f"1 of {n}")


def learned(weights: Mapping[str, Any], words: Words) -> list[Learned]:
    """What it learned, what matters most first; what moves hardly anything is left out."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for feature in weights.get("features", ()):
        groups.setdefault(feature["group"], []).append(feature)
    spreads = {group: sqrt(sum(_spread(one) for one in of)) for group, of in groups.items()}
    most = max(spreads.values(), default=0) or 1
    found = []
    for group in sorted(groups, key=lambda group: -spreads[group]):
        raises, lowers = _moves(group, groups[group], words)
        if raises or lowers:
            found.append(Learned(words.name(group), round(100 * spreads[group] / most), raises, lowers))
    return found


def _spread(feature: dict[str, Any]) -> float:
    mean = feature["mean"]
    return feature["w"] ** 2 * (1.0 if feature["level"] is None else mean * (1 - mean))


def _moves(group: str, of: list[dict[str, Any]], words: Words) -> tuple[list, list]:
    """The values that raise a chance and those that lower it, the strongest first, each with its factor."""
    if of[0]["level"] is None:
        told = [("a step more", exp(of[0]["w"]))]
    else:
        base = sum(one["w"] * one["mean"] for one in of)
        told = [(words.value(group, one["level"]), exp(one["w"] - base)) for one in of]
    told.sort(key=lambda one: -one[1])
    raises = [(value, times(odds)) for value, odds in told if odds > NOTHING]
    lowers = [(value, times(odds)) for value, odds in reversed(told) if odds < 1 / NOTHING]
    return raises[:STRONGEST], lowers[:STRONGEST]

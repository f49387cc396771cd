"""One night's training: the company's hand-overs in, a `CloseModel` out, whether or not it is good enough to show."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime, timedelta
from importlib.util import find_spec
from math import ceil
from typing import Any

from django.conf import settings

from leads.models import CloseModel
from leads.prediction import features, hand_overs
from leads.prediction.hand_overs import HandOver
from smarketing.foundation.refusals import Refusal

FEWEST_OUTCOMES = 200
FEWEST_OF_A_KIND = 20  # won, and not won
LATER = 4  # the latest quarter is kept for the check
LEAST_AUC = 0.55  # what tells hardly better than a coin is not shown
SHORTEST, LONGEST = 14, 365  # days within which a hand-over counts as won
MOST = 20_000  # hand-overs learned from: the latest
PATIENCE = 600  # seconds
HOW = "python -m pip install -r requirements-prediction.txt"


def is_installed() -> bool:
    """Whether this installation can learn at all; reading what was learned needs nothing."""
    return find_spec("sklearn") is not None


def train(moment: datetime) -> CloseModel:
    """Learn from the hand-overs whose time is over by that moment; raises `Refusal` where scikit-learn is not there."""
    if not is_installed():
        raise Refusal(f"Learning needs scikit-learn. Install it with “{HOW}”, then restart.")
    started = time.monotonic()
    of = hand_overs.outcomes(moment)
    days = horizon(of.days)
    known = hand_overs.past(moment - timedelta(days=days), MOST)
    y = [int(is_won(one, days)) for one in known]
    model = CloseModel(
        trained_at=moment,
        since=known[0].at if known else None,
        until=known[-1].at if known else None,
        outcomes=len(y),
        won=sum(y),
        withheld=too_few(y, days),
        weights={"days": days},
    )
    if not model.withheld:
        _learn(model, known, y)
    model.seconds = time.monotonic() - started
    model.save()
    return model


def horizon(nine_of_ten: float | None) -> int:
    """The days that a hand-over has to be won in: nine of ten wins took no longer."""
    return min(max(ceil(nine_of_ten or SHORTEST), SHORTEST), LONGEST)


def is_won(one: HandOver, days: int) -> bool:
    return one.won_at is not None and one.won_at - one.at <= timedelta(days=days)


def too_few(y: list[int], days: int) -> str:
    """Why nothing can be learned from these outcomes yet; empty where it can."""
    if len(y) < FEWEST_OUTCOMES:
        return (
            f"{len(y):,} hand-overs are old enough to be judged ({days} days); "
            f"under {FEWEST_OUTCOMES} what they say is chance."
        )
    split = split_of(len(y))
    for won, name in ((1, "were won"), (0, "were not won")):
        if y.count(won) < FEWEST_OF_A_KIND:
            return (
                f"Of {len(y):,} hand-overs {y.count(won):,} {name}; {FEWEST_OF_A_KIND} of a kind are needed."
            )
        if won not in y[split:] or y[:split].count(won) < FEWEST_OF_A_KIND // 2:
            return f"Too few of the hand-overs of one part of the time {name} to check what was learned."
    return ""


def split_of(n: int) -> int:
    return n - n // LATER


def _learn(model: CloseModel, known: list[HandOver], y: list[int]) -> None:
    found = features.chosen(known)
    learned = _ask({"x": [features.values(one, found) for one in known], "y": y, "split": split_of(len(y))})
    for feature, weight in zip(found, learned["weights"], strict=True):
        feature["w"] = weight
    model.auc, model.calibration = learned["auc"], learned["calibration"]
    model.weights = {
        "days": model.weights["days"],
        "intercept": learned["intercept"],
        "features": found,
        "checked": len(y) - split_of(len(y)),
    }
    if learned["auc"] < LEAST_AUC:
        model.withheld = "On the latest hand-overs it told won from not won hardly better than a coin would."


def _ask(problem: dict[str, Any]) -> dict[str, Any]:
    """A process that ends gives all of its memory back."""
    done = subprocess.run(
        [sys.executable, "-m", "leads.prediction.learner"],
        input=json.dumps(problem),
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        timeout=PATIENCE,
        check=True,
    )
    return json.loads(done.stdout)

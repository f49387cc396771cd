"""Logistic regression, by scikit-learn, in a process of its own: nothing of it stays in the worker's memory.

`python -m leads.prediction.learner` reads a problem from standard input and writes what it learned to standard
output, both JSON. No Django here, and no names: numbers in, numbers out. The same numbers give the same weights.
"""

from __future__ import annotations

import json
import sys
from typing import Any

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # how far weights may go: the best in five folds is taken
FOLDS = 5
BINS = 5


def learn(problem: dict[str, Any]) -> dict[str, Any]:
    """`x` (rows of numbers, the oldest hand-over first), `y` (0 or 1) and `split` (the first row kept for the check).

    Answers the weights learned from all rows, and how well those learned from the rows before `split` tell the
    others: `auc`, and `calibration` in bins of equally many leads, the least likely first.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    x, y, split = np.asarray(problem["x"], dtype=float), np.asarray(problem["y"]), problem["split"]
    strength = _strength(x[:split], y[:split])
    earlier = LogisticRegression(C=strength, max_iter=1000).fit(x[:split], y[:split])
    foretold = earlier.predict_proba(x[split:])[:, 1]
    model = LogisticRegression(C=strength, max_iter=1000).fit(x, y)
    return {
        "strength": strength,
        "auc": float(roc_auc_score(y[split:], foretold)),
        "calibration": _calibration(foretold, y[split:]),
        "weights": [float(w) for w in model.coef_[0]],
        "intercept": float(model.intercept_[0]),
    }


def _strength(x: Any, y: Any) -> float:
    """The one whose probabilities come nearest to what happened, in folds of the earlier rows alone."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold

    folds = list(StratifiedKFold(FOLDS).split(x, y))
    losses = [
        np.mean(
            [
                log_loss(y[b], LogisticRegression(C=c, max_iter=1000).fit(x[a], y[a]).predict_proba(x[b]))
                for a, b in folds
            ]
        )
        for c in STRENGTHS
    ]
    return STRENGTHS[int(np.argmin(losses))]


def _calibration(foretold: Any, y: Any) -> list[dict[str, float]]:
    import numpy as np

    order = np.argsort(foretold, kind="stable")
    return [
        {
            "from": float(foretold[part].min()),
            "until": float(foretold[part].max()),
            "n": len(part),
            "expected": float(foretold[part].mean()),
            "happened": float(y[part].mean()),
        }
        for part in np.array_split(order, BINS)
        if len(part)
    ]


if __name__ == "__main__":
    json.dump(learn(json.load(sys.stdin)), sys.stdout)

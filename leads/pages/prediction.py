"""How the probability to close comes about and how far it can be trusted."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.models import CloseModel
from leads.prediction import assessing, training, words
from smarketing.foundation.permissions import may, requires
from smarketing.foundation.requests import Request


@requires("reports.read")
@require_safe
def prediction(request: Request) -> HttpResponse:
    model = assessing.current()
    context: dict[str, Any] = {
        "model": model,
        "is_installed": training.is_installed(),
        "how": training.HOW,
        "fewest": training.FEWEST_OUTCOMES,
        "may_import": may(request.user, "imports.read"),
    }
    if model is not None and model.auc is not None:
        context |= told(model)
    return render(request, "leads/prediction.html", context)


def told(model: CloseModel) -> dict[str, Any]:
    """What the page says of a model that was checked."""
    weights, checked = model.weights, model.weights["checked"]
    bins = [
        {**one, "expected": 100 * one["expected"], "happened": 100 * one["happened"], "label": _span(one)}
        for one in model.calibration
    ]
    return {
        "days": weights["days"],
        "verdict": words.verdict(model),
        "best_part": words.best_part(model),
        "bins": bins,
        "checked": checked,
        "sentence": calibration_sentence(bins),
        "learned": words.learned(weights, words.Words()),
        "kpis": [
            {
                "label": "Tells the won one of two",
                "value": f"{100 * (model.auc or 0):.0f} of 100",
                "note": "a coin: 50 of 100",
            },
            {
                "label": "Hand-overs learned from",
                "value": f"{model.outcomes:,}",
                "note": f"{model.won:,} were won",
            },
            {"label": "Kept for the check", "value": f"{checked:,}", "note": "the latest ones"},
            {"label": "Won within", "value": f"{weights['days']} days", "note": "nine of ten wins were"},
        ],
    }


def calibration_sentence(bins: list[dict[str, Any]]) -> str:
    """The check in words: where the likeliest part was expected, and where it came."""
    if not bins:
        return ""
    best = bins[-1]
    return (
        f"Of the likeliest {best['n']:,}, {best['expected']:.0f}% were expected to be won "
        f"and {best['happened']:.0f}% were."
    )


def _span(one: dict[str, float]) -> str:
    low, high = round(100 * one["from"]), round(100 * one["until"])
    return f"{low}%" if low == high else f"{low} to {high}%"

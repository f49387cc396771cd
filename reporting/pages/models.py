"""All models of attribution beside each other: whose revenue hangs on how one counts, and whose does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reporting.credited import ENOUGH, OF_TOUCHES, attribution_of, by_paths
from reporting.figures import ALL, Figure, scope_from
from reporting.pages import words
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.loop_choices import window_words
from reporting.pages.loop_table import figure_url
from reporting.periods import WrongUsage
from reporting.scope import MODELS, Scope
from reporting.snapshot import snapshot
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request


@requires("reports.read")
@require_safe
def models(request: Request) -> HttpResponse:
    try:
        scope = scope_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    with snapshot():
        reports = {model: attribution_of(replace(scope, model=model)) for model in MODELS}
        paths = by_paths(replace(scope, model="linear")) if scope.by in OF_TOUCHES else None
    context = {
        "scope": scope,
        "heads": [(words.MODELS[model], words.MODEL_SAYS[model]) for model in MODELS],
        "rows": _rows(scope, reports, paths),
        "totals": [
            _opens(scope, model, ALL, reports[model]["total"]["credited_revenue"]) for model in MODELS
        ],
        "paths": paths,
        "enough": ENOUGH,
        "window": window_words(scope),
        "dimension": words.DIMENSIONS[scope.by],
        "report_url": f"{reverse('reporting:closed_loop')}?{request.GET.urlencode()}",
    }
    return render(request, "reporting/models.html", context)


def _rows(scope: Scope, reports: dict[str, Any], paths: dict[str, Any] | None) -> list[dict[str, Any]]:
    """One row for each group that any model credits, the most credited in all first."""
    credited: dict[Any, dict[str, str]] = {}
    names: dict[Any, str] = {}
    told = {**reports, "markov": paths} if paths else reports
    for model, report in told.items():
        for row in report["rows"]:
            credited.setdefault(row["id"], {})[model] = row["credited_revenue"]
            names[row["id"]] = row["key"]
    nothing = "0"
    keys = sorted(
        credited, key=lambda key: (key is None, -sum(Decimal(credited[key].get(m, nothing)) for m in MODELS))
    )
    return [
        {
            "label": words.none_of(scope.by) if key is None else names[key],
            "is_none": key is None,
            "cells": [_opens(scope, model, key, credited[key].get(model, nothing)) for model in MODELS],
            "paths": credited[key].get("markov"),
        }
        for key in keys
    ]


def _opens(scope: Scope, model: str, key: Any, amount: str) -> dict[str, Any]:
    figure = Figure("credited_revenue", key, replace(scope, model=model))
    return {"amount": amount, "href": figure_url(figure) if Decimal(amount) else ""}

"""When it learns: once a night, and on the first day as soon as there is something to run it."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.models import CloseModel
from leads.prediction import assessing, training

NIGHT = timedelta(hours=2)  # UTC: a training counts for the day that begins then


def learn_if_due(moment: datetime) -> CloseModel | None:
    """Train and assess every lead in work, unless that was done since 02:00 UTC; None where there was nothing to do."""
    if not training.is_installed():
        return None
    last = assessing.current()
    if last is not None and day_of(last.trained_at) >= day_of(moment):
        return None
    model = training.train(moment)
    assessing.assess_all(model)
    return model


def day_of(moment: datetime) -> str:
    return f"{moment - NIGHT:%Y-%m-%d}"

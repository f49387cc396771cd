"""Scores of the whole year: reckoned at a few moments of it, so that their log tells how they came about."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from leads import scoring
from leads.models import Lead, ScoreDue, Touch
from smarketing.demo.diary import Diary

FORTNIGHT = timedelta(days=14)
MANY = 50_000  # leads from which on three moments are enough
STEP = 20_000  # leads scored together


def reckon(diary: Diary, leads: int) -> None:
    """By the definitions in force at each moment, of those who were known by then; nothing is due afterwards."""
    moments = looks(diary) if leads < MANY else [diary.went_live, diary.agreed_again, diary.moment]
    for before, moment in pairwise([diary.went_live - timedelta(days=366), *moments]):
        known = list(
            Lead.objects.alive().filter(born_at__lte=moment).order_by("pk").values_list("pk", flat=True)
        )
        for first in range(0, len(known), STEP):
            some = known[first : first + STEP]
            scoring.score(some, moment, causes=causes(some, before, moment))
    ScoreDue.objects.all()._raw_delete(ScoreDue.objects.db)
    scoring.catch_up(diary.moment)


def looks(diary: Diary) -> list[datetime]:
    """When the company went live, every fortnight since, when it changed its rules, and now."""
    found, at = [diary.went_live, diary.agreed_again, diary.moment], diary.went_live + FORTNIGHT
    while at < diary.moment - timedelta(days=2):
        found.append(at)
        at += FORTNIGHT
    return sorted(found)


def causes(leads: list[int], since: datetime, until: datetime) -> dict[int, set[str]]:
    """What the log says of those who did something meanwhile: that a touch was it; of the others, that time passed."""
    touched = Touch.objects.filter(lead__in=leads, at__gt=since, at__lte=until).order_by()
    return {pk: {"touch"} for pk in touched.values_list("lead", flat=True).distinct()}

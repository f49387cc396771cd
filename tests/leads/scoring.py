"""Leads that touched us so many days ago, and what that gave them."""

from datetime import UTC, datetime, timedelta

from leads import scoring
from leads.definitions import unsigned
from leads.models import Lead, LeadScore, ScoreEntry, Touch
from tests.factories import make_lead

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def made(**fields) -> Lead:
    return make_lead(since=NOON - 100 * DAY, **fields)


def touch(lead: Lead, days_ago: float, kind: str = "visit", **fields) -> Touch:
    at = NOON - timedelta(days=days_ago)
    return Touch.objects.create(lead=lead, at=at, kind=kind, **fields)


def scored(lead: Lead, moment: datetime = NOON, **more) -> LeadScore:
    scoring.score([lead.pk], moment, **more)
    return LeadScore.objects.get(pk=lead.pk)


def scoring_of(**changes) -> dict:
    return {"scoring": unsigned().json()["scoring"] | changes}


def log_of(lead: Lead) -> list[tuple]:
    rows = ScoreEntry.objects.filter(lead=lead).order_by("id")
    return list(rows.values_list("part", "rule", "points", "cause"))

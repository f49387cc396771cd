"""Versions replayed over the 90 days before one moment, and leads with touches in them."""

from datetime import UTC, datetime, timedelta

from leads import definitions, scoring
from leads.backtest import job
from leads.models import BackTest, Definition, Lead, Touch
from smarketing.foundation import jobs
from tests.factories import make_lead, make_user

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def with_entry(entry: dict, **changes) -> dict:
    """The default document with another rule for an MQL."""
    data = definitions.unsigned().json() | changes
    data["stages"] = {**data["stages"], "mql": {**data["stages"]["mql"], "entry": entry}}
    return data


def touches(n: int) -> dict:
    return {"touches": {"team": "marketing"}, "at_least": n}


def draft(entry: dict, **changes) -> Definition:
    return Definition.objects.create(document=with_entry(entry, **changes), created_by=make_user("marketer"))


def replayed(row: Definition, moment: datetime = NOW) -> BackTest:
    test = job.begin(row.pk, by=None, moment=moment)
    for _ in jobs.run(test.job_id):
        pass
    test.refresh_from_db()
    return test


def touched(lead: Lead, at: datetime, kind: str = "visit", **fields) -> None:
    """Somebody touches us, and the sweep that follows looks at once."""
    Touch.objects.create(lead=lead, at=at, kind=kind, **fields)
    scoring.sweep(at)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def visitor(since: datetime | None = None, **fields) -> Lead:
    return make_lead(since=since or ago(120), **fields)

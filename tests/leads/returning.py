"""Leads that sales has returned."""

from datetime import timedelta

from django.utils.timezone import localdate, now

from leads import handover
from leads.models import Lead
from leads.stages import Stage
from tests.factories import make_lead

DAY = timedelta(days=1)
TODAY = localdate()


def returned(days: int | None = 0, *, reason: str = "timing", ago: int = 40, note: str = "", **facts) -> Lead:
    """A lead that sales returned so many days ago, due so many days from today."""
    lead = make_lead(stage=Stage.MQL, since=now() - (ago + 1) * DAY, **facts)
    at = now() - ago * DAY
    on = None if days is None else TODAY + days * DAY
    if days is None:
        handover.reject(lead.pk, by=None, reason="wrong_person", moment=at, note=note)
    elif note:
        handover.reject(lead.pk, by=lead.owner, reason="too_early", return_on=on, moment=at, note=note)
    else:
        handover.recycle(lead.pk, by=None, reason=reason, return_on=on, moment=at)
    lead.refresh_from_db()
    return lead

"""A version that waits for its signatures, replayed over the last 90 days."""

from __future__ import annotations

from django.utils.timezone import now

from leads import definitions
from leads.backtest import job
from leads.models import Definition
from smarketing.foundation import jobs
from smarketing.foundation.models import User


def make_replayed(by: User) -> Definition:
    """Proposed by somebody: two touches make an MQL, and the back-test has said what that would have meant."""
    document = definitions.unsigned().json()
    document["stages"]["mql"]["entry"] = {"touches": {"team": "marketing"}, "at_least": 2}
    row = Definition.objects.create(
        document=document,
        status=Definition.Status.PROPOSED,
        summary="Two touches are enough",
        created_by=by,
        proposed_by=by,
        proposed_at=now(),
    )
    for _ in jobs.run(job.begin(row.pk, by=by, moment=now()).job_id):
        pass
    return row

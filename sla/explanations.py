"""Somebody says why a promise was broken. The verdict stays; the reason stands beside it for good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.models import Lead, Note
from sla.models import Clock, Explanation
from sla.statuses import Status, status_of
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

LONGEST = 1_000  # characters


def may_explain(user: User, clock: Clock) -> bool:
    """A head, or the person the clock is booked to."""
    return user.may("leads.act_on_any") or (user.is_active and clock.owner_id == user.pk)


@transaction.atomic
def explain(clock_id: int, *, by: User, cause: str, text: str, moment: datetime) -> Explanation:
    """Write why a broken promise was broken; a later word is added, and none is changed or taken away.

    Raises `Forbidden` for anybody but a head and the person responsible, `Refusal` where nothing was broken.
    """
    clock = Clock.objects.counted().select_related("owner").get(pk=clock_id)
    lead = Lead.objects.lock(clock.lead_id)
    if not may_explain(by, clock):
        raise Forbidden(f"Only a head or {clock.owner or 'the person responsible'} explains this promise.")
    if status_of(clock, moment) != Status.BROKEN:
        raise Refusal(f"The promise about {lead.name} is not broken, so there is nothing to explain.")
    text = text.strip()
    if cause not in Explanation.Cause.values:
        raise Refusal(f"Choose a cause: {', '.join(Explanation.Cause.labels).lower()}.")
    if not text or len(text) > LONGEST:
        raise Refusal(f"Say in words why it came so late, in at most {LONGEST:,} characters.")
    note = Note.objects.create(lead=lead, by=by, text=text, at=moment)
    return Explanation.objects.create(clock=clock, cause=cause, note=note, by=by, at=moment)

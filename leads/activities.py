"""What staff did for a lead: one click logs it, the words may come with it or later."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from leads.models import Activity, Lead, Note
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

Kind, Outcome = Activity.Kind, Activity.Outcome
CONNECTS = {(Kind.CALL, Outcome.SPOKE), (Kind.EMAIL, Outcome.REPLIED), (Kind.MEETING, Outcome.HELD)}
OUTCOMES = {
    Kind.CALL: {Outcome.SPOKE, Outcome.VOICEMAIL, Outcome.NO_ANSWER},
    Kind.EMAIL: {Outcome.SENT, Outcome.REPLIED},
    Kind.MEETING: {Outcome.HELD, Outcome.NO_SHOW},
    Kind.NOTE: {Outcome.NONE},
}


@transaction.atomic
def log(
    lead_id: int, *, by: User, kind: str, outcome: str = "", text: str = "", moment: datetime | None = None
) -> Activity:
    """Write one activity; a note needs words, everything else an outcome that its kind can have."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    if by.may("leads.work_own") and lead.owner_id != by.pk:
        raise Forbidden(
            f"{lead.name} belongs to {lead.owner or 'nobody yet'}. Claim the lead before you log work on it."
        )
    if kind not in Kind.values or outcome not in OUTCOMES[Kind(kind)]:
        raise Refusal("Choose what you did and how it ended: for example a call, and whether you spoke.")
    if kind == Kind.NOTE and not text.strip():
        raise Refusal("Write the note first: an empty one tells nobody anything.")
    connected = (kind, outcome) in CONNECTS
    activity = Activity.objects.create(
        lead=lead, by=by, kind=kind, outcome=outcome, connected=connected, at=moment
    )
    lead.worked_at = max(moment, lead.worked_at or moment)
    lead.save(update_fields=["worked_at"])
    if text.strip():
        Note.objects.create(lead=lead, activity=activity, by=by, text=text.strip(), at=moment)
    return activity

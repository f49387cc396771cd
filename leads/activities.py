"""What staff did for a lead: one click logs it, the words may come with it or later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.timezone import now

from leads.models import Activity, Lead, Note
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

Kind, Outcome = Activity.Kind, Activity.Outcome
CONNECTS = {(Kind.CALL, Outcome.SPOKE), (Kind.EMAIL, Outcome.REPLIED), (Kind.MEETING, Outcome.HELD)}
WITHIN = timedelta(minutes=10)
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


@transaction.atomic
def take_back(activity_id: int, *, by: User, moment: datetime | None = None) -> Lead:
    """Undo a logged activity: same author, within ten minutes.

    The row stays, marked; clocks run on as if it had never been.
    """
    moment = moment or now()
    found = Activity.recorded.filter(pk=activity_id).values_list("lead", flat=True).first()
    if found is None:
        raise Refusal("There is nothing to take back.")
    lead = Lead.objects.lock(found)
    row = Activity.recorded.get(pk=activity_id)
    if row.taken_back_at is not None:
        raise Refusal("This was taken back already.")
    if row.by_id != by.pk:
        raise Forbidden(f"Only {row.by or 'who logged it'} can take this back.")
    if moment - row.at > WITHIN:
        raise Refusal("What was logged can be taken back for ten minutes. Log what is right instead.")
    # By the database's clock, by which what is new is looked for.
    Activity.recorded.filter(pk=row.pk).update(taken_back_at=Now())
    lead.worked_at = Activity.objects.filter(lead=lead).aggregate(last=Max("at"))["last"]
    lead.save(update_fields=["worked_at"])
    return lead


@transaction.atomic
def add_words(activity_id: int, *, by: User, text: str, moment: datetime | None = None) -> None:
    """The words about something logged a moment ago: one note, by whoever logged it."""
    row = Activity.objects.select_for_update().get(pk=activity_id)
    if row.by_id != by.pk:
        raise Forbidden(f"Only {row.by or 'who logged it'} adds words to this.")
    if Note.objects.filter(activity=row).exists():
        raise Refusal("This has its words already. Write a note instead.")
    Note.objects.create(lead=row.lead, activity=row, by=by, text=text.strip(), at=moment or now())

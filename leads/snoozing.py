"""Leads put off until a time: out of the way until then, while every promise's clock runs on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localtime, now

from leads.models import Lead, Note, Snooze
from leads.models.lead import IN_QUEUE
from leads.undo import WITHIN
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

LONGEST = timedelta(days=366)


def may_snooze(user: User, lead: Lead) -> bool:
    """Owners put off their own leads, heads any that has an owner; what nobody owns stands in nobody's way."""
    if lead.owner_id is None or lead.merged_into_id is not None or lead.position not in IN_QUEUE:
        return False
    return user.may("leads.act_on_any") or (user.may("leads.work_own") and lead.owner_id == user.pk)


@transaction.atomic
def snooze(
    lead_id: int, *, by: User, until: datetime, note: str = "", moment: datetime | None = None
) -> Snooze:
    """Put a lead off until a time to come; one that was put off before is put off anew."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    _ensure_may(by, lead)
    if until <= moment:
        raise Refusal(f"{when_words(until, moment)} is over. Choose a time to come.")
    if until - moment > LONGEST:
        raise Refusal("A lead can be put off for a year at most. Return it to nurture instead.")
    _end(lead, Snooze.Ending.AGAIN, moment)
    text = Note.objects.create(lead=lead, by=by, text=note.strip(), at=moment) if note.strip() else None
    return Snooze.objects.create(
        lead=lead, by=by, owner=lead.owner, seq=lead.seq, at=moment, until_at=until, note=text
    )


@transaction.atomic
def wake(lead_id: int, *, by: User, moment: datetime | None = None) -> Lead:
    """Bring a lead back before its time."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    _ensure_may(by, lead)
    if not Snooze.objects.sleeping(moment).filter(lead=lead).exists():
        raise Refusal(f"{lead.name} is not put off any more.")
    _end(lead, Snooze.Ending.WOKEN, moment)
    return lead


@transaction.atomic
def take_back(lead_id: int, *, snooze_id: int, by: User, moment: datetime | None = None) -> Lead:
    """Undo a snooze: same author, within ten minutes. What it took the place of is put off again."""
    moment = moment or now()
    lead = Lead.objects.lock(lead_id)
    row = Snooze.objects.filter(pk=snooze_id, lead=lead).first()
    if row is None or row.ended_at is not None:
        raise Refusal(f"{lead.name} is not put off any more.")
    if row.by_id != by.pk:
        raise Forbidden(f"Only {row.by} can take this back. Wake the lead instead.")
    if moment - row.at > WITHIN:
        raise Refusal("This can be taken back for ten minutes. Wake the lead instead.")
    _end(lead, Snooze.Ending.UNDONE, moment)
    before = Snooze.objects.filter(lead=lead, ended_at=row.at, ending=Snooze.Ending.AGAIN).first()
    if before is not None and before.until_at > moment:
        Snooze.objects.create(
            lead=lead,
            by=before.by,
            owner=before.owner,
            seq=before.seq,
            at=before.at,
            until_at=before.until_at,
        )
    return lead


def _ensure_may(by: User, lead: Lead) -> None:
    if may_snooze(by, lead):
        return
    if lead.owner_id is None:
        raise Refusal(f"{lead.name} has no owner yet. Claim the lead before you put it off.")
    if lead.merged_into_id is not None or lead.position not in IN_QUEUE:
        raise Refusal(f"{lead.name} stands in no queue, so there is nothing to put off.")
    raise Forbidden(f"{lead.name} belongs to {lead.owner}. Only its owner or a head puts it off.")


def _end(lead: Lead, ending: str, moment: datetime) -> None:
    Snooze.objects.filter(lead=lead, ended_at=None).update(ended_at=moment, ending=ending)


def when_words(until: datetime, moment: datetime) -> str:
    """In the reader's own days: "Today 14:00", "Tomorrow 09:00", "Tuesday 09:00", "4 Jan 09:00"."""
    there, here = localtime(until), localtime(moment)
    days = (there.date() - here.date()).days
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    if days in near:
        return f"{near[days]} {there:%H:%M}"
    if 0 < days < 7:
        return f"{there:%A} {there:%H:%M}"
    year = f" {there.year}" if there.year != here.year else ""
    return f"{there.day} {there:%b}{year} {there:%H:%M}"


def within(words: str) -> str:
    """The same within a sentence."""
    return words[0].lower() + words[1:] if words.startswith(("Today", "Tomorrow", "Yesterday")) else words

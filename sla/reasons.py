"""Why to act on a lead of the queue, in a line: what was done last, else how it came to us, else why it is ready."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject

from leads.models import Activity, Lead, StageChange, Touch
from leads.pages.timeline import touch_words, work_words
from leads.reasons import label
from leads.stages import Move

MISSED = [Activity.Outcome.VOICEMAIL, Activity.Outcome.NO_ANSWER]


def reasons_of(leads: list[Lead]) -> dict[int, str]:
    """Why to act on each lead, which carries its `last_touch` as `touched`; two queries."""
    pks = [lead.pk for lead in leads]
    if not pks:
        return {}
    entries, work = _last_entries(pks), _last_work(pks)
    return {lead.pk: work.get(lead.pk) or _interest(lead, entries.get(lead.pk)) for lead in leads}


def last_touch(lead: str = "pk") -> Subquery:
    """When marketing last met the lead, how, and over what; for rows that name a lead by this field."""
    touches = Touch.objects.filter(lead=OuterRef(lead), team=Touch.Team.MARKETING).order_by("-at", "-id")
    said = JSONObject(at="at", kind="kind", content="content", campaign="campaign__name")
    return Subquery(touches.values(json=said)[:1])


def _interest(lead: Lead, entry: StageChange | None) -> str:
    """The last touch; but what a marketer wrote for the rep stands until the person does something newer."""
    touch = lead.touched  # type: ignore[attr-defined]
    note = _note(entry) if entry is not None else ""
    if touch and not (entry and note and entry.at >= datetime.fromisoformat(touch["at"])):
        return touch_words(touch["kind"], touch["content"] or touch["campaign"])
    return note or (label(entry.reason) if entry is not None else "")


def _last_entries(pks: list[int]) -> dict[int, StageChange]:
    entries = StageChange.objects.counted().filter(lead__in=pks, move=Move.QUALIFY).select_related("note")
    return {row.lead_id: row for row in entries.order_by("lead", "-at", "-id").distinct("lead")}


def _note(entry: StageChange) -> str:
    note = getattr(entry, "note", None)
    return f"“{note.text}”" if note is not None and note.text else ""


def _last_work(pks: list[int]) -> dict[int, str]:
    """The last thing a person did, in words; of calls that reached nobody also the how manieth it was."""
    latest = Activity.objects.filter(lead__in=pks).order_by("lead", "-at", "-id").distinct("lead")
    rows = Activity.objects.filter(pk__in=latest.values("pk")).annotate(tries=_tries())
    return {work.lead_id: _work_words(work, work.tries or 0) for work in rows}


def _work_words(work: Activity, tries: int) -> str:
    words = work_words(work)
    return f"{words}, try {tries}" if work.outcome in MISSED and tries > 1 else words


def _tries() -> Subquery:
    """Calls to the same lead that reached nobody, since somebody last was reached."""
    reached = Activity.objects.filter(lead=OuterRef("lead"), connected=True, at__gte=OuterRef("at"))
    missed = Activity.objects.filter(~Exists(reached), lead=OuterRef("lead"), outcome__in=MISSED)
    return Subquery(missed.order_by().values("lead").annotate(n=Count("pk")).values("n"))

"""Why now, in a line: the newest act of the buyer and how long ago, else the try that is due, else why it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Subquery
from django.db.models.functions import Cast, Concat, JSONObject

from leads.models import Activity, Lead, LeadScore, StageChange, Touch
from leads.pages.entries import work_words
from leads.pages.phrases import act_words, ago_words, try_words
from leads.reasons import label
from leads.stages import Move

MISSED = [Activity.Outcome.VOICEMAIL, Activity.Outcome.NO_ANSWER]
HOT = timedelta(days=1)  # an act of the buyer that is younger is why to call now


@dataclass(frozen=True)
class Why:
    """Why a lead stands in the queue; `tries`: calls that reached nobody since somebody was last reached."""

    words: str = ""
    tries: int = 0
    hot: bool = False


def told_of(lead: str = "pk") -> dict[str, Subquery]:
    """What a reason is made of, for rows that name a lead by this field: no further query is needed."""
    return {
        "touched": _last_touch(lead),
        "worked": _last_work(lead),
        "entered": _last_entry(lead),
        "scored": _score(lead),
    }


def copy_facts(row: Any, lead: Lead) -> Lead:
    """Put what `told_of` found for a row onto its lead."""
    for name in ("touched", "worked", "entered", "scored"):
        setattr(lead, name, getattr(row, name))
    return lead


def why_now(lead: Any, moment: datetime) -> Why:
    """The reason of a lead that carries `told_of`."""
    touch, work = lead.touched, lead.worked
    tries = (work or {}).get("tries") or 0
    if touch and (not work or _at(touch) > _at(work)) and not _told_since(lead.entered, touch):
        ago = _at(touch)
        words = act_words(touch["kind"], touch["content"], touch["url"], touch["campaign"] or "")
        return Why(f"{words} {ago_words(ago, moment)}", tries, hot=moment - ago < HOT)
    if work:
        return Why(_work_words(work, tries, moment), tries)
    return Why(_entry_words(lead.entered))


def _work_words(work: dict, tries: int, moment: datetime) -> str:
    ago = ago_words(_at(work), moment)
    if work["outcome"] in MISSED and tries:
        tried = "voicemail" if work["outcome"] == Activity.Outcome.VOICEMAIL else "no answer"
        return f"{try_words(tries)} due: {tried} {ago}"
    return f"{work_words(work['outcome'])} {ago}"


def _told_since(entry: dict | None, touch: dict) -> bool:
    """What a marketer wrote for the rep stands until the person does something newer."""
    return bool(entry and entry["note"] and _at(entry) >= _at(touch))


def _entry_words(entry: dict | None) -> str:
    if entry is None:
        return ""
    return f"“{entry['note']}”" if entry["note"] else label(entry["reason"])


def _at(said: dict) -> datetime:
    return datetime.fromisoformat(said["at"])


def _last_touch(lead: str) -> Subquery:
    touches = Touch.objects.filter(lead=OuterRef(lead), team=Touch.Team.MARKETING).order_by("-at", "-id")
    said = JSONObject(at="at", kind="kind", content="content", url="url", campaign="campaign__name")
    return Subquery(touches.values(json=said)[:1])


def _last_entry(lead: str) -> Subquery:
    entries = StageChange.objects.counted().filter(lead=OuterRef(lead), move=Move.QUALIFY)
    said = JSONObject(at="at", reason="reason", note="note__text")
    return Subquery(entries.order_by("-at", "-id").values(json=said)[:1])


def _score(lead: str) -> Subquery:
    """What it is worth, and the grade of who they are and what they did."""
    grade = Concat("fit_grade", Cast("engagement_grade", CharField()), output_field=CharField())
    scores = LeadScore.objects.filter(lead=OuterRef(lead))
    return Subquery(scores.values(json=JSONObject(total="total", grade=grade)))


def _last_work(lead: str) -> Subquery:
    work = Activity.objects.filter(lead=OuterRef(lead)).order_by("-at", "-id")
    return Subquery(work.values(json=JSONObject(at="at", outcome="outcome", tries=_tries()))[:1])


def _tries() -> Subquery:
    """Calls to the same lead that reached nobody, since somebody last was reached."""
    reached = Activity.objects.filter(lead=OuterRef("lead"), connected=True, at__gte=OuterRef("at"))
    missed = Activity.objects.filter(~Exists(reached), lead=OuterRef("lead"), outcome__in=MISSED)
    return Subquery(missed.order_by().values("lead").annotate(n=Count("pk")).values("n"))

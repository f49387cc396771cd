"""What happened with a lead: a page of its timeline, and the rows that the rest of its page reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from leads.definitions import label
from leads.models import Activity, Lead, Snooze, StageChange, Touch
from leads.pages import entries, fact_entries, score_story  # noqa: F401  they register what there is to tell
from leads.pages.door import snoozes_of
from leads.pages.entries import line
from leads.pages.sources import ALL, KINDS, Entry, Place, read
from leads.stages import Move
from smarketing.foundation.statements import Statement

MOVES = 60  # rows of history and of work that are read, for what to do next
TOUCHES = 300  # touches that are read, for what was read and watched


@dataclass(frozen=True)
class Timeline:
    """One page of what happened, of one kind or of all; `older` is where the next one begins."""

    entries: list[Entry]
    older: Place | None
    show: str
    is_first: bool

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """Each kind with its name, and whether it is shown."""
        return [(kind, name, kind == self.show) for kind, name in KINDS.items()]


def timeline(lead: Lead, *, moment: datetime, show: str = ALL, before: str = "") -> Timeline:
    """One query, whatever happened."""
    place = Place.of(before) if before else Place()
    show = show if show in KINDS else ALL
    found, older = read(lead, moment=moment, show=show, place=place)
    return Timeline(found, older, show, place == Place())


@dataclass(frozen=True)
class Story:
    """The timeline's page, and the latest rows of its sources, newest first."""

    timeline: Timeline
    history: list[StageChange]
    touches: list[Touch]
    work: list[Activity]
    snoozes: list[Snooze]

    @property
    def entries(self) -> list[Entry]:
        return self.timeline.entries

    @property
    def last_live(self) -> StageChange | None:
        return max((row for row in self.history if row.seq), key=lambda row: row.seq or 0, default=None)

    @property
    def done(self) -> list[Activity]:
        """What was done and not taken back."""
        return [row for row in self.work if row.taken_back_at is None]

    @property
    def last_touch(self) -> dict[str, Any] | None:
        """When marketing last met the lead, as `sla.reasons` tells it."""
        met = next((row for row in self.touches if row.team == Touch.Team.MARKETING), None)
        return {"at": met.at.isoformat()} if met is not None else None


def story(lead: Lead, *, moment: datetime, show: str = ALL, before: str = "") -> Story:
    """Four queries, however much happened; each source is read newest first and only as far as it is needed."""
    return Story(
        timeline(lead, moment=moment, show=show, before=before),
        list(_history(MOVES).all(lead=lead.pk)),
        list(_touches(TOUCHES).all(lead=lead.pk)),
        list(_work(MOVES).all(lead=lead.pk)),
        snoozes_of(lead),
    )


# --- Queries, each composed once for so many rows ------------------------------------------------------------
@cache
def _history(n: int) -> Statement[StageChange]:
    """Each row with its author, with what took it back, and with its note."""
    told = StageChange.objects.select_related("by", "undone_by", "note").order_by("-at", "-id")
    return Statement(lambda lead: told.filter(lead=lead)[:n])


@cache
def _touches(n: int) -> Statement[Touch]:
    with_source = Touch.objects.select_related("campaign", "channel").order_by("-at", "-id")
    return Statement(lambda lead: with_source.filter(lead=lead)[:n])


@cache
def _work(n: int) -> Statement[Activity]:
    with_people = Activity.recorded.select_related("by").order_by("-at", "-id")
    return Statement(lambda lead: with_people.filter(lead=lead)[:n])


def note_of(row: StageChange) -> str:
    """What was said with a move; nothing where an undone import took it along."""
    note = getattr(row, "note", None)
    return note.text if note is not None and note.voided_at is None else ""


def why_stage(row: StageChange | None) -> str:
    """How the lead came to stand where it stands."""
    if row is None:
        return ""
    by = (
        f"by {row.by}"
        if row.by_id
        else "imported"
        if row.kind == StageChange.Kind.HISTORIC
        else "automatically"
    )
    return line(Move(row.move).label, label(row.reason).lower() if row.reason else "", by)

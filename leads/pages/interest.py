"""What a buyer read and took part in, and what made it a lead for sales; from the touches that its page has read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from leads.models import Lead, StageChange, Touch
from leads.pages.entries import TOUCHED
from leads.pages.phrases import ASKED, act_words, page_name, page_path
from leads.pages.timeline import Story, note_of
from leads.reasons import Qualification, label
from leads.stages import Move, Stage, Standing
from smarketing.foundation.models import Organisation

Kind = Touch.Kind
PAGES, PIECES, COUNTED = 8, 8, 6  # shown at most
READ = (Kind.VISIT, Kind.FORM, Kind.DOWNLOAD)
CONTENT = (Kind.DOWNLOAD, Kind.WEBINAR, Kind.EVENT, Kind.EMAIL_CLICK)


@dataclass(frozen=True)
class Page:
    path: str
    name: str
    views: int
    last: datetime
    share: float  # of the page viewed most, in percent


@dataclass(frozen=True)
class Reading:
    """The pages of one buyer, most viewed first, and over how many days they were read."""

    pages: list[Page]
    views: int
    days: int
    hidden: int


def pages_read(touches: Iterable[Touch]) -> Reading:
    seen: dict[str, list[datetime]] = {}
    names: dict[str, str] = {}
    for touch in touches:
        if touch.url and touch.kind in READ:
            path = page_path(touch.url) or touch.url
            seen.setdefault(path, []).append(touch.at)
            if touch.content and touch.kind == Kind.VISIT:
                names.setdefault(path, touch.content)
    most = max(map(len, seen.values()), default=0)
    pages = [
        Page(path, names.get(path) or page_name(path), len(when), max(when), 100 * len(when) / most)
        for path, when in seen.items()
    ]
    pages.sort(key=lambda page: (-page.views, -page.last.timestamp()))
    moments = [at for when in seen.values() for at in when]
    days = (max(moments) - min(moments)).days + 1 if moments else 0
    return Reading(pages[:PAGES], len(moments), days, max(0, len(pages) - PAGES))


@dataclass(frozen=True)
class Piece:
    """Something the buyer took or came to."""

    icon: str
    name: str
    kind: str
    campaign: str
    at: datetime
    times: int


def content_taken(touches: Iterable[Touch]) -> list[Piece]:
    """Newest first; the same thing twice stands once."""
    found: dict[tuple[str, str], Piece] = {}
    for touch in touches:
        taken = touch.kind in CONTENT or (touch.is_origin and touch.content)
        if not taken or touch.team != Touch.Team.MARKETING:
            continue
        campaign = str(touch.campaign) if touch.campaign_id else ""
        name = touch.content or campaign or Kind(touch.kind).label
        before = found.get((touch.kind, name))
        if before is None:
            icon = TOUCHED[Kind(touch.kind)][0]
            where = campaign if campaign != name else ""
            found[(touch.kind, name)] = Piece(icon, name, Kind(touch.kind).label, where, touch.at, 1)
        else:
            found[(touch.kind, name)] = Piece(
                before.icon, name, before.kind, before.campaign, before.at, before.times + 1
            )
    return list(found.values())[:PIECES]


@dataclass(frozen=True)
class Qualified:
    """Why sales has this lead: by rule or by whom, when, in whose words, and the touches that counted."""

    how: str
    at: datetime | None
    by: str
    note: str
    counted: list[tuple[str, datetime]]
    more: int
    threshold: int
    lacking: int  # touches until it becomes an MQL, for a visitor


def qualified(lead: Lead, told: Story) -> Qualified | None:
    """None for a lead that is neither an MQL yet nor on its way there."""
    threshold = Organisation.get().qualify_at_touches
    entry = next((row for row in told.history if _brought_it(row)), None)
    touches = [touch for touch in told.touches if touch.team == Touch.Team.MARKETING]
    if lead.stage == Stage.VISITOR and lead.standing in (Standing.ACTIVE, Standing.NURTURING):
        since = [touch for touch in touches if lead.returned_at is None or touch.at > lead.returned_at]
        return Qualified(
            "", None, "", "", _lines(since), _more(since), threshold, max(0, threshold - len(since))
        )
    if entry is None:
        return None
    before = next(
        (row.at for row in told.history if row.at < entry.at and row.to_standing == Standing.NURTURING), None
    )
    counted = [touch for touch in touches if touch.at <= entry.at and (before is None or touch.at > before)]
    by = str(entry.by) if entry.by_id else ""
    how = f"Handed over by {by}" if by else label(entry.reason or Qualification.TOUCHES)
    return Qualified(how, entry.at, by, note_of(entry), _lines(counted), _more(counted), threshold, 0)


def _brought_it(row: StageChange) -> bool:
    return row.move == Move.QUALIFY and getattr(row, "undone_by", None) is None


def _lines(touches: list[Touch]) -> list[tuple[str, datetime]]:
    return [
        (
            act_words(touch.kind, touch.content, touch.url, str(touch.campaign) if touch.campaign_id else ""),
            touch.at,
        )
        for touch in touches[:COUNTED]
    ]


def _more(touches: list[Touch]) -> int:
    return max(0, len(touches) - COUNTED)


def asks(words: str) -> bool:
    """Whether an act, in `act_words`, asked us for something."""
    return words in ASKED.values()

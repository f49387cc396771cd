"""What a buyer read and took part in, and what made it a lead for sales; from the touches that its page has read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leads import definitions
from leads.criteria import Criterion, criteria_of
from leads.definitions import label
from leads.models import Lead, StageChange, Touch
from leads.pages.entries import TOUCHED
from leads.pages.phrases import ASKED, act_words, page_name, page_path
from leads.pages.timeline import Story, note_of
from leads.reasons import Qualification
from leads.stages import Move, Stage, Standing

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
    """Why sales has this lead: by rule or by whom, when, in whose words, and the touches that counted.

    Of a visitor, what the definitions in force ask of it, and whether it meets that.
    """

    how: str = ""
    at: datetime | None = None
    by: str = ""
    note: str = ""
    version: int | None = None
    counted: list[tuple[str, datetime]] = field(default_factory=list)
    more: int = 0
    asked: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def lacking(self) -> int:
        return sum(not met for _, met in self.asked)


def criteria_for(lead: Lead, moment: datetime) -> list[Criterion]:
    """What the definitions in force ask of a lead before it is handed over; nothing where that is behind it."""
    return criteria_of(definitions.in_force(moment).document) if _is_on_its_way(lead) else []


def _is_on_its_way(lead: Lead) -> bool:
    return lead.stage == Stage.VISITOR and lead.standing in (Standing.ACTIVE, Standing.NURTURING)


def qualified(
    lead: Lead, told: Story, criteria: Sequence[Criterion], missing: Sequence[Criterion]
) -> Qualified | None:
    """None for a lead that is neither an MQL yet nor on its way there."""
    touches = [touch for touch in told.touches if touch.team == Touch.Team.MARKETING]
    if _is_on_its_way(lead):
        since = [touch for touch in touches if lead.returned_at is None or touch.at > lead.returned_at]
        asked = [(one.words, one not in missing) for one in criteria]
        return Qualified(counted=_lines(since), more=_more(since), asked=asked)
    entry = next((row for row in told.history if _brought_it(row)), None)
    if entry is None:
        return None
    before = next(
        (row.at for row in told.history if row.at < entry.at and row.to_standing == Standing.NURTURING), None
    )
    counted = [touch for touch in touches if touch.at <= entry.at and (before is None or touch.at > before)]
    by = str(entry.by) if entry.by_id else ""
    note, version = note_of(entry), entry.definition_version
    by_itself = "Met every criterion" if version else label(entry.reason or Qualification.TOUCHES)
    how = f"Handed over by {by}" if by else by_itself
    return Qualified(how, entry.at, by, note, version, _lines(counted), _more(counted))


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

"""What happened with a lead: touches, work, moves, notes, owners and snoozes in one list, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from leads.models import Activity, Assignment, Lead, Note, Snooze, StageChange, Touch
from leads.pages.door import snoozes_of
from leads.pages.phrases import act_words, page_path
from leads.reasons import label
from leads.snoozing import when_words, within
from leads.stages import Move, Stage, Standing
from smarketing.foundation.statements import Statement

FIRST = 12  # entries in sight
SHOWN = 60  # entries on the page; the rest is behind a link
READ = 300  # touches that are read, for what was read and watched
MOST = 2_000
STATES = {**dict(Stage.choices), **dict(Standing.choices)}
BUYER, US, MOVES = "buyer", "us", "moves"


@dataclass(frozen=True)
class Entry:
    """One line: `order` breaks ties, so that what was written later stands higher. `of`: whose doing it was."""

    at: datetime
    order: tuple[int, int]
    icon: str
    title: str
    text: str = ""
    tone: str = ""
    of: str = MOVES


@dataclass(frozen=True)
class Story:
    """The entries to show, the rows they came from (newest first), and whether there is more."""

    entries: list[Entry]
    more: bool
    history: list[StageChange]
    assignments: list[Assignment]
    touches: list[Touch]
    work: list[Activity]
    notes: list[Note]
    snoozes: list[Snooze]
    people: dict[int, str]

    @property
    def last_live(self) -> StageChange | None:
        return max((row for row in self.history if row.seq), key=lambda row: row.seq or 0, default=None)

    @property
    def done(self) -> list[Activity]:
        """What was done and not taken back."""
        return [row for row in self.work if row.taken_back_at is None]

    @property
    def last_touch(self) -> dict | None:
        """When marketing last met the lead, as `sla.reasons` tells it."""
        met = next((row for row in self.touches if row.team == Touch.Team.MARKETING), None)
        return {"at": met.at.isoformat()} if met is not None else None

    @property
    def first(self) -> list[Entry]:
        return self.entries[:FIRST]

    @property
    def rest(self) -> list[Entry]:
        return self.entries[FIRST:]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Each kind of entry with its name and how many of the shown are of it."""
        names = ((BUYER, "Buyer"), (US, "Us"), (MOVES, "Moves"))
        return [(of, name, sum(entry.of == of for entry in self.entries)) for of, name in names]


def story(lead: Lead, *, moment: datetime, everything: bool = False) -> Story:
    """Five queries, however much happened; each source is read newest first and only as far as it is shown."""
    n = MOST if everything else SHOWN + 1
    history, assignments = list(_history(n).all(lead=lead.pk)), list(_assignments(n).all(lead=lead.pk))
    people = {int(pk): name for row in assignments for pk, name in (row.names or {}).items()}  # type: ignore[attr-defined]
    notes = list(_notes(n).all(lead=lead.pk))
    of_change = {note.change_id: note.text for note in notes if note.change_id}
    of_activity = {note.activity_id: note.text for note in notes if note.activity_id}
    touches, work = list(_touches(max(n, READ)).all(lead=lead.pk)), list(_work(n).all(lead=lead.pk))
    snoozes = snoozes_of(lead)
    slept = {row.note_id for row in snoozes}
    entries = [
        *(_touch(touch, lead) for touch in touches[:n]),
        *(_move(row, of_change.get(row.pk, "")) for row in history),
        *(_activity(row, of_activity.get(row.pk, "")) for row in work),
        *(_note(note) for note in notes if not (note.change_id or note.activity_id or note.pk in slept)),
        *(_assignment(row, people) for row in assignments),
        *_snoozes(snoozes, moment),
    ]
    entries.sort(key=lambda entry: (entry.at, *entry.order), reverse=True)
    shown = len(entries) if everything else SHOWN
    return Story(
        entries[:shown], len(entries) > shown, history, assignments, touches, work, notes, snoozes, people
    )


# --- Queries, each composed once for so many rows ------------------------------------------------------------
@cache
def _history(n: int) -> Statement[StageChange]:
    with_people = StageChange.objects.select_related("by", "undone_by").order_by("-at", "-id")
    return Statement(lambda lead: with_people.filter(lead=lead)[:n])


@cache
def _notes(n: int) -> Statement[Note]:
    return Statement(
        lambda lead: Note.objects.filter(lead=lead).select_related("by").order_by("-at", "-id")[:n]
    )


@cache
def _touches(n: int) -> Statement[Touch]:
    with_source = Touch.objects.select_related("campaign", "channel").order_by("-at", "-id")
    return Statement(lambda lead: with_source.filter(lead=lead)[:n])


@cache
def _work(n: int) -> Statement[Activity]:
    with_people = Activity.recorded.select_related("by").order_by("-at", "-id")
    return Statement(lambda lead: with_people.filter(lead=lead)[:n])


@cache
def _assignments(n: int) -> Statement[Assignment]:
    """Newest first, each with the names of those its rule chose between."""
    names = RawSQL(
        "(SELECT jsonb_object_agg(u.id, coalesce(nullif(u.name, ''), u.email)) FROM foundation_user u WHERE u.id IN "
        "(SELECT c::bigint FROM jsonb_array_elements_text(leads_assignment.candidates) c))",
        (),
        output_field=JSONField(),
    )
    told = Assignment.objects.select_related("owner", "by").annotate(names=names).order_by("-id")
    return Statement(lambda lead: told.filter(lead=lead)[:n])


# --- Touches -----------------------------------------------------------------------------------------------
TOUCHED = {
    Touch.Kind.ORIGIN: ("flag", "accent"),
    Touch.Kind.VISIT: ("globe", ""),
    Touch.Kind.DOWNLOAD: ("download", "accent"),
    Touch.Kind.FORM: ("clipboard-list", "warn"),
    Touch.Kind.EMAIL_CLICK: ("mouse-pointer-click", ""),
    Touch.Kind.WEBINAR: ("presentation", "accent"),
    Touch.Kind.EVENT: ("calendar", "accent"),
    Touch.Kind.CALL: ("phone", ""),
    Touch.Kind.EMAIL: ("mail", ""),
    Touch.Kind.MEETING: ("users", ""),
    Touch.Kind.OTHER: ("circle-dot", ""),
}


def _touch(touch: Touch, lead: Lead) -> Entry:
    icon, tone = TOUCHED[Touch.Kind(touch.kind)]
    campaign = str(touch.campaign) if touch.campaign_id else ""
    title = act_words(touch.kind, touch.content, touch.url, campaign)
    where = [touch.campaign, touch.channel if touch.channel != touch.campaign else None, touch.medium]
    # The origin touch stands for the birth, which a later import may move back.
    at = lead.born_at if touch.is_origin else touch.at
    of = US if touch.team == Touch.Team.SALES else BUYER
    told = [str(one) for one in where if one and str(one) not in title]
    return Entry(at, (0, touch.pk), icon, title, _line(*told, page_path(touch.url)), tone, of)


# --- Moves -------------------------------------------------------------------------------------------------
MOVED = {
    Move.CAPTURE: ("user-plus", "Became a lead", ""),
    Move.QUALIFY: ("arrow-right", "Became an MQL", "accent"),
    Move.ACCEPT: ("check", "Accepted by sales", "ok"),
    Move.REJECT: ("x", "Rejected", "warn"),
    Move.ADVANCE: ("arrow-right", "Became an SQL", "accent"),
    Move.WIN: ("trophy", "Won: became a customer", "ok"),
    Move.LOSE: ("circle-x", "Lost", "bad"),
    Move.RECYCLE: ("undo-2", "Returned to nurture", "warn"),
    Move.DISQUALIFY: ("ban", "Disqualified", "bad"),
    Move.REOPEN: ("rotate-ccw", "Reopened by both heads", "accent"),
    Move.CHURN: ("door-open", "Churned", "bad"),
    Move.UNDO: ("undo", "Took the last move back", ""),
}


def _move(row: StageChange, note: str) -> Entry:
    icon, title, tone = MOVED.get(Move(row.move), ("history", f"Reached {STATES[row.state]}", ""))
    if row.reason and row.move != Move.REOPEN:
        title = f"{title}: {label(row.reason).lower()}"
    if getattr(row, "undone_by", None) is not None:
        title, tone = f"{title} (taken back)", ""
    until = f"comes back on {_day(row.return_on)}" if row.return_on else ""
    imported = (
        "From imported history" if row.kind == StageChange.Kind.HISTORIC or row.move == Move.ADOPT else ""
    )
    by = f"By {row.by}" if row.by_id else imported or ("" if row.move == Move.CAPTURE else "Automatically")
    return Entry(row.at, (1, row.pk), icon, title, _line(by, until, _quoted(note)), tone)


# --- Work --------------------------------------------------------------------------------------------------
Outcome = Activity.Outcome
WORKED = {
    Outcome.SPOKE: ("phone", "Spoke on the phone", "ok"),
    Outcome.VOICEMAIL: ("voicemail", "Left a voicemail", ""),
    Outcome.NO_ANSWER: ("phone-missed", "Called, no answer", ""),
    Outcome.SENT: ("send", "Sent an e-mail", ""),
    Outcome.REPLIED: ("mail", "Replied to our e-mail", "ok"),
    Outcome.HELD: ("users", "Held a meeting", "ok"),
    Outcome.NO_SHOW: ("calendar-x", "Did not show up for the meeting", "warn"),
    Outcome.NONE: ("notebook-pen", "Note", ""),
}


def _activity(work: Activity, text: str) -> Entry:
    icon, title, tone = WORKED[Outcome(work.outcome)]
    by = f"By {work.by}" if work.by_id else ""
    if work.taken_back_at is not None:
        return Entry(work.at, (2, work.pk), icon, f"{title} (taken back)", by, "", US)
    return Entry(work.at, (2, work.pk), icon, title, _line(by, _quoted(text)), tone, US)


def work_words(outcome: str) -> str:
    return WORKED[Outcome(outcome)][1]


def _note(note: Note) -> Entry:
    by = f"By {note.by}" if note.by_id else ""
    return Entry(note.at, (2, note.pk), "notebook-pen", "Note", _line(by, _quoted(note.text)), "", US)


# --- Snoozes -----------------------------------------------------------------------------------------------
def _snoozes(snoozes: Iterable[Snooze], moment: datetime) -> Iterator[Entry]:
    """When it was put off, until when and why; and that it came back, where its time came."""
    for row in snoozes:
        if row.ending == Snooze.Ending.UNDONE:
            continue
        title = f"Put off until {within(when_words(row.until_at, row.at))}"
        at = row.ended_at if row.ending == Snooze.Ending.WOKEN else None
        ended = f"woken by hand {within(when_words(at, moment))}" if at else ""
        text = _line(f"By {row.name}", _quoted(row.text), ended)  # type: ignore[attr-defined]
        yield Entry(row.at, (4, row.pk), "alarm-clock", title, text, "", US)
        if row.until_at <= (row.ended_at or moment):
            yield Entry(row.until_at, (5, row.pk), "alarm-clock-check", "Back from snooze", "", "", US)


# --- Owners ------------------------------------------------------------------------------------------------
RULES = {
    "owner": "a lead that comes back stays with its rep",
    "claimed": "claimed",
    "reassigned": "reassigned",
    "imported": "from an import",
    "released": "released",
    "undone": "the qualification was taken back",
}


def _assignment(row: Assignment, people: dict[int, str]) -> Entry:
    title = f"Given to {row.owner}" if row.owner_id else "Waits without an owner"
    by = f"by {row.by}" if row.by_id and row.by_id != row.owner_id else ""
    return Entry(row.at, (3, row.pk), "user-check", title, _line(_sentence(why_owner(row, people)), by))


def why_owner(row: Assignment, people: dict[int, str]) -> str:
    """The rule in words, with everybody it chose between."""
    if row.rule != "round_robin":
        return RULES.get(row.rule, row.rule.replace("_", " "))
    names = [people.get(pk, f"user {pk}") for pk in row.candidates]
    if len(names) < 2:
        return "round robin: nobody else in sales was there"
    return f"round robin between {', '.join(names[:-1])} and {names[-1]}"


def why_owner_in_short(row: Assignment) -> str:
    """The same without the names, which stand in the timeline."""
    if row.rule == "round_robin" and len(row.candidates) > 1:
        return f"round robin, the next of {len(row.candidates)} who were there"
    return why_owner(row, {})


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
    return _line(Move(row.move).label, label(row.reason).lower() if row.reason else "", by)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _line(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

"""What happened with a lead: touches, work, moves, notes and owners in one list, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from leads.models import Activity, Assignment, Lead, Note, StageChange, Touch
from leads.reasons import label
from leads.stages import Move, Stage, Standing
from smarketing.foundation.models import User

SHOWN = 60  # entries on the page; the rest is behind a link
MOST = 2_000
STATES = {**dict(Stage.choices), **dict(Standing.choices)}


@dataclass(frozen=True)
class Entry:
    """One line: `order` breaks ties, so that what was written later stands higher."""

    at: datetime
    order: tuple[int, int]
    icon: str
    title: str
    text: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Story:
    """The entries to show, the history rows and owners they came from, and whether there is more."""

    entries: list[Entry]
    more: bool
    history: list[StageChange]
    assignments: list[Assignment]
    people: dict[int, str]

    @property
    def last_live(self) -> StageChange | None:
        return max((row for row in self.history if row.seq), key=lambda row: row.seq or 0, default=None)


def story(lead: Lead, *, everything: bool = False) -> Story:
    """Six queries, however much happened; each source is read newest first and only as far as it is shown."""
    n = MOST if everything else SHOWN + 1
    history = list(lead.history.select_related("by", "undone_by").order_by("-at", "-id")[:n])
    assignments = list(lead.assignments.select_related("owner", "by").order_by("-id")[:n])
    people = _names(assignments)
    notes = list(lead.notes.select_related("by").order_by("-at", "-id")[:n])
    of_change = {note.change_id: note.text for note in notes if note.change_id}
    of_activity = {note.activity_id: note.text for note in notes if note.activity_id}
    entries = [
        *_touches(lead, n),
        *(_move(row, of_change.get(row.pk, "")) for row in history),
        *_activities(lead, of_activity, n),
        *(_note(note) for note in notes if not (note.change_id or note.activity_id)),
        *(_assignment(row, people) for row in assignments),
    ]
    entries.sort(key=lambda entry: (entry.at, *entry.order), reverse=True)
    shown = len(entries) if everything else SHOWN
    return Story(entries[:shown], len(entries) > shown, history, assignments, people)


# --- Touches -----------------------------------------------------------------------------------------------
TOUCHED = {
    Touch.Kind.ORIGIN: ("flag", "First contact", "accent"),
    Touch.Kind.VISIT: ("globe", "Visited", ""),
    Touch.Kind.DOWNLOAD: ("download", "Downloaded", "accent"),
    Touch.Kind.FORM: ("clipboard-list", "Sent a form", "warn"),
    Touch.Kind.EMAIL_CLICK: ("mouse-pointer-click", "Clicked in an e-mail", ""),
    Touch.Kind.WEBINAR: ("presentation", "Attended a webinar", "accent"),
    Touch.Kind.EVENT: ("calendar", "Met at an event", "accent"),
    Touch.Kind.CALL: ("phone", "Call", ""),
    Touch.Kind.EMAIL: ("mail", "E-mail", ""),
    Touch.Kind.MEETING: ("users", "Meeting", ""),
    Touch.Kind.OTHER: ("circle-dot", "Touch", ""),
}


def _touches(lead: Lead, n: int) -> Iterator[Entry]:
    for touch in lead.touches.select_related("campaign", "channel").order_by("-at", "-id")[:n]:
        icon, title, tone = TOUCHED[Touch.Kind(touch.kind)]
        title = f"{title}: {touch.content}" if touch.content else title
        where = [
            touch.campaign,
            touch.channel if touch.channel != touch.campaign else None,
            touch.medium,
            touch.url,
        ]
        # The origin touch stands for the birth, which a later import may move back.
        at = lead.born_at if touch.is_origin else touch.at
        yield Entry(at, (0, touch.pk), icon, title, _line(*where), tone)


def touch_words(kind: str, what: str | None) -> str:
    """One touch in a few words: "Downloaded: Price list", "First contact: Spring webinar"."""
    title = TOUCHED[Touch.Kind(kind)][1]
    return f"{title}: {what}" if what else title


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


def _activities(lead: Lead, notes: dict[int, str], n: int) -> Iterator[Entry]:
    for work in lead.activities.select_related("by").order_by("-at", "-id")[:n]:
        icon, title, tone = WORKED[Outcome(work.outcome)]
        by = f"By {work.by}" if work.by_id else ""
        yield Entry(work.at, (2, work.pk), icon, title, _line(by, _quoted(notes.get(work.pk, ""))), tone)


def work_words(work: Activity) -> str:
    return WORKED[Outcome(work.outcome)][1]


def _note(note: Note) -> Entry:
    by = f"By {note.by}" if note.by_id else ""
    return Entry(note.at, (2, note.pk), "notebook-pen", "Note", _line(by, _quoted(note.text)))


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


def _names(assignments: list[Assignment]) -> dict[int, str]:
    wanted = {pk for row in assignments for pk in row.candidates}
    if not wanted:
        return {}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted).only("name", "email")}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _line(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

"""What is said of each thing that happens to a lead, and the SQL that finds it: touches, moves, work, owners.

Facts and the register are in `fact_entries`, scores in `score_story`; promises are told by `sla.story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from leads.definitions import label
from leads.models import Activity, Touch
from leads.naming import STATES, said
from leads.pages.phrases import act_words, page_path
from leads.pages.sources import BUYER, MOVES, US, Entry, Row, Source, person, register, told
from leads.snoozing import when_words, within
from leads.stages import Move, Standing

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


def _touch(row: Row) -> Entry:
    told = row.told
    icon, tone = TOUCHED[Touch.Kind(told["kind"])]
    campaign = told["campaign"] or ""
    title = act_words(told["kind"], told["content"], told["url"], campaign)
    where = [campaign, told["channel"] if told["channel"] != campaign else "", told["medium"]]
    of = US if told["team"] == Touch.Team.SALES else BUYER
    said = [one for one in where if one and one not in title]
    return Entry(row.at, row.order, icon, title, line(*said, page_path(told["url"])), tone, of)


TOUCH: dict[str, Any] = {
    "table": "leads_touch r LEFT JOIN leads_campaign c ON c.id = r.campaign_id "
    "LEFT JOIN leads_channel h ON h.id = r.channel_id",
    "told": told(
        kind="r.kind", content="r.content", url="r.url", team="r.team", medium="r.medium",
        campaign="c.name", channel="h.name",
    ),
    "entry": _touch,
}  # fmt: skip
SHOWN_BY_BUYER = "r.voided_at IS NULL AND NOT r.is_origin AND r.team = 'marketing'"
SHOWN_BY_US = "r.voided_at IS NULL AND NOT r.is_origin AND r.team = 'sales'"
# The origin touch stands for the birth, which a later import may move back.
ORIGIN: dict[str, Any] = {**TOUCH, "table": f"{TOUCH['table']} JOIN leads_lead l ON l.id = r.lead_id"}

# --- Moves -------------------------------------------------------------------------------------------------
MOVED = {
    Move.CAPTURE: ("user-plus", "Became a lead", ""),
    Move.QUALIFY: ("arrow-right", "Became {an_mql}", "accent"),
    Move.ACCEPT: ("check", "Accepted by sales", "ok"),
    Move.REJECT: ("x", "Rejected", "warn"),
    Move.ADVANCE: ("arrow-right", "Became {an_sql}", "accent"),
    Move.WIN: ("trophy", "Won: became {a_customer}", "ok"),
    Move.LOSE: ("circle-x", "Lost", "bad"),
    Move.RECYCLE: ("undo-2", "Returned to nurture", "warn"),
    Move.DISQUALIFY: ("ban", "Disqualified", "bad"),
    Move.REOPEN: ("rotate-ccw", "Reopened by both heads", "accent"),
    Move.CHURN: ("door-open", "Churned", "bad"),
    Move.UNDO: ("undo", "Took the last move back", ""),
}


def moved(move: Move, state: str) -> tuple[str, str, str]:
    """Icon, words and tone of a move; of one that has no words of its own, the state it led to."""
    if move not in MOVED:
        return "history", f"Reached {STATES[state]}", ""
    icon, title, tone = MOVED[move]
    return icon, said(title), tone


def _move(row: Row) -> Entry:
    told = row.told
    state = told["standing"] if told["standing"] != Standing.ACTIVE else told["stage"]
    icon, title, tone = moved(Move(told["move"]), state)
    if told["reason"] and told["move"] != Move.REOPEN:
        title = f"{title}: {label(told['reason']).lower()}"
    if told["undone"]:
        title, tone = f"{title} (taken back)", ""
    until = f"comes back on {_day(date.fromisoformat(told['return_on']))}" if told["return_on"] else ""
    imported = "From imported history" if told["kind"] == "historic" or told["move"] == Move.ADOPT else ""
    by = (
        f"By {told['by']}"
        if told["by"]
        else imported or ("" if told["move"] == Move.CAPTURE else "Automatically")
    )
    return Entry(row.at, row.order, icon, title, line(by, until, quoted(told["note"])), tone)


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


def _activity(row: Row) -> Entry:
    icon, title, tone = WORKED[Outcome(row.told["outcome"])]
    by = f"By {row.told['by']}" if row.told["by"] else ""
    if row.told["taken_back"]:
        return Entry(row.at, row.order, icon, f"{title} (taken back)", by, "", US)
    return Entry(row.at, row.order, icon, title, line(by, quoted(row.told["note"])), tone, US)


def work_words(outcome: str) -> str:
    return WORKED[Outcome(outcome)][1]


def _note(row: Row) -> Entry:
    by = f"By {row.told['by']}" if row.told["by"] else ""
    return Entry(row.at, row.order, "notebook-pen", "Note", line(by, quoted(row.told["text"])), "", US)


# --- Snoozes -----------------------------------------------------------------------------------------------
def _snooze(row: Row) -> Entry:
    """When it was put off, until when and why."""
    until, woken = (_moment(row.told[name]) for name in ("until", "woken"))
    title = f"Put off until {within(when_words(until, row.at))}" if until else "Put off"
    ended = f"woken by hand {within(when_words(woken, row.moment))}" if woken else ""
    text = line(f"By {row.told['by']}", quoted(row.told["note"]), ended)
    return Entry(row.at, row.order, "alarm-clock", title, text, "", US)


def _back(row: Row) -> Entry:
    return Entry(row.at, row.order, "alarm-clock-check", "Back from snooze", "", "", US)


# --- Owners ------------------------------------------------------------------------------------------------
RULES = {
    "owner": "a lead that comes back stays with its rep",
    "claimed": "claimed",
    "reassigned": "reassigned",
    "imported": "from an import",
    "released": "released",
    "undone": "the qualification was taken back",
}


def _assignment(row: Row) -> Entry:
    told = row.told
    title = f"Given to {told['owner']}" if told["owner"] else "Waits without an owner"
    by = f"by {told['by']}" if told["by"] and told["by"] != told["owner"] else ""
    why = why_owner(told["rule"], told["names"] or [])
    return Entry(row.at, row.order, "user-check", title, line(sentence(why), by))


def why_owner(rule: str, names: Sequence[str]) -> str:
    """The rule in words, with everybody it chose between."""
    if rule != "round_robin":
        return RULES.get(rule, rule.replace("_", " "))
    if len(names) < 2:
        return "round robin: nobody else in sales was there"
    return f"round robin between {', '.join(names[:-1])} and {names[-1]}"


def why_owner_in_short(rule: str, candidates: int) -> str:
    """The same without the names, which stand in the timeline."""
    if rule == "round_robin" and candidates > 1:
        return f"round robin, the next of {candidates} who were there"
    return why_owner(rule, [])


# --- Words -------------------------------------------------------------------------------------------------
def sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def line(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def quoted(text: str | None) -> str:
    return f"“{text}”" if text else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# --- Where they are found -----------------------------------------------------------------------------------
NOTE_OF = "(SELECT n.text FROM leads_note n WHERE n.{} = r.id AND n.voided_at IS NULL)"
NAMES = (
    "(SELECT jsonb_agg(coalesce(nullif(u.name, ''), u.email) ORDER BY c.place) "
    "FROM jsonb_array_elements_text(r.candidates) WITH ORDINALITY c (pk, place) "
    "JOIN foundation_user u ON u.id = c.pk::bigint)"
)
SNOOZE: dict[str, Any] = {
    "table": "leads_snooze r LEFT JOIN leads_note n ON n.id = r.note_id",
    "told": told(
        by=person("r.by_id"),
        until="r.until_at",
        note="n.text",
        woken="CASE WHEN r.ending = 'woken' THEN r.ended_at END",
    ),
}
register(
    Source("touch", 0, BUYER, **TOUCH, where=SHOWN_BY_BUYER),
    Source("origin", 1, BUYER, **ORIGIN, at="l.born_at", where="r.voided_at IS NULL AND r.is_origin"),
    Source("sales touch", 2, US, **TOUCH, where=SHOWN_BY_US),
    Source(
        "move",
        10,
        MOVES,
        "leads_stagechange r",
        told(
            move="r.move",
            stage="r.to_stage",
            standing="r.to_standing",
            kind="r.kind",
            reason="r.reason",
            return_on="r.return_on",
            by=person("r.by_id"),
            note=NOTE_OF.format("change_id"),
            undone="EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = r.id)",
        ),
        _move,
        where="r.voided_at IS NULL",
    ),
    Source(
        "work",
        20,
        US,
        "leads_activity r",
        told(
            outcome="r.outcome",
            by=person("r.by_id"),
            taken_back="r.taken_back_at IS NOT NULL",
            note=NOTE_OF.format("activity_id"),
        ),
        _activity,
    ),
    Source(
        "note",
        21,
        US,
        "leads_note r",
        told(text="r.text", by=person("r.by_id")),
        _note,
        where="r.voided_at IS NULL AND r.change_id IS NULL AND r.activity_id IS NULL "
        "AND NOT EXISTS (SELECT FROM leads_snooze s WHERE s.note_id = r.id)",
    ),
    Source(
        "assignment",
        30,
        MOVES,
        "leads_assignment r",
        told(rule="r.rule", owner=person("r.owner_id"), by=person("r.by_id"), names=NAMES),
        _assignment,
        where="r.voided_at IS NULL",
    ),
    Source("snooze", 40, US, **SNOOZE, entry=_snooze, where="r.ending <> 'undone'"),
    Source(
        "back",
        41,
        US,
        "leads_snooze r",
        "'{}'::jsonb",
        _back,
        at="r.until_at",
        where="r.ending <> 'undone' AND r.until_at <= coalesce(r.ended_at, %(moment)s)",
    ),
)

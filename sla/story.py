"""What a lead's timeline says of promises: hand-overs, clocks that start and end, promises that break, who was told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import localtime

from leads.pages.entries import line, sentence
from leads.pages.sources import PROMISES, Entry, Row, Source, person, register, told
from sla.words import ENDED, span_words, working_words


def _handover(row: Row) -> Entry:
    ended = _at(row.told["ended_at"])
    span = span_words(ended - row.at) if ended else ""
    after = span if span == "at once" else f"after {span}"
    end = f"{row.told['ending']} {after}" if ended else "waits for an answer"
    return _entry(row, "arrow-right-left", f"Handed over to {row.told['rep']}", sentence(end))


def _started(row: Row) -> Entry:
    due = _at(row.told["due_at"])
    until = f"due {_said(due)}" if due else "no deadline: nobody has working time ahead"
    within = working_words(timedelta(minutes=row.told["minutes"]))
    return _entry(row, "timer", f"Promised: {row.told['name']}", line(sentence(within), until))


def _stopped(row: Row) -> Entry:
    due, what = _at(row.told["due_at"]), ENDED.get(row.told["ended"], "Ended")
    if due is not None and row.at > due:
        return _entry(row, "circle-x", f"{what} {span_words(row.at - due)} late", row.told["name"], "bad")
    if row.told["ended"] == "withdrawn":
        return _entry(row, "circle-minus", "Promise withdrawn", row.told["name"])
    return _entry(row, "circle-check", f"{what} in time", row.told["name"], "ok")


def _broken(row: Row) -> Entry:
    owner = row.told["owner"]
    return _entry(
        row, "circle-alert", "Promise broken", line(row.told["name"], f"with {owner}" if owner else ""), "bad"
    )


def _told(row: Row) -> Entry:
    people = row.told["people"] or []
    what = "that it broke" if row.told["kind"] == "breach" else "that it is due soon"
    shown = ", ".join(people[:3]) + (f" and {len(people) - 3} more" if len(people) > 3 else "")
    return _entry(row, "bell", f"Told {shown or 'in a digest'} {what}", row.told["name"])


def _entry(row: Row, icon: str, title: str, text: str, tone: str = "") -> Entry:
    return Entry(row.at, row.order, icon, title, text, tone, PROMISES)


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _said(moment: datetime) -> str:
    local = localtime(moment)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


CLOCKS = "sla_clock r JOIN sla_commitment m ON m.id = r.commitment_id"
RECIPIENTS = (
    "(SELECT jsonb_agg(coalesce(nullif(u.name, ''), u.email) ORDER BY a.id) FROM sla_alert a "
    "JOIN foundation_user u ON u.id = a.recipient_id WHERE a.deadline_id = d.id)"
)
register(
    Source(
        "handover",
        31,
        PROMISES,
        "leads_handover r",
        told(rep=person("r.rep_id"), ended_at="r.ended_at", ending="r.ending"),
        _handover,
        where="r.voided_at IS NULL",
        at="r.opened_at",
        alone="NOT EXISTS (SELECT FROM leads_assignment a WHERE a.lead_id = r.lead_id AND a.owner_id = r.rep_id "
        "AND a.at = r.opened_at)",
    ),
    Source(
        "promise",
        50,
        PROMISES,
        CLOCKS,
        told(name="m.name", minutes="m.within_minutes", due_at="r.due_at"),
        _started,
        where="r.voided_at IS NULL",
        at="r.started_at",
    ),
    Source(
        "kept",
        52,
        PROMISES,
        CLOCKS,
        told(name="m.name", due_at="r.due_at", ended="r.ended"),
        _stopped,
        where="r.voided_at IS NULL AND r.stopped_at IS NOT NULL",
        at="r.stopped_at",
    ),
    Source(
        "broken",
        53,
        PROMISES,
        CLOCKS,
        told(name="m.name", owner=person("r.owner_id")),
        _broken,
        where="r.voided_at IS NULL AND r.due_at < least(%(moment)s, r.stopped_at)",
        at="r.due_at",
    ),
    Source(
        "told",
        54,
        PROMISES,
        f"{CLOCKS} JOIN sla_deadline d ON d.clock_id = r.id",
        told(name="m.name", kind="d.kind", people=RECIPIENTS),
        _told,
        where="r.voided_at IS NULL AND d.fired_at IS NOT NULL",
        at="d.fired_at",
        id="d.id",
    ),
)

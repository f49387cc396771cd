"""One chunk of a file of touches: what marketing or sales did with leads that are known already.

A touch is the same one by (source, event id); without an event id, by everything that is said of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils.timezone import now

from leads.importing import copying, outcomes
from leads.importing.cells import Draft, recognise
from leads.importing.faults import RowFault, shown
from leads.importing.leads import ONE_AT_A_TIME
from leads.importing.names import ensure_names, key_of
from leads.importing.people import Bar, People, Person
from leads.importing.problems import Problems
from leads.importing.reading import read
from leads.importing.register import Register
from leads.importing.sources import Source
from leads.models import Touch

FUTURE = "date in the future; kept"
OTHERWISE = "this event is stored already, otherwise; kept as it was"
OF_SALES = {Touch.Kind.CALL, Touch.Kind.EMAIL, Touch.Kind.MEETING}


class Mark(NamedTuple):
    """All that is said of a touch, in the order of its columns."""

    lead_id: int
    at: datetime
    kind: str
    team: str
    campaign_id: int | None
    channel_id: int | None
    medium: str
    content: str
    url: str


def take(source: Source, span: dict[str, int]) -> tuple[dict[str, int], Problems]:
    """Take in the rows of one span of the file, within the caller's transaction; how many came to what."""
    problems = Problems()
    drafts, rows = read(source, span, problems, recognise)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        people = People(source.name, now())
        people.load(cursor, drafts)
        register = Register()
        register.load(cursor, drafts, people, ())
        stopped: list[tuple[Bar, Person | None, Draft]] = []
        known = _of_known_leads(drafts, people, problems, stopped)
        outcomes.log(cursor, stopped, "touch", source.batch_id)
        made = _store(cursor, source, known)
    for draft, _ in known:
        for warning, message in draft.warnings:
            problems.warn(draft.row, warning, message)
    counts = {"created": made, "updated": 0, "unchanged": len(known) - made}
    return {"rows": rows, **counts, "rejected": sum(problems.reasons.values())}, problems


def _of_known_leads(
    drafts: list[Draft], people: People, problems: Problems, stopped: list[tuple[Bar, Person | None, Draft]]
) -> list[tuple[Draft, int]]:
    """The rows with the lead that each is about; the others are rejected, and `stopped` has whom the register bars."""
    known = []
    for draft in drafts:
        try:
            known.append((draft, _lead_of(draft, people, stopped)))
        except RowFault as fault:
            problems.reject(draft.row, fault.reason, str(fault), draft.cells)
    return known


def _lead_of(draft: Draft, people: People, stopped: list[tuple[Bar, Person | None, Draft]]) -> int:
    person = people.find(draft)
    if person is None:
        raise _unknown(draft, people.source)
    if person.erased:
        raise RowFault(
            "erased", "this lead was erased at the person's own wish; nothing of it is stored again"
        )
    if person.bar is not None and draft.values["at"] >= person.bar.since:
        stopped.append((person.bar, person, draft))
        raise RowFault(
            "suppressed", f"the never-again register bars this person since {person.bar.since:%Y-%m-%d}"
        )
    if draft.values["at"] > people.moment:
        draft.warn(FUTURE)
    return person.id


def _unknown(draft: Draft, source: str) -> RowFault:
    external_id, email = draft.values.get("external_id"), draft.values.get("email")
    system = f" of source {shown(source)}" if source else ""
    names = [f"external id {shown(external_id)}{system}"] if external_id else []
    names += [f"e-mail {shown(email)}"] if email else []
    cure = "import the lead first, or correct the row"
    return RowFault("unknown lead", f"no lead has {' or '.join(names)}; {cure}")


def _store(cursor, source: Source, known: list[tuple[Draft, int]]) -> int:
    """Write what is not stored yet; how many rows that were."""
    names = {
        name: ensure_names(cursor, f"leads_{name}", [d.values[name] for d, _ in known if name in d.values])
        for name in ("campaign", "channel")
    }
    marked = [(draft, _mark(draft, lead_id, names)) for draft, lead_id in known]
    events = _stored_events(
        cursor, source.name, [d.values["event_id"] for d, _ in marked if "event_id" in d.values]
    )
    marks = _stored_marks(cursor, [mark for draft, mark in marked if "event_id" not in draft.values])
    rows = []
    for draft, mark in marked:
        event_id = draft.values.get("event_id")
        if event_id is None and mark in marks:
            continue
        if event_id is not None:
            if event_id in events:
                if events[event_id] != mark[:3]:
                    draft.warn(
                        OTHERWISE, f"event {shown(event_id)} is stored already, otherwise; kept as it was"
                    )
                continue
            events[event_id] = mark[:3]
        marks.add(mark)
        rows.append((*mark, False, source.name, event_id, source.batch_id))
    copying.copy(cursor, "leads_touch", [*Mark._fields, "is_origin", "source", "event_id", "batch_id"], rows)
    return len(rows)


def _mark(draft: Draft, lead_id: int, names: dict[str, dict[str, int]]) -> Mark:
    get = draft.values.get
    kind = get("kind", Touch.Kind.OTHER)
    return Mark(
        lead_id,
        draft.values["at"],
        str(kind),
        str(get("team") or (Touch.Team.SALES if kind in OF_SALES else Touch.Team.MARKETING)),
        names["campaign"].get(key_of(get("campaign", ""))),
        names["channel"].get(key_of(get("channel", ""))),
        get("medium", ""),
        get("content", ""),
        get("url", ""),
    )


def _stored_events(cursor, source: str, event_ids: list[str]) -> dict[str, tuple]:
    """Lead, date and kind of the stored touches with these event ids."""
    if not event_ids:
        return {}
    cursor.execute(
        """SELECT event_id, lead_id, at, kind FROM leads_touch
        WHERE voided_at IS NULL AND event_id IS NOT NULL AND source = %s AND event_id = ANY(%s)""",
        [source, event_ids],
    )
    return {event_id: tuple(found) for event_id, *found in cursor.fetchall()}


def _stored_marks(cursor, wanted: list[Mark]) -> set[Mark]:
    """What is stored of these leads at these moments, from whichever source."""
    if not wanted:
        return set()
    cursor.execute(
        f"""SELECT {", ".join(Mark._fields)} FROM leads_touch
        WHERE voided_at IS NULL AND NOT is_origin AND lead_id = ANY(%s) AND at = ANY(%s)""",  # noqa: S608
        [list({mark.lead_id for mark in wanted}), list({mark.at for mark in wanted})],
    )
    return {Mark(*row) for row in cursor.fetchall()}

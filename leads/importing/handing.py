"""Hand-overs of the past: a decision with a date (accepted, rejected) is a delivery that ended then."""

from __future__ import annotations

from datetime import datetime

from leads.importing.cells import Draft
from leads.importing.people import Event, People, Person
from leads.stages import Move, Stage, Standing


class Delivery:
    """One hand-over, stored or to be stored."""

    __slots__ = ("cause", "decision", "ended_at", "ending", "entry", "new", "opened_at")

    def __init__(
        self, entry: Event | None, ending: str, ended_at: datetime | None, decision: Event | None
    ) -> None:
        self.entry, self.ending, self.ended_at, self.decision = entry, ending, ended_at, decision
        self.cause = decision.reason if decision else ""
        self.new = decision is not None


def load(cursor, people: People) -> None:
    if not people.by_id:
        return
    cursor.execute(
        """SELECT lead_id, entry_id, ending, ended_at FROM leads_handover
        WHERE voided_at IS NULL AND lead_id = ANY(%s)""",
        [list(people.by_id)],
    )
    for lead_id, entry_id, ending, ended_at in cursor.fetchall():
        person = people.by_id[lead_id]
        entry = next((event for event in person.events if event.id == entry_id), None)
        person.handovers.append(Delivery(entry, ending, ended_at, None))


def apply(draft: Draft, person: Person) -> None:
    """Record the delivery that a decision of this row ended; an open one is ended when the lead is settled."""
    fields = (("reached.sal", Move.REACH, "accepted"), ("rejected.at", Move.REJECT, "rejected"))
    decided = [(draft.values[name], move, ending) for name, move, ending in fields if name in draft.values]
    for at, move, ending in sorted(decided):
        decision = _decision(person, move, at)
        if decision is None or any(delivery.ended_at is None for delivery in person.handovers):
            continue
        entry = _entry(person, at)
        if entry is None or not person.facts.get("owner"):
            if any(event is decision and event.new for event in person.events):
                draft.warn(f"{ending} without an owner and an MQL date; no hand-over recorded")
            continue
        if not any(d.entry is entry or (d.ending == ending and d.ended_at == at) for d in person.handovers):
            person.handovers.append(Delivery(entry, ending, at, decision))
            draft.changed = True


def _decision(person: Person, move: Move, at: datetime) -> Event | None:
    """The history row of the decision, if the lead's history has it."""
    for event in person.events:
        accepted = event.stage == Stage.SAL and event.standing == Standing.ACTIVE
        if event.at == at and (accepted if move == Move.REACH else event.move == move):
            return event
    return None


def _entry(person: Person, decided_at: datetime) -> Event | None:
    """The entry into MQL that was decided on: the last one by then, else the first."""
    entries = sorted(
        (event for event in person.events if event.stage == Stage.MQL and event.standing == Standing.ACTIVE),
        key=lambda event: event.at,
    )
    return next(
        (event for event in reversed(entries) if event.at <= decided_at), entries[0] if entries else None
    )

"""What a row tells about a lead's past: stages reached, outcomes, standings. Historic rows, never live ones."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import now

from leads.definitions import agreed, disqualifying
from leads.importing.cells import Draft
from leads.importing.people import Bar, Event, People, Person
from leads.reasons import DISQUALIFYING
from leads.stages import CHURNED, CUSTOMER, LADDER, LOST, NURTURE, Move, Position, Stage, Standing

_READ = """
SELECT c.lead_id, c.id, c.move, c.to_stage, c.to_standing, c.at, c.return_on FROM leads_stagechange c
WHERE c.lead_id = ANY(%s) AND c.voided_at IS NULL AND c.move NOT IN ('undo', 'adopt')
    AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
ORDER BY c.at, c.id
"""


def load(cursor, people: People) -> None:
    """Read the counted history of the stored leads of this chunk."""
    if people.by_id:
        cursor.execute(_READ, [list(people.by_id)])
        for lead_id, pk, move, stage, standing, at, return_on in cursor.fetchall():
            event = Event(move, (stage, standing), at, return_on=return_on, stored=pk)
            people.by_id[lead_id].add(event)


class Chronicle:
    """Applies the history of one row to one lead; `blocked` are the leads the register held back."""

    def __init__(self) -> None:
        self.blocked: list[tuple[Person, Draft]] = []
        # What no list in force says of a code, its history does.
        codes = {reason.code for reason in agreed("rejection", now())}
        self.disqualifying = disqualifying(now()) | (DISQUALIFYING - codes)

    def apply(self, draft: Draft, person: Person, won_at: datetime | None, lost_at: datetime | None) -> None:
        """`won_at` and `lost_at` are of a deal whose primary contact this lead is."""
        values, before = draft.values, len(person.events)
        for stage in LADDER:
            dates = [values.get(f"reached.{stage}"), won_at if stage == Stage.CUSTOMER else None]
            for at in sorted(filter(None, dates)):
                self._reach(draft, person, stage, at)
        self._claims(draft, person)
        if "rejected.at" in values or "rejected.reason" in values:
            self._reject(draft, person)
        if "recycled.until" in values:
            self._recycle(draft, person)
        if lost_at is not None:
            self._lose(draft, person, lost_at)
        if "disqualified.at" in values or "disqualified.reason" in values:
            self._disqualify(draft, person)
        if len(person.events) > before:
            draft.changed = True

    def _reach(self, draft: Draft, person: Person, stage: Stage, at: datetime) -> None:
        """Dates widen: a stage never reached before, or reached earlier than we knew."""
        first = person.first.get(stage)
        if first is not None and first <= at:
            return
        if first is None and person.barred:
            self.blocked.append((person, draft))
            return
        if at > person.moment:
            draft.warn("date in the future; kept")
        position = CUSTOMER if stage == Stage.CUSTOMER else Position(stage, Standing.ACTIVE)
        person.add(Event(Move.REACH, position, at))

    def _claims(self, draft: Draft, person: Person) -> None:
        """Where a lead stands by the file's word, without a date."""
        values = draft.values
        status_stage, status_standing = values.get("status", ("", ""))
        standing = values.get("standing") or status_standing
        stage = values.get("stage") or status_stage
        if standing in (Standing.WON, Standing.CHURNED):
            stage = Stage.CUSTOMER
        if stage and stage != Stage.VISITOR and LADDER.index(Stage(stage)) > person.highest:
            self._reach(draft, person, Stage(stage), _undated(draft, person))
        if standing == Standing.NURTURING and "recycled.until" not in values:
            self._once(draft, person, Move.RECYCLE, NURTURE)
        elif standing == Standing.LOST and "deal.lost_at" not in values:
            self._once(draft, person, Move.LOSE, LOST)
        elif standing == Standing.CHURNED:
            self._once(draft, person, Move.CHURN, CHURNED)
        elif standing == Standing.DISQUALIFIED and "disqualified.at" not in values:
            values.setdefault("disqualified.reason", "")

    def _once(self, draft: Draft, person: Person, move: Move, position: Position) -> None:
        """An undated standing counts only for a lead that never had it, else it would come back with each import."""
        if any(event.standing == position.standing for event in person.events):
            return
        self._leave(draft, person, Event(move, position, _undated(draft, person)))

    def _leave(self, draft: Draft, person: Person, event: Event) -> None:
        if person.barred:
            self.blocked.append((person, draft))
        else:
            person.add(event)

    def _reject(self, draft: Draft, person: Person) -> None:
        at, reason = draft.values.get("rejected.at"), draft.values.get("rejected.reason", "")
        earlier = [event.at for event in person.events if event.move == Move.REJECT]
        if at in earlier or (at is None and earlier):
            return
        final = reason in self.disqualifying
        if final and Stage.CUSTOMER in person.first:
            draft.warn("a customer cannot be disqualified; the rejection is kept as a return")
            final = False
        position = Position(Stage.MQL, Standing.DISQUALIFIED) if final else NURTURE
        event = Event(Move.REJECT, position, at or _undated(draft, person), reason=reason)
        barred = person.barred
        self._leave(draft, person, event)
        if final and not barred:
            _bar(person, event)

    def _recycle(self, draft: Draft, person: Person) -> None:
        until = draft.values["recycled.until"]
        if any(event.move == Move.RECYCLE and event.return_on == until for event in person.events):
            return
        at = draft.values.get("rejected.at") or _undated(draft, person)
        self._leave(draft, person, Event(Move.RECYCLE, NURTURE, at, return_on=until))

    def _lose(self, draft: Draft, person: Person, at: datetime) -> None:
        """A deal lost by somebody who was a customer by then moves nobody."""
        customer = person.first.get(Stage.CUSTOMER)
        known = any(event.move == Move.LOSE and event.at == at for event in person.events)
        if not known and not (customer is not None and customer <= at):
            reason = draft.values.get("deal.lost_reason", "")
            self._leave(draft, person, Event(Move.LOSE, LOST, at, reason=reason))

    def _disqualify(self, draft: Draft, person: Person) -> None:
        if person.barred or any(event.standing == Standing.DISQUALIFIED for event in person.events):
            return
        at = draft.values.get("disqualified.at") or _undated(draft, person)
        stages = [LADDER.index(Stage(e.stage)) for e in person.events if e.at <= at and e.is_step]
        if Stage.CUSTOMER in person.first:
            draft.warn("a customer cannot be disqualified; left out")
            return
        if any(event.new and event.is_step and event.at > at for event in person.events):
            draft.warn("a stage reached after the disqualification; both kept, and the lead stays barred")
        stage = LADDER[max(stages, default=0)]
        event = Event(
            Move.DISQUALIFY,
            Position(stage, Standing.DISQUALIFIED),
            at,
            reason=draft.values.get("disqualified.reason", ""),
        )
        person.add(event)
        _bar(person, event)


def _bar(person: Person, event: Event) -> None:
    person.bar = Bar(None, event.reason, event.at, event)
    person.position = Position(event.stage, Standing.DISQUALIFIED)


def _undated(draft: Draft, person: Person) -> datetime:
    """When something without a date happened: not before anything we know, else when the lead was made."""
    return person.latest or draft.values.get("created_at") or person.moment

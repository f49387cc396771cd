"""One chunk of a file of history: how leads moved in another system, one row a move.

Every row is a historic row of its own, however late it comes and whatever stands beside it; of two at one
instant the order of the file decides. `funnel.settle` then reads where each lead stands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.timezone import now

from leads.importing import outcomes, owners
from leads.importing.cells import Draft, recognise
from leads.importing.companies import Companies
from leads.importing.dealings import Dealings
from leads.importing.faults import RowFault
from leads.importing.folding import Fold
from leads.importing.leads import ONE_AT_A_TIME
from leads.importing.moves import OF_A_CUSTOMER, Place, read_place
from leads.importing.people import Event, People, Person
from leads.importing.problems import Problems
from leads.importing.reading import read
from leads.importing.register import Register
from leads.importing.sources import Source
from leads.importing.storing import Store
from leads.stages import LADDER, Move, Position, Stage, Standing

AT_ONCE = 50_000  # leads asked about in one statement
Mark = tuple[str, bool]  # the state, and whether sales rejected: what two rows of one instant are compared by

_READ = """
SELECT c.lead_id, c.id, c.move, c.to_stage, c.to_standing, c.at, c.batch_id FROM leads_stagechange c
WHERE c.lead_id = ANY(%s) AND c.voided_at IS NULL AND c.move NOT IN ('undo', 'adopt')
    AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
ORDER BY c.at, c.id
"""


class Instants:
    """What is stored of one lead at each instant, in order, and how far this file has come in it."""

    __slots__ = ("last", "passed", "stored")

    def __init__(self) -> None:
        self.stored: dict[datetime, list[Mark]] = defaultdict(list)
        self.passed: dict[datetime, int] = defaultdict(int)
        self.last: dict[datetime, Mark] = {}

    def knows(self, at: datetime, mark: Mark) -> bool:
        """Whether the file's next row of this instant says nothing new: stored before, or just said."""
        if self.last.get(at) == mark:
            return True
        self.last[at] = mark
        rest = self.stored[at][self.passed[at] :]
        if mark not in rest:
            return False
        self.passed[at] += rest.index(mark) + 1
        return True


@dataclass
class PastFold(Fold):
    """One chunk's moves and what they come to."""

    bars_at_once: bool = False
    instants: dict[Person, Instants] = field(default_factory=lambda: defaultdict(Instants))
    told: set[int] = field(default_factory=set)  # the rows that added to a history

    def load(self, cursor) -> None:
        """Read the counted history of the stored leads of this chunk."""
        if not self.people.by_id:
            return
        cursor.execute(_READ, [list(self.people.by_id)])
        for lead_id, pk, move, stage, standing, at, batch_id in cursor.fetchall():
            person = self.people.by_id[lead_id]
            event = Event(move, (stage, standing), at, stored=pk)
            person.add(event)
            if batch_id == self.batch_id:
                self.instants[person].last[at] = _mark(event)
            else:
                self.instants[person].stored[at].append(_mark(event))

    def outcome(self, draft: Draft, made: bool) -> str:
        return "created" if draft.row in self.told else "updated" if draft.changed else "unchanged"

    def _apply(self, draft: Draft) -> bool:
        person, made = self._person(draft)
        self._tell(draft, person)
        if not made:
            self._email(draft, person)
        self.people.learn(draft, person)
        return made

    def _tell(self, draft: Draft, person: Person) -> None:
        """Add the move of this row to the lead's history, unless it is there."""
        values = draft.values
        place: Place = values["place"]
        at = values["at"]
        stage = place.stage or _stage_then(place, person, at, draft)
        position = Position(stage, place.standing)
        event = Event(place.move, position, at, reason=values.get("reason", ""))
        event.by = values.get("by")
        if self.instants[person].knows(at, _mark(event)):
            return
        self._hold_back(draft, person, event)
        if at > person.moment:
            draft.warn("date in the future; kept")
        person.add(event)
        self.told.add(draft.row)

    def _hold_back(self, draft: Draft, person: Person, event: Event) -> None:
        """Who was disqualified here is led on by no file; what happened before that may still be told."""
        if person.bar is None or person.position.standing != Standing.DISQUALIFIED or not event.is_step:
            return
        barred = [e.at for e in person.events if e.standing == Standing.DISQUALIFIED and not e.new]
        since = max(barred, default=person.bar.since)
        if event.at > since:
            self.kept_out.append((person.bar, draft, person))
            raise RowFault(
                "suppressed",
                f"the never-again register bars this person since {since:%Y-%m-%d}; "
                "both heads can lift that with new evidence",
            )


def _mark(event: Event) -> Mark:
    return Position(event.stage, event.standing).state, event.move == Move.REJECT


def _stage_then(place: Place, person: Person, at: datetime, draft: Draft) -> str:
    """The stage at which a lead was disqualified or reopened: as far as it had got by then."""
    steps = [LADDER.index(Stage(e.stage)) for e in person.events if e.at <= at and e.is_step]
    furthest = LADDER[max(steps, default=0)]
    if furthest == Stage.CUSTOMER and place.standing == Standing.DISQUALIFIED:
        draft.warn(OF_A_CUSTOMER)
    return min(furthest, LADDER[-2], key=LADDER.index)


def take(source: Source, span: dict[str, int]) -> tuple[dict[str, int], Problems]:
    """Take in the rows of one span of the file, within the caller's transaction; how many came to what."""
    problems = Problems()
    drafts, rows = read(source, span, problems, _complete)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        fold = _prepare(cursor, source, drafts, problems)
    fold.run(drafts)
    _name_people(fold, source.name)
    Store(fold, batch_id=source.batch_id, source=source.name, moment=fold.people.moment).write()
    return {"rows": rows, **fold.counts, "rejected": sum(problems.reasons.values())}, problems


def _complete(draft: Draft) -> None:
    recognise(draft)
    draft.values["place"] = read_place(draft)


def _prepare(cursor, source: Source, drafts: list[Draft], problems: Problems) -> PastFold:
    people = People(source.name, now())
    people.load(cursor, drafts)
    fold = PastFold(
        people=people,
        companies=Companies(),
        dealings=Dealings(source.name, source.currency, overwrite=False),
        register=Register(),
        problems=problems,
        fields=source.plan.fields,
        overwrite=False,
        owners=owners.known(source.name, (d.values["by"] for d in drafts if "by" in d.values)),
        batch_id=source.batch_id,
    )
    fold.register.load(cursor, drafts, people, ())
    fold.load(cursor)
    return fold


def _name_people(fold: PastFold, source: str) -> None:
    """Whoever moved these leads, as people: unknown ones wait to be claimed."""
    told = [e for p in (*fold.people.by_id.values(), *fold.people.made) for e in p.events if e.new and e.by]
    texts = {event.by for event in told if isinstance(event.by, str)}
    if texts:
        fold.owners = owners.ensure(source, texts, fold.owners)
    for event in told:
        event.by = fold.owners[event.by] if isinstance(event.by, str) else event.by


def finish(batch_id: int) -> None:
    """Bar the leads that all of the file left disqualified; one that came back later in it is not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT lead_id FROM leads_stagechange WHERE batch_id = %s", [batch_id])
        lead_ids = [pk for (pk,) in cursor.fetchall()]
        for start in range(0, len(lead_ids), AT_ONCE):
            outcomes.bar_standing(cursor, lead_ids[start : start + AT_ONCE], batch_id, now())

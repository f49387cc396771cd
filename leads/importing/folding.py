"""Applies the rows of one chunk to leads in memory, in file order, each row counted once."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5

from leads.importing import handing, histories
from leads.importing.cells import Draft
from leads.importing.companies import Companies, Company
from leads.importing.dealings import Dealings
from leads.importing.faults import RowFault
from leads.importing.fields import DEAL, HISTORY, OF_ACCOUNT, OWN, OWN_OF_ACCOUNT
from leads.importing.fields import ORIGIN as ORIGIN_FIELDS
from leads.importing.people import FACTS, ORIGIN, Bar, People, Person
from leads.importing.problems import Problems
from leads.importing.register import Register

_FILLED = tuple(name for name in FACTS if name not in ("phone", "phone_norm", "consent"))


@dataclass
class Fold:
    """One chunk's rows and what they come to."""

    people: People
    companies: Companies
    dealings: Dealings
    register: Register
    problems: Problems
    fields: set[str]
    overwrite: bool
    owners: dict[str, int]
    chronicle: histories.Chronicle = field(default_factory=histories.Chronicle)
    kept_out: list[tuple[Bar, Draft, Person | None]] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("created", "updated", "unchanged"), 0)
    )

    batch_id: int = 0
    # Whether a chunk bars whom it leaves disqualified; a file of history is asked as a whole, at its end.
    bars_at_once: bool = True

    def __post_init__(self) -> None:
        self.has_history = bool(self.fields & HISTORY)
        self.has_deal = bool(self.fields & DEAL)
        self.own = sorted(name for name in self.fields if name.startswith(OWN))
        self.companies.own = sorted(name for name in self.fields if name.startswith(OWN_OF_ACCOUNT))
        self.has_company = bool(self.fields & {"company", "domain", *OF_ACCOUNT} or self.companies.own)
        self.has_origin = bool(self.fields & set(ORIGIN_FIELDS))
        self.has_decision = bool(self.fields & {"reached.sal", "rejected.at"})

    def run(self, drafts: list[Draft]) -> None:
        applied = []
        for draft in drafts:
            try:
                applied.append((draft, self._apply(draft)))
            except RowFault as fault:
                self.problems.reject(draft.row, fault.reason, str(fault), draft.cells)
        for person in (*self.people.by_id.values(), *self.people.made):
            person.credit()
        for bargain in (*self.dealings.known, *self.dealings.made):
            bargain.credit()
        for draft, made in applied:
            self.counts[self.outcome(draft, made)] += 1
            for warning, message in draft.warnings:
                self.problems.warn(draft.row, warning, message)

    def outcome(self, draft: Draft, made: bool) -> str:
        """As what a row is counted."""
        return "created" if made else "updated" if draft.changed else "unchanged"

    def _apply(self, draft: Draft) -> bool:
        """Apply one row; True when it made a lead."""
        person, made = self._person(draft)
        if not made:
            self._facts(draft, person)
        self._origin(draft, person)
        if self.has_company:
            self.companies.apply(draft, person, overwrite=self.overwrite)
        self.people.learn(draft, person)
        self._past(draft, person)
        if "note" in draft.values:
            self._note(draft, person)
        return made

    def _person(self, draft: Draft) -> tuple[Person, bool]:
        """The lead of a row, and whether the row made it; raises `RowFault` for one that may not come in."""
        person = self.people.find(draft)
        if person is None:
            self._admit(draft)
            return self.people.make(draft), True
        if person.erased:
            raise RowFault(
                "erased", "this lead was erased at the person's own wish; nothing of it is stored again"
            )
        if self.bars_at_once:
            self._stop(draft, person)
        return person, False

    def _stop(self, draft: Draft, person: Person) -> None:
        """Somebody whom the register bars comes in again: stopped, but an opt-out counts all the same."""
        found = self.register.stops(draft, person, self._company(draft), self.batch_id)
        if found is None:
            return
        bar, fault = found
        self.kept_out.append((bar, draft, person))
        if draft.values.get("consent") == "opted_out":
            self._consent(draft, person)
        raise fault

    def _admit(self, draft: Draft) -> None:
        """Keep out whom the register bars; the line in the log of hits outlives the rejection."""
        found = self.register.match(draft, self._company(draft))
        if found is not None:
            self.kept_out.append((found[0], draft, None))
            raise found[1]

    def _company(self, draft: Draft) -> Company | None:
        """The company of a row, where the register could bar it."""
        return self.companies.find(draft, None) if self.has_company and self.register.bars else None

    def _facts(self, draft: Draft, person: Person) -> None:
        """A value fills a blank; it replaces another only when told to. An opt-out stays whatever comes."""
        values, facts = draft.values, person.facts
        for name in _FILLED:
            value = values.get(name)
            if value and value != facts.get(name) and (self.overwrite or not facts.get(name)):
                person.set(name, value, draft)
        for name in self.own:
            value = values.get(name)
            if value is not None and value != facts.get(name) and (self.overwrite or facts.get(name) is None):
                person.set(name, value, draft)
        if values.get("phone") and (self.overwrite or not facts.get("phone")):
            for name in ("phone", "phone_norm"):
                if values.get(name) != facts.get(name):
                    person.set(name, values.get(name), draft)
        self._email(draft, person)
        self._consent(draft, person)
        self._owner(draft, person)

    def _email(self, draft: Draft, person: Person) -> None:
        email, stored = draft.values.get("email"), person.facts.get("email")
        if not email or email == stored or (stored and not self.overwrite):
            return
        if self.people.by_email.get(email, person) is not person:
            draft.warn("e-mail of another lead; left out")
            return
        person.set("email", email, draft)

    def _consent(self, draft: Draft, person: Person) -> None:
        consent, stored = draft.values.get("consent"), person.facts.get("consent")
        if consent and consent != stored and (consent == "opted_out" or not stored):
            person.set("consent", consent, draft)

    def _owner(self, draft: Draft, person: Person) -> None:
        text, stored = draft.values.get("owner"), person.facts.get("owner")
        if not text or self.register.withholds(person, self.batch_id):
            return
        owner = self.owners.get(text, text)
        stored = self.owners.get(stored, stored) if isinstance(stored, str) else stored
        if owner != stored and (self.overwrite or not stored):
            person.set("owner", owner, draft)
            person.owner_changed = True

    def _origin(self, draft: Draft, person: Person) -> None:
        """What the row that made the lead says of where it came from; later rows fill what it left blank."""
        if not self.has_origin:
            return
        values, facts = draft.values, person.facts
        for name in ORIGIN:
            if values.get(name) and not facts.get(name):
                person.set(name, values[name], draft)
        if not person.has_origin and any(facts.get(name) for name in ORIGIN):
            person.has_origin = person.new_origin = True

    def _past(self, draft: Draft, person: Person) -> None:
        won_at = lost_at = None
        if self.has_deal and not DEAL.isdisjoint(draft.values):
            bargain = self.dealings.apply(draft, person)
            if bargain.belongs_to(person):
                won_at = draft.values.get("deal.won_at")
                lost_at = None if won_at else draft.values.get("deal.lost_at")
        if self.has_history:
            self.chronicle.apply(draft, person, won_at, lost_at)
            if person.bar is not None and person.bar.id is None:
                self.register.enter(person)
        if self.has_decision:
            handing.apply(draft, person)

    def _note(self, draft: Draft, person: Person) -> None:
        text = draft.values["note"]
        mark = note_mark(text)
        if mark not in person.notes:
            person.notes[mark] = text
            draft.changed = True


def note_mark(text: str) -> str:
    """Tells a note that is stored already without reading its text; PostgreSQL reckons the same."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()

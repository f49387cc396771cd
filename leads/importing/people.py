"""The leads that one chunk is about: those already stored, found with a few set look-ups, and those it makes.

Rows apply in file order, in memory; `storing` then writes what changed, set by set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from leads.importing.cells import Draft
from leads.importing.fields import OWN
from leads.stages import LADDER, Position, Stage, Standing

FACTS = ("first_name", "last_name", "phone", "phone_norm", "job_title", "buying_role", "country", "consent")
ORIGIN = ("campaign", "channel", "medium", "content")
_COLUMNS = """id, email, first_name, last_name, phone, phone_norm, job_title, buying_role, country, consent,
    campaign_id, channel_id, medium, content, owner_id, email_norm, account_id, stage, standing, merged_into_id,
    erased_at"""


class Event:
    """One row of a lead's history, stored (with `id`) or to be stored."""

    __slots__ = ("at", "by", "id", "move", "new", "reason", "return_on", "stage", "standing")

    def __init__(
        self,
        move: str,
        position: tuple[str, str],
        at: datetime,
        *,
        reason: str = "",
        return_on: date | None = None,
        by: int | None = None,
        stored: int | None = None,
    ) -> None:
        self.move, self.at, self.reason, self.return_on = move, at, reason, return_on
        self.by: int | str | None = by  # who moved it; by name until the people of the file are known
        self.stage, self.standing = position
        self.id, self.new = stored, stored is None

    @property
    def is_step(self) -> bool:
        """Whether it counts as an entry into its stage."""
        return self.standing in (Standing.ACTIVE, Standing.WON)


class Bar:
    """An entry of the never-again register that holds a lead back; `id` once it is stored."""

    __slots__ = ("batch_id", "event", "id", "reason", "since")

    def __init__(
        self,
        pk: int | None,
        reason: str,
        since: datetime,
        event: Event | None = None,
        *,
        batch_id: int | None = None,
    ) -> None:
        self.id, self.reason, self.since, self.event = pk, reason, since, event
        self.batch_id = batch_id  # the file that entered it


class Person:
    """A lead as the rows so far leave it. `facts` of a new lead are the values of the row that made it."""

    __slots__ = (
        "account", "bar", "born", "changed", "deals", "erased", "events", "external_ids", "facts", "first",
        "handovers", "has_origin", "id", "moment", "new", "new_origin", "notes", "original", "owner_changed",
        "position", "setters", "waiting",
    )  # fmt: skip

    def __init__(self, pk: int | None, facts: dict[str, Any], moment: datetime) -> None:
        self.id: int = pk or 0  # a new lead's key is drawn when it is stored
        self.facts, self.new, self.moment = facts, pk is None, moment
        self.account: Any = None
        self.position = Position(LADDER[0], Standing.ACTIVE)
        self.bar: Bar | None = None
        self.born: datetime | None = None
        self.events: list[Event] = []
        self.first: dict[str, datetime] = {}
        self.external_ids: list[str] = []
        self.deals: list[Any] = []
        self.notes: dict[str, str | None] = {}
        self.handovers: list[Any] = []
        self.has_origin = self.new_origin = self.owner_changed = self.changed = self.erased = False
        self.original: dict[str, Any] = {}
        self.setters: dict[str, Draft] = {}
        self.waiting: tuple[Draft, ...] = ()  # rows with details of a company that none has named yet

    def add(self, event: Event) -> None:
        self.events.append(event)
        if event.is_step and (event.stage not in self.first or event.at < self.first[event.stage]):
            self.first[event.stage] = event.at

    @property
    def highest(self) -> int:
        """The rank of the furthest stage of its history; -1 without any."""
        return max((LADDER.index(Stage(event.stage)) for event in self.events), default=-1)

    @property
    def latest(self) -> datetime | None:
        return max((event.at for event in self.events), default=None)

    @property
    def entered(self) -> Event | None:
        """The event of this file by which the register bars the lead from now on."""
        return self.bar.event if self.bar is not None and self.bar.id is None else None

    @property
    def barred(self) -> bool:
        return self.bar is not None or self.position.standing == Standing.DISQUALIFIED

    def set(self, name: str, value: Any, draft: Draft) -> None:
        """Store a fact; the row whose value is the last one standing is the one that changed the lead."""
        self.facts[name] = value
        self.setters[name] = draft
        self.changed = True

    def credit(self) -> None:
        """Mark the rows whose values stayed and differ from what was there before this chunk (or the making row)."""
        for name, draft in self.setters.items():
            if self.facts.get(name) != self.original.get(name):
                draft.changed = True


class People:
    """Finds the lead of a row: by external id, else e-mail, else phone."""

    def __init__(self, source: str, moment: datetime, *, has_own: bool = False) -> None:
        self.source, self.moment = source, moment
        self.columns = f"{_COLUMNS}, custom" if has_own else _COLUMNS
        self.by_id: dict[int, Person] = {}
        self.by_external_id: dict[str, Person] = {}
        self.by_email: dict[str, Person] = {}
        self.by_phone: dict[str, list[Person]] = {}
        self.made: list[Person] = []

    def load(self, cursor, drafts: list[Draft]) -> None:
        """Lock and read every lead that these rows may mean, in id order."""
        external = self._external_ids(cursor, drafts)
        emails = self._emails(cursor, drafts)
        phones = self._phones(cursor, drafts, external, emails)
        survivors = self._read(cursor, {*external.values(), *emails.values(), *(pk for _, pk in phones)})
        self.by_external_id = {text: survivors[pk] for text, pk in external.items()}
        self.by_email = {text: survivors[pk] for text, pk in emails.items()}
        for phone, pk in phones:
            self.by_phone.setdefault(phone, []).append(survivors[pk])

    def _external_ids(self, cursor, drafts: list[Draft]) -> dict[str, int]:
        wanted = [d.values["external_id"] for d in drafts if "external_id" in d.values]
        if not wanted:
            return {}
        cursor.execute(
            """SELECT external_id, lead_id FROM leads_externalid
            WHERE voided_at IS NULL AND source = %s AND external_id = ANY(%s)""",
            [self.source, wanted],
        )
        return dict(cursor.fetchall())

    def _emails(self, cursor, drafts: list[Draft]) -> dict[str, int]:
        wanted = [d.values["email"] for d in drafts if "email" in d.values]
        if not wanted:
            return {}
        # The absorbed lead of a merge keeps its address; the one that stands for itself comes last and wins.
        cursor.execute(
            """SELECT email_norm, id FROM leads_lead WHERE voided_at IS NULL AND email_norm = ANY(%s)
            ORDER BY merged_into_id IS NULL""",
            [wanted],
        )
        return dict(cursor.fetchall())

    def _phones(self, cursor, drafts: list[Draft], external: dict, emails: dict) -> list[tuple[str, int]]:
        """Only for rows that nothing else identifies; of a switchboard's leads the first with and without e-mail."""
        wanted = [
            d.values["phone_norm"]
            for d in drafts
            if d.values.get("phone_norm")
            and d.values.get("external_id") not in external
            and d.values.get("email") not in emails
        ]
        if not wanted:
            return []
        cursor.execute(
            """SELECT DISTINCT ON (phone_norm, email_norm IS NULL) phone_norm, id FROM leads_lead
            WHERE phone_norm = ANY(%s) AND merged_into_id IS NULL AND voided_at IS NULL
            ORDER BY phone_norm, email_norm IS NULL, id""",
            [wanted],
        )
        return sorted(cursor.fetchall(), key=lambda found: found[1])

    def _read(self, cursor, ids: set[int]) -> dict[int, Person]:
        """The leads of these ids, or those they were merged into."""
        found: dict[int, Person] = {}
        absorbed: dict[int, int] = {}
        wanted = ids
        while wanted:
            cursor.execute(
                f"SELECT {self.columns} FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",  # noqa: S608
                [list(wanted)],
            )
            rows = cursor.fetchall()
            absorbed |= {row[0]: row[19] for row in rows if row[19] is not None}
            for row in rows:
                if row[19] is None:
                    found[row[0]] = self.by_id[row[0]] = self._person(row)
            wanted = set(absorbed.values()) - set(found) - set(absorbed)
        for pk in sorted(absorbed):
            into = absorbed[pk]
            while into in absorbed:
                into = absorbed[into]
            found[pk] = found[into]
        return found

    def _person(self, row: tuple) -> Person:
        facts = dict(zip(("email", *FACTS, *ORIGIN, "owner"), (*row[1:15],), strict=True), account_id=row[16])
        facts["email"] = row[15]
        for custom in row[21:]:
            facts |= {f"{OWN}{key}": value for key, value in json.loads(custom).items()}
        person = Person(row[0], facts, self.moment)
        person.position = Position(row[17], row[18])
        person.erased = row[20] is not None
        person.has_origin = any(facts[name] for name in ORIGIN)
        person.original = dict(facts)
        return person

    def find(self, draft: Draft) -> Person | None:
        """The lead this row is about, or None for a new one."""
        values = draft.values
        person = self.by_external_id.get(values.get("external_id", ""))
        if person is None and "email" in values:
            person = self.by_email.get(values["email"])
        if person is None and values.get("phone_norm"):
            person = self._by_phone(draft)
        return person

    def _by_phone(self, draft: Draft) -> Person | None:
        """A phone identifies only where the two e-mails do not contradict each other."""
        known = self.by_phone.get(draft.values["phone_norm"], ())
        email = draft.values.get("email")
        for person in known:
            if email is None or not person.facts.get("email"):
                return person
        if known:
            draft.warn("phone of another lead; kept as two people")
        return None

    def make(self, draft: Draft) -> Person:
        person = Person(None, draft.values, self.moment)
        person.original = dict(draft.values)
        self.made.append(person)
        return person

    def learn(self, draft: Draft, person: Person) -> None:
        """Later rows find `person` by what this row says of it."""
        values = draft.values
        external_id = values.get("external_id")
        if external_id and external_id not in self.by_external_id:
            self.by_external_id[external_id] = person
            person.external_ids.append(external_id)
            draft.changed = True
        email, phone = person.facts.get("email"), person.facts.get("phone_norm")
        if email:
            self.by_email.setdefault(email, person)
        if phone:
            known = self.by_phone.setdefault(phone, [])
            if person not in known:
                known.append(person)

    def existing(self) -> Iterable[int]:
        return list(self.by_id)

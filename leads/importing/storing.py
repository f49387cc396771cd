"""Writes what the rows of one chunk came to: a few statements, whatever the number of rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection

from leads import funnel
from leads.importing import accounts, befores, copying, owners
from leads.importing.dealings import Bargain
from leads.importing.fields import OWN
from leads.importing.folding import Fold
from leads.importing.names import ensure_names, key_of
from leads.importing.outcomes import (
    bar_standing,
    reassign_open,
    store_bars,
    store_handovers,
    store_hits,
    store_new_addresses,
    withdraw_open,
)
from leads.importing.people import Event, Person
from leads.models import name_key
from leads.stages import LADDER, START

_FACTS = ["email", "email_norm", "first_name", "last_name", "name_key", "phone", "phone_norm", "job_title"]
_FACTS += [
    "buying_role",
    "country",
    "consent",
    "account_id",
    "campaign_id",
    "channel_id",
    "medium",
    "content",
]
_FACTS += ["owner_id"]
_BORN = ["stage", "standing", "highest_stage", "stage_since", "born_at", "batch_id", "version"]
_KINDS = dict.fromkeys(_FACTS, "text") | {name: "bigint" for name in _FACTS if name.endswith("_id")}
_DEAL = ["external_id", "name", "amount", "currency", "opened_at", "outcome", "closed_at", "lost_reason"]
_DEAL_KINDS = dict(
    zip(_DEAL, ["text", "text", "numeric", "text", "timestamptz", "text", "timestamptz", "text"], strict=True)
)


class Store:
    """One chunk on its way into the tables. The caller's transaction holds the existing leads locked."""

    def __init__(self, fold: Fold, *, batch_id: int, source: str, moment: datetime) -> None:
        self.fold, self.batch_id, self.source, self.moment = fold, batch_id, source, moment
        self.made = fold.people.made
        self.known = list(fold.people.by_id.values())
        self.channels: dict[str, int] = {}
        self.campaigns: dict[str, int] = {}
        self.owners = fold.owners
        self.written = str(moment)  # once, not for every lead

    def write(self) -> None:
        with connection.cursor() as cursor:
            self._names(cursor)
            accounts.store(cursor, self.fold.companies, self.batch_id, self.moment)
            self._leads(cursor)
            self._history(cursor)
            self._touches(cursor)
            self._assignments(cursor)
            self._notes(cursor)
            self._deals(cursor)
            store_handovers(cursor, self)
            store_bars(cursor, self)
            store_new_addresses(cursor, self)
            store_hits(cursor, self)
            self._settle(cursor)

    @property
    def everyone(self) -> list[Person]:
        return [*self.known, *self.made]

    def _names(self, cursor) -> None:
        """Channels, campaigns and people that these leads name, made where they are new."""
        touched = [*self.made, *(person for person in self.known if person.changed)]
        for name, table in (("channel", "leads_channel"), ("campaign", "leads_campaign")):
            texts = {value for p in touched if isinstance(value := p.facts.get(name), str) and value}
            setattr(self, f"{name}s", ensure_names(cursor, table, texts))
        texts = {value for p in touched if isinstance(value := p.facts.get("owner"), str) and value}
        if texts:
            self.owners = owners.ensure(self.source, texts, self.fold.owners)

    def _leads(self, cursor) -> None:
        for person, pk in zip(self.made, copying.draw(cursor, "leads_lead", len(self.made)), strict=True):
            person.id = pk
        facts = [*_FACTS, "custom"] if self.fold.own else _FACTS
        copying.copy(cursor, "leads_lead", ["id", *facts, *_BORN], map(self._newborn, self.made))
        self._external_ids(cursor)
        changed = [(person.id, *self._facts(person)) for person in self.known if person.changed]
        if changed:
            shape = {"id": "bigint", **_KINDS} | ({"custom": "jsonb"} if self.fold.own else {})
            copying.stage(cursor, "import_lead", shape, changed)
            new = {name: f"s.{name}" for name in _FACTS}
            own = [name.removeprefix(OWN) for name in self.fold.own]
            befores.keep(cursor, self.batch_id, "lead", "import_lead", new, own)
            pairs = ", ".join(f"{name} = s.{name}" for name in facts)
            cursor.execute(
                f"UPDATE leads_lead l SET {pairs}, version = l.version + 1 FROM import_lead s WHERE l.id = s.id"  # noqa: S608
            )

    def _newborn(self, person: Person) -> tuple:
        """Every lead enters as a visitor; `funnel.settle` then reads its history."""
        person.born = min((event.at for event in person.events), default=None)
        person.born = person.born or person.facts.get("created_at") or self.moment
        born = self.written if person.born is self.moment else person.born
        start = (*START, LADDER[0], born, born, self.batch_id, 1)
        return (person.id, *self._facts(person), *start)

    def _facts(self, person: Person) -> tuple:
        get = person.facts.get
        first, last = get("first_name", ""), get("last_name", "")
        return (
            get("email") or "",
            get("email") or None,
            first,
            last,
            name_key(f"{first} {last}")[:241] if first or last else "",
            get("phone", ""),
            get("phone_norm") or None,
            get("job_title", ""),
            get("buying_role", ""),
            get("country", ""),
            get("consent", ""),
            person.account.id if person.account else get("account_id"),
            _key(get("campaign"), self.campaigns),
            _key(get("channel"), self.channels),
            get("medium", ""),
            get("content", ""),
            self.owner(person),
            *([_own(person)] if self.fold.own else []),
        )

    def owner(self, person: Person) -> int | None:
        owner = person.facts.get("owner")
        return self.owners[owner] if isinstance(owner, str) else owner

    def _changed_hands(self, person: Person) -> bool:
        """Whether the rows leave it with another owner than it came with, whoever had it in between."""
        if person.new:
            return bool(person.facts.get("owner"))
        return person.owner_changed and self.owner(person) != person.original.get("owner")

    def _external_ids(self, cursor) -> None:
        rows = [
            (self.source, text, person.id, self.batch_id)
            for person in self.everyone
            for text in person.external_ids
        ]
        copying.copy(cursor, "leads_externalid", ["source", "external_id", "lead_id", "batch_id"], rows)

    def _history(self, cursor) -> None:
        new = [(person, event) for person in self.everyone for event in person.events if event.new]
        for (_, event), pk in zip(new, copying.draw(cursor, "leads_stagechange", len(new)), strict=True):
            event.id = pk
        columns = ["id", "lead_id", "kind", "move", "to_stage", "to_standing", "at", "reason", "owner_id"]
        columns += ["return_on", "by_id", "batch_id"]
        rows = (self._change(person, event) for person, event in new)
        copying.copy(cursor, "leads_stagechange", columns, rows)

    def _change(self, person: Person, event: Event) -> tuple:
        place = (event.move, event.stage, event.standing, event.at, event.reason)
        more = (self.owner(person), event.return_on, event.by, self.batch_id)
        return (event.id, person.id, "historic", *place, *more)

    def _touches(self, cursor) -> None:
        columns = [
            "lead_id",
            "at",
            "kind",
            "team",
            "is_origin",
            "campaign_id",
            "channel_id",
            "medium",
            "content",
        ]
        columns += ["url", "source", "batch_id"]
        rows = [
            (
                person.id,
                person.born or self.moment,
                "origin",
                "marketing",
                True,
                _key(person.facts.get("campaign"), self.campaigns),
                _key(person.facts.get("channel"), self.channels),
                person.facts.get("medium", ""),
                person.facts.get("content", ""),
                "",
                self.source,
                self.batch_id,
            )
            for person in self.everyone
            if person.new_origin
        ]
        copying.copy(cursor, "leads_touch", columns, rows)

    def _assignments(self, cursor) -> None:
        rows = [
            (person.id, self.owner(person), self.moment, "imported", "[]", self.batch_id)
            for person in self.everyone
            if self._changed_hands(person)
        ]
        columns = ["lead_id", "owner_id", "at", "rule", "candidates", "batch_id"]
        copying.copy(cursor, "leads_assignment", columns, rows)
        reassign_open(cursor, [p.id for p in self.known if self._changed_hands(p)], self)

    def _notes(self, cursor) -> None:
        rows = [
            (person.id, text, self.moment, self.batch_id)
            for person in self.everyone
            for text in person.notes.values()
            if text is not None
        ]
        copying.copy(cursor, "leads_note", ["lead_id", "text", "at", "batch_id"], rows)

    def _deals(self, cursor) -> None:
        dealings = self.fold.dealings
        for bargain, pk in zip(
            dealings.made, copying.draw(cursor, "leads_deal", len(dealings.made)), strict=True
        ):
            bargain.id = pk
        columns = ["id", "contact_id", "account_id", "source", "batch_id", *_DEAL, "close_recorded_at"]
        rows = (
            (
                bargain.id,
                contact.id,
                contact.account.id if contact.account else None,
                self.source,
                self.batch_id,
                *_deal(bargain),
                self.moment if bargain.closed_at else None,
            )
            for bargain in dealings.made
            if isinstance(contact := bargain.contact, Person)
        )
        copying.copy(cursor, "leads_deal", columns, rows)
        self._changed_deals(cursor, [bargain for bargain in dealings.known if bargain.changed])
        joined = [
            (b.id, p.id, "", self.batch_id) for b in (*dealings.known, *dealings.made) for p in b.new_contacts
        ]
        copying.copy(cursor, "leads_dealcontact", ["deal_id", "lead_id", "role", "batch_id"], joined)

    def _changed_deals(self, cursor, changed: list[Bargain]) -> None:
        if not changed:
            return
        shape = {"id": "bigint", **_DEAL_KINDS, "closed_now": "timestamptz"}
        rows = [(b.id, *_deal(b), self.moment if b.closed_now else None) for b in changed]
        copying.stage(cursor, "import_deal", shape, rows)
        new = {name: f"s.{name}" for name in _DEAL}
        new["close_recorded_at"] = "coalesce(s.closed_now, t.close_recorded_at)"
        befores.keep(cursor, self.batch_id, "deal", "import_deal", new)
        pairs = ", ".join(f"{name} = s.{name}" for name in _DEAL)
        cursor.execute(
            f"""UPDATE leads_deal d SET {pairs}, close_recorded_at = coalesce(s.closed_now, d.close_recorded_at)
            FROM import_deal s WHERE d.id = s.id"""  # noqa: S608
        )

    def _settle(self, cursor) -> None:
        """Only leads whose history grew: the others stand where they stood."""
        grown = [p for p in self.everyone if any(event.new for event in p.events)]
        if grown:
            befores.keep_births(cursor, self.batch_id, (p for p in grown if not p.new))
            # PostgreSQL has no statistics on rows of this very transaction and would loop over them pairwise.
            cursor.execute("SET LOCAL enable_nestloop = off")
            funnel.settle([p.id for p in grown])
            cursor.execute("SET LOCAL enable_nestloop = on")
            known = [p.id for p in grown if not p.new]
            withdraw_open(cursor, known, self.batch_id)
            if self.fold.bars_at_once:
                bar_standing(cursor, known, self.batch_id, self.moment)


def _key(value: Any, ids: dict[str, int]) -> int | None:
    """The id behind a name from the file; what was stored is an id already."""
    if not value:
        return None
    return ids[key_of(value)] if isinstance(value, str) else value


def _own(person: Person) -> str:
    """The values of all own fields of a lead, as they are stored."""
    values = person.facts.items()
    return json.dumps({key.removeprefix(OWN): value for key, value in values if key.startswith(OWN)})


def _deal(bargain: Bargain) -> tuple:
    return tuple(getattr(bargain, name) for name in _DEAL)

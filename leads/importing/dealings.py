"""The deal of a row: found by its external id, else by lead, name and date, else made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from leads.importing.cells import Draft
from leads.importing.people import People, Person
from leads.models import Deal

WON, LOST, OPEN = Deal.Outcome.WON, Deal.Outcome.LOST, Deal.Outcome.OPEN
_COLUMNS = """d.id, d.contact_id, d.source, d.external_id, d.name, d.amount, d.currency, d.opened_at, d.outcome,
    d.closed_at, d.lost_reason, EXISTS (SELECT 1 FROM leads_stagechange e
        WHERE e.id = d.closed_by_change_id AND e.to_standing = 'disqualified')"""


class Bargain:
    """A deal as the rows so far leave it. `contact` is a lead of this chunk, or the id of another one."""

    __slots__ = (
        "amount", "barred", "changed", "closed_at", "closed_now", "contact", "contacts", "currency", "external_id",
        "id", "lost_reason", "name", "new_contacts", "opened_at", "original", "outcome", "setters", "source",
    )  # fmt: skip

    def __init__(
        self,
        pk: int | None,
        contact: Person | int,
        source: str,
        external_id: str | None,
        name: str,
        amount: Decimal | None,
        currency: str,
        opened_at: datetime | None,
        outcome: str = OPEN,
        closed_at: datetime | None = None,
        lost_reason: str = "",
        barred: bool = False,
    ) -> None:
        self.id, self.contact, self.source, self.external_id = pk, contact, source, external_id
        self.name, self.amount, self.currency, self.opened_at = name, amount, currency, opened_at
        self.outcome, self.closed_at, self.lost_reason = outcome, closed_at, lost_reason
        self.barred = barred  # it ended with the disqualification of its contact, whose reason it has
        self.changed = self.closed_now = False
        self.contacts: set[int] = set()
        self.new_contacts: list[Person] = []
        self.original: dict[str, Any] = {}
        self.setters: dict[str, Draft] = {}

    def belongs_to(self, person: Person) -> bool:
        return self.contact is person

    def set(self, name: str, value: Any, draft: Draft) -> None:
        self.original.setdefault(name, getattr(self, name))
        setattr(self, name, value)
        self.setters[name] = draft
        self.changed = True

    def credit(self) -> None:
        for name, draft in self.setters.items():
            if getattr(self, name) != self.original[name]:
                draft.changed = True


class Dealings:
    def __init__(self, source: str, currency: str, *, overwrite: bool) -> None:
        self.source, self.currency, self.overwrite = source, currency, overwrite
        self.by_external_id: dict[str, Bargain] = {}
        self.known: list[Bargain] = []
        self.made: list[Bargain] = []

    def load(self, cursor, people: People, drafts: list[Draft]) -> None:
        wanted = [d.values["deal.external_id"] for d in drafts if "deal.external_id" in d.values]
        cursor.execute(
            f"""SELECT {_COLUMNS},
                ARRAY(SELECT lead_id FROM leads_dealcontact c WHERE c.deal_id = d.id AND c.voided_at IS NULL)
            FROM leads_deal d WHERE d.voided_at IS NULL
                AND (d.contact_id = ANY(%s) OR (d.source = %s AND d.external_id = ANY(%s)))
            ORDER BY d.id FOR NO KEY UPDATE""",  # noqa: S608
            [list(people.by_id), self.source, wanted],
        )
        for row in cursor.fetchall():
            bargain = Bargain(*row[:-1])
            bargain.contact = people.by_id.get(row[1], row[1])
            bargain.contacts = set(row[-1])
            self._learn(bargain)
            self.known.append(bargain)

    def _learn(self, bargain: Bargain) -> None:
        if bargain.external_id and bargain.source == self.source:
            self.by_external_id[bargain.external_id] = bargain
        if isinstance(bargain.contact, Person):
            bargain.contact.deals.append(bargain)

    def apply(self, draft: Draft, person: Person) -> Bargain:
        """Find or make the deal of a row that has one, and fill what it does not know yet."""
        bargain = self._find(draft.values, person)
        if bargain is None:
            bargain = self._make(draft, person)
        else:
            self._fill(bargain, draft)
            self._join(bargain, draft, person)
        return bargain

    def _find(self, values: dict[str, Any], person: Person) -> Bargain | None:
        external_id = values.get("deal.external_id")
        if external_id in self.by_external_id:
            return self.by_external_id[external_id]
        name, opened, closed = values.get("deal.name", ""), values.get("deal.opened_at"), _closed(values)[1]
        for bargain in person.deals:
            other = external_id and bargain.external_id
            if not other and bargain.name == name and _same_dates(bargain, opened, closed):
                return bargain
        return None

    def _make(self, draft: Draft, person: Person) -> Bargain:
        values = draft.values
        outcome, closed_at = _closed(values)
        if values.get("deal.won_at") and values.get("deal.lost_at"):
            draft.warn("a deal both won and lost; taken as won")
        bargain = Bargain(
            None,
            person,
            self.source,
            values.get("deal.external_id"),
            values.get("deal.name", ""),
            values.get("deal.amount"),
            values.get("deal.currency") or self.currency,
            values.get("deal.opened_at"),
            outcome,
            closed_at,
            values.get("deal.lost_reason", "") if outcome == LOST else "",
        )
        bargain.closed_now = outcome != OPEN
        self._learn(bargain)
        self.made.append(bargain)
        draft.changed = True
        return bargain

    def _fill(self, bargain: Bargain, draft: Draft) -> None:
        values = draft.values
        for name in ("name", "amount", "currency", "opened_at", "external_id"):
            value, stored = values.get(f"deal.{name}"), getattr(bargain, name)
            blank = stored is None or stored == ""
            if value is None or value == stored:
                continue
            if blank or (self.overwrite and name not in ("opened_at", "external_id")):
                bargain.set(name, value, draft)
                if name == "external_id":
                    self.by_external_id.setdefault(value, bargain)
        outcome, closed_at = _closed(values)
        if bargain.outcome == OPEN and outcome != OPEN:
            bargain.set("outcome", outcome, draft)
            bargain.set("closed_at", closed_at, draft)
            bargain.closed_now = True
        elif closed_at is not None and (outcome, closed_at) != (bargain.outcome, bargain.closed_at):
            draft.warn("the deal is closed already, otherwise; kept as it was")
        reason = values.get("deal.lost_reason", "")
        if (
            reason
            and bargain.outcome == LOST
            and not bargain.barred
            and (not bargain.lost_reason or self.overwrite)
        ):
            bargain.set("lost_reason", reason, draft)

    def _join(self, bargain: Bargain, draft: Draft, person: Person) -> None:
        """Somebody else of the buying team: a further contact, whose stage does not move by this deal."""
        if bargain.belongs_to(person) or person.id in bargain.contacts or person in bargain.new_contacts:
            return
        bargain.new_contacts.append(person)
        draft.changed = True


def _closed(values: dict[str, Any]) -> tuple[str, datetime | None]:
    if "deal.won_at" in values:
        return WON, values["deal.won_at"]
    if "deal.lost_at" in values:
        return LOST, values["deal.lost_at"]
    return OPEN, None


def _same_dates(bargain: Bargain, opened: datetime | None, closed: datetime | None) -> bool:
    """One of the dates agrees, or one side has none to compare."""
    if (opened is not None and opened == bargain.opened_at) or (
        closed is not None and closed == bargain.closed_at
    ):
        return True
    return (opened is None and closed is None) or (bargain.opened_at is None and bargain.closed_at is None)

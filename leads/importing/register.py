"""The never-again register as an import asks it: one look-up for all rows of a chunk."""

from __future__ import annotations

from collections.abc import Iterable

from leads.bars import domains_of
from leads.importing.cells import Draft
from leads.importing.companies import Company
from leads.importing.faults import RowFault
from leads.importing.fields import DEAL, HISTORY
from leads.importing.people import Bar, People, Person
from leads.models import Suppression
from leads.stages import Standing

Kind = Suppression.Kind
# Fields that tell what happened before; where a lead stands by the word of a file is none of them.
TELLS_A_PAST = (HISTORY | DEAL) - {"stage", "standing", "status"}
_READ = """
SELECT s.kind, s.value, s.id, s.reason, s.created_at, s.batch_id FROM leads_suppression s
JOIN unnest(%s::text[], %s::text[]) AS mark (kind, value) ON mark.kind = s.kind AND mark.value = s.value
WHERE s.lifted_at IS NULL AND s.voided_at IS NULL AND (s.until IS NULL OR s.until > %s)
ORDER BY s.id DESC
"""
_WORDS = {
    Kind.LEAD: "person",
    Kind.EMAIL: "e-mail address",
    Kind.PHONE: "phone number",
    Kind.DOMAIN: "domain",
    Kind.ACCOUNT: "company",
}


class Register:
    def __init__(self) -> None:
        self.bars: dict[tuple[str, str], Bar] = {}

    def load(self, cursor, drafts: list[Draft], people: People, account_ids: Iterable[int]) -> None:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM leads_suppression WHERE lifted_at IS NULL AND voided_at IS NULL)"
        )
        if not cursor.fetchone()[0]:
            return
        marks = {mark for draft in drafts for mark in _marks_of_row(draft)}
        marks |= {mark for person in people.by_id.values() for mark in _marks_of_lead(person)}
        marks |= {(str(Kind.ACCOUNT), str(pk)) for pk in account_ids}
        kinds, values = [kind for kind, _ in marks], [value for _, value in marks]
        cursor.execute(_READ, [kinds, values, people.moment])
        for kind, value, pk, reason, since, batch_id in cursor.fetchall():
            self.bars[kind, value] = Bar(pk, reason, since, batch_id=batch_id)
        for person in people.by_id.values():
            person.bar = self._first(_marks_of_lead(person))

    def _first(self, marks: Iterable[tuple[str, str]]) -> Bar | None:
        found = [self.bars[mark] for mark in marks if mark in self.bars]
        return min(found, key=lambda bar: bar.id or 0, default=None)

    def match(self, draft: Draft, company: Company | None) -> tuple[Bar, RowFault] | None:
        """The bar that keeps a new lead out, with the sentence of its row."""
        if not self.bars:
            return None
        marks = _marks_of_row(draft)
        if company is not None and company.id is not None:
            marks.append((str(Kind.ACCOUNT), str(company.id)))
        for mark in marks:
            if mark in self.bars:
                bar = self.bars[mark]
                words = _WORDS[Kind(mark[0])]
                return bar, RowFault(
                    "suppressed", f"the never-again register bars this {words} since {bar.since:%Y-%m-%d}"
                )
        return None

    def stops(
        self, draft: Draft, person: Person, company: Company | None, batch_id: int
    ) -> tuple[Bar, RowFault] | None:
        """Keep out somebody known whom the register bars, or to whom the row would give an address or a company
        that it bars.

        History of theirs may still be told (`Chronicle`).

        Whom this very file disqualified is led on by it no further, but may be described by its other rows.
        """
        if _tells_a_past(draft):
            return None
        if _holds(person.bar, batch_id):
            assert person.bar is not None
            return person.bar, RowFault(
                "suppressed",
                f"the never-again register bars this person since {person.bar.since:%Y-%m-%d}; nothing is stored",
            )
        found = self.match(draft, company)
        return found if found is not None and _holds(found[0], batch_id) else None

    @staticmethod
    def withholds(person: Person, batch_id: int) -> bool:
        """Whether nobody may be given this lead: it is barred, and could stand in a queue all the same."""
        return _holds(person.bar, batch_id) and person.position.standing != Standing.DISQUALIFIED

    def enter(self, person: Person) -> None:
        """A lead disqualified by this file bars its marks for the rows that follow."""
        if person.bar is not None:
            for kind, name in ((Kind.EMAIL, "email"), (Kind.PHONE, "phone_norm")):
                if person.facts.get(name):
                    self.bars.setdefault((str(kind), person.facts[name]), person.bar)


def _holds(bar: Bar | None, batch_id: int) -> bool:
    """Whether it was in force before this file came."""
    return bar is not None and bar.id is not None and bar.batch_id != batch_id


def _tells_a_past(draft: Draft) -> bool:
    values = draft.values
    standings = (values.get("standing"), values.get("status", ("", ""))[1])
    return Standing.DISQUALIFIED in standings or not TELLS_A_PAST.isdisjoint(values)


def _marks_of_row(draft: Draft) -> list[tuple[str, str]]:
    values = draft.values
    email, phone, domain = values.get("email"), values.get("phone_norm"), values.get("domain")
    marks = []
    if email:
        marks.append((str(Kind.EMAIL), email))
    if phone:
        marks.append((str(Kind.PHONE), phone))
    for named in filter(None, (email, domain)):
        marks += [(str(Kind.DOMAIN), one) for one in domains_of(named)]
    return marks


def _marks_of_lead(person: Person) -> list[tuple[str, str]]:
    marks = [(str(Kind.LEAD), str(person.id))]
    email, phone = person.facts.get("email"), person.facts.get("phone_norm")
    if email:
        marks += [(str(Kind.EMAIL), email), *((str(Kind.DOMAIN), domain) for domain in domains_of(email))]
    if phone:
        marks.append((str(Kind.PHONE), phone))
    if person.facts.get("account_id"):
        marks.append((str(Kind.ACCOUNT), str(person.facts["account_id"])))
    return marks

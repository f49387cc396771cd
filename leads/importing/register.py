"""The never-again register as an import asks it: one look-up for all rows of a chunk."""

from __future__ import annotations

from collections.abc import Iterable

from leads.importing.cells import Draft
from leads.importing.companies import Company
from leads.importing.faults import RowFault
from leads.importing.people import Bar, People, Person
from leads.models import Suppression

Kind = Suppression.Kind
_READ = """
SELECT s.kind, s.value, s.id, s.reason, s.created_at FROM leads_suppression s
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
        for kind, value, pk, reason, since in cursor.fetchall():
            self.bars[kind, value] = Bar(pk, reason, since)
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

    def enter(self, person: Person) -> None:
        """A lead disqualified by this file bars its marks for the rows that follow."""
        if person.bar is not None:
            for kind, name in ((Kind.EMAIL, "email"), (Kind.PHONE, "phone_norm")):
                if person.facts.get(name):
                    self.bars.setdefault((str(kind), person.facts[name]), person.bar)


def _marks_of_row(draft: Draft) -> list[tuple[str, str]]:
    values = draft.values
    email, phone, domain = values.get("email"), values.get("phone_norm"), values.get("domain")
    marks = []
    if email:
        marks += [(str(Kind.EMAIL), email), (str(Kind.DOMAIN), email.rpartition("@")[2])]
    if phone:
        marks.append((str(Kind.PHONE), phone))
    if domain:
        marks.append((str(Kind.DOMAIN), domain))
    return marks


def _marks_of_lead(person: Person) -> list[tuple[str, str]]:
    marks = [(str(Kind.LEAD), str(person.id))]
    email, phone = person.facts.get("email"), person.facts.get("phone_norm")
    if email:
        marks += [(str(Kind.EMAIL), email), (str(Kind.DOMAIN), email.rpartition("@")[2])]
    if phone:
        marks.append((str(Kind.PHONE), phone))
    if person.facts.get("account_id"):
        marks.append((str(Kind.ACCOUNT), str(person.facts["account_id"])))
    return marks

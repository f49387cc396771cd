"""What a rule can ask about: each fact with its kind, and the questions that the kind allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from leads.models import Campaign, Channel, CustomField, Lead
from leads.models.account import RevenueBand
from leads.naming import later
from leads.stages import Stage, Standing
from smarketing.foundation.models import User


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"  # a day
    MOMENT = "moment"  # an instant, asked about by days of the organisation's zone
    CHOICE = "choice"
    YES_NO = "yes_no"
    GRADE = "grade"  # the best comes first
    ROW = "row"  # one of a table, by its number


KNOWN = ("is_known", "is_unknown")
ONE_OF = ("is_one_of", "is_none_of", "is", "is_not")
PAST = ("within_days", "over_days", "before", "after")
OPS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*ONE_OF, "contains", "starts_with", *KNOWN),
    Kind.NUMBER: ("at_least", "at_most", "between", "is", *KNOWN),
    Kind.DATE: (*PAST, "next_days", *KNOWN),
    Kind.MOMENT: (*PAST, *KNOWN),
    Kind.CHOICE: (*ONE_OF, *KNOWN),
    Kind.YES_NO: ("is", *KNOWN),
    Kind.GRADE: ("at_least", "is", *KNOWN),
    Kind.ROW: (*ONE_OF, *KNOWN),
}
TABLES = {"campaign": Campaign, "channel": Channel, "owner": User}


@dataclass(frozen=True)
class Fact:
    """One fact: `path` is the way from a lead to its column, `key` the name of an own field within it."""

    name: str
    label: str
    kind: Kind
    path: str
    group: str
    choices: tuple[tuple[str, str], ...] = ()
    key: str = ""
    in_use: bool = field(default=True, compare=False)

    @property
    def ops(self) -> tuple[str, ...]:
        return OPS[self.kind]

    @property
    def is_share(self) -> bool:
        """Kept as a share of one, shown as a percentage."""
        return self.name == "score.probability"

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for value, _ in self.choices)

    def named(self, value: str) -> str:
        return str(dict(self.choices).get(value, value))


PERSON, COMPANY, ORIGIN, PLACE, SCORE = "Person", "Company", "Where they come from", "Funnel", "Score"
GROUPS = [PERSON, COMPANY, ORIGIN, PLACE, SCORE]
_CONSENT = tuple((value, str(label)) for value, label in Lead.Consent.choices if value)
_STAGES = tuple((str(value), later(f"{{{value}}}")) for value in Stage)
_STANDINGS = tuple((str(value), str(label)) for value, label in Standing.choices)
_BANDS = tuple((str(value), str(label)) for value, label in RevenueBand.choices)
_FIT = tuple((grade, grade) for grade in "ABCD")
_ENGAGEMENT = tuple((grade, grade) for grade in "1234")

BUILT_IN: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("email", "E-mail", Kind.TEXT, "email", PERSON),
        Fact("phone", "Phone", Kind.TEXT, "phone", PERSON),
        Fact("first_name", "First name", Kind.TEXT, "first_name", PERSON),
        Fact("last_name", "Last name", Kind.TEXT, "last_name", PERSON),
        Fact("job_title", "Job title", Kind.TEXT, "job_title", PERSON),
        Fact("buying_role", "Buying role", Kind.TEXT, "buying_role", PERSON),
        Fact("country", "Country", Kind.TEXT, "country", PERSON),
        Fact("consent", "Consent", Kind.CHOICE, "consent", PERSON, _CONSENT),
        Fact("account.name", "Company", Kind.TEXT, "account__name", COMPANY),
        Fact("account.domain", "Company domain", Kind.TEXT, "account__domain", COMPANY),
        Fact("account.industry", "Industry", Kind.TEXT, "account__industry", COMPANY),
        Fact("account.employees", "Employees", Kind.NUMBER, "account__employees", COMPANY),
        Fact("account.revenue_band", "Revenue", Kind.CHOICE, "account__revenue_band", COMPANY, _BANDS),
        Fact("account.country", "Company country", Kind.TEXT, "account__country", COMPANY),
        Fact("campaign", "Campaign", Kind.ROW, "campaign_id", ORIGIN),
        Fact("channel", "Channel", Kind.ROW, "channel_id", ORIGIN),
        Fact("medium", "Medium", Kind.TEXT, "medium", ORIGIN),
        Fact("content", "Content", Kind.TEXT, "content", ORIGIN),
        Fact("stage", "Stage", Kind.CHOICE, "stage", PLACE, _STAGES),
        Fact("standing", "Standing", Kind.CHOICE, "standing", PLACE, _STANDINGS),
        Fact("owner", "Owner", Kind.ROW, "owner_id", PLACE),
        Fact("born_at", "Born", Kind.MOMENT, "born_at", PLACE),
        Fact("stage_since", "In stage since", Kind.MOMENT, "stage_since", PLACE),
        Fact("worked_at", "Last worked on", Kind.MOMENT, "worked_at", PLACE),
        Fact("returned_at", "Returned", Kind.MOMENT, "returned_at", PLACE),
        Fact("return_on", "Due back", Kind.DATE, "return_on", PLACE),
        Fact("score.fit", "Fit points", Kind.NUMBER, "score__fit", SCORE),
        Fact("score.engagement", "Engagement points", Kind.NUMBER, "score__engagement", SCORE),
        Fact("score.total", "Score", Kind.NUMBER, "score__total", SCORE),
        Fact("score.fit_grade", "Fit", Kind.GRADE, "score__fit_grade", SCORE, _FIT),
        Fact("score.engagement_grade", "Engagement", Kind.GRADE, "score__engagement_grade", SCORE, _ENGAGEMENT),
        Fact("score.probability", "Probability to close", Kind.NUMBER, "score__probability", SCORE),
    )
}  # fmt: skip


def own_fact(row: CustomField) -> Fact:
    """An own field as a fact: "custom.budget" of a lead, "account.custom.tier" of its account."""
    of_lead = row.entity == CustomField.Entity.LEAD
    return Fact(
        name=f"custom.{row.key}" if of_lead else f"account.custom.{row.key}",
        label=row.label,
        kind=Kind(row.kind),
        path="custom" if of_lead else "account__custom",
        group=PERSON if of_lead else COMPANY,
        choices=tuple((str(value), str(value)) for value in row.choices or ()),
        key=row.key,
        in_use=row.archived_at is None,
    )


class Catalogue:
    """All facts; the own fields are read when the first of them is asked for, archived ones too."""

    def __init__(self, own: Iterable[CustomField] | None = None) -> None:
        self._own = None if own is None else self._by_name(own)

    @staticmethod
    def _by_name(rows: Iterable[CustomField]) -> dict[str, Fact]:
        """One that is called like another fact says its name too: nobody signs a rule that could mean either."""
        found = [own_fact(row) for row in rows]
        called = Counter(fact.label.casefold() for fact in (*BUILT_IN.values(), *found))
        return {
            fact.name: fact
            if called[fact.label.casefold()] == 1
            else replace(fact, label=f"{fact.label} [{fact.name}]")
            for fact in found
        }

    @property
    def own(self) -> dict[str, Fact]:
        if self._own is None:
            self._own = self._by_name(CustomField.objects.all())
        return self._own

    def find(self, name: str) -> Fact | None:
        if found := BUILT_IN.get(name):
            return found
        return self.own.get(name) if name.startswith(("custom.", "account.custom.")) else None

    def offered(self) -> list[Fact]:
        """What a builder lists, by group."""
        facts = [*BUILT_IN.values(), *(fact for fact in self.own.values() if fact.in_use)]
        return sorted(facts, key=lambda fact: GROUPS.index(fact.group))

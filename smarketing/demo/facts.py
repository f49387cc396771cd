"""What Loadline asks of companies and people beyond the usual: four fields of its own, and who filled them in when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from leads.models import CustomField
from leads.models.account import RevenueBand
from leads.stages import Stage
from smarketing.demo.diary import Diary
from smarketing.demo.journeys import Journey
from smarketing.demo.society import Company
from smarketing.foundation.models import User

APPROVED, PLANNED, NONE_YET = BUDGETS = ("Approved", "Planned", "None yet")
LEAD, ACCOUNT = CustomField.Entity.LEAD, CustomField.Entity.ACCOUNT
Kind = CustomField.Kind
FIELDS: list[dict[str, Any]] = [
    {"entity": LEAD, "key": "budget", "label": "Budget", "kind": Kind.CHOICE, "choices": list(BUDGETS),
     "help": "What they say there is, not what we hope."},
    {"entity": ACCOUNT, "key": "docks", "label": "Loading docks", "kind": Kind.NUMBER, "help": "On all sites."},
    {"entity": ACCOUNT, "key": "uses_tms", "label": "Uses a TMS", "kind": Kind.YES_NO,
     "help": "A transport management system of any make."},
    {"entity": ACCOUNT, "key": "contract_ends", "label": "Contract ends", "kind": Kind.DATE,
     "help": "Of their present yard software or carrier portal."},
]  # fmt: skip
# Turnover by staff: the least number of people for each band, from the top.
BANDS = [
    (4_000, RevenueBand.FROM_1B), (1_000, RevenueBand.FROM_250M), (300, RevenueBand.FROM_50M),
    (80, RevenueBand.FROM_10M), (30, RevenueBand.FROM_1M), (0, RevenueBand.UNDER_1M),
]  # fmt: skip
BEFORE_PROMOTION = {
    "COO": "Site Manager",
    "VP Operations": "Operations Manager",
    "Logistics Director": "Logistics Manager",
}


class Correction(NamedTuple):
    """One fact of one lead or company, as it was and as it is."""

    field: str
    before: str
    after: str
    way: str
    by: int | None
    at: datetime


def ask(by: User, moment: datetime) -> None:
    """The four fields, as the administrator has added them."""
    CustomField.objects.bulk_create(
        CustomField(**field, position=number, created_by=by, created_at=moment)
        for number, field in enumerate(FIELDS)
    )


class Facts:
    """Draws what is known, from a source of chance of its own: more facts make no other lives."""

    def __init__(self, seed: int, diary: Diary) -> None:
        self.random, self.diary = Random(f"facts {seed}"), diary  # noqa: S311 - chance that repeats itself

    def of_company(self, company: Company) -> tuple[str, dict[str, Any], list[Correction]]:
        """Its band of revenue, the values of its own fields, and what was corrected."""
        random, staff = self.random, company.employees or 60
        known: dict[str, Any] = {}
        if random.random() < 0.72:
            known["docks"] = max(1, round(staff**0.62 * random.uniform(0.5, 1.1)))
        if random.random() < 0.64:
            known["uses_tms"] = random.random() < min(0.9, 0.25 + staff / 1_500)
        if random.random() < 0.38:
            known["contract_ends"] = (
                self.diary.today + timedelta(days=random.randrange(-90, 540))
            ).isoformat()
        band = next(band for least, band in BANDS if staff >= least)
        return str(band) if random.random() < 0.8 else "", known, list(self._recount(company, known))

    def _recount(self, company: Company, known: dict[str, Any]) -> Iterator[Correction]:
        """The CRM of a partner tells us of docks that were built since."""
        if "docks" in known and self.random.random() < 0.05:
            at = self._lately()
            yield Correction(
                "custom.docks", str(max(1, known["docks"] - 2)), str(known["docks"]), "api", None, at
            )

    def of_person(self, journey: Journey) -> tuple[dict[str, Any], list[Correction]]:
        """The values of a lead's own fields, and what was corrected."""
        random, wrote = self.random, list[Correction]()
        told = self._told(journey)
        known = {"budget": self._budget(journey)} if told else {}
        if told and told[1] >= self.diary.went_live:
            first = random.choice(BUDGETS) if random.random() < 0.2 else known["budget"]
            wrote.append(Correction("custom.budget", "", first, "hand", *told))
            if first != known["budget"]:
                later = min(told[1] + timedelta(days=random.randrange(2, 12)), self.diary.moment)
                wrote.append(Correction("custom.budget", first, known["budget"], "hand", told[0], later))
        title = journey.person.job_title
        if title in BEFORE_PROMOTION and journey.born_at >= self.diary.went_live and random.random() < 0.06:
            at = min(journey.born_at + timedelta(days=random.randrange(1, 30)), self.diary.moment)
            wrote.append(Correction("job_title", BEFORE_PROMOTION[title], title, "hand", journey.owner, at))
        return known, wrote

    def _told(self, journey: Journey) -> tuple[int | None, datetime] | None:
        """Who heard of a budget, and when: before every offer, and in half of all talks."""
        offered = next((step for step in journey.steps if step.to.stage == Stage.SQL), None)
        spoken = next((work for work in journey.work if work.connected), None)
        if spoken and (offered is None or spoken.at < offered.at):
            return (spoken.by, spoken.at) if offered or self.random.random() < 0.5 else None
        return (offered.by, offered.at - timedelta(minutes=20)) if offered else None

    def _budget(self, journey: Journey) -> str:
        """What they could spend shows in how far they got."""
        won = any(step.to.stage == Stage.CUSTOMER for step in journey.steps)
        broke = any(step.reason == "no_budget" for step in journey.steps)
        offered = any(step.to.stage == Stage.SQL for step in journey.steps)
        weights = (7, 3, 0) if won else (0, 2, 8) if broke else (4, 5, 1) if offered else (2, 4, 5)
        return self.random.choices(BUDGETS, weights)[0]

    def _lately(self) -> datetime:
        return self.diary.office(self.diary.moment - timedelta(days=self.random.uniform(3, 120)))

"""From journeys to rows: who gets which key, and what each table says about it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection

from leads import funnel
from leads.models import name_key
from leads.stages import Standing
from smarketing.demo import rounds
from smarketing.demo.campaigns import Market
from smarketing.demo.diary import Diary
from smarketing.demo.facts import Correction, Facts
from smarketing.demo.journeys import Bargain, Journey, Step, Work
from smarketing.demo.society import Company
from smarketing.demo.tables import START, Tables, keys


def as_json(values: dict) -> str:
    """As COPY takes it: no sign of it is written with a backslash."""
    return json.dumps(values, ensure_ascii=False)


Keyed = Journey | Step | Bargain | Work | Company


class Writer:
    """Writes batches of journeys and settles where their leads stand.

    What happened before the company went live is history taken over from elsewhere; what came after was written
    by the product itself, move by move, and starts promises.
    """

    def __init__(self, market: Market, diary: Diary, facts: Facts) -> None:
        self.market, self.diary, self.facts = market, diary, facts
        self.went_live = diary.went_live

    def write(self, journeys: Sequence[Journey]) -> None:
        self.number(journeys)
        self.tables = Tables()
        for journey in journeys:
            self.lead(journey)
            self.touches(journey)
            self.ownership(journey)
            self.deals(journey)
            self.work(journey)
            self.notes(journey)
        self.store(journeys)

    def store(self, journeys: Sequence[Journey]) -> None:
        """A capture may precede its lead; every later move must find the lead where the one before left it."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            first, *later = rounds.of(journeys, self.went_live)
            self.chain(first)
            self.tables.copy("account", "stagechange", "lead")
            past = rounds.past(journeys, self.went_live)
            for journey, step in past:
                self.history(journey, step)
            self.tables.copy("stagechange")
            funnel.settle(sorted({journey.id for journey, _ in past}))
            for moves in later:
                self.chain(moves)
                self.tables.copy("stagechange")
                rounds.take([link.step.id for link in moves])
            self.tables.copy()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def number(self, journeys: Sequence[Journey]) -> None:
        """Give every row that others refer to its key before anything is written."""
        self.give_keys("leads_lead", journeys)
        self.give_keys("leads_stagechange", [step for journey in journeys for step in journey.steps])
        self.give_keys("leads_deal", [deal for journey in journeys for deal in journey.deals])
        self.give_keys("leads_activity", [work for journey in journeys for work in journey.work])
        self.found_companies(journeys)

    @staticmethod
    def give_keys(table: str, things: Sequence[Keyed]) -> None:
        for thing, key in zip(things, keys(table, len(things)), strict=True):
            thing.id = key

    def found_companies(self, journeys: Sequence[Journey]) -> None:
        """Companies whose first lead is in this batch: with the date of that lead."""
        self.fresh: dict[str, Journey] = {}
        founded = []
        for journey in journeys:
            company = journey.person.company
            if company is not None and not company.id and company.domain not in self.fresh:
                self.fresh[company.domain] = journey
                founded.append(company)
        self.give_keys("leads_account", founded)

    def lead(self, journey: Journey) -> None:
        person, plan, company = journey.person, journey.plan, journey.person.company
        if company is not None and self.fresh.get(company.domain) is journey:
            self.account(company, journey)
        own, corrected = self.facts.of_person(journey)
        self.corrections(corrected, lead=journey.id)
        self.tables.add(
            "lead", journey.id, person.email, person.email.lower() or None, person.first_name, person.last_name,
            name_key(f"{person.first_name} {person.last_name}"), person.phone, person.phone_norm,
            person.job_title, person.buying_role, person.country, person.consent, company and company.id,
            self.market.campaign[plan], self.market.channel[plan], plan.medium,
            journey.asset.name if journey.asset else "", journey.owner,
            journey.born_at, journey.born_at, journey.born_at, 1, *START, START[0], *self.place(journey),
            max((work.at for work in journey.work), default=None), as_json(own),
        )  # fmt: skip

    def account(self, company: Company, journey: Journey) -> None:
        band, own, corrected = self.facts.of_company(company)
        self.tables.add(
            "account", company.id, company.name, name_key(company.name), company.domain, company.industry,
            company.employees, company.country[0], journey.born_at, band, as_json(own),
        )  # fmt: skip
        self.corrections(corrected, account=company.id)

    def corrections(
        self, corrected: list[Correction], lead: int | None = None, account: int | None = None
    ) -> None:
        for one in corrected:
            self.tables.add(
                "factchange", lead, account, one.field, one.before, one.after, one.way, one.by, one.at, one.at
            )

    def place(self, journey: Journey) -> tuple[int | None, object]:
        """The number of its capture and when it was, where the product wrote it."""
        return (1, journey.born_at) if journey.born_at >= self.went_live else (None, None)

    def history(self, journey: Journey, step: Step) -> None:
        """A move that was taken over."""
        self.change(journey, step, "historic", None, None, None, None, None)

    def chain(self, links: Sequence[rounds.Link]) -> None:
        """Moves that the product wrote."""
        for link in links:
            before = link.before or (None, None)
            version = self.diary.version_at(link.step.at)
            self.change(link.journey, link.step, "live", link.seq, link.prev_seq, *before, version)

    def change(self, journey: Journey, step: Step, kind: str, *place: object) -> None:
        self.tables.add(
            "stagechange", step.id, journey.id, kind, step.move, step.to.stage, step.to.standing, step.at,
            step.at, step.reason, step.by, step.owner, step.return_on, *place,
        )  # fmt: skip

    def notes(self, journey: Journey) -> None:
        """What was written with moves, and who was barred by one."""
        for step in journey.steps:
            if step.note:
                self.tables.add("note", journey.id, None, step.id, step.by, step.note, step.at, step.at)
            if step.to.standing == Standing.DISQUALIFIED:
                self.register(journey, step)

    def register(self, journey: Journey, step: Step) -> None:
        person = journey.person
        marks = [("lead", journey.id), ("email", person.email.lower()), ("phone", person.phone_norm)]
        for kind, value in marks:
            if value:
                self.tables.add(
                    "suppression", kind, value, step.reason, journey.id, step.id, step.by, step.at
                )

    def touches(self, journey: Journey) -> None:
        for touch in journey.touches:
            plan, asset = touch.plan, touch.asset
            assert asset is not None, "everything that touches somebody is in the library"
            self.tables.add(
                "touch", journey.id, touch.at, touch.at, "origin" if touch.origin else asset.kind, "marketing",
                touch.origin, self.market.campaign[plan], self.market.channel[plan], plan.medium, asset.name,
                asset.url, "",
            )  # fmt: skip

    def ownership(self, journey: Journey) -> None:
        for row in journey.assignments:
            self.tables.add(
                "assignment",
                journey.id,
                row.owner,
                row.at,
                row.at,
                row.rule,
                json.dumps(row.candidates),
                row.by,
            )
        for one in journey.deliveries:
            self.tables.add(
                "handover", journey.id, one.entry.id, one.rep, one.at, one.at, one.ended_at, one.ending, one.cause,
                one.ended_by and one.ended_by.id,
            )  # fmt: skip

    def deals(self, journey: Journey) -> None:
        company = journey.person.company
        for deal in journey.deals:
            name = company.name if company else f"{journey.person.first_name} {journey.person.last_name}"
            self.tables.add(
                "deal", deal.id, company and company.id, journey.id, "", f"{name}: {deal.product}",
                deal.amount, deal.currency, deal.at,
                deal.expected_on, deal.outcome, deal.closed_at, deal.lost_reason,
                deal.opened_by and deal.opened_by.id, deal.closed_by and deal.closed_by.id, deal.at, deal.closed_at,
            )  # fmt: skip
            for at, amount in deal.refunds:
                self.tables.add("refund", deal.id, at, at, amount)
            for colleague, role in company.leads[-3:] if company else ():
                self.tables.add("dealcontact", deal.id, colleague, role)
        if company is not None:
            company.leads.append((journey.id, journey.person.buying_role))

    def work(self, journey: Journey) -> None:
        for work in journey.work:
            self.tables.add(
                "activity",
                work.id,
                journey.id,
                work.by,
                work.kind,
                work.outcome,
                work.connected,
                work.at,
                work.at,
            )
            if work.text:
                self.tables.add("note", journey.id, work.id, None, work.by, work.text, work.at, work.at)

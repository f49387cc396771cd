"""From journeys to rows: who gets which key, and what each table says about it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from leads import funnel
from leads.models import name_key
from leads.stages import Standing
from smarketing.demo.campaigns import Market
from smarketing.demo.journeys import Bargain, Journey, Step, Work
from smarketing.demo.society import Company
from smarketing.demo.tables import START, Tables, keys

PAGES = {"visit": "pricing", "download": "guides", "webinar": "webinars", "form": "talk-to-sales"}

Keyed = Journey | Step | Bargain | Work | Company


class Writer:
    """Writes batches of journeys and settles where their leads stand."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def write(self, journeys: Sequence[Journey]) -> None:
        self.number(journeys)
        self.tables = Tables()
        for journey in journeys:
            self.lead(journey)
            self.history(journey)
            self.touches(journey)
            self.ownership(journey)
            self.deals(journey)
            self.work(journey)
        self.tables.copy()
        funnel.settle([journey.id for journey in journeys])

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
        self.tables.add(
            "lead", journey.id, person.email, person.email.lower() or None, person.first_name, person.last_name,
            name_key(f"{person.first_name} {person.last_name}"), person.phone, person.phone_norm,
            person.job_title, person.buying_role, person.country, person.consent, company and company.id,
            self.market.campaign[plan], self.market.channel[plan], plan.medium, plan.content, journey.owner,
            journey.born_at, journey.born_at, journey.born_at, 1, *START, START[0],
        )  # fmt: skip

    def account(self, company: Company, journey: Journey) -> None:
        self.tables.add(
            "account", company.id, company.name, name_key(company.name), company.domain, company.industry,
            company.employees, company.country[0], journey.born_at,
        )  # fmt: skip

    def history(self, journey: Journey) -> None:
        for step in journey.steps:
            self.tables.add(
                "stagechange", step.id, journey.id, "historic", step.move, step.to.stage, step.to.standing, step.at,
                step.at, step.reason, step.by, step.owner, step.return_on,
            )  # fmt: skip
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
            plan = touch.plan
            page = PAGES.get(plan.kind)
            self.tables.add(
                "touch", journey.id, touch.at, touch.at, "origin" if touch.origin else plan.kind, "marketing",
                touch.origin, self.market.campaign[plan], self.market.channel[plan], plan.medium, plan.content,
                f"https://loadline.example/{page}" if page and not touch.origin else "", "",
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
                "deal", deal.id, company and company.id, journey.id, "", name, deal.amount, deal.currency, deal.at,
                deal.expected_on, deal.outcome, deal.closed_at, deal.lost_reason,
                deal.opened_by and deal.opened_by.id, deal.closed_by and deal.closed_by.id, deal.at, deal.closed_at,
            )  # fmt: skip
            for at, amount in deal.refunds:
                self.tables.add("refund", deal.id, at, at, amount)
            for colleague, role in company.leads[-2:] if company else ():
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

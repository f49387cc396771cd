"""Sales' part of a life: accepted, talked to, a deal, and how it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from math import log
from random import Random

from leads.stages import CHURNED, CUSTOMER, LOST, NURTURE, SAL, SQL, Move, Position, Standing
from smarketing.demo import library, words
from smarketing.demo.campaigns import DIRECT, EURO
from smarketing.demo.desk import Desk
from smarketing.demo.diary import Diary
from smarketing.demo.journeys import Bargain, Delivery, Journey, Step, Touched, Work
from smarketing.demo.society import Person

RECYCLINGS = ("timing", "no_budget", "no_answer", "not_ready")
BOUND = "contract_runs"  # agreed on with version 2
DISQUALIFICATIONS = ("competitor", "asked_us_to_stop", "poor_fit", "not_real")
LOSSES = ("competitor", "price", "no_decision", "timing", "missing_feature")
LOSS_WEIGHTS, SINCE_THE_LEAK = (26, 22, 24, 14, 14), (16, 52, 14, 10, 8)
CHURNINGS = ("cancelled", "not_renewed", "closed_down")
PRODUCTS = ("dock scheduling", "dock scheduling", "dock scheduling and kiosk", "yard management", "all sites")
DEAREST = Decimal(240_000)
# Two months ago a new price list came out, and ever since fewer talks become deals.
LEAK = 61  # days ago
ADVANCES, LEAKS = 0.60, 0.33
WINS, LOSES, RETURNS = 0.27, 0.52, 0.12
LONGEST = 170  # days; by then even a slow deal is decided
WORK = [
    ("call", "spoke", True, 30),
    ("call", "voicemail", False, 22),
    ("call", "no_answer", False, 24),
    ("email", "sent", False, 18),
    ("email", "replied", True, 10),
]  # fmt: skip
WORK_WEIGHTS = [row[3] for row in WORK]


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def days(n: float) -> timedelta:
    return timedelta(days=n)


def suits(person: Person) -> float:
    """How much rather sales takes somebody, and sells to them: large sites need docks, small yards a calendar."""
    staff = person.company.employees if person.company else None
    if staff is None:
        return 0.9
    return 0.72 if staff < 60 else 1.0 if staff < 350 else 1.14


class Selling:
    """What reps make of the leads they take."""

    def __init__(self, random: Random, diary: Diary, desk: Desk, currency: str) -> None:
        self.random, self.diary, self.desk, self.currency = random, diary, desk, currency

    def accept(self, journey: Journey, delivery: Delivery, at: datetime) -> datetime | None:
        """Taken on; the moment the lead went back to nurture, or None."""
        delivery.end(at, "accepted", journey.step(at, Move.ACCEPT, SAL, by=journey.owner))
        later = self.diary.office(at + days(self.random.lognormvariate(log(8), 0.7)))
        if not any(delivery.at <= work.at <= at for work in journey.work):
            self.first_call(journey, delivery.rep, at)
        self.try_to_reach(journey, at, later)
        self.reads(journey, at, later)
        leaking = self.diary.ago(at) <= LEAK
        way, advances = self.random.random(), LEAKS if leaking else ADVANCES
        advances *= min(1.0, 0.4 + 0.6 * journey.plan.fits)
        if way < advances:
            return self.advance(journey, later)
        if way < 0.86:
            self.recycle(journey, later, reason="no_budget" if leaking and way < 0.74 else "")
            return later
        if way < 0.90:
            self.bar(journey, later, by=journey.owner)
            return None
        # Nobody says no, nobody says yes: it lies there until somebody tidies up.
        quiet = self.diary.office(later + days(self.random.uniform(25, 60)))
        self.try_to_reach(journey, later, quiet)
        self.recycle(journey, quiet, reason="no_answer")
        return quiet

    def first_call(self, journey: Journey, rep: int, accepted: datetime) -> None:
        kind, outcome, connected, _ = self.random.choices(WORK, WORK_WEIGHTS)[0]
        at = self.desk.calls_at(rep, accepted)
        text = self.words() if connected and self.random.random() < 0.6 else ""
        journey.work.append(Work(at, journey.owner, kind, outcome, connected, text))

    def advance(self, journey: Journey, at: datetime) -> datetime | None:
        """A deal opens; won, lost or returned to nurture in the end."""
        random, plan = self.random, journey.plan
        journey.work.append(Work(at - hours(1), journey.owner, "meeting", "held", True, self.words()))
        step = journey.step(at, Move.ADVANCE, SQL, by=journey.owner)
        way, wins = random.random(), WINS * plan.wins * suits(journey.person)
        # What ends without a word takes longest.
        middle = plan.closes if way < wins + LOSES else plan.closes * 1.9
        close = self.diary.office(at + days(min(random.lognormvariate(log(middle), 0.5), LONGEST)))
        deal = self.open_deal(journey, at, close, step)
        self.try_to_reach(journey, at, close, most=5)
        self.reads(journey, at, close, most=5)
        if way < wins:
            self.win(journey, deal, close)
            return None
        if way > wins + LOSES and random.random() < RETURNS / (1 - wins - LOSES):
            back = self.recycle(journey, close)
            deal.close(close, "lost", back, back.reason)
            return close
        return self.lose(journey, deal, close, "no_decision" if way > wins + LOSES else "")

    def open_deal(self, journey: Journey, at: datetime, close: datetime, step: Step | None) -> Bargain:
        company = journey.person.company
        staff = (company and company.employees) or 40
        worth = self.random.lognormvariate(log(9_500), 0.55) * journey.plan.size * (0.6 + log(staff) / 6)
        amount = min(Decimal(round(worth / 100) * 100), DEAREST)
        own = company.country[5] if company else EURO
        deal = Bargain(
            at,
            max(amount, Decimal(1_200)),
            own if self.currency == EURO else self.currency,
            self.diary.day_of(close) + days(self.random.randrange(-10, 15)),
            opened_by=step,
            product=self.random.choice(PRODUCTS),
        )
        journey.deals.append(deal)
        return deal

    def win(self, journey: Journey, deal: Bargain, at: datetime) -> None:
        random = self.random
        deal.close(at, "won", journey.step(at, Move.WIN, CUSTOMER, by=journey.owner))
        if random.random() < 0.06:
            back = (deal.amount * Decimal(random.choice(("0.10", "0.25", "0.50")))).quantize(Decimal("0.01"))
            deal.refunds.append((self.diary.office(at + days(random.uniform(5, 60))), back))
        if random.random() < 0.10:  # a second sale to a customer is no move of the lead
            opened = self.diary.office(at + days(random.uniform(30, 120)))
            closed = self.diary.office(opened + days(random.uniform(7, 30)))
            self.open_deal(journey, opened, closed, None).close(closed, "won", None)
        if random.random() < 0.06:
            gone = self.diary.office(at + days(random.uniform(90, 250)))
            journey.step(gone, Move.CHURN, CHURNED, by=journey.owner, reason=random.choice(CHURNINGS))

    def lose(self, journey: Journey, deal: Bargain, at: datetime, reason: str = "") -> datetime | None:
        weights = SINCE_THE_LEAK if self.diary.ago(at) <= LEAK else LOSS_WEIGHTS
        reason = reason or self.random.choices(LOSSES, weights)[0]
        deal.close(at, "lost", journey.step(at, Move.LOSE, LOST, by=journey.owner, reason=reason), reason)
        if self.random.random() > 0.12:
            return None
        later = self.diary.office(at + days(self.random.uniform(30, 90)))
        self.recycle(journey, later)
        return later

    def recycle(self, journey: Journey, at: datetime, reason: str = "") -> Step:
        back = self.diary.day_of(at) + days(self.random.randrange(20, 160))
        told = reason == "no_budget"
        bound = self.diary.version_at(at) == 2 and at >= self.diary.went_live
        reason = reason or self.random.choice((*RECYCLINGS, BOUND) if bound else RECYCLINGS)
        note = self.random.choice(words.NO_BUDGET_NOTES) if told and self.random.random() < 0.4 else ""
        return journey.step(
            at, Move.RECYCLE, NURTURE, by=journey.owner, reason=reason, return_on=back, note=note
        )

    def bar(self, journey: Journey, at: datetime, by: int | None) -> Step:
        to = Position(journey.steps[-1].to.stage, Standing.DISQUALIFIED)
        reason = self.random.choice(DISQUALIFICATIONS)
        return journey.step(at, Move.DISQUALIFY, to, by=by, reason=reason)

    def try_to_reach(self, journey: Journey, after: datetime, before: datetime, most: int = 2) -> None:
        """Calls and mails of the owner strictly between two moments."""
        span = before - after
        tries = self.random.choice((0, 1, 1, most))
        for part in sorted(self.random.uniform(0.3, 0.97) for _ in range(tries)):
            kind, outcome, connected, _ = self.random.choices(WORK, WORK_WEIGHTS)[0]
            text = self.words() if connected and self.random.random() < 0.5 else ""
            at = min(self.diary.office(after + span * part), before - timedelta(minutes=1))
            journey.work.append(Work(max(at, after), journey.owner, kind, outcome, connected, text))

    def reads(self, journey: Journey, after: datetime, before: datetime, most: int = 2) -> None:
        """Pages they open again by themselves while somebody talks to them."""
        span = before - after
        for part in sorted(self.random.uniform(0.05, 0.95) for _ in range(self.random.randrange(most + 1))):
            page = self.random.choice(library.WHILE_BUYING)
            journey.touches.append(Touched(after + span * part, DIRECT, page))

    def words(self) -> str:
        return self.random.choice(words.NOTES).format(n=self.random.randrange(3, 40))

"""How likely what happens to a lead, and when: the rules that draw a journey."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from math import log
from random import Random

from leads.stages import CHURNED, CUSTOMER, LOST, MQL, NURTURE, SAL, SQL, START, Move, Position, Standing
from smarketing.demo import words
from smarketing.demo.campaigns import DIRECT, EURO, PLANS, SOURCES, YEAR, Plan
from smarketing.demo.diary import Diary
from smarketing.demo.journeys import Assigned, Bargain, Delivery, Journey, Step, Touched, Work
from smarketing.demo.people import Cast
from smarketing.demo.society import Person

REJECTIONS = (
    "poor_fit",
    "not_real",
    "wrong_person",
    "too_early",
    "already_known",
    "cannot_reach",
    "bad_data",
)
REJECTION_WEIGHTS = (16, 11, 14, 19, 12, 18, 10)
FOR_GOOD = ("poor_fit", "not_real")
RECYCLINGS = ("timing", "no_budget", "no_answer", "not_ready")
DISQUALIFICATIONS = ("competitor", "asked_us_to_stop", "poor_fit", "not_real")
LOSSES = ("competitor", "price", "no_decision", "timing", "missing_feature")
CHURNINGS = ("cancelled", "not_renewed", "closed_down")
NURTURING = ("email_click", "webinar", "download", "visit")
DEAREST = Decimal(240_000)
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


class Fate:
    """Draws one journey after another from one source of chance."""

    def __init__(self, random: Random, diary: Diary, cast: Cast, currency: str) -> None:
        self.random, self.diary, self.cast, self.currency = random, diary, cast, currency
        self.turn = 0
        self.weights = [[plan.pull * plan.ran(ago) for plan in SOURCES] for ago in range(YEAR + 1)]
        self.nurturing = [
            [plan for plan in PLANS if plan.kind in NURTURING and plan.ran(ago)] for ago in range(YEAR + 1)
        ]

    def source(self, born_at: datetime) -> Plan:
        """What brought somebody on that day: only a campaign that ran then."""
        return self.random.choices(SOURCES, self.weights[self._ago(born_at)])[0]

    def contact(self, at: datetime) -> Touched:
        """A later touch: of some campaign that ran then."""
        return Touched(at, self.random.choice(self.nurturing[self._ago(at)]))

    def _ago(self, at: datetime) -> int:
        """Days before today, within the year; what lies ahead is drawn as today's and cut off later."""
        return min(max((self.diary.today - self.diary.day_of(at)).days, 0), YEAR)

    def journey(self, person: Person, plan: Plan, born_at: datetime) -> Journey:
        journey = Journey(person, plan, born_at)
        journey.step(born_at, Move.CAPTURE, START)
        if plan.channel:
            journey.touches.append(Touched(born_at, plan, origin=True))
        chance = plan.qualifies
        returned: datetime | None = born_at
        while returned is not None:
            ready = self.warm_up(journey, returned, chance)
            returned = self.hand_over(journey, ready) if ready else None
            chance = 0.24
        return journey

    # Marketing's part

    def warm_up(self, journey: Journey, since: datetime, chance: float) -> datetime | None:
        """Touches after `since`; the moment of the third one, which makes the lead ready, or None."""
        random = self.random
        first_time = since == journey.born_at
        # After a return only later touches count: let them be those of the new round.
        journey.touches = [touch for touch in journey.touches if touch.at <= since]
        counted = len(journey.touches) if first_time else 0
        pause = days(random.expovariate(1 / 8)) + hours(1) if first_time else days(random.uniform(25, 130))
        if random.random() < chance:
            ready = since + pause
            self.touch_between(journey, since + pause * 0.5, ready, 2 - counted)
            journey.touches.append(self.contact(ready))
            self.touch_between(journey, ready, ready + days(25), random.choice((0, 0, 1, 2, 3)))
            if not first_time:
                journey.comebacks.append(since + pause * 0.5)
            return ready
        self.touch_between(journey, since, since + pause + days(20), random.choice((0, 0, 1)))
        if first_time and random.random() < 0.012:
            self.bar(journey, self.diary.office(since + pause), by=random.choice(self.cast.marketers))
        return None

    def touch_between(self, journey: Journey, after: datetime, before: datetime, count: int) -> None:
        span = before - after
        for part in sorted(self.random.uniform(0.05, 0.95) for _ in range(count)):
            at = after + span * part
            came_by_itself = self.random.random() < 0.2
            journey.touches.append(Touched(at, DIRECT) if came_by_itself else self.contact(at))

    # The hand-over

    def hand_over(self, journey: Journey, ready: datetime) -> datetime | None:
        """Qualify, deliver, decide; the moment the lead went back to nurture, or None."""
        random = self.random
        by_hand = random.random() < 0.25
        marketer = random.choice(self.cast.marketers)
        entry = journey.step(
            ready,
            Move.QUALIFY,
            MQL,
            by=marketer if by_hand else None,
            reason="manual" if by_hand else "touches",
        )
        delivery = self.deliver(journey, entry, ready)
        at = self.diary.office(delivery.at + hours(min(random.lognormvariate(log(5), 1.3), 300)))
        if random.random() < 0.04:
            delivery = self.reassign(journey, delivery, at)
            at = self.diary.office(at + hours(random.uniform(1, 20)))
        self.try_to_reach(journey, delivery.at, at)
        if random.random() < min(0.92, 0.66 * journey.plan.fits):
            return self.accept(journey, delivery, at)
        return self.turn_away(journey, delivery, at)

    def deliver(self, journey: Journey, entry: Step, ready: datetime) -> Delivery:
        """To the former owner, else to the next rep in turn; a few wait until somebody claims them."""
        present = self.cast.present(self.diary.day_of(ready))
        at, rep = ready, journey.owner
        if rep not in present:
            if self.random.random() < 0.03:
                at = self.diary.office(ready + hours(self.random.uniform(2, 30)))
                rep, rule, candidates = self.random.choice(present), "claimed", []
            else:
                self.turn += 1
                rep, rule, candidates = present[self.turn % len(present)], "round_robin", present
            by = rep if rule == "claimed" else None
            journey.assignments.append(Assigned(at, rep, rule, candidates, by))
            journey.owner = rep
        delivery = Delivery(entry, rep, at)
        journey.deliveries.append(delivery)
        return delivery

    def reassign(self, journey: Journey, delivery: Delivery, at: datetime) -> Delivery:
        others = [rep for rep in self.cast.reps if rep != delivery.rep]
        delivery.end(at, "reassigned", None)
        journey.owner = self.random.choice(others)
        journey.assignments.append(Assigned(at, journey.owner, "reassigned", [], self.cast.sales_head))
        again = Delivery(delivery.entry, journey.owner, at)
        journey.deliveries.append(again)
        return again

    def turn_away(self, journey: Journey, delivery: Delivery, at: datetime) -> datetime | None:
        way = self.random.random()
        if way < 0.78:
            return self.reject(journey, delivery, at)
        if way < 0.90:
            step = self.recycle(journey, at)
            delivery.end(at, "recycled", step, step.reason)
            return at
        step = self.bar(journey, at, by=journey.owner)
        delivery.end(at, "withdrawn", step, "disqualified")
        return None

    def reject(self, journey: Journey, delivery: Delivery, at: datetime) -> datetime | None:
        (reason,) = self.random.choices(REJECTIONS, REJECTION_WEIGHTS)
        for_good = reason in FOR_GOOD
        back = self.diary.day_of(at) + days(self.random.randrange(30, 150))
        step = journey.step(
            at,
            Move.REJECT,
            Position(MQL.stage, Standing.DISQUALIFIED) if for_good else NURTURE,
            by=journey.owner,
            reason=reason,
            return_on=back if reason == "too_early" else None,
            note=words.REJECTION_NOTES[reason] if self.random.random() < 0.35 else "",
        )
        delivery.end(at, "rejected", step, reason)
        return None if for_good else at

    def recycle(self, journey: Journey, at: datetime) -> Step:
        back = self.diary.day_of(at) + days(self.random.randrange(20, 160))
        reason = self.random.choice(RECYCLINGS)
        return journey.step(at, Move.RECYCLE, NURTURE, by=journey.owner, reason=reason, return_on=back)

    def bar(self, journey: Journey, at: datetime, by: int | None) -> Step:
        to = Position(journey.steps[-1].to.stage, Standing.DISQUALIFIED)
        reason = self.random.choice(DISQUALIFICATIONS)
        return journey.step(at, Move.DISQUALIFY, to, by=by, reason=reason)

    # Sales' part

    def accept(self, journey: Journey, delivery: Delivery, at: datetime) -> datetime | None:
        delivery.end(at, "accepted", journey.step(at, Move.ACCEPT, SAL, by=journey.owner))
        later = self.diary.office(at + days(self.random.lognormvariate(log(8), 0.7)))
        self.try_to_reach(journey, at, later)
        way = self.random.random()
        if way < 0.62:
            return self.advance(journey, later)
        if way < 0.90:
            self.recycle(journey, later)
            return later
        if way < 0.94:
            self.bar(journey, later, by=journey.owner)
        return None

    def advance(self, journey: Journey, at: datetime) -> datetime | None:
        """A deal opens; won, lost, returned to nurture, or still open."""
        random = self.random
        journey.work.append(Work(at - hours(1), journey.owner, "meeting", "held", True, self.words()))
        step = journey.step(at, Move.ADVANCE, SQL, by=journey.owner)
        close = self.diary.office(at + days(random.lognormvariate(log(34), 0.55)))
        deal = self.open_deal(journey, at, close, step)
        self.try_to_reach(journey, at, close)
        way, wins = random.random(), 0.34 * journey.plan.wins
        if way < wins:
            self.win(journey, deal, close)
            return None
        if way < wins + 0.48:
            return self.lose(journey, deal, close)
        if way < wins + 0.59:
            back = self.recycle(journey, close)
            deal.close(close, "lost", back, back.reason)
            return close
        return None

    def open_deal(self, journey: Journey, at: datetime, close: datetime, step: Step | None) -> Bargain:
        company = journey.person.company
        staff = company.employees if company else 40
        worth = self.random.lognormvariate(log(11_000), 0.55) * journey.plan.size * (0.6 + log(staff) / 6)
        amount = min(Decimal(round(worth / 100) * 100), DEAREST)
        own = company.country[5] if company else EURO
        deal = Bargain(
            at,
            max(amount, Decimal(1_200)),
            own if self.currency == EURO else self.currency,
            self.diary.day_of(close) + days(self.random.randrange(-10, 15)),
            opened_by=step,
        )
        journey.deals.append(deal)
        return deal

    def win(self, journey: Journey, deal: Bargain, at: datetime) -> None:
        random = self.random
        deal.close(at, "won", journey.step(at, Move.WIN, CUSTOMER, by=journey.owner))
        if random.random() < 0.05:
            back = (deal.amount * Decimal(random.choice(("0.10", "0.25", "0.50")))).quantize(Decimal("0.01"))
            deal.refunds.append((self.diary.office(at + days(random.uniform(5, 60))), back))
        if random.random() < 0.10:  # a second sale to a customer is no move of the lead
            opened = self.diary.office(at + days(random.uniform(30, 120)))
            closed = self.diary.office(opened + days(random.uniform(7, 30)))
            self.open_deal(journey, opened, closed, None).close(closed, "won", None)
        if random.random() < 0.04:
            gone = self.diary.office(at + days(random.uniform(90, 250)))
            journey.step(gone, Move.CHURN, CHURNED, by=journey.owner, reason=random.choice(CHURNINGS))

    def lose(self, journey: Journey, deal: Bargain, at: datetime) -> datetime | None:
        reason = self.random.choice(LOSSES)
        deal.close(at, "lost", journey.step(at, Move.LOSE, LOST, by=journey.owner, reason=reason), reason)
        if self.random.random() > 0.12:
            return None
        later = self.diary.office(at + days(self.random.uniform(30, 90)))
        self.recycle(journey, later)
        return later

    def try_to_reach(self, journey: Journey, after: datetime, before: datetime) -> None:
        """Calls and mails of the owner strictly between two moments."""
        span = before - after
        for part in sorted(self.random.uniform(0.3, 0.97) for _ in range(self.random.choice((0, 1, 1, 2)))):
            kind, outcome, connected, _ = self.random.choices(WORK, WORK_WEIGHTS)[0]
            text = self.words() if connected and self.random.random() < 0.5 else ""
            journey.work.append(Work(after + span * part, journey.owner, kind, outcome, connected, text))

    def words(self) -> str:
        return self.random.choice(words.NOTES).format(n=self.random.randrange(3, 40))

"""How likely what happens to a lead, and when: marketing's part and the hand-over. `selling` goes on from there."""

from __future__ import annotations

from datetime import datetime
from random import Random

from leads.stages import MQL, NURTURE, START, Move, Position, Standing
from smarketing.demo import words
from smarketing.demo.campaigns import DIRECT, PLANS, SOURCES, YEAR, Plan
from smarketing.demo.desk import Desk
from smarketing.demo.diary import Diary
from smarketing.demo.documents import STAFF_OF_MQL
from smarketing.demo.journeys import Assigned, Delivery, Journey, Touched
from smarketing.demo.people import Cast
from smarketing.demo.selling import Selling, days, hours, suits
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
FOR_GOOD = ("poor_fit", "not_real")
NURTURING = ("email_click", "webinar", "download", "visit")
NEAR = 0.6  # of those whom only the size of their company keeps from sales, so many stay with marketing
ACCEPTED, SLID = 0.70, 0.72  # of what is handed over sales takes so much; of what waited too long, less


class Fate:
    """Draws one journey after another from one source of chance."""

    def __init__(self, random: Random, diary: Diary, cast: Cast, desk: Desk, currency: str) -> None:
        self.random, self.diary, self.cast, self.desk, self.currency = random, diary, cast, desk, currency
        self.selling = Selling(random, diary, desk, currency)
        self.turn = 0
        self.weights = [[plan.pull * plan.ran(ago) for plan in SOURCES] for ago in range(YEAR + 1)]
        self.nurturing = [
            [plan for plan in PLANS if plan.assets[0].kind in NURTURING and plan.ran(ago)]
            for ago in range(YEAR + 1)
        ]

    def source(self, born_at: datetime) -> Plan:
        """What brought somebody on that day: only a campaign that ran then."""
        return self.random.choices(SOURCES, self.weights[self._ago(born_at)])[0]

    def contact(self, at: datetime) -> Touched:
        """A later touch: of some campaign that ran then."""
        plan = self.random.choice(self.nurturing[self._ago(at)])
        return Touched(at, plan, self.random.choice(plan.assets))

    def _ago(self, at: datetime) -> int:
        """Days before today, within the year; what lies ahead is drawn as today's and cut off later."""
        return min(max((self.diary.today - self.diary.day_of(at)).days, 0), YEAR)

    def journey(self, person: Person, plan: Plan, born_at: datetime) -> Journey:
        asset = self.random.choices(plan.assets, range(len(plan.assets), 0, -1))[0] if plan.assets else None
        journey = Journey(person, plan, born_at, asset)
        journey.step(born_at, Move.CAPTURE, START)
        if plan.channel:
            journey.touches.append(Touched(born_at, plan, asset, origin=True))
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
            if not self.admits(journey.person, ready) and random.random() < NEAR:
                self.touch_between(journey, since, ready, 3)
                return None
            self.touch_between(journey, since + pause * 0.5, ready, 2 - counted)
            journey.touches.append(self.contact(ready))
            self.touch_between(journey, ready, ready + days(25), random.choice((0, 0, 1, 2, 3)))
            return ready
        self.touch_between(journey, since, since + pause + days(20), random.choice((0, 0, 1)))
        if first_time and random.random() < 0.012:
            self.selling.bar(journey, self.diary.office(since + pause), by=random.choice(self.cast.marketers))
        return None

    def admits(self, person: Person, at: datetime) -> bool:
        """Whether the definitions of that day let somebody in by themselves: since version 2 not from a small yard."""
        staff = person.company.employees if person.company else None
        return self.diary.version_at(at) == 1 or (staff or 0) >= STAFF_OF_MQL

    def touch_between(self, journey: Journey, after: datetime, before: datetime, count: int) -> None:
        span = before - after
        for part in sorted(self.random.uniform(0.05, 0.95) for _ in range(count)):
            at = after + span * part
            came_by_itself = self.random.random() < 0.3
            page = self.random.choice(DIRECT.assets) if came_by_itself else None
            journey.touches.append(Touched(at, DIRECT, page) if page else self.contact(at))

    # The hand-over

    def hand_over(self, journey: Journey, ready: datetime) -> datetime | None:
        """Qualify, deliver, decide; the moment the lead went back to nurture, or None."""
        random = self.random
        by_hand = random.random() < 0.25 or not self.admits(journey.person, ready)
        marketer = random.choice(self.cast.marketers)
        entry = journey.step(
            ready,
            Move.QUALIFY,
            MQL,
            by=marketer if by_hand else None,
            reason="manual" if by_hand else "touches",
            note=random.choice(words.WHY_READY) if by_hand else "",
        )
        delivery = self.deliver(journey, entry, ready)
        slid = self.desk.slides(delivery.rep, delivery.at)
        if slid and random.random() < 0.22:
            delivery = self.rescue(journey, delivery)
            slid = False
        at = self.desk.decides_at(delivery.rep, delivery.at, journey.plan.slow)
        if random.random() < 0.55:
            self.selling.try_to_reach(journey, delivery.at, at)
        taken = min(0.95, ACCEPTED * journey.plan.fits * suits(journey.person)) * (SLID if slid else 1)
        if random.random() < taken:
            return self.selling.accept(journey, delivery, at)
        return self.turn_away(journey, delivery, at, slid)

    def deliver(self, journey: Journey, entry, ready: datetime) -> Delivery:
        """To the former owner, else to the next rep in turn; a few wait until somebody claims them."""
        present = self.cast.present(self.diary.day_of(ready))
        at, rep = ready, journey.owner
        if rep not in present:
            if self.random.random() < 0.03:
                at = self.diary.office(ready + hours(self.random.uniform(0.5, 8)))
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

    def rescue(self, journey: Journey, delivery: Delivery) -> Delivery:
        """The head of sales takes a lead from a team that slides and gives it to the desk."""
        at = self.desk.hours[self.cast.sales_head].add(delivery.at, hours(self.random.uniform(2, 11)))
        present = self.cast.present(self.diary.day_of(at))
        others = [rep for rep in present if rep not in self.cast.field] or present
        delivery.end(at, "reassigned", None)
        journey.owner = self.random.choice([rep for rep in others if rep != delivery.rep])
        journey.assignments.append(Assigned(at, journey.owner, "reassigned", [], self.cast.sales_head))
        again = Delivery(delivery.entry, journey.owner, at)
        journey.deliveries.append(again)
        return again

    def turn_away(self, journey: Journey, delivery: Delivery, at: datetime, slid: bool) -> datetime | None:
        way = self.random.random()
        if way < 0.80:
            return self.reject(journey, delivery, at, slid)
        if way < 0.91:
            step = self.selling.recycle(journey, at)
            delivery.end(at, "recycled", step, step.reason)
            return at
        step = self.selling.bar(journey, at, by=journey.owner)
        delivery.end(at, "withdrawn", step, "disqualified")
        return None

    def reject(self, journey: Journey, delivery: Delivery, at: datetime, slid: bool) -> datetime | None:
        (reason,) = self.random.choices(REJECTIONS, journey.plan.blames)
        if slid and self.random.random() < 0.5:
            reason = "cannot_reach"  # they were hot two days ago
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

"""The last weeks, walked through the real acts: promises kept and broken, some excused, some still running.

Imported history starts no clock, so what the SLA tells of the demo has to have happened live.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log
from random import Random

from django.db.models import F

from leads import activities, capture, handover, suppression
from leads.models import Account, Campaign, Lead
from leads.reasons import Recycling
from sla import alerts, tasks
from sla.calendars import hours_of
from sla.models import Alert, Clock
from sla.working_time import WorkingHours
from smarketing.demo.diary import Diary
from smarketing.demo.people import Cast
from smarketing.demo.society import Person, Society
from smarketing.foundation.models import OutboxItem, User

DAYS = 34
SHARE = 80  # one lead in so many lives here
MOST = 60
RECENT = timedelta(days=6)
# How fast each rep is, in the order in which they were hired: beside the middle, half as fast is 2.
SPEED = (1.35, 1.9, 0.8, 1.0, 0.9, 1.25, 0.65, 1.5)
CALLS = (("call", "spoke"), ("call", "spoke"), ("call", "voicemail"), ("email", "sent"), ("meeting", "held"))
NOTICED = timedelta(seconds=2)  # what the form took to reach us


def count_of(leads: int) -> int:
    """How many of so many leads are made here."""
    return min(leads // SHARE, MOST)


def live(society: Society, cast: Cast, diary: Diary, *, seed: int, count: int) -> None:
    """So many leads that came in the last weeks, and what each rep made of theirs."""
    random = Random(f"weeks {seed}")  # noqa: S311 - chance that repeats itself is the point
    reps = {user.pk: user for user in User.objects.filter(pk__in=cast.reps)}
    hours = hours_of(cast.reps, around=diary.moment)
    campaigns = list(Campaign.objects.order_by("pk"))
    for at in sorted(moments(random, diary, count)):
        lead = arrives(someone(society), random.choice(campaigns), at)
        rep = reps.get(lead.owner_id or 0)
        if rep is not None:
            Work(
                random, diary.moment, lead, rep, hours[rep.pk], SPEED[cast.reps.index(rep.pk) % len(SPEED)]
            ).go(at)


def moments(random: Random, diary: Diary, count: int) -> list[datetime]:
    """Office hours of the last weeks, more of them lately."""
    found: list[datetime] = []
    while len(found) < count:
        day = diary.today - timedelta(days=int(DAYS * random.random() ** 1.4))
        at = diary.office(diary.local(day, random.randrange(8, 18), random.randrange(3600)))
        if at < diary.moment - timedelta(minutes=20):
            found.append(at)
    return found


def someone(society: Society) -> Person:
    while True:
        person = society.person()
        if person.email and person.company and person.consent != "opted_out":
            return person


def arrives(person: Person, campaign: Campaign, at: datetime) -> Lead:
    """Somebody fills in a form and is ready for sales at once."""
    company = person.company
    assert company is not None, "`someone` chose one with a company"
    known = {"name": company.name, "industry": company.industry, "employees": company.employees}
    Account.objects.get_or_create(domain=company.domain, defaults={**known, "country": company.country[0]})
    lead = capture.create(
        by=None,
        email=person.email,
        phone=person.phone,
        company=company.name,
        first_name=person.first_name,
        last_name=person.last_name,
        job_title=person.job_title,
        country=person.country,
        consent=person.consent,
        campaign=campaign,
        moment=at - timedelta(minutes=3),
    )
    capture.touch(lead.pk, kind="form", campaign=campaign, content="Talk to sales", moment=at)
    return handover.qualify(lead.pk, by=None, moment=at)


class Work:
    """What one rep makes of one lead, in their own working time and at their own speed."""

    def __init__(
        self, random: Random, now: datetime, lead: Lead, rep: User, hours: WorkingHours, speed: float
    ) -> None:
        self.random, self.now, self.lead, self.rep, self.hours, self.speed = (
            random,
            now,
            lead,
            rep,
            hours,
            speed,
        )

    def go(self, at: datetime) -> None:
        way = self.random.random()
        decided = self.later(at, 1.5)
        if way < 0.07 and at > self.now - RECENT:
            return  # forgotten
        if way < 0.12:
            self.do(at + (decided - at) / 2, suppression.disqualify, reason="competitor")
        elif way < 0.24:
            self.do(
                decided,
                handover.reject,
                reason=self.random.choice(("wrong_person", "bad_data", "cannot_reach")),
            )
        else:
            self.do(decided, handover.accept)
            self.follow_up(decided)

    def follow_up(self, accepted: datetime) -> None:
        way = self.random.random()
        called = self.later(accepted, 2.4)
        if way < 0.05 and accepted > self.now - RECENT:
            return
        if way < 0.1:
            day = called.date() + timedelta(days=400)
            self.do(
                accepted + (called - accepted) / 2, handover.recycle, reason=Recycling.TIMING, return_on=day
            )
            return
        kind, outcome = self.random.choice(CALLS)
        self.do(called, activities.log, kind=kind, outcome=outcome)

    def later(self, at: datetime, middle: float) -> datetime:
        """So many working hours later, drawn around `middle`."""
        worked = self.random.lognormvariate(log(middle * self.speed), 0.85)
        return self.hours.add(at, timedelta(hours=min(worked, 40)))

    def do(self, at: datetime, act, **given) -> None:
        """Unless it lies ahead."""
        if at <= self.now:
            act(self.lead.pk, by=self.rep, moment=at, **given)


def keep_promises(moment: datetime) -> None:
    """Let the sweep find all of it, day by day, so that people were told when they would have been told."""
    for days in range(DAYS, -1, -1):
        tasks.sweep(moment - timedelta(days=days))
    Clock.objects.update(captured_at=F("occurred_at") + NOTICED)
    seen = Alert.objects.filter(created_at__lt=moment - timedelta(days=1))
    seen.update(read_at=moment - timedelta(hours=20))
    OutboxItem.objects.filter(topic=alerts.MAIL, done_at=None).update(done_at=moment)

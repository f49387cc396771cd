"""The lead that was sent back to nurture, returned by itself, and became the best customer of the year."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from leads.identity import normalise_phone
from leads.stages import CUSTOMER, MQL, NURTURE, SAL, SQL, START, Move
from smarketing.demo import library, words
from smarketing.demo.campaigns import PLANS
from smarketing.demo.journeys import Bargain, Journey, Touched, Work
from smarketing.demo.lives import Fate
from smarketing.demo.selling import days, hours
from smarketing.demo.society import Company, Person

AGO = 262
WORTH = Decimal(312_000)  # more than any other deal: see selling.DEAREST
GUIDE, WEBINAR, SEARCH, NEWSLETTER = (
    next(plan for plan in PLANS if plan.name == name)
    for name in ("Buyer's guide", "Cutting dwell time", "Dock scheduling search", "Carrier newsletter")
)


def best_customer(fate: Fate) -> Journey:
    """Captured, accepted, recycled for its timing, back four months later, won."""
    born_at = fate.diary.office(fate.diary.moment - timedelta(days=AGO))
    journey = Journey(_helena(), GUIDE, born_at, library.GUIDE)
    journey.step(born_at, Move.CAPTURE, START)
    journey.touches.append(Touched(born_at, GUIDE, library.GUIDE, origin=True))
    _first_round(fate, journey, fate.diary.office(born_at + days(6)))
    _second_round(fate, journey, fate.diary.office(born_at + days(126)))
    return journey


def _first_round(fate: Fate, journey: Journey, ready: datetime) -> None:
    journey.touches += [
        Touched(ready - days(3), WEBINAR, library.CUTTING),
        Touched(ready, SEARCH, library.PRICING),
    ]
    entry = journey.step(ready, Move.QUALIFY, MQL, reason="touches")
    delivery = fate.deliver(journey, entry, ready)
    taken = fate.diary.office(ready + hours(3.4))
    delivery.end(taken, "accepted", journey.step(taken, Move.ACCEPT, SAL, by=journey.owner))
    back = fate.diary.office(taken + days(12))
    journey.work.append(
        Work(back - hours(0.5), journey.owner, "call", "spoke", True, words.COMEBACK_NOTES[0])
    )
    return_on = fate.diary.day_of(back) + days(120)
    journey.step(back, Move.RECYCLE, NURTURE, by=journey.owner, reason="timing", return_on=return_on)


def _second_round(fate: Fate, journey: Journey, ready: datetime) -> None:
    journey.touches += [
        Touched(ready - days(9), NEWSLETTER, library.MAIL_STORY),
        Touched(ready - days(2), WEBINAR, library.PEAK),
        Touched(ready - days(1), SEARCH, library.PRICING),
        Touched(ready, SEARCH, library.DEMO),
    ]
    entry = journey.step(ready, Move.QUALIFY, MQL, reason="touches")
    delivery = fate.deliver(journey, entry, ready)
    taken = fate.diary.office(delivery.at + hours(1.75))
    delivery.end(taken, "accepted", journey.step(taken, Move.ACCEPT, SAL, by=journey.owner))
    met = fate.diary.office(taken + days(15))
    journey.work.append(Work(met - hours(1), journey.owner, "meeting", "held", True, words.COMEBACK_NOTES[1]))
    offered = journey.step(met, Move.ADVANCE, SQL, by=journey.owner)
    signed = fate.diary.office(met + days(48))
    deal = Bargain(met, WORTH, fate.currency, fate.diary.day_of(signed), opened_by=offered)
    deal.close(signed, "won", journey.step(signed, Move.WIN, CUSTOMER, by=journey.owner))
    journey.deals.append(deal)


def _helena() -> Person:
    company = Company(
        "Rheinhafen Logistik", "rheinhafen-logistik.example", "Logistics", 2_500, words.COUNTRIES[1]
    )
    phone = "+49 30 00481516"
    return Person(
        "Helena", "Brandt", "helena.brandt@rheinhafen-logistik.example", phone, normalise_phone(phone),
        "VP Operations", "Economic buyer", "Germany", "granted", company,
    )  # fmt: skip

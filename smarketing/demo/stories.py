"""A few people of today and yesterday who walk through the real acts: live history, undo, open hand-overs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from leads import activities, capture, deals, deliveries, handover, suppression, undo
from leads.models import Account, Campaign, FactChange, Lead
from smarketing.demo import library
from smarketing.demo.campaigns import PLANS
from smarketing.demo.facts import APPROVED
from smarketing.demo.society import plain
from smarketing.foundation.models import Organisation, OutboxItem, User

TITLES = [
    "VP Operations",
    "COO",
    "Head of Supply Chain",
    "Logistics Director",
    "Procurement Manager",
    "IT Programme Lead",
]
# Who, at which company: one for every rep, in turn.
ACTED_ON = [
    ("Leo Hart", "Castell Tyres"),
    ("Yuki Tanaka", "Osaka Cold Chain"),
    ("Owen Price", "Tidewater Ports"),
    ("Nadia Haddad", "Atlas Textiles"),
    ("Bea Lindholm", "Skagen Seafood"),
    ("Viktor Halasz", "Danubia Paper"),
    ("Grace Mbeki", "Table Bay Produce"),
    ("Rolf Amsel", "Amsel Baustoffe"),
]
UNCLAIMED = [
    ("Rosa Iglesias", "Iglesias Olive Oil"),
    ("Emil Straka", "Straka Glass"),
    ("Jo Whitfield", "Whitfield Outdoor"),
    ("Paolo Ferri", "Ferri Pasta"),
]
EVERYBODY = [*UNCLAIMED, *ACTED_ON]
COUNT = len(ACTED_ON)
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """One delivered lead, its rep, and the moment it was delivered."""

    lead: Lead
    rep: User
    at: datetime


def unclaimed(moment: datetime) -> list[Lead]:
    """Leads that became ready in the last hours and were given to nobody."""
    return [qualified(who, moment - HOUR * (3 + 5 * number)) for number, who in enumerate(UNCLAIMED)]


def today(moment: datetime) -> None:
    """Hand over to every rep in turn, and let each of them do something else with it."""
    acted = [scene(who, moment - HOUR * (45 - number)) for number, who in enumerate(ACTED_ON)]
    for each, act in zip(acted, ACTS, strict=True):
        act(each)


def keep_quiet(moment: datetime) -> None:
    """Nobody is mailed about made-up leads."""
    OutboxItem.objects.filter(topic=deliveries.NEW_LEAD, done_at=None).update(done_at=moment)


def scene(who: tuple[str, str], at: datetime) -> Scene:
    lead = qualified(who, at)
    assert lead.owner is not None, "every rep is present"
    return Scene(lead, lead.owner, at)


def qualified(who: tuple[str, str], at: datetime) -> Lead:
    """Somebody who came, read, asked, and was thereby ready for sales at that moment."""
    number = EVERYBODY.index(who)
    running = [plan.name for plan in PLANS if plan.ran(12) and plan.since > 30]
    campaigns = list(Campaign.objects.filter(name__in=running).order_by("pk"))
    lead = _newcomer(who, number, campaigns[number % len(campaigns)], at - timedelta(days=2 + number % 9))
    reads(lead, library.MAIL_COST, campaigns[-1], at - 20 * HOUR)
    reads(lead, library.TALK, lead.campaign, at)
    return handover.qualify(lead.pk, by=None, moment=at)


def reads(lead: Lead, asset: library.Asset, campaign: Campaign | None, at: datetime) -> None:
    capture.touch(lead.pk, kind=asset.kind, campaign=campaign, content=asset.name, url=asset.url, moment=at)


def _newcomer(who: tuple[str, str], number: int, campaign: Campaign, born_at: datetime) -> Lead:
    name, company = who
    first, last = name.split(" ", 1)
    domain = f"{plain(company)}.example"
    account = {"name": company, "industry": "Logistics", "employees": 90 + 70 * number}
    Account.objects.get_or_create(domain=domain, defaults={**account, "country": "Netherlands"})
    return capture.create(
        by=None,
        email=f"{plain(first)}.{plain(last)}@{domain}",
        phone=f"+31 20 0555{100 + number}",
        company=company,
        first_name=first,
        last_name=last,
        job_title=TITLES[number % len(TITLES)],
        country="Netherlands",
        consent=Lead.Consent.GRANTED,
        campaign=campaign,
        moment=born_at,
    )


def accepts(scene: Scene) -> None:
    activities.log(scene.lead.pk, by=scene.rep, kind="call", outcome="spoke", moment=scene.at + HOUR)
    handover.accept(scene.lead.pk, by=scene.rep, moment=scene.at + HOUR * 1.1)


def is_told_to_wait(scene: Scene) -> None:
    handover.reject(
        scene.lead.pk,
        by=scene.rep,
        reason="too_early",
        return_on=(scene.at.astimezone(Organisation.get().zone) + timedelta(days=60)).date(),
        note="Budget is fixed until spring; wants to talk again then.",
        moment=scene.at + HOUR * 2,
    )


def rejects(scene: Scene) -> None:
    handover.reject(
        scene.lead.pk,
        by=scene.rep,
        reason="wrong_person",
        note="Asks for operations.",
        moment=scene.at + HOUR * 3,
    )


def offers(scene: Scene) -> None:
    accepts(scene)
    hears(scene, APPROVED)
    deals.advance(scene.lead.pk, by=scene.rep, amount=Decimal(18_400), moment=scene.at + HOUR * 5)


def hears(scene: Scene, budget: str) -> None:
    """What they may spend, which an offer needs."""
    at = scene.at + HOUR * 1.05
    Lead.objects.filter(pk=scene.lead.pk).update(custom={"budget": budget})
    FactChange.objects.create(
        lead=scene.lead, field="custom.budget", after=budget, way="hand", by=scene.rep, at=at
    )


def wins(scene: Scene) -> None:
    offers(scene)
    deals.win(scene.lead.pk, by=scene.rep, moment=scene.at + HOUR * 24)


def changes_its_mind(scene: Scene) -> None:
    handover.accept(scene.lead.pk, by=scene.rep, moment=scene.at + HOUR)
    undo.undo(scene.lead.pk, by=scene.rep, moment=scene.at + HOUR + timedelta(minutes=4))


def recycles(scene: Scene) -> None:
    accepts(scene)
    back = (scene.at.astimezone(Organisation.get().zone) + timedelta(days=90)).date()
    handover.recycle(
        scene.lead.pk, by=scene.rep, reason="no_budget", return_on=back, moment=scene.at + HOUR * 6
    )


def bars(scene: Scene) -> None:
    suppression.disqualify(scene.lead.pk, by=scene.rep, reason="competitor", moment=scene.at + HOUR * 2)


ACTS: list[Callable[[Scene], None]] = [
    accepts, is_told_to_wait, rejects, offers, wins, changes_its_mind, recycles, bars
]  # fmt: skip

"""What waits for the reps right now: whatever the hour, some of it late, some due next, some due tomorrow.

A lead's deadline follows from when it came, by its rep's own hours. So each scene says how much working time is
left, and `came_at` reckons back from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leads.models import Lead, Note, Snooze
from leads.stages import MQL, SAL, START, Move
from sla.working_time import WorkingHours
from smarketing.demo import agreement, library, words
from smarketing.demo.campaigns import DIRECT, PLANS
from smarketing.demo.diary import Diary
from smarketing.demo.documents import STAFF_OF_MQL
from smarketing.demo.journeys import Assigned, Delivery, Journey, Touched, Work
from smarketing.demo.library import Asset
from smarketing.demo.lives import Fate
from smarketing.demo.selling import days, hours
from smarketing.demo.society import Company, Person, Society, plain

DECIDE, CONTACT = timedelta(minutes=agreement.DECIDE), timedelta(minutes=agreement.CONTACT)
DUTCH, GERMAN = words.COUNTRIES[0], words.COUNTRIES[1]
FURTHEST = timedelta(days=30)
LARGE_ENOUGH = [staff for staff in words.STAFF if staff >= STAFF_OF_MQL]
MISSED = {"voicemail", "no_answer"}


@dataclass(frozen=True)
class Scene:
    """One lead that waits: `left` is its working time in hours until the deadline, below nothing where it is late."""

    name: str
    company: str
    title: str
    role: str
    plan: str
    left: float
    why: Asset  # the last thing they did
    taken: bool = False  # accepted already: the first contact is due, not the decision
    tries: tuple[str, ...] = ()  # calls that reached nobody so far
    note: str = ""  # what the marketer who handed it over wrote
    colleagues: tuple[tuple[str, str, str], ...] = ()  # name, title, role
    staff: int = 350
    industry: str = "Logistics"
    country: tuple = field(default=DUTCH)


# The queue of the rep whose login the demo tells.
FIRST_REP = [
    Scene("Ana Duarte", "Brightwater Foods", "COO", "Economic buyer", "Partner: Loadstar", -5.2, library.SECURITY,
          taken=True, note="Loadstar says you two already talk to each other. Show me.", staff=900, industry="Food",
          colleagues=(("Rui Falcao", "IT Programme Lead", "Technical buyer"),)),
    Scene("Priya Raman", "Northwind Freight", "Head of Supply Chain", "Champion", "Dock scheduling search", -2.3,
          library.DEMO, tries=("no_answer", "voicemail"), staff=1_400,
          colleagues=(("Walt Hooper", "CFO", "Economic buyer"), ("Gita Bakker", "Shift Lead", "User"),
                      ("Sander Kuyt", "Systems Architect", "Technical buyer"))),
    Scene("Tom Okafor", "Helio Labs", "Warehouse Manager", "User", "LinkedIn retargeting", -0.6, library.PRICING,
          tries=("voicemail",), staff=220, industry="Electronics"),
    Scene("Marcus Lindqvist", "Fjord Retail Group", "VP Operations", "Economic buyer", "LinkedIn ABM tier 1", 0.3,
          library.TALK, note="Six sites, wants a price for all of them before the board meets.", staff=6_000,
          industry="Retail", colleagues=(("Ebba Sund", "Logistics Director", "Champion"),
                                         ("Nils Aker", "Procurement Manager", "Blocker"))),
    Scene("Sofia Marchetti", "Alpina Ceramics", "Logistics Director", "Champion", "Warehouse ROI", 0.9,
          library.CALCULATOR, staff=350, industry="Manufacturing",
          colleagues=(("Piero Galli", "Transport Planner", "User"),)),
    Scene("Daniel Wu", "Harbour Mutual", "Procurement Manager", "Blocker", "Buyer's guide", 1.8, library.COMPARE,
          tries=("voicemail",), staff=600),
    Scene("Ingrid Vogel", "Kessler Antriebe", "IT Programme Lead", "Technical buyer", "Cutting dwell time", 2.6,
          library.SAP, staff=1_200, industry="Manufacturing", country=GERMAN,
          colleagues=(("Uwe Kessler", "COO", "Economic buyer"),)),
    Scene("Joseph Adeyemi", "Parcelbird", "Head of Supply Chain", "Champion", "Brand search", 3.4, library.DEMO,
          staff=140, industry="E-commerce"),
    Scene("Claire Dubois", "Maison Lefort", "COO", "Economic buyer", "Customer referrals", 5.1, library.BREWERY,
          taken=True, note="Westmalle told me to ask for Kofi.", staff=90, industry="Food"),
    Scene("Hamid Rezai", "Caspian Spices", "Warehouse Manager", "Champion", "Carrier newsletter", 7.3,
          library.MAIL_PENALTY, taken=True, staff=60, industry="Food"),
    Scene("Lotte Verbeek", "Verbeek Koeling", "Logistics Director", "Champion", "Cold chain round table", 13.2,
          library.COLD_CHAIN, taken=True, staff=220, industry="Food",
          colleagues=(("Bas Verbeek", "COO", "Economic buyer"), ("Anke Smits", "Transport Planner", "User"))),
    Scene("Arne Solberg", "Solberg Timber", "VP Operations", "Economic buyer", "Dock scheduling search", 14.4,
          library.SCHEDULING, taken=True, staff=350, industry="Construction"),
    Scene("Mina Farouk", "Delta Cotton", "Transport Planner", "User", "Warehouse ROI", 15.2, library.ROI_GUIDE,
          taken=True, staff=140, industry="Textiles"),
]  # fmt: skip
CAME_BACK = "Pim van den Heuvel"
# Accepted last week, spoken to, and put off: name, company, title, role, campaign, days from now, hour, why.
PUT_OFF = [
    ("Maaike Dros", "Dros Zuivel", "Logistics Director", "Champion", "Cutting dwell time", 1, 9,
     "Back from the Cologne fair tomorrow; has the quote."),
    ("Henrik Toft", "Toft Emballage", "COO", "Economic buyer", "LinkedIn ABM tier 1", 3, 10,
     "Board meets first. Call when they have the date."),
    ("Fatou Sarr", "Dakar Lines", "IT Programme Lead", "Technical buyer", "Partner: Loadstar", 16, 9,
     "Waits for the sandbox review of her security people."),
    # Put off until next month, and on the price list again this morning: the buyer was faster.
    (CAME_BACK, "Heuvel Bloembollen", "VP Operations", "Economic buyer", "Warehouse ROI", 27, 9,
     "After the bulbs are in the ground."),
]  # fmt: skip
# Two for everybody else, in the order in which they were hired.
OTHERS = [
    ("Ines Carvalho", "Douro Glass"), ("Peter Kowal", "Vistula Steel"), ("George Whitlock", "Whitlock Brewing"),
    ("Anneke Postma", "Postma Flowers"), ("Luc Perrin", "Perrin Freres"), ("Signe Dahlgren", "Dahlgren Pharma"),
    ("Oskar Blum", "Blum Moebel"), ("Teresa Nunes", "Atlantico Pescado"), ("Karim Bensaid", "Bensaid Citrus"),
    ("Wendy Cho", "Pacific Gear"), ("Stijn Claessens", "Claessens Chocolate"), ("Maud Reinders", "Reinders Verf"),
    ("Tove Nylund", "Nylund Optik"), ("Gianni Serra", "Serra Marmi"),
]  # fmt: skip
LEFT = (1.4, 2.9, 0.5, 3.2, -0.8, 2.2, 1.1, 3.6, 0.7, 2.5, -1.6, 3.1, 1.9, 3.3)
COUNT = sum(1 + len(scene.colleagues) for scene in FIRST_REP) + len(OTHERS) + len(PUT_OFF)


def waiting(fate: Fate, society: Society) -> list[Journey]:
    """The lives of all who wait, and of their colleagues."""
    first, *others = fate.cast.reps
    found = [journey for scene in FIRST_REP for journey in _played(fate, society, scene, first)]
    for number, (who, left) in enumerate(zip(OTHERS, LEFT, strict=True)):
        found += _played(fate, society, _of_others(fate, who, left), others[number % len(others)])
    return found


def later(fate: Fate, society: Society) -> list[Journey]:
    """The lives of those whom the first rep put off."""
    rep, found = fate.cast.reps[0], []
    for number, (name, company, title, role, plan, *_) in enumerate(PUT_OFF):
        scene = Scene(name, company, title, role, plan, 0, library.PRICING, taken=True)
        since = fate.diary.office(fate.diary.moment - days(9 + number))
        (journey,) = _played(fate, society, scene, rep, since)
        spoke = since + hours(3)
        journey.work.append(
            Work(spoke, rep, "call", "spoke", True, words.NOTES[number].format(n=18 + number))
        )
        if name == CAME_BACK:
            journey.touches.append(Touched(fate.diary.moment - hours(1.2), DIRECT, library.PRICING))
        found.append(journey)
    return found


def put_off(journeys: list[Journey], diary: Diary) -> None:
    """Out of the rep's list until then; on some evening of this week the rep thought so."""
    for journey, (*_, ahead, hour, why) in zip(journeys, PUT_OFF, strict=True):
        until = diary.local(diary.today + timedelta(days=ahead), hour, 0)
        at = diary.office(diary.moment - days(4))
        lead = Lead.objects.get(pk=journey.id)
        assert journey.owner is not None, "the first rep has accepted them"
        note = Note.objects.create(lead=lead, by_id=journey.owner, text=why, at=at)
        Snooze.objects.create(
            lead=lead,
            by_id=journey.owner,
            owner_id=journey.owner,
            seq=lead.seq,
            at=at,
            until_at=until,
            note=note,
        )


def _of_others(fate: Fate, who: tuple[str, str], left: float) -> Scene:
    title, role, _ = fate.random.choice(words.TITLES[:-1])
    plan = fate.random.choice([plan for plan in PLANS if plan.ran(1) and len(plan.assets) > 1])
    return Scene(*who, title, role, plan.name, left, plan.assets[-1], staff=fate.random.choice(LARGE_ENOUGH))


def came_at(working: WorkingHours, moment: datetime, worked: timedelta) -> datetime:
    """The latest instant since which so much working time has passed; without any, as far back as we look."""
    low, high = moment - FURTHEST, moment
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if working.between(middle, moment) >= worked else (low, middle)
    return low.replace(microsecond=0)


def _played(
    fate: Fate, society: Society, scene: Scene, rep: int, since: datetime | None = None
) -> list[Journey]:
    company = Company(
        scene.company, f"{plain(scene.company)}.example", scene.industry, scene.staff, scene.country
    )
    working, moment = fate.desk.hours[rep], fate.diary.moment
    within = CONTACT if scene.taken else DECIDE
    since = since or came_at(working, moment, within - hours(scene.left))
    ready = came_at(working, since, hours(1.2)) if scene.taken else since
    journey = _came(fate, society.named(scene.name, scene.title, scene.role, company), scene, ready)
    _delivered(fate, journey, scene, rep, ready)
    if scene.taken:
        accepted = journey.step(since, Move.ACCEPT, SAL, by=rep)
        journey.deliveries[-1].end(since, "accepted", accepted)
    for number, outcome in enumerate(scene.tries, start=1):
        at = since + (moment - since) * (number / (len(scene.tries) + 1.5))
        journey.work.append(Work(at, rep, "call", outcome, outcome not in MISSED))
    return [journey, *(_colleague(fate, society.named(*who, company), ready) for who in scene.colleagues)]


def _came(fate: Fate, person: Person, scene: Scene, ready: datetime) -> Journey:
    """How they found us, what they read, and what they did last: that made them ready."""
    plan = next(plan for plan in PLANS if plan.name == scene.plan)
    born_at = ready - days(fate.random.uniform(max(5, plan.until + 1), 24 + plan.until))
    asset = plan.assets[0]
    journey = Journey(person, plan, born_at, asset)
    journey.step(born_at, Move.CAPTURE, START)
    journey.touches.append(Touched(born_at, plan, asset, origin=True))
    pages = fate.random.sample(library.WHILE_BUYING, 3)
    for part, page in zip((0.35, 0.7, 0.96), pages, strict=True):
        journey.touches.append(Touched(born_at + (ready - born_at) * part, DIRECT, page))
    source = plan if scene.why in plan.assets else DIRECT
    journey.touches.append(Touched(ready, source, scene.why))
    return journey


def _delivered(fate: Fate, journey: Journey, scene: Scene, rep: int, ready: datetime) -> None:
    by_hand = bool(scene.note)
    marketer = fate.cast.marketers[0] if by_hand else None
    entry = journey.step(
        ready, Move.QUALIFY, MQL, by=marketer, reason="manual" if by_hand else "touches",
        note=scene.note,
    )  # fmt: skip
    journey.assignments.append(
        Assigned(ready, rep, "round_robin", fate.cast.present(fate.diary.day_of(ready)))
    )
    journey.owner = rep
    journey.deliveries.append(Delivery(entry, rep, ready))


def _colleague(fate: Fate, person: Person, ready: datetime) -> Journey:
    """Somebody else there who has looked around too, and is nobody's lead yet."""
    plan = DIRECT
    born_at = ready - days(fate.random.uniform(1, 40))
    pages = fate.random.sample(library.BY_THEMSELVES, 2)
    journey = Journey(person, plan, born_at, pages[0])
    journey.step(born_at, Move.CAPTURE, START)
    journey.touches.append(Touched(born_at, plan, pages[0], origin=True))
    journey.touches.append(Touched(born_at + (ready - born_at) * 0.6, plan, pages[1]))
    return journey

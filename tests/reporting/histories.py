"""Leads with a past: historic rows as an import writes them, and random ones to try every reading on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from leads import funnel
from leads.models import (
    Activity,
    Campaign,
    Channel,
    Cost,
    Deal,
    DealContact,
    Lead,
    Refund,
    StageChange,
    Touch,
)
from leads.stages import (
    CHURNED,
    CUSTOMER,
    LADDER,
    LOST,
    MOVES,
    MQL,
    NURTURE,
    SAL,
    SQL,
    START,
    Move,
    Position,
    Standing,
    moves_from,
)
from tests.factories import make_campaign, make_channel, news_of

PLACES = {
    "visitor": START, "mql": MQL, "sal": SAL, "sql": SQL, "customer": CUSTOMER,
    "nurturing": NURTURE, "lost": LOST, "churned": CHURNED,
}  # fmt: skip
MOVED_BY = {
    "nurturing": Move.RECYCLE, "rejected": Move.REJECT, "poor_fit": Move.REJECT, "lost": Move.LOSE,
    "churned": Move.CHURN, "disqualified": Move.DISQUALIFY,
}  # fmt: skip
_numbers = count(1)


def at(text: str) -> datetime:
    """ "2024-01-08 09:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def make_past(
    *history: tuple, born: datetime | None = None, recorded: datetime | None = None, **facts
) -> Lead:
    """A lead with historic rows: pairs of a moment and a state (or rejected, poor_fit, disqualified).

    A third value is when the row was recorded. The lead was made when its first row was recorded.
    """
    rows = [(at(when) if isinstance(when, str) else when, what, *rest) for when, what, *rest in history]
    first = min((row[0] for row in rows), default=born)
    made = min((row[2] for row in rows if len(row) > 2), default=recorded or first)
    facts.setdefault("email", f"past{next(_numbers)}@example.com")
    lead = Lead.objects.create(
        born_at=born or first, stage_since=born or first, created_at=made, email_norm=facts["email"], **facts
    )
    add_past(lead, *rows, recorded=recorded)
    if lead.campaign or lead.channel or lead.medium or lead.content:
        make_touch(lead, lead.born_at, kind="origin", is_origin=True, recorded_at=made)
    return lead


def add_past(lead: Lead, *rows: tuple, recorded: datetime | None = None) -> None:
    """More historic rows for a lead, and the lead settled by them."""
    reached = [LADDER[0]]
    changes = []
    for when, what, *rest in rows:
        position = _place(what, max(reached, key=LADDER.index))
        if position.standing in (Standing.ACTIVE, Standing.WON):
            reached.append(position.stage)
        stamp = rest[0] if rest else recorded
        changes.append(_change(lead, what, position, when, {"recorded_at": stamp} if stamp else {}))
    StageChange.objects.bulk_create(changes)
    if changes:
        funnel.settle([lead.pk])
    lead.refresh_from_db()


def _place(what: str, reached: str) -> Position:
    if what == "rejected":
        return NURTURE
    if what in ("poor_fit", "disqualified"):
        return Position(reached if reached != "customer" else "sql", Standing.DISQUALIFIED)
    return PLACES[what]


def _change(lead: Lead, what: str, position: Position, when: datetime, more: dict) -> StageChange:
    move = MOVED_BY.get(what, Move.REACH)
    return StageChange(
        lead=lead,
        kind="historic",
        move=move,
        to_stage=position.stage,
        to_standing=position.standing,
        at=when,
        **more,
    )


def make_deal(lead: Lead, amount: str | None, *, won: datetime | str | None = None, **fields) -> Deal:
    """A deal of this lead: won at a moment, else open; in euros unless said otherwise."""
    if won is not None:
        won = at(won) if isinstance(won, str) else won
        fields = {
            "outcome": "won",
            "closed_at": won,
            "close_recorded_at": fields.get("recorded_at", won),
        } | fields
    fields.setdefault("currency", "EUR")
    return Deal.objects.create(contact=lead, amount=amount and Decimal(amount), **fields)


def make_touch(lead: Lead, when: datetime, **fields) -> Touch:
    for name in ("campaign", "channel", "medium", "content"):
        if fields.get("is_origin"):
            fields.setdefault(name, getattr(lead, name))
    fields.setdefault("kind", "visit")
    return Touch.objects.create(lead=lead, at=when, **fields)


def make_cost(
    amount: str, first: str, last: str | None = None, *, campaign=None, channel=None, **fields
) -> Cost:
    fields.setdefault("currency", "EUR")
    return Cost.objects.create(
        campaign=campaign and make_campaign(campaign),
        channel=channel and make_channel(channel),
        starts_on=first,
        ends_on=last or first,
        amount=Decimal(amount),
        ordinal=next(_numbers),
        **fields,
    )


SPRING = datetime(2026, 1, 1, tzinfo=UTC)
HAPPENINGS = ["visitor", "mql", "mql", "sal", "sql", "customer", "nurturing", "rejected", "poor_fit"]
HAPPENINGS += ["disqualified", "lost", "churned"]


def make_random_company(seed: int, leads: int = 30) -> None:
    """Leads of every kind: with imported and lived history, out of order, skipping, won twice, refunded."""
    random = Random(seed)
    places = [Channel.objects.get_or_create(key=n, defaults={"name": n})[0] for n in ("email", "fair")]
    campaigns = [Campaign.objects.get_or_create(key=n, defaults={"name": n})[0] for n in ("spring", "autumn")]
    for _ in range(leads):
        facts = {
            "campaign": random.choice([None, *campaigns]),
            "channel": random.choice([None, *places]),
            "medium": random.choice(["", "cpc"]),
            "country": random.choice(["", "BR", "DE"]),
        }
        kind = random.choice([imported, imported, lived, lived, both, bare])
        sell(random, kind(random, facts))


def moment(random: Random, after: datetime = SPRING, days: int = 120) -> datetime:
    """A moment of some later day; hours are few, so that moments coincide now and then."""
    return after + timedelta(days=random.randint(0, days), hours=random.choice([0, 0, 9, 23]))


def imported(random: Random, facts: dict) -> Lead:
    rows = []
    for _ in range(random.randint(1, 6)):
        when = moment(random)
        rows.append((when, random.choice(HAPPENINGS), when + timedelta(days=random.choice([0, 5, 40]))))
    return make_past(*rows, **facts)


def bare(random: Random, facts: dict) -> Lead:
    return make_past(born=moment(random), **facts)


def lived(random: Random, facts: dict) -> Lead:
    """A lead that really moved, with a move taken back now and then."""
    when = moment(random, days=60)
    lead = funnel.capture(by=None, moment=when, email=f"lived{next(_numbers)}@example.com", **facts)
    for _ in range(random.randint(0, 7)):
        when += timedelta(hours=random.choice([0, 1, 30, 200]))
        live_on(random, lead, when)
    return lead


def live_on(random: Random, lead: Lead, when: datetime) -> None:
    before = lead.position
    possible = [(move, to) for move in moves_from(before) for start, to in MOVES[move] if start == before]
    if not possible:
        return
    move, to = random.choice(possible)
    if move == Move.QUALIFY and before == NURTURE:
        news_of(lead, when + timedelta(seconds=1))
    row = funnel.change(lead, move, to, by=None, moment=when)
    if random.random() < 0.2:
        funnel.change(lead, Move.UNDO, before, by=None, moment=when + timedelta(minutes=5), undoes=row)
        funnel.settle([lead.pk])
        lead.refresh_from_db()


def both(random: Random, facts: dict) -> Lead:
    """Imported history on top of a lived one, and life going on after it."""
    lead = lived(random, facts)
    rows = [(moment(random), random.choice(HAPPENINGS)) for _ in range(random.randint(1, 3))]
    add_past(lead, *rows)
    when = max(row.at for row in lead.history.all())
    for _ in range(random.randint(0, 2)):
        when += timedelta(days=random.randint(0, 9))
        live_on(random, lead, when)
    return lead


def sell(random: Random, lead: Lead) -> None:
    """Deals, refunds and touches of a lead, in several currencies, shared with other leads."""
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        opened = moment(random)
        deal = make_deal(
            lead,
            random.choice(["1000.00", "0.01", "99.9950", None]),
            won=random.choice([None, moment(random, opened, 30)]),
            opened_at=random.choice([None, opened]),
            currency=random.choice(["EUR", "EUR", "USD", "XXX"]),
            recorded_at=opened,
        )
        others = Lead.objects.exclude(pk=lead.pk).order_by("-id")[:1]
        for other in others if random.random() < 0.3 else ():
            DealContact.objects.create(deal=deal, lead=other)
        if deal.outcome == "won" and deal.amount and random.random() < 0.4:
            Refund.objects.create(deal=deal, at=moment(random, deal.closed_at, 20), amount=deal.amount / 2)
    for _ in range(random.randint(0, 3)):
        channel = random.choice([None, *Channel.objects.all()])
        make_touch(
            lead, moment(random), channel=channel, campaign=random.choice([None, *Campaign.objects.all()])
        )
    if random.random() < 0.2:
        Activity.objects.create(lead=lead, kind="call", outcome="spoke", connected=True, at=moment(random))

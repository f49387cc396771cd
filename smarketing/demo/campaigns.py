"""What Loadline's marketing ran and spent: fourteen campaigns over seven channels."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from leads.models import Campaign, Channel, Cost
from smarketing.foundation.models import ExchangeRate

YEAR = 365
EURO = "EUR"
BASE_LEADS = 5_000  # the yearly costs below are for this many leads


@dataclass(frozen=True)
class Plan:
    """One campaign: the part of the year it ran in (days ago), its pull, and what its leads are worth."""

    name: str
    channel: str
    medium: str
    kind: str  # of the touches it makes
    content: str
    since: int
    until: int
    pull: float
    qualifies: float
    fits: float
    wins: float
    size: float
    monthly: int
    currency: str = EURO

    def ran(self, ago: int) -> bool:
        """Whether it ran that many days ago."""
        return self.until <= ago <= self.since


PLANS = [
    Plan(
        "LinkedIn ABM tier 1", "LinkedIn", "paid social", "download", "Dwell time report",
        since=365, until=0, pull=9, qualifies=0.52, fits=1.15, wins=1.2, size=2.1, monthly=11_500, currency="USD",
    ),
    Plan(
        "LinkedIn retargeting", "LinkedIn", "paid social", "visit", "Pricing page",
        since=240, until=0, pull=6, qualifies=0.34, fits=1.0, wins=0.9, size=0.9, monthly=4_200, currency="USD",
    ),
    Plan(
        "Warehouse ROI", "Google Ads", "cpc", "download", "Warehouse ROI buyer's guide",
        since=180, until=0, pull=15, qualifies=0.46, fits=1.1, wins=1.1, size=1.1, monthly=9_800,
    ),
    Plan(
        "Dock scheduling search", "Google Ads", "cpc", "visit", "Dock scheduling",
        since=365, until=0, pull=16, qualifies=0.38, fits=1.0, wins=1.0, size=0.9, monthly=8_400,
    ),
    Plan(
        "Brand search", "Google Ads", "cpc", "visit", "Home page",
        since=365, until=0, pull=8, qualifies=0.44, fits=1.05, wins=1.2, size=1.0, monthly=1_600,
    ),
    Plan(
        "Cutting dwell time", "Webinar", "live", "webinar", "Cutting dwell time",
        since=300, until=0, pull=11, qualifies=0.45, fits=1.0, wins=1.0, size=1.0, monthly=3_100,
    ),
    Plan(
        "Yard management live", "Webinar", "live", "webinar", "Yard management live",
        since=150, until=20, pull=6, qualifies=0.38, fits=0.9, wins=0.8, size=0.8, monthly=2_700,
    ),
    Plan(
        "LogiMAT booth", "Event", "booth", "event", "LogiMAT booth",
        since=262, until=234, pull=60, qualifies=0.42, fits=0.8, wins=0.6, size=1.3, monthly=62_000,
    ),
    Plan(
        "Cold chain round table", "Event", "dinner", "event", "Cold chain round table",
        since=95, until=75, pull=9, qualifies=0.60, fits=1.2, wins=1.3, size=1.7, monthly=14_000,
    ),
    Plan(
        "Buyer's guide", "Content", "download", "download", "Dock scheduling buyer's guide",
        since=365, until=0, pull=14, qualifies=0.32, fits=0.95, wins=0.7, size=0.8, monthly=2_900,
    ),
    Plan(
        "Content syndication", "Content", "vendor list", "download", "Five loading bay mistakes",
        since=330, until=30, pull=19, qualifies=0.30, fits=0.32, wins=0.0, size=0.5, monthly=6_900,
    ),
    Plan(
        "Partner: Loadstar", "Referral", "partner", "form", "Loadstar integration",
        since=365, until=0, pull=5, qualifies=0.66, fits=1.2, wins=1.5, size=1.5, monthly=2_300,
    ),
    Plan(
        "Customer referrals", "Referral", "word of mouth", "form", "Talk to sales",
        since=365, until=0, pull=3, qualifies=0.72, fits=1.25, wins=1.6, size=1.4, monthly=0,
    ),
    Plan(
        "Carrier newsletter", "E-mail", "newsletter", "email_click", "What dwell time costs you",
        since=365, until=0, pull=8, qualifies=0.29, fits=0.9, wins=0.8, size=0.7, monthly=1_200,
    ),
]  # fmt: skip
# Nobody's campaign: people who simply came, and people of whom we know nothing.
DIRECT = Plan(
        "", "Direct", "", "visit", "Home page",
        since=365, until=0, pull=7, qualifies=0.30, fits=1.0, wins=1.0, size=1.0, monthly=0,
)  # fmt: skip
UNKNOWN = Plan(
        "", "", "", "visit", "",
        since=365, until=0, pull=3, qualifies=0.25, fits=0.9, wins=0.8, size=0.8, monthly=0,
)  # fmt: skip
SOURCES = [*PLANS, DIRECT, UNKNOWN]
RETAINER = ("Content", 3_500)  # an agency works for the channel, not for one campaign


@dataclass
class Market:
    """The keys of campaigns and channels, by plan."""

    campaign: dict[Plan, int | None]
    channel: dict[Plan, int | None]


def launch() -> Market:
    """Campaigns and channels, found again where they exist."""
    channels = {name: _channel(name) for name in sorted({plan.channel for plan in SOURCES if plan.channel})}
    campaigns = {plan: _campaign(plan, channels[plan.channel]) for plan in PLANS}
    return Market(
        campaign={plan: campaigns[plan].pk if plan in campaigns else None for plan in SOURCES},
        channel={plan: channels[plan.channel].pk if plan.channel else None for plan in SOURCES},
    )


def _channel(name: str) -> Channel:
    return Channel.objects.get_or_create(
        key=name.casefold(), defaults={"name": name, "is_direct": name == "Direct"}
    )[0]


def _campaign(plan: Plan, channel: Channel) -> Campaign:
    return Campaign.objects.get_or_create(
        key=plan.name.casefold(), defaults={"name": plan.name, "channel": channel}
    )[0]


def spend(market: Market, *, today: date, leads: int, currency: str) -> None:
    """Monthly costs of every campaign, in proportion to the leads, none of them after today."""
    costs = []
    for plan in PLANS:
        for first, last, share in months(
            today - timedelta(days=plan.since), today - timedelta(days=plan.until)
        ):
            costs.append(_cost(plan, market, first, last, plan.monthly * share, leads, currency))
    name, monthly = RETAINER
    agency = Plan(name, name, "", "", "", YEAR, 0, 0, 0, 0, 0, 0, monthly)
    channel = next(market.channel[plan] for plan in PLANS if plan.channel == name)
    for first, last, share in months(today - timedelta(days=YEAR), today):
        cost = _cost(agency, None, first, last, monthly * share, leads, currency)
        cost.channel_id = channel
        costs.append(cost)
    Cost.objects.bulk_create(cost for cost in costs if cost.amount)


def _cost(
    plan: Plan, market: Market | None, first: date, last: date, amount: float, leads: int, currency: str
) -> Cost:
    return Cost(
        campaign_id=market.campaign[plan] if market else None,
        channel_id=market.channel[plan] if market else None,
        starts_on=first,
        ends_on=last,
        amount=Decimal(round(amount * leads / BASE_LEADS)),
        currency=plan.currency if currency == EURO else currency,
    )


def months(first: date, last: date) -> list[tuple[date, date, float]]:
    """The calendar months of a span, cut to it, each with the part of it that lies inside."""
    found = []
    start = first
    while start <= last:
        length = calendar.monthrange(start.year, start.month)[1]
        end = min(start.replace(day=length), last)
        found.append((start, end, ((end - start).days + 1) / length))
        start = start.replace(day=length) + timedelta(days=1)
    return found


def quote_rates(random: Random, *, today: date) -> None:
    """What a dollar and a pound were worth in euros, month by month."""
    rows = []
    for currency, rate in (("USD", 0.92), ("GBP", 1.17)):
        for first, _, _ in months(today - timedelta(days=YEAR + 31), today):
            rate *= 1 + random.uniform(-0.012, 0.012)
            rows.append(ExchangeRate(currency=currency, into=EURO, on=first, rate=Decimal(f"{rate:.4f}")))
    ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True)

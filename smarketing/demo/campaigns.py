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
    currency: str = "EUR"


PLANS = [
    Plan("LinkedIn ABM tier 1", "LinkedIn", "paid social", "download", "Dwell time report", 365, 0, 9, 0.52, 1.15, 1.2, 2.1, 11_500, "USD"),
    Plan("LinkedIn retargeting", "LinkedIn", "paid social", "visit", "Pricing page", 240, 0, 6, 0.34, 1.0, 0.9, 0.9, 4_200, "USD"),
    Plan("Warehouse ROI", "Google Ads", "cpc", "download", "Warehouse ROI buyer's guide", 180, 0, 15, 0.46, 1.1, 1.1, 1.1, 9_800),
    Plan("Dock scheduling search", "Google Ads", "cpc", "visit", "Dock scheduling", 365, 0, 16, 0.38, 1.0, 1.0, 0.9, 8_400),
    Plan("Brand search", "Google Ads", "cpc", "visit", "Home page", 365, 0, 8, 0.44, 1.05, 1.2, 1.0, 1_600),
    Plan("Cutting dwell time", "Webinar", "live", "webinar", "Cutting dwell time", 300, 0, 11, 0.45, 1.0, 1.0, 1.0, 3_100),
    Plan("Yard management live", "Webinar", "live", "webinar", "Yard management live", 150, 20, 6, 0.38, 0.9, 0.8, 0.8, 2_700),
    Plan("LogiMAT booth", "Event", "booth", "event", "LogiMAT booth", 262, 234, 60, 0.42, 0.8, 0.6, 1.3, 62_000),
    Plan("Cold chain round table", "Event", "dinner", "event", "Cold chain round table", 95, 75, 9, 0.60, 1.2, 1.3, 1.7, 14_000),
    Plan("Buyer's guide", "Content", "download", "download", "Dock scheduling buyer's guide", 365, 0, 14, 0.32, 0.95, 0.7, 0.8, 2_900),
    Plan("Content syndication", "Content", "vendor list", "download", "Five loading bay mistakes", 330, 30, 19, 0.30, 0.32, 0.0, 0.5, 6_900),
    Plan("Partner: Loadstar", "Referral", "partner", "form", "Loadstar integration", 365, 0, 5, 0.66, 1.2, 1.5, 1.5, 2_300),
    Plan("Customer referrals", "Referral", "word of mouth", "form", "Talk to sales", 365, 0, 3, 0.72, 1.25, 1.6, 1.4, 0),
    Plan("Carrier newsletter", "E-mail", "newsletter", "email_click", "What dwell time costs you", 365, 0, 8, 0.29, 0.9, 0.8, 0.7, 1_200),
]  # fmt: skip
# Nobody's campaign: people who simply came, and people of whom we know nothing.
DIRECT = Plan("", "Direct", "", "visit", "Home page", 365, 0, 7, 0.30, 1.0, 1.0, 1.0, 0)
UNKNOWN = Plan("", "", "", "visit", "", 365, 0, 3, 0.25, 0.9, 0.8, 0.8, 0)
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
        for first, last, share in months(today - timedelta(days=plan.since), today - timedelta(days=plan.until)):
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
        currency=plan.currency if currency == "EUR" else currency,
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
            rows.append(ExchangeRate(currency=currency, into="EUR", on=first, rate=Decimal(f"{rate:.4f}")))
    ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True)

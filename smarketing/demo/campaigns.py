"""What Loadline's marketing ran and spent: fourteen campaigns over seven channels."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from leads.models import Campaign, Channel, Cost
from smarketing.demo import library
from smarketing.demo.diary import Diary
from smarketing.foundation.models import ExchangeRate

YEAR = 365
EURO = "EUR"
COMMON = (16, 11, 14, 19, 12, 18, 10)
BASE_LEADS = 5_000  # the yearly costs below are for this many leads


@dataclass(frozen=True)
class Plan:
    """One campaign: when it ran (days ago), its pull, what its leads are worth, and what sales says of them."""

    name: str
    channel: str
    medium: str
    since: int
    until: int
    pull: float
    qualifies: float
    fits: float
    wins: float
    size: float
    monthly: int
    currency: str = EURO
    slow: float = 1.0  # how much longer sales took to look at its leads
    closes: int = 34  # days in the middle from the deal to the signature
    blames: tuple[int, ...] = COMMON  # how often each rejection, in the order of `lives.REJECTIONS`

    @property
    def assets(self) -> tuple[library.Asset, ...]:
        return library.OF_CAMPAIGN.get(self.name, library.BY_THEMSELVES if self.channel else ())

    def ran(self, ago: int) -> bool:
        """Whether it ran that many days ago."""
        return self.until <= ago <= self.since


# fmt: off
PLANS = [
    # Few people, chosen by name: dear, and worth it, though the first to answer often has no say.
    Plan(
        "LinkedIn ABM tier 1", "LinkedIn", "paid social",
        since=365, until=0, pull=8, qualifies=0.50, fits=1.12, wins=1.15, size=2.1, monthly=16_500, currency="USD",
        closes=52, blames=(6, 4, 46, 20, 10, 10, 4),
    ),
    # Shows adverts to people who are in talks with us already.
    Plan(
        "LinkedIn retargeting", "LinkedIn", "paid social",
        since=240, until=0, pull=6, qualifies=0.34, fits=0.86, wins=0.8, size=0.9, monthly=6_900, currency="USD",
        blames=(6, 4, 8, 10, 56, 12, 4),
    ),
    Plan(
        "Warehouse ROI", "Google Ads", "cpc",
        since=180, until=0, pull=14, qualifies=0.44, fits=1.1, wins=1.15, size=1.15, monthly=14_800,
    ),
    # Broad words bring small yards.
    Plan(
        "Dock scheduling search", "Google Ads", "cpc",
        since=365, until=0, pull=16, qualifies=0.37, fits=0.92, wins=0.9, size=0.85, monthly=15_400,
        blames=(48, 8, 12, 8, 6, 12, 6),
    ),
    Plan(
        "Brand search", "Google Ads", "cpc",
        since=365, until=0, pull=8, qualifies=0.43, fits=1.05, wins=1.2, size=1.0, monthly=2_600,
    ),
    # Sells late: half a year later nobody remembers the webinar, the ledger does.
    Plan(
        "Cutting dwell time", "Webinar", "live",
        since=330, until=0, pull=11, qualifies=0.46, fits=1.05, wins=1.75, size=1.25, monthly=4_900,
        closes=118, blames=(8, 6, 14, 52, 6, 10, 4),
    ),
    Plan(
        "Yard management live", "Webinar", "live",
        since=150, until=20, pull=6, qualifies=0.37, fits=0.9, wins=0.8, size=0.8, monthly=4_300,
    ),
    # A full stand, and three weeks until anybody called: by then others had.
    Plan(
        "LogiMAT booth", "Event", "booth",
        since=262, until=234, pull=60, qualifies=0.52, fits=0.62, wins=0.5, size=1.3, monthly=74_000,
        slow=34.0, blames=(4, 2, 8, 10, 44, 30, 2),
    ),
    Plan(
        "Cold chain round table", "Event", "dinner",
        since=95, until=75, pull=9, qualifies=0.66, fits=1.2, wins=1.3, size=1.7, monthly=18_000,
    ),
    Plan(
        "Buyer's guide", "Content", "download",
        since=365, until=0, pull=14, qualifies=0.32, fits=0.88, wins=0.75, size=0.8, monthly=3_900,
        blames=(8, 10, 14, 52, 4, 8, 4),
    ),
    # A vendor's list: cheap by the lead, and nobody at home.
    Plan(
        "Content syndication", "Content", "vendor list",
        since=330, until=30, pull=19, qualifies=0.30, fits=0.30, wins=0.0, size=0.5, monthly=3_900,
        blames=(10, 24, 8, 4, 2, 12, 40),
    ),
    # Few, and golden.
    Plan(
        "Partner: Loadstar", "Referral", "partner",
        since=365, until=0, pull=2.4, qualifies=0.76, fits=1.38, wins=2.1, size=1.7, monthly=2_300,
        closes=24,
    ),
    Plan(
        "Customer referrals", "Referral", "word of mouth",
        since=365, until=0, pull=2.6, qualifies=0.72, fits=1.3, wins=1.8, size=1.3, monthly=0,
        closes=22,
    ),
    # Reads well in the lorry; does not buy.
    Plan(
        "Carrier newsletter", "E-mail", "newsletter",
        since=365, until=0, pull=8, qualifies=0.28, fits=0.8, wins=0.7, size=0.7, monthly=1_700,
        blames=(10, 4, 56, 10, 6, 8, 6),
    ),
]
# Nobody's campaign: people who simply came, and people of whom we know nothing.
DIRECT = Plan(
    "", "Direct", "", since=365, until=0, pull=7, qualifies=0.30, fits=1.0, wins=1.0, size=1.0, monthly=0
)
UNKNOWN = Plan(
    "", "", "", since=365, until=0, pull=3, qualifies=0.25, fits=0.9, wins=0.8, size=0.8, monthly=0
)
# fmt: on
SOURCES = [*PLANS, DIRECT, UNKNOWN]
RETAINER = ("Content", 5_500)  # an agency works for the channel, not for one campaign


@dataclass
class Market:
    """The keys of campaigns and channels, by plan."""

    campaign: dict[Plan, int | None]
    channel: dict[Plan, int | None]


def launch(diary: Diary) -> Market:
    """Campaigns, as old as they are, and channels; found again where they exist."""
    channels = {name: _channel(name) for name in sorted({plan.channel for plan in SOURCES if plan.channel})}
    campaigns = {plan: _campaign(plan, channels[plan.channel], diary) for plan in PLANS}
    return Market(
        campaign={plan: campaigns[plan].pk if plan in campaigns else None for plan in SOURCES},
        channel={plan: channels[plan.channel].pk if plan.channel else None for plan in SOURCES},
    )


def _channel(name: str) -> Channel:
    return Channel.objects.get_or_create(
        key=name.casefold(), defaults={"name": name, "is_direct": name == "Direct"}
    )[0]


def _campaign(plan: Plan, channel: Channel, diary: Diary) -> Campaign:
    campaign, new = Campaign.objects.get_or_create(
        key=plan.name.casefold(), defaults={"name": plan.name, "channel": channel}
    )
    if new:
        campaign.created_at = diary.local(diary.today - timedelta(days=plan.since), 9, 0)
        campaign.save(update_fields=["created_at"])
    return campaign


def spend(market: Market, *, today: date, leads: int, currency: str) -> None:
    """Monthly costs of every campaign, in proportion to the leads, none of them after today."""
    costs = []
    for plan in PLANS:
        for first, last, share in months(
            today - timedelta(days=plan.since), today - timedelta(days=plan.until)
        ):
            costs.append(_cost(plan, market, first, last, plan.monthly * share, leads, currency))
    name, monthly = RETAINER
    agency = Plan(name, name, "", YEAR, 0, 0, 0, 0, 0, 0, monthly)
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

"""Campaigns, what they cost and what came of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from tests.smarketing.plain.rows import LADDER, OFF, Life, Raw

CENT = Decimal("0.01")
YEAR = timedelta(days=365)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class Loop:
    """All leads born since a day, or ever, grouped by the campaign of their origin."""

    def __init__(self, raw: Raw, since: date | None) -> None:
        self.raw, self.since = raw, since
        self.lives = {
            pk: life for pk, life in raw.leads.items() if since is None or raw.day(life.born_at) >= since
        }
        self.revenue: dict[int | None, Decimal] = defaultdict(Decimal)
        self.credited: dict[int | None, Decimal] = defaultdict(Decimal)
        self._earn()
        self.cost = self._spend()

    def of(self, campaign: int | None) -> list[Life]:
        return [life for life in self.lives.values() if life.lead["campaign_id"] == campaign]

    def counts(self, lives: list[Life]) -> list[int]:
        """Leads, and how many of them reached each later stage."""
        return [sum(life.reached >= rank for life in lives) for rank in range(len(LADDER))]

    # Money

    def rate(self, currency: str, day: date) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        known = [
            row
            for row in self.raw["foundation_exchangerate"]
            if row["currency"] == currency and row["on"] <= day
        ]
        return max(known, key=lambda row: row["on"])["rate"]

    def _earn(self) -> None:
        touches, work = self.raw.by_lead("leads_touch"), self.raw.by_lead("leads_activity")
        for deal in self.raw["leads_deal"]:
            if deal["outcome"] != "won" or deal["contact_id"] not in self.lives:
                continue
            rate = self.rate(deal["currency"], self.raw.day(deal["closed_at"]))
            given = [row["amount"] for row in self.raw["leads_refund"] if row["deal_id"] == deal["id"]]
            earned = cents(deal["amount"] * rate) - sum((cents(amount * rate) for amount in given), Decimal())
            self.revenue[self.lives[deal["contact_id"]].lead["campaign_id"]] += earned
            self.credited[self.first_touch(deal, touches, work)] += earned

    def first_touch(self, deal: dict, touches: dict, work: dict) -> int | None:
        others = [row["lead_id"] for row in self.raw["leads_dealcontact"] if row["deal_id"] == deal["id"]]
        found = []
        for pk in {deal["contact_id"], *others}:
            life = self.raw.leads[pk]
            for row in touches[pk]:
                at = life.born_at if row["is_origin"] else row["at"]
                key = life.lead["campaign_id"] if row["is_origin"] else row["campaign_id"]
                found.append((at, row["recorded_at"], 1, row["id"], key))
            for row in work[pk]:
                if row["connected"] and row["taken_back_at"] is None:
                    found.append((row["at"], row["recorded_at"], 2, row["id"], None))
        eligible = [one for one in found if deal["closed_at"] - YEAR <= one[0] <= deal["closed_at"]]
        return min(eligible, key=lambda one: one[:4])[4] if eligible else None

    def _spend(self) -> dict[int | None, Decimal]:
        today, spent = self.raw.day(self.raw.moment), defaultdict(Decimal)
        for cost in self.raw["leads_cost"]:
            first, last = cost["starts_on"], min(cost["ends_on"], today)
            length = (cost["ends_on"] - first).days + 1
            seen = max(first, self.since or first)
            if seen > last:
                continue

            def until(day: date, cost=cost, first=first, length=length) -> Decimal:
                return cents(cost["amount"] * ((day - first).days + 1) / length)

            if cost["currency"] == "EUR":
                spent[cost["campaign_id"]] += until(last) - until(seen - timedelta(days=1))
                continue
            for number in range((last - seen).days + 1):
                day = seen + timedelta(days=number)
                part = until(day) - until(day - timedelta(days=1))
                spent[cost["campaign_id"]] += cents(part * self.rate(cost["currency"], day))
        return spent

    # Weeks, flows, reasons

    def weeks(self, lives: list[Life], shown: int = 26) -> list[int]:
        today = self.raw.day(self.raw.moment)
        last = today - timedelta(days=today.weekday())
        first = last - timedelta(weeks=shown - 1)
        if self.since is not None:
            first = max(first, self.since - timedelta(days=self.since.weekday()))
        found = [0] * ((last - first).days // 7 + 1)
        for life in lives:
            week = (self.raw.day(life.born_at) - first).days // 7
            if 0 <= week < len(found):
                found[week] += 1
        return found

    def flows(self) -> Counter[tuple[str, str]]:
        """(from, to) → leads; from a channel or a stage to the next stage, or to where they ended."""
        words = {"visitor": "Visitor", "mql": "MQL", "sal": "SAL", "sql": "SQL", "customer": "Customer"}
        found: Counter[tuple[str, str]] = Counter()
        for life in self.lives.values():
            channel = self.raw.channels.get(life.lead["channel_id"], "No channel")
            way = [channel, *(words[stage] for stage in LADDER[1 : life.reached + 1])]
            found.update(pairwise(way))
            if life.state in OFF:
                found[way[-1], life.state.capitalize()] += 1
            elif life.state != "customer":
                found[way[-1], "Still open"] += 1
        return found

    def refusals(self) -> dict[int | None, Counter[str]]:
        """Campaign → reason → leads that were rejected for it."""
        found: dict[int | None, Counter[str]] = defaultdict(Counter)
        for life in self.lives.values():
            found[life.lead["campaign_id"]].update({row["reason"] for row in life.did("reject")})
        return found

    def rejected(self, lives: list[Life]) -> int:
        return sum(bool(life.did("reject")) for life in lives)

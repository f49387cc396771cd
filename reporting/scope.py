"""The question a report answers: which leads, until when, as it was known when, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import now

from reporting.attribution import LOOKBACK_DAYS
from reporting.attribution import MODELS as MODELS_OF_SPLIT
from reporting.periods import WrongUsage, moment, start_of
from smarketing.foundation.currencies import NO_DECIMALS, THREE_DECIMALS, decimals
from smarketing.foundation.models import Organisation

# Of a lead (l), of a touch (t): the SQL of the column that a dimension groups by. An owner, a country, a
# segment and a month are no property of a touch; there the deal's primary contact (l) counts.
LEAD_KEYS = {
    "campaign": "l.campaign_id",
    "channel": "l.channel_id",
    "medium": "nullif(l.medium, '')",
    "content": "nullif(l.content, '')",
    "owner": "l.owner_id",
    "country": "nullif(l.country, '')",
    "segment": "l.segment",
}
TOUCH_KEYS = LEAD_KEYS | {
    "campaign": "t.campaign_id",
    "channel": "t.channel_id",
    "medium": "nullif(t.medium, '')",
    "content": "nullif(t.content, '')",
}
DIMENSIONS = [*LEAD_KEYS, "month"]
MODELS = list(MODELS_OF_SPLIT)
BASES = ["cohort", "flow"]


@dataclass(frozen=True)
class Scope:
    """All that decides a report's figures. Two scopes that are equal give equal figures, whenever they are asked.

    `since` is a local day that belongs to the window, `until` one that no longer does; `as_of` bounds when
    things happened, `known_at` also when they were recorded.
    """

    by: str
    model: str
    basis: str
    since: date | None
    until: date | None
    as_of: datetime
    known_at: datetime | None
    currency: str
    zone: str

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL of every reading may refer to."""
        zone = Organisation(time_zone=self.zone).zone
        return {
            "as_of": self.as_of,
            "known_at": self.known_at,
            "since": self.since and start_of(self.since, zone),
            "until": self.until and start_of(self.until, zone),
            "first_day": self.since,
            "last_day": self.last_day,
            "as_of_day": self.as_of.astimezone(zone).date(),
            "zone": self.zone,
            "currency": self.currency,
            "decimals": decimals(self.currency),
            "unit": 10 ** decimals(self.currency),
            "no_decimals": sorted(NO_DECIMALS),
            "three_decimals": sorted(THREE_DECIMALS),
            "lookback": timedelta(hours=24 * LOOKBACK_DAYS),
        }

    @property
    def last_day(self) -> date:
        """The last local day whose costs count."""
        day = self.as_of.astimezone(Organisation(time_zone=self.zone).zone).date()
        return min(day, self.until - timedelta(days=1)) if self.until else day

    def key(self, alias: str = "l", at: str = "l.born_at") -> str:
        """SQL of the group a lead (alias l) or a touch (alias t) belongs to; `at` dates what is grouped by month."""
        if self.by == "month":
            return f"date_trunc('month', {at} AT TIME ZONE %(zone)s)::date"
        return (TOUCH_KEYS if alias == "t" else LEAD_KEYS)[self.by]

    def within(self, at: str) -> str:
        """SQL: this moment lies in the window and not after the as-of."""
        parts = [f"{at} <= %(as_of)s"]
        parts += [f"{at} >= %(since)s"] if self.since else []
        parts += [f"{at} < %(until)s"] if self.until else []
        return " AND ".join(parts)

    def known(self, recorded_at: str) -> str:
        """SQL: this was recorded by the known-at, where there is one."""
        return f"{recorded_at} <= %(known_at)s" if self.known_at else "true"


def make_scope(
    *,
    by: str = "campaign",
    model: str = "first",
    basis: str = "cohort",
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
    known_at: date | datetime | None = None,
    currency: str | None = None,
    among: list[str] = DIMENSIONS,
) -> Scope:
    """A scope with the organisation's zone and currency filled in; raises `WrongUsage` with the right values.

    `among`: what this report can be grouped by.
    """
    organisation = Organisation.get()
    choose("by", by, among)
    choose("model", model, MODELS)
    choose("basis", basis, BASES)
    if since and until and until <= since:
        raise WrongUsage(
            f"until ({until}) must be after since ({since}): it is the first day no longer counted."
        )
    currency = currency or organisation.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise WrongUsage(
            f"currency “{currency}” is not a currency code. Write three capital letters, such as EUR."
        )
    zone = organisation.zone
    return Scope(
        by=by,
        model=model,
        basis=basis,
        since=since,
        until=until,
        as_of=moment(as_of, zone) if as_of else now(),
        known_at=moment(known_at, zone) if known_at else None,
        currency=currency,
        zone=organisation.time_zone,
    )


def choose(name: str, value: str, values: list[str]) -> None:
    if value not in values:
        raise WrongUsage(f"{name} “{value}” does not exist. Use one of: {', '.join(values)}.")

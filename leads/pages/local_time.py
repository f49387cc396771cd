"""What time it is where the buyer is: by phone number, else by a country of one zone; else nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as zones_of_numbers

OPENS, CLOSES = time(9), time(17)
# Countries as people write them, with the code by which numbers and zones know them. Those of several zones are
# left out: a wrong hour is worse than none.
COUNTRIES = {
    "austria": "AT", "belgium": "BE", "bulgaria": "BG", "croatia": "HR", "czechia": "CZ", "czech republic": "CZ",
    "denmark": "DK", "estonia": "EE", "finland": "FI", "france": "FR", "germany": "DE", "greece": "GR",
    "hungary": "HU", "iceland": "IS", "india": "IN", "ireland": "IE", "israel": "IL", "italy": "IT", "japan": "JP",
    "latvia": "LV", "lithuania": "LT", "luxembourg": "LU", "netherlands": "NL", "the netherlands": "NL",
    "norway": "NO", "poland": "PL", "romania": "RO", "serbia": "RS", "singapore": "SG", "slovakia": "SK",
    "slovenia": "SI", "south africa": "ZA", "south korea": "KR", "sweden": "SE", "switzerland": "CH",
    "turkey": "TR", "türkiye": "TR", "ukraine": "UA", "united arab emirates": "AE", "united kingdom": "GB",
    "great britain": "GB", "uk": "GB",
}  # fmt: skip
ZONES = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "HR": "Europe/Zagreb",
    "CZ": "Europe/Prague", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "FI": "Europe/Helsinki",
    "FR": "Europe/Paris", "DE": "Europe/Berlin", "GR": "Europe/Athens", "HU": "Europe/Budapest",
    "IS": "Atlantic/Reykjavik", "IN": "Asia/Kolkata", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem",
    "IT": "Europe/Rome", "JP": "Asia/Tokyo", "LV": "Europe/Riga", "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw",
    "RO": "Europe/Bucharest", "RS": "Europe/Belgrade", "SG": "Asia/Singapore", "SK": "Europe/Bratislava",
    "SI": "Europe/Ljubljana", "ZA": "Africa/Johannesburg", "KR": "Asia/Seoul", "SE": "Europe/Stockholm",
    "CH": "Europe/Zurich", "TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "AE": "Asia/Dubai",
    "GB": "Europe/London",
}  # fmt: skip


@dataclass(frozen=True)
class Local:
    """The buyer's clock: `place` in words, and whether an office there is open."""

    now: datetime
    place: str

    @property
    def clock(self) -> str:
        return f"{self.now:%H:%M}"

    @property
    def is_open(self) -> bool:
        return self.now.weekday() < 5 and OPENS <= self.now.time() < CLOSES

    @property
    def opens_at(self) -> datetime:
        """When an office there opens next."""
        day = self.now if self.now.time() < OPENS else self.now + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return day.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0)

    @property
    def opens_words(self) -> str:
        """Such as "09:00", "09:00 tomorrow" or "09:00 on Monday", by their clock."""
        days = (self.opens_at.date() - self.now.date()).days
        return "09:00" + ("" if days == 0 else " tomorrow" if days == 1 else f" on {self.opens_at:%A}")


def local_time(phone: str, country: str, moment: datetime) -> Local | None:
    """`phone` as it is compared (+31…), `country` as it was typed; None where neither names one clock."""
    zone, place = zone_of(phone, country, moment.date().toordinal())
    return Local(moment.astimezone(ZoneInfo(zone)), place) if zone else None


@lru_cache(maxsize=4096)
def zone_of(phone: str, country: str, day: int) -> tuple[str, str]:
    """Zone and place. Several zones of a number count as one while their clocks show the same on that day."""
    zones = _zones_of_number(phone)
    if zones and _agree(zones, day):
        chosen = next((zone for zone in zones if zone in ZONES.values()), zones[0])
        return chosen, _city(chosen)
    code = (
        country.strip().upper()
        if country.strip().upper() in ZONES
        else COUNTRIES.get(country.strip().casefold(), "")
    )
    if code and not zones:
        return ZONES[code], _city(ZONES[code])
    return "", ""


def _zones_of_number(phone: str) -> list[str]:
    if not phone:
        return []
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return []
    return [zone for zone in zones_of_numbers.time_zones_for_number(number) if zone != "Etc/Unknown"]


def _agree(zones: list[str], day: int) -> bool:
    noon = datetime.fromordinal(day).replace(hour=12)
    return len({ZoneInfo(zone).utcoffset(noon) for zone in zones}) == 1


def _city(zone: str) -> str:
    return zone.rsplit("/", 1)[-1].replace("_", " ")

"""When the clocks of a time zone change, in microseconds since 1970 in UTC."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000


class Change(NamedTuple):
    """The clocks of a zone change: at this instant the offset from UTC goes from one value to another."""

    at: int
    before: int
    after: int


@lru_cache(maxsize=20_000)
def clock_changes(zone: str, year: int) -> list[Change]:
    """When the clocks of this zone change in this (UTC) year, found by looking at each day once."""
    if not date.min.year < year < date.max.year:
        return []
    tz = ZoneInfo(zone)
    start = (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
    days = 366 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 365
    changes = []
    before = offset_at(tz, start)
    for day in range(days):
        low, high = start + day * DAY, start + (day + 1) * DAY
        after = offset_at(tz, high)
        if after != before:
            changes.append(Change(first_with(tz, low, high, after), before, after))
        before = after
    return changes


def offset_at(tz: ZoneInfo, moment: int) -> int:
    return offset((EPOCH + moment * MICROSECOND).astimezone(tz))


def first_with(tz: ZoneInfo, low: int, high: int, after: int) -> int:
    """The first whole second in (low, high] from which this offset holds."""
    seconds = range(low // 1_000_000 + 1, high // 1_000_000 + 1)
    found = bisect_left(seconds, True, key=lambda s: offset_at(tz, s * 1_000_000) == after)
    return seconds[found] * 1_000_000


def offset(local: datetime) -> int:
    return (local.utcoffset() or timedelta(0)) // MICROSECOND

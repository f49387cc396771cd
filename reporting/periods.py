"""Days and moments of a report, in the organisation's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

REACH = range(1900, 2200)


class WrongUsage(ValueError):
    """A report was asked for with a value that does not exist; the sentence lists the right ones."""


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, also where midnight was skipped."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a local day, to the microsecond that PostgreSQL keeps."""
    return start_of(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A day stands for its end, a date-time without a zone is the organisation's."""
    if not isinstance(value, datetime):
        return end_of(value, zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def parse_day(text: str, option: str) -> date:
    try:
        return _within_reach(date.fromisoformat(text))
    except ValueError:
        raise WrongUsage(
            f"{option} “{text}” is not a day from 1900 to 2199. Write it as 2026-03-31."
        ) from None


def parse_moment(text: str, option: str) -> date | datetime:
    """A day stays a day: its end depends on the organisation's zone."""
    try:
        return _within_reach(date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text))
    except ValueError:
        raise WrongUsage(
            f"{option} “{text}” is not a moment from 1900 to 2199. "
            "Write a day as 2026-03-31 or a time as 2026-03-31T23:59:59Z."
        ) from None


def _within_reach(value):
    """Working time is reckoned day by day: a slip of the pen is no reason to do so for thousands of years."""
    if value.year not in REACH:
        raise ValueError
    return value


def iso(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None

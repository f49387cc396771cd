"""Working hours in a sentence, for "why this deadline"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from sla.calendars import Basis, Intervals, bases_of
from smarketing.foundation.public_holidays import countries, subdivisions

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FEW = 4


def hours_words(
    owner_ids: Collection[int | None], *, since: datetime | None = None, until: datetime | None = None
) -> dict[int | None, str]:
    """By which hours each of these people works, as one sentence; None: the organisation.

    With `since` and `until` (start and end of a clock) it names the days in between that do not count as usual.
    """
    return {owner: words(basis, since, until) for owner, basis in bases_of(owner_ids).items()}


def words(basis: Basis, since: datetime | None = None, until: datetime | None = None) -> str:
    """Such as "Mon–Fri 09:00–17:00, Europe/Berlin, public holidays of Germany; off 3 Oct (German Unity Day)"."""
    parts = [week_words(basis), basis.zone]
    if basis.country:
        parts.append(f"public holidays of {place_words(basis.country, basis.region)}")
    sentence = ", ".join(parts)
    if since is None or until is None:
        return sentence
    zone = ZoneInfo(basis.zone)
    unusual = unusual_days(basis, since.astimezone(zone).date(), until.astimezone(zone).date())
    shown = unusual[:FEW] + ([f"{len(unusual) - FEW} more"] if len(unusual) > FEW else [])
    return "; ".join([sentence, ", ".join(shown)]) if shown else sentence


def week_words(basis: Basis) -> str:
    """Days with the same hours together: "Mon–Thu 09:00–17:00, Fri 09:00–15:00"."""
    week = dict(basis.week)
    runs = [(spans, [*days]) for spans, days in groupby(range(7), key=lambda day: week.get(day, ()))]
    parts = [f"{run_words(days)} {intervals_words(spans)}" for spans, days in runs if spans]
    return ", ".join(parts) or "no working hours in the week"


def run_words(days: Sequence[int]) -> str:
    if len(days) == len(DAYS):
        return "every day"
    first, last = DAYS[days[0]], DAYS[days[-1]]
    return first if len(days) == 1 else f"{first} and {last}" if len(days) == 2 else f"{first}–{last}"


def intervals_words(spans: Intervals) -> str:
    return " and ".join(interval_words(opening, closing) for opening, closing in sorted(spans))


def interval_words(opening: time, closing: time) -> str:
    if opening == closing == time(0):
        return "around the clock"
    if closing == time(0):
        return f"{opening:%H:%M}–24:00"
    night = " (next day)" if closing < opening else ""
    return f"{opening:%H:%M}–{closing:%H:%M}{night}"


def place_words(country: str, region: str) -> str:
    name = countries().get(country, country)
    return f"{name} ({subdivisions(country).get(region, region)})" if region else name


def unusual_days(basis: Basis, first: date, last: date) -> list[str]:
    """Leave, public holidays, own days and dates with other hours from `first` to `last`, in words."""
    found: list[tuple[date, str]] = []
    for start, end in basis.leave:
        if start <= last and end >= first:
            found.append((start, f"on leave {span_words(start, end)}"))
    public = basis.public_holidays(first.year, last.year)
    found += [(day, f"off {day_words(day)} ({name})") for day, name in public.items() if first <= day <= last]
    found += [(day, f"off {day_words(day)}") for day in basis.own_days if first <= day <= last]
    for day, spans in basis.exceptions:
        if first <= day <= last:
            shown = f"{intervals_words(spans)} on" if spans else "off"
            found.append((day, f"{shown} {day_words(day)}"))
    return [text for _, text in sorted(found)]


def span_words(first: date, last: date) -> str:
    return day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b}"

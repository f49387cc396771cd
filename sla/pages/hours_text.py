"""Working hours as people type them: "09:00–12:30, 13:00–17:00", a day a line, a date with hours of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from itertools import pairwise

from sla.calendar_words import interval_words

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CLOSED = ("closed", "off", "none")
EXAMPLE = "09:00–12:30, 13:00–17:00"
MOST_DAYS = 400
EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)

Interval = tuple[time, time]
CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?"
INTERVAL = re.compile(rf"\s*{CLOCK}\s*(?:-|–|—|to)\s*{CLOCK}\s*", re.IGNORECASE)


class Unclear(ValueError):
    """What was typed cannot be meant; the message is a sentence with the cure."""


def read_hours(text: str, day: str) -> list[Interval]:
    """The intervals of a day in order; nothing typed is a day off. `day` names it in what is said."""
    text = text.strip()
    if not text or text.casefold() in CLOSED:
        return []
    spans = sorted(_interval(part, day) for part in re.split(r"[,;]|\band\b", text) if part.strip())
    for (opening, closing), (following, end) in pairwise(spans):
        if _crosses(opening, closing) or closing > following:
            raise Unclear(
                f"{day}: {interval_words(opening, closing)} and {interval_words(following, end)} overlap. "
                "Let one end where the other begins, or write them as one."
            )
    return spans


def _interval(text: str, day: str) -> Interval:
    found = INTERVAL.fullmatch(text)
    if found is None:
        raise Unclear(
            f"{day}: “{text.strip()}” could not be read. Write opening and closing, as in {EXAMPLE}."
        )
    hour, minute, end_hour, end_minute = (int(part or 0) for part in found.groups())
    opening = _clock(hour, minute, day)
    closing = time(0) if (end_hour, end_minute) == (24, 0) else _clock(end_hour, end_minute, day)
    if opening == closing and opening != time(0):
        raise Unclear(f"{day} opens and closes at {opening:%H:%M}. Write 00:00–24:00 for a whole day.")
    return opening, closing


def _clock(hour: int, minute: int, day: str) -> time:
    if hour > 23 or minute > 59:
        raise Unclear(
            f"{day}: {hour:02}:{minute:02} is no time of day. Use 00:00 to 23:59, and 24:00 to close."
        )
    return time(hour, minute)


def _crosses(opening: time, closing: time) -> bool:
    return closing <= opening


def check_nights(week: Mapping[int, list[Interval]]) -> None:
    """Raises where a night shift is not over when the next day opens."""
    for number, spans in week.items():
        following = week.get((number + 1) % 7, [])
        if spans and following and _crosses(*spans[-1]) and spans[-1][1] > following[0][0]:
            name, morning = WEEKDAYS[number], WEEKDAYS[(number + 1) % 7]
            raise Unclear(
                f"{name}'s {interval_words(*spans[-1])} ends after {morning} has opened at "
                f"{following[0][0]:%H:%M}. Let it end then at the latest."
            )


def night_shifts(week: Mapping[int, list[Interval]]) -> list[str]:
    """What is said of intervals that close before they open: they run into the next day."""
    return [
        f"{WEEKDAYS[number]} {opening:%H:%M}–{closing:%H:%M} runs into {WEEKDAYS[(number + 1) % 7]}."
        for number, spans in week.items()
        for opening, closing in spans
        if _crosses(opening, closing) and closing != time(0)
    ]


def read_days(text: str) -> list[date]:
    """A day a line (or with commas between), in order and each once."""
    days = sorted({_date(word) for word in re.split(r"[\s,;]+", text) if word})
    _not_too_many(days)
    return days


def read_exceptions(text: str) -> dict[date, list[Interval]]:
    """A line each: a date, then its hours or "closed"."""
    found: dict[date, list[Interval]] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, rest = line.partition(" ")
        day = _date(word.rstrip(":"))
        if not rest.strip():
            raise Unclear(f"{day} has no hours. Write “{day} 09:00–12:00”, or “{day} closed”.")
        if day in found:
            raise Unclear(f"{day} stands there twice. Write all its hours in one line.")
        found[day] = read_hours(rest, str(day))
    _not_too_many(found)
    return dict(sorted(found.items()))


def _date(word: str) -> date:
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise Unclear(f"“{word}” is no date. Write it as year-month-day, such as 2026-12-24.") from None
    if not EARLIEST <= day <= LATEST:
        raise Unclear(f"{day} is too far off. Use a date from {EARLIEST.year} to {LATEST.year}.")
    return day


def _not_too_many(days: Iterable[date]) -> None:
    count = len(list(days))
    if count > MOST_DAYS:
        raise Unclear(f"These are {count} days. A calendar keeps at most {MOST_DAYS}: leave out the oldest.")


def hours_text(spans: Iterable[Interval]) -> str:
    return ", ".join(f"{opening:%H:%M}–{_closing(closing)}" for opening, closing in sorted(spans))


def exceptions_text(exceptions: Mapping[date, list[Interval]]) -> str:
    return "\n".join(f"{day} {hours_text(spans) or 'closed'}" for day, spans in sorted(exceptions.items()))


def _closing(closing: time) -> str:
    return "24:00" if closing == time(0) else f"{closing:%H:%M}"


def as_json(spans: Iterable[Interval]) -> list[list[str]]:
    """How a calendar keeps them."""
    return [[f"{opening:%H:%M}", f"{closing:%H:%M}"] for opening, closing in spans]

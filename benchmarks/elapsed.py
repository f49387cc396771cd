"""Arithmetic of working time over a minute, a month and forty years, with fifty years of public holidays known.

There is no floor: the figure is a limit for one call, whatever the span (part of figure 10).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from statistics import median

from benchmarks.results import Result
from benchmarks.timing import ROUNDS, seconds
from sla.working_time import WorkingHours
from smarketing.foundation.public_holidays import public_holidays

LIMIT = 0.1  # milliseconds
CALLS = 1_000
START = datetime(1985, 3, 6, 10, 7, tzinfo=UTC)
SPANS = {
    "a minute": timedelta(minutes=1),
    "a month": timedelta(days=30),
    "40 years": timedelta(days=40 * 365 + 10),
}
DAY = [(time(9), time(12, 30)), (time(13, 30), time(17, 30))]


def elapsed() -> list[Result]:
    hours = WorkingHours(
        "Europe/Berlin", dict.fromkeys(range(5), DAY), public_holidays("DE", "BY", 1978, 2027)
    )
    results = []
    for name, span in SPANS.items():
        end = START + span
        work = hours.between(START, end)
        results.append(_limited(f"working time between, {name}", partial(hours.between, START, end)))
        results.append(_limited(f"add working time, {name}", partial(hours.add, START, work)))
    return results


def _limited(name: str, act: Callable[[], object]) -> Result:
    """Milliseconds of one call: the median of five rounds of a thousand."""
    rounds = [seconds(lambda: [act() for _ in range(CALLS)]) for _ in range(ROUNDS)]
    found = 1000 * median(rounds) / CALLS
    return Result("10", name, "ms", None, round(found, 4), f"≤ {LIMIT}", found <= LIMIT)

"""Random calendars, and the plain way to tell working time: ask the wall clock of every minute, then count.

Nothing here sums, skips or looks up what the product sums, skips or looks up. Minutes are asked once for all
calendars of a zone, and counted in bytes, so that tens of thousands of cases take a minute.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
ZONES = sorted(zone for zone in available_timezones() if not zone.startswith(("posix/", "right/")))
# Where clocks do what one would not expect: half an hour, at midnight, a day left out, twice a year more.
STRANGE = [
    "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu",
    "America/Sao_Paulo", "Europe/Berlin", "America/New_York", "UTC",
]  # fmt: skip

clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
intervals = st.lists(st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]), max_size=3)
weeks = st.dictionaries(st.integers(0, 6), intervals, max_size=7)
minutes = st.integers(0, 55 * 366 * 24 * 60).map(
    lambda count: datetime(1980, 1, 1, tzinfo=UTC) + count * MINUTE
)


@st.composite
def calendars(draw):
    """Arguments of WorkingHours, and a start near which its holidays and exceptions lie."""
    start = draw(minutes)
    near = st.integers(-3, 6).map(lambda days: start.date() + timedelta(days=days))
    zone = draw(st.sampled_from(STRANGE) | st.sampled_from(ZONES))
    return (
        zone,
        draw(weeks),
        draw(st.sets(near, max_size=3)),
        draw(st.dictionaries(near, intervals, max_size=2)),
    ), start


def is_working(calendar, moment: datetime) -> bool:
    zone, week, holidays, exceptions = calendar
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        if day in holidays:
            continue
        for opening, closing in exceptions.get(day, week.get(day.weekday(), ())):
            if begin(day, opening) <= wall < begin(day + timedelta(days=closing <= opening), closing):
                return True
    return False


def begin(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock)


# Many cases at once -----------------------------------------------------------------------------------------
WINDOW = 20 * 24 * 60  # minutes
DAY = 24 * 60


class Window(NamedTuple):
    """Twenty days in one zone: what the clock at the wall shows, minute by minute."""

    zone: str
    start: datetime
    walls: list[int]  # minutes since 1 January of the year 1, by the wall clock

    def __repr__(self) -> str:
        return f"Window({self.zone!r}, {self.start!r}, …)"

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE


@st.composite
def windows(draw):
    """Anywhere from 1980 to 2035; every other one around a change of the clocks, where the zone has any."""
    zone, start = draw(st.sampled_from(STRANGE) | st.sampled_from(ZONES)), draw(minutes)
    if draw(st.booleans()):
        start = before_a_change(ZoneInfo(zone), start) - draw(st.integers(0, WINDOW // 2)) * MINUTE
    return Window(zone, start, walls_of(ZoneInfo(zone), start))


def before_a_change(zone: ZoneInfo, start: datetime) -> datetime:
    """A day on which the clocks change, in the year after `start`, or `start` itself."""
    days = [start + timedelta(days=n) for n in range(366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return next((days[n] for n in range(365) if offsets[n] != offsets[n + 1]), start)


def walls_of(zone: ZoneInfo, start: datetime) -> list[int]:
    first = int(start.timestamp())
    shown = (datetime.fromtimestamp(second, zone) for second in range(first, first + 60 * WINDOW, 60))
    return [wall.toordinal() * DAY + wall.hour * 60 + wall.minute for wall in shown]


@st.composite
def weeks_near(draw, start: datetime):
    """A week, holidays and exceptions within the window that begins there."""
    near = st.integers(-2, 21).map(lambda days: start.date() + timedelta(days=days))
    return (
        draw(weeks),
        draw(st.sets(near, max_size=4)),
        draw(st.dictionaries(near, intervals, max_size=4)),
    )


def bitmap(calendar, walls: Sequence[int]) -> bytearray:
    """A byte for each minute: whether it is working time."""
    _, week, holidays, exceptions = calendar
    first, last = min(walls) // DAY - 1, max(walls) // DAY + 1
    shown = bytearray((last - first + 2) * DAY)  # by the wall clock
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        for opening, closing in () if day in holidays else exceptions.get(day, week.get(day.weekday(), ())):
            low = (ordinal - first) * DAY + opening.hour * 60 + opening.minute
            length = (closing.hour - opening.hour) * 60 + closing.minute - opening.minute
            length += DAY if length <= 0 else 0
            shown[low : low + length] = b"\1" * length
    return bytearray(shown[wall - first * DAY] for wall in walls)


class Case(NamedTuple):
    """From, to and work in minutes; pauses as (from, to), which may overlap and lie outside."""

    start: int
    end: int
    work: int
    pauses: list[tuple[int, int]]


def cases(random: Random, count: int) -> list[Case]:
    found = []
    for _ in range(count):
        start = random.randrange(WINDOW)
        end = min(start + random.choice([60, DAY, 5 * DAY, WINDOW]) * random.random(), WINDOW)
        spans = [(random.randrange(WINDOW), random.randrange(1, 2 * DAY)) for _ in range(random.randrange(4))]
        work = random.choice([0, 1, 60, 480, 2400, random.randrange(6000)])
        found.append(Case(start, int(end), work, [(low, min(low + long, WINDOW)) for low, long in spans]))
    return found


def without(worked: bytearray, pauses: Sequence[tuple[int, int]]) -> bytearray:
    left = bytearray(worked)
    for low, high in pauses:
        left[low:high] = bytes(high - low)
    return left


def minute_of(worked: bytearray, start: int, work: int) -> int | None:
    """The first minute by which so many have been worked; none: the first that is worked. None: not in here."""
    if work == 0:
        found = worked.find(1, start)
        return None if found < 0 else found
    if worked.count(1, start) < work:
        return None
    return bisect_left(range(WINDOW + 1), work, start, key=lambda end: worked.count(1, start, end))

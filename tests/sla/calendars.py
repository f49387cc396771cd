"""Random calendars, and the slow way to tell working time: ask the wall clock of every minute."""

from datetime import UTC, date, datetime, time, timedelta
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


def minutes_worked(calendar, start: datetime, end: datetime, pause=None) -> tuple[int, int]:
    """How many minutes of [start, end) are working time, by looking at each; and how many outside the pause."""
    worked = unpaused = 0
    while start < end:
        if is_working(calendar, start):
            worked += 1
            unpaused += pause is None or not pause[0] <= start < pause[1]
        start += MINUTE
    return worked, unpaused


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

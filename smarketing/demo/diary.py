"""When things happen in the made-up year: birth days by season and weekday, office hours of those who answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

DAYS = 365
WEEKS_LIVE = 20  # so long the company has worked with Smarketing; what was before came from its old system
WEEKS_AGREED = 12  # so long the second version of the definitions has been in force
FREEZE, SPARED = 30, 0.58  # days ago the quarter's budget was spent: since then less is advertised
SEASON = {1: 0.9, 3: 1.15, 5: 1.05, 7: 0.85, 8: 0.6, 9: 1.1, 10: 1.2, 11: 1.15, 12: 0.8}  # a month's share
OPEN, CLOSE, SATURDAY = 9, 17, 5
HOURS = range(24)
HOUR_WEIGHTS = [1, 1, 1, 1, 1, 2, 5, 12, 26, 38, 42, 40, 30, 34, 40, 40, 36, 26, 16, 12, 12, 10, 6, 3]


class Diary:
    """The year that ends at `moment`, in the organisation's zone."""

    def __init__(self, moment: datetime, zone: ZoneInfo) -> None:
        self.moment, self.zone = moment, zone
        self.today = moment.astimezone(zone).date()
        self.first = self.today - timedelta(days=DAYS)
        monday = self.today - timedelta(days=self.today.weekday(), weeks=WEEKS_LIVE)
        self.went_live = self.local(monday, OPEN, 0)
        self.agreed = self.local(monday, 0, 0)
        self.agreed_again = self.local(monday + timedelta(weeks=WEEKS_LIVE - WEEKS_AGREED), 0, 0)

    def version_at(self, at: datetime) -> int:
        """Which definitions were in force then, since the company went live."""
        return 2 if at >= self.agreed_again else 1

    def days(self, random: Random, count: int) -> list[date]:
        """Birth days of `count` leads, in order: more each month, fewer at weekends and in the holidays."""
        year = [self.first + timedelta(days=n) for n in range(DAYS + 1)]
        drawn = random.choices(range(DAYS + 1), [self._busy(day) for day in year], k=count)
        return [year[n] for n in sorted(drawn)]

    def _busy(self, day: date) -> float:
        week = (1.05, 1.15, 1.1, 1.05, 0.9, 0.3, 0.35)[day.weekday()]
        season = 0.35 if (day.month, day.day) >= (12, 20) else SEASON.get(day.month, 1.0)
        frozen = SPARED if (self.today - day).days <= FREEZE else 1.0
        return week * season * frozen * (0.8 + 0.4 * (day - self.first).days / DAYS)

    def time_on(self, random: Random, day: date) -> datetime:
        """Some time of that local day; of today only what has passed already, else the same time yesterday."""
        (hour,) = random.choices(HOURS, HOUR_WEIGHTS)
        second = random.randrange(3600)
        at = self.local(day, hour, second)
        return at if at <= self.moment else self.local(day - timedelta(days=1), hour, second)

    def local(self, day: date, hour: int, second: int) -> datetime:
        wall = datetime(day.year, day.month, day.day, hour, second // 60, second % 60, tzinfo=self.zone)
        return wall.astimezone(UTC)

    def ago(self, at: datetime) -> float:
        """Days before the present."""
        return (self.moment - at) / timedelta(days=1)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def office(self, at: datetime) -> datetime:
        """`at` itself when somebody is at work then, else the same minute after the next opening."""
        wall = at.astimezone(self.zone)
        if wall.hour >= CLOSE:
            wall = (wall + timedelta(days=1)).replace(hour=OPEN)
        elif wall.hour < OPEN:
            wall = wall.replace(hour=OPEN)
        if wall.weekday() >= SATURDAY:
            wall = (wall + timedelta(days=7 - wall.weekday())).replace(hour=OPEN)
        return wall.astimezone(UTC)

    def office_before(self, at: datetime) -> datetime:
        """The same minute on the last day on which somebody was at work then, by three in the afternoon."""
        wall = at.astimezone(self.zone).replace(hour=15)
        wall -= timedelta(days=max(0, wall.weekday() - SATURDAY + 1))
        return min(wall.astimezone(UTC), at)

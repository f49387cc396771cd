"""How fast reps answer: in their own working hours, at their own speed, and slower for a while in one team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import log
from random import Random

from sla.working_time import WorkingHours
from smarketing.demo.diary import Diary
from smarketing.demo.people import Cast

# How fast each rep is, in the order in which they were hired: 1 is the middle, 2 takes twice as long.
SPEED = (0.95, 1.7, 0.8, 1.0, 0.9, 1.2, 0.7, 1.25)
DECIDES, CALLS = (
    1.25,
    4.6,
)  # working hours in the middle: from hand-over to decision, from acceptance to first call
LONGEST = 60.0
# The field team took over the leads of the autumn campaigns with two people on leave and nobody standing in. Its
# head saw it in the numbers, moved leads to the desk and changed the rota: since then the team is faster than ever.
SLIDE, RESCUE = 77, 36  # days ago
SLIDING, SINCE = 2.7, 0.8  # how much longer, in the slide and after it


class Desk:
    """Working hours of all reps, and when each of them gets to something."""

    def __init__(
        self, random: Random, diary: Diary, cast: Cast, hours: Mapping[int | None, WorkingHours]
    ) -> None:
        self.random, self.diary, self.cast, self.hours = random, diary, cast, hours

    def decides_at(self, rep: int, since: datetime, slow: float = 1.0) -> datetime:
        """When the rep decides on a lead that came at `since`."""
        return self._after(rep, since, DECIDES * slow, 0.75)

    def calls_at(self, rep: int, since: datetime) -> datetime:
        """When the rep first calls somebody accepted at `since`."""
        return self._after(rep, since, CALLS, 0.7)

    def slides(self, rep: int | None, at: datetime) -> bool:
        """Whether the rep's team was sliding then."""
        return rep in self.cast.field and RESCUE < self.diary.ago(at) <= SLIDE

    def _after(self, rep: int, since: datetime, middle: float, spread: float) -> datetime:
        middle *= SPEED[self.cast.reps.index(rep) % len(SPEED)] * self._mood(rep, since)
        worked = min(self.random.lognormvariate(log(middle), spread), max(LONGEST, middle * 3))
        return self.hours[rep].add(since, timedelta(hours=worked))

    def _mood(self, rep: int, at: datetime) -> float:
        if rep not in self.cast.field:
            return 1.0
        return SLIDING if self.slides(rep, at) else SINCE if self.diary.ago(at) <= RESCUE else 1.0

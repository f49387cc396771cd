"""The step of the funnel that leaks most against its own history: a cohort beside the one before, at the same age."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from math import sqrt

from leads.stages import LADDER, Stage
from reporting import flows
from reporting.funnel import reached_of
from reporting.scope import Scope

ENOUGH = 20  # leads in both cohorts; of fewer a share says nothing
BY_CHANCE = 1.645  # standard errors: one fall in twenty of this size is chance


@dataclass(frozen=True)
class Step:
    """How many of those who reached a stage went on, in this window and in the one before."""

    source: Stage
    target: Stage
    n: int
    of: int
    n_before: int
    of_before: int

    @property
    def points(self) -> float:
        """How far the share fell; below nothing where it rose."""
        return 100 * (self.n_before / self.of_before - self.n / self.of)

    @property
    def is_news(self) -> bool:
        """Whether it fell by more than chance does, and by a point that people see."""
        n, of = self.n + self.n_before, self.of + self.of_before
        noise = sqrt(n / of * (1 - n / of) * (1 / self.of + 1 / self.of_before))
        return self.points >= 1 and self.points / 100 >= BY_CHANCE * noise


def window_before(scope: Scope) -> Scope | None:
    """As many days right before, looked at when they were as old as the window's are now; None of all time."""
    if scope.since is None:
        return None
    days = (scope.until or scope.last_day + timedelta(days=1)) - scope.since
    return replace(scope, since=scope.since - days, until=scope.since, as_of=scope.as_of - days)


def steps(scope: Scope, reached: dict[str, int]) -> list[Step]:
    """Each step that enough leads came to in both windows; `reached` is the report's."""
    earlier = window_before(scope)
    if earlier is None:
        return []
    before = reached_of(earlier)
    found = [
        Step(a, b, reached[b], reached[a], before[b], before[a])
        for a, b in pairwise(Stage(s) for s in LADDER)
    ]
    return [step for step in found if min(step.of, step.of_before) >= ENOUGH]


def worst(found: list[Step]) -> Step | None:
    """The step that fell most, of those that fell by more than chance."""
    return max((step for step in found if step.is_news), key=lambda step: step.points, default=None)


def ends_of(scope: Scope) -> Counter[tuple[int, str]]:
    """Of the window's leads: how many reached which place of the ladder and no further, and how that ended."""
    found: Counter[tuple[int, str]] = Counter()
    for row in flows.flows_of(scope):
        found[row["reached"], row["outcome"]] += row["leads"]
    return found

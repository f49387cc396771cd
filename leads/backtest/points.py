"""What one lead is worth at one moment, in Python; `leads.scoring.points` says the same of many, in SQL."""

from __future__ import annotations

from datetime import datetime
from math import floor
from typing import Any

from leads import rules
from leads.definitions import Document
from leads.definitions.document import TouchRule
from leads.models import Touch
from leads.rules.facts import Kind
from leads.rules.language import Clause, Rule, fold
from leads.rules.snapshots import Seen, Snapshot
from leads.scoring.points import MOST_OF_RULE

# What a clause asks that changes by itself as time passes; all else is as it is known today.
BY_TIME = (Kind.DATE, Kind.MOMENT)
OF_THE_MOMENT = {"stage", "standing", "stage_since", "returned_at"}
OLDEST = 1000  # half-lives: below, a worth is nothing


class Scorer:
    """Scores leads by one document; rules are read once, and what cannot change is asked once of a lead."""

    def __init__(self, document: Document, catalogue: rules.Catalogue) -> None:
        self.scoring = document.scoring
        self.profile = [
            (rules.parse(one.rule, catalogue=catalogue), one.points) for one in document.profile.rules
        ]
        self.fixed = [not changes(rule) for rule, _ in self.profile]
        self.half_life = self.scoring.half_life_days * 86_400
        self.groups = {
            group.key: (
                group.cap,
                [n for n, one in enumerate(self.scoring.touches) if one.group == group.key],
            )
            for group in self.scoring.groups
        }

    def facts(self, snapshot: Snapshot, moment: datetime) -> dict[int, int]:
        """The points of the profile's rules that ask only what does not change, by their place."""
        return {
            n: points if rules.matches(rule, snapshot, moment) else 0
            for n, (rule, points) in enumerate(self.profile)
            if self.fixed[n]
        }

    def worths(self, snapshot: Snapshot) -> list[tuple[datetime, list[int]]]:
        """Marketing's touches, each with the rules that count it."""
        found = []
        for seen in snapshot.touches:
            if seen.team == Touch.Team.MARKETING:
                counting = [n for n, rule in enumerate(self.scoring.touches) if counts(rule, seen)]
                if counting:
                    found.append((seen.at, counting))
        return found

    def score(
        self,
        snapshot: Snapshot,
        moment: datetime,
        facts: dict[int, int],
        worths: list[tuple[datetime, list[int]]],
    ) -> dict[str, Any]:
        """The columns of a `LeadScore` by the paths that rules know them by."""
        fit = min(sum(self._fit(snapshot, moment, facts)), self.scoring.fit_cap)
        engagement = self._engagement(snapshot.returned_at, moment, worths)
        return {
            "score__fit": fit,
            "score__engagement": engagement,
            "score__total": fit + engagement,
            "score__fit_grade": grade(fit, self.scoring.fit_grades, "ABCD"),
            "score__engagement_grade": int(grade(engagement, self.scoring.engagement_grades, "1234")),
            "score__probability": None,
        }

    def _fit(self, snapshot: Snapshot, moment: datetime, facts: dict[int, int]) -> list[int]:
        return [
            facts[n] if n in facts else points if rules.matches(rule, snapshot, moment) else 0
            for n, (rule, points) in enumerate(self.profile)
        ]

    def _engagement(
        self, returned: datetime | None, moment: datetime, worths: list[tuple[datetime, list[int]]]
    ) -> int:
        summed = [0.0] * len(self.scoring.touches)
        for at, counting in worths:
            if at <= moment and (returned is None or at > returned):
                worth = 2.0 ** max(-OLDEST, -(moment - at).total_seconds() / self.half_life)
                for n in counting:
                    summed[n] += worth
        given = [
            max(-MOST_OF_RULE, min(MOST_OF_RULE, floor(rule.points * worth + 0.5 + 1e-9)))
            for rule, worth in zip(self.scoring.touches, summed, strict=True)
        ]
        total = sum(min(cap, sum(given[n] for n in members)) for cap, members in self.groups.values())
        return min(total, self.scoring.engagement_cap)


def counts(rule: TouchRule, seen: Seen) -> bool:
    return (
        seen.kind in rule.kinds
        and (not rule.content or fold(rule.content) in fold(seen.content))
        and (not rule.url or fold(rule.url) in fold(seen.url))
    )


def changes(rule: Rule) -> bool:
    """Whether its answer may differ from one moment to another."""
    return rule.asks_touches() or any(
        isinstance(one, Clause)
        and (
            one.fact.kind in BY_TIME or one.fact.name in OF_THE_MOMENT or one.fact.path.startswith("score__")
        )
        for one in rule.clauses()
    )


def grade(value: int, bounds: tuple[int, int, int], grades: str) -> str:
    return next((one for one, least in zip(grades, bounds, strict=False) if value >= least), grades[-1])

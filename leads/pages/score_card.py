"""The score of a lead as its page shows it: what each rule of its version gives, beside the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leads.models import Lead, LeadScore
from leads.pages.score_story import signed_document
from leads.scoring.points import ENGAGEMENT, FIT, parts_of
from leads.why.scores import names_of


@dataclass(frozen=True)
class Part:
    """Fit or engagement: its points of the most there can be."""

    label: str
    grade: str
    points: int
    most: int

    @property
    def share(self) -> float:
        return max(0.0, min(100.0, 100 * self.points / self.most))


@dataclass(frozen=True)
class ScoreCard:
    total: int
    grade: str
    parts: list[Part]
    lines: list[tuple[str, int]]  # what a rule gives, the weightiest first; they add up to the total
    version: int
    at: datetime


def score_of(lead: Lead) -> LeadScore | None:
    return getattr(lead, "score", None)


def score_card(lead: Lead) -> ScoreCard | None:
    """Of a lead from `door.whole_lead`; None before it was scored."""
    score = score_of(lead)
    if score is None:
        return None
    document = signed_document(lead.scored_by)  # type: ignore[attr-defined]
    names, part_of = names_of(document), parts_of(document)
    order = [FIT, ENGAGEMENT]
    told = sorted(
        score.parts.items(), key=lambda one: (order.index(part_of.get(one[0], ENGAGEMENT)), -one[1])
    )
    return ScoreCard(
        total=score.total,
        grade=score.grade,
        parts=[
            Part("Fit", score.fit_grade, score.fit, document.scoring.fit_cap),
            Part("Interest", str(score.engagement_grade), score.engagement, document.scoring.engagement_cap),
        ],
        lines=[(names.get(rule, rule.replace("_", " ")), points) for rule, points in told],
        version=score.definition_version,
        at=score.computed_at,
    )

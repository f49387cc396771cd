"""Why this score: what each rule of its version gives, and what would make the next grade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from leads.definitions import Document, document_of, unsigned
from leads.definitions.words import points
from leads.models import Definition, Lead, LeadScore
from leads.scoring.points import parts_of
from leads.why.answers import Line, Why, register

FIT_GRADES, WARM_GRADES = "ABC", "123"


def score(lead: Lead, moment: datetime) -> Why:
    row = LeadScore.objects.filter(pk=lead.pk).first()
    if row is None:
        return Why("score", "Why no score yet", "It is scored with the next sweep, within a minute.")
    document = _document(row.definition_version)
    part_of = parts_of(document)
    return Why(
        "score",
        f"Why {row.grade}",
        f"{row.total} points: {row.fit} for who they are (grade {row.fit_grade}), {row.engagement} for what they did "
        f"(grade {row.engagement_grade}).",
        decided="The scoring rules",
        at=row.computed_at,
        version=row.definition_version,
        rule=f"What they did is worth half after {document.scoring.half_life_days} days.",
        found_title="What gives points",
        found=tuple(_lines(row, document, part_of)) or (Line("No rule gives points yet."),),
        change=tuple(_change(row, document)),
    )


def _document(version: int) -> Document:
    signed = Definition.objects.filter(version=version).defer("document").first() if version else None
    return document_of(signed) if signed else unsigned()


def _lines(row: LeadScore, document: Document, part_of: dict[str, str]) -> Iterator[Line]:
    names = names_of(document)
    told = sorted(row.parts.items(), key=lambda one: (part_of.get(one[0]) != "fit", -abs(one[1])))
    for rule, given in told:
        part = "Fit" if part_of.get(rule) == "fit" else "Engagement"
        yield Line(names.get(rule, rule.replace("_", " ")), f"{points(given)} · {part.lower()}")


def names_of(document: Document) -> dict[str, str]:
    """What each line of a score is called."""
    scoring = document.scoring
    groups = {f"cap:{group.key}": f"{group.name}: {group.cap} at most" for group in scoring.groups}
    caps = {
        "cap:fit": f"Fit: {scoring.fit_cap} at most",
        "cap:engagement": f"Engagement: {scoring.engagement_cap} at most",
    }
    rules = {rule.id: rule.name for rule in document.profile.rules}
    rules |= {rule.id: rule.name for rule in scoring.touches}
    return groups | caps | rules


def _change(row: LeadScore, document: Document) -> Iterator[str]:
    scoring = document.scoring
    fit = _next(row.fit, scoring.fit_grades, FIT_GRADES)
    warm = _next(row.engagement, scoring.engagement_grades, WARM_GRADES)
    if fit:
        yield f"{fit[1]} more {_points(fit[1])} for who they are make grade {fit[0]}."
    if warm:
        yield f"{warm[1]} more {_points(warm[1])} for what they did make grade {warm[0]}."
    if not fit and not warm:
        yield "Nothing: both grades are the best there are."


def _points(number: int) -> str:
    return "point" if number == 1 else "points"


def _next(value: int, bounds: tuple[int, int, int], grades: str) -> tuple[str, int] | None:
    """The next better grade and the points up to it."""
    better = [(grade, bound - value) for grade, bound in zip(grades, bounds, strict=True) if bound > value]
    return better[-1] if better else None


register("score", score)

"""What both teams agree on, as one document: stages, ideal customer, scoring, reasons.

It is read from JSON with `Document.of`, which names what is wrong and where, and is JSON again with `.json()`.
Rules in it stay the JSON of the rule language; `leads.rules.parse` makes rules of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from leads.definitions.reading import DocumentFault, Part
from leads.models import Touch
from leads.stages import LADDER

TEAMS = ("marketing", "sales")
PARTS = ("fit", "engagement")  # of a score, each with a cap of its own
REASONS = ("rejection", "recycling", "disqualification", "loss")
OUTCOMES = ("", "nurture", "disqualify")
ACTIONS = ("", "targeting", "form", "nurture", "tries")
Rule = dict[str, Any]


@dataclass(frozen=True)
class StageTerms:
    """One stage: what it is called and means, who answers for it, what lets a lead in and what must be known."""

    key: str
    name: str
    synonyms: tuple[str, ...]
    means: str
    owner: str
    supporting: str
    entry: Rule | None
    required: tuple[str, ...]  # names of facts
    then: str
    target_share: float | None  # of the leads of the stage before
    target_days: int | None

    @classmethod
    def read(cls, part: Part, key: str) -> StageTerms:
        terms = cls(
            key=key,
            name=part.text("name", most=40),
            synonyms=part.texts("synonyms", most=10),
            means=part.text("means", most=500),
            owner=part.one_of("owner", TEAMS),
            supporting=part.one_of("supporting", ("", *TEAMS), ""),
            entry=part.rule_or_none("entry"),
            required=part.facts("required", most=20),
            then=part.text("then", most=500, blank=True),
            target_share=part.share_or_none("target_share"),
            target_days=part.whole_or_none("target_days", 1, 730),
        )
        part.done()
        if terms.supporting == terms.owner:
            raise part.fault(
                "supporting", "the owner's team cannot support itself. Choose the other or none."
            )
        return terms


@dataclass(frozen=True)
class ProfileRule:
    """Points for a fact of the ideal customer; negative ones for what speaks against."""

    id: str
    name: str
    rule: Rule
    points: int

    @classmethod
    def read(cls, part: Part) -> ProfileRule:
        return cls(
            part.key("id"), part.text("name", most=80), part.rule("rule", of_profile=True), _points(part)
        )


@dataclass(frozen=True)
class Segment:
    """A named group of leads. A lead is in one exclusive segment at most: the first whose rule it meets."""

    key: str
    name: str
    rule: Rule
    exclusive: bool

    @classmethod
    def read(cls, part: Part) -> Segment:
        return cls(part.key("key"), part.text("name", most=80), part.rule("rule"), part.flag("exclusive"))


@dataclass(frozen=True)
class Profile:
    rules: tuple[ProfileRule, ...]
    segments: tuple[Segment, ...]

    @classmethod
    def read(cls, part: Part) -> Profile:
        profile = cls(
            part.several("rules", ProfileRule.read, most=40, key="id"),
            part.several("segments", Segment.read, most=20, key="key"),
        )
        part.done()
        return profile


@dataclass(frozen=True)
class Group:
    """Touch rules that share a cap: twenty visits are not worth more than `cap` points."""

    key: str
    name: str
    cap: int

    @classmethod
    def read(cls, part: Part) -> Group:
        return cls(part.key("key"), part.text("name", most=80), part.whole("cap", 1, 100))


@dataclass(frozen=True)
class TouchRule:
    """Points for a touch of one of these kinds, whose content or address holds these words where they are given."""

    id: str
    name: str
    group: str
    kinds: tuple[str, ...]
    content: str
    url: str
    points: int

    @classmethod
    def read(cls, part: Part) -> TouchRule:
        kinds = part.texts("kinds", most=len(Touch.Kind.values))
        if not kinds or (unknown := [kind for kind in kinds if kind not in Touch.Kind.values]):
            said = f"“{unknown[0]}” is no kind of touch" if kinds else "no kind of touch is chosen"
            raise part.fault("kinds", f"{said}. Choose from {', '.join(Touch.Kind.values)}.")
        return cls(
            id=part.key("id"),
            name=part.text("name", most=80),
            group=part.key("group"),
            kinds=tuple(sorted(kinds, key=Touch.Kind.values.index)),
            content=part.text("content", blank=True),
            url=part.text("url", blank=True),
            points=_points(part),
        )


@dataclass(frozen=True)
class Scoring:
    """How a score comes about. Grades are lower bounds: A from the first, B from the second, C from the third."""

    fit_cap: int
    engagement_cap: int
    half_life_days: int
    groups: tuple[Group, ...]
    touches: tuple[TouchRule, ...]
    fit_grades: tuple[int, int, int]
    engagement_grades: tuple[int, int, int]

    @classmethod
    def read(cls, part: Part) -> Scoring:
        scoring = cls(
            fit_cap=part.whole("fit_cap", 1, 1000),
            engagement_cap=part.whole("engagement_cap", 1, 1000),
            half_life_days=part.whole("half_life_days", 1, 730),
            groups=part.several("groups", Group.read, most=12, key="key"),
            touches=part.several("touches", TouchRule.read, most=40, key="id"),
            fit_grades=_grades(part, "fit_grades"),
            engagement_grades=_grades(part, "engagement_grades"),
        )
        part.done()
        known = {group.key for group in scoring.groups}
        for n, touch in enumerate(scoring.touches):
            if touch.group not in known:
                raise DocumentFault(
                    f"{part.at('touches')}[{n + 1}].group",
                    f"no group has the key “{touch.group}”. Add it first.",
                )
        return scoring


@dataclass(frozen=True)
class Reason:
    """Why a lead goes back or out; `action` says what marketing mends with it."""

    code: str
    label: str
    help: str
    outcome: str
    needs_date: bool
    days: int | None  # after which it is suggested to come back
    action: str

    @classmethod
    def read(cls, part: Part) -> Reason:
        return cls(
            code=part.key("code"),
            label=part.text("label", most=60),
            help=part.text("help", most=120, blank=True),
            outcome=part.one_of("outcome", OUTCOMES, ""),
            needs_date=part.flag("needs_date"),
            days=part.whole_or_none("days", 1, 730),
            action=part.one_of("action", ACTIONS, ""),
        )


@dataclass(frozen=True)
class Document:
    stages: Mapping[str, StageTerms]
    profile: Profile
    scoring: Scoring
    reasons: Mapping[str, tuple[Reason, ...]]

    @classmethod
    def of(cls, data: Any) -> Document:
        """Read it; raises `DocumentFault` with the place of the first fault and what would mend it."""
        whole = Part(data, "")
        stages, reasons = whole.part("stages"), whole.part("reasons")
        document = cls(
            stages={str(stage): StageTerms.read(stages.part(stage), str(stage)) for stage in LADDER},
            profile=Profile.read(whole.part("profile")),
            scoring=Scoring.read(whole.part("scoring")),
            reasons={kind: _reasons(reasons, kind) for kind in REASONS},
        )
        for part in (stages, reasons, whole):
            part.done()
        document.ensure_told_apart()
        return document

    @property
    def rules_by_part(self) -> dict[str, str]:
        """Which part of a score each of its rules belongs to."""
        fit = {rule.id: PARTS[0] for rule in self.profile.rules}
        return fit | {rule.id: PARTS[1] for rule in self.scoring.touches}

    def ensure_told_apart(self) -> None:
        """The lines of a score are kept by these names: one of both parts would count once and be logged as two."""
        fit = {rule.id for rule in self.profile.rules}
        for n, touch in enumerate(self.scoring.touches, 1):
            if touch.id in fit:
                raise DocumentFault(
                    f"scoring.touches[{n}].id",
                    f"a rule of the profile is called “{touch.id}” too. Use another.",
                )
        for n, group in enumerate(self.scoring.groups, 1):
            if group.key in PARTS:
                raise DocumentFault(
                    f"scoring.groups[{n}].key", f"“{group.key}” is what a whole part is called. Use another."
                )

    def json(self) -> dict[str, Any]:
        data = _plain(self)
        for terms in data["stages"].values():
            del terms["key"]
        return data

    @cached_property
    def labels(self) -> dict[str, str]:
        """The words of every reason of this version, by code; where lists share a code, the first list's."""
        found: dict[str, str] = {}
        for kind in REASONS:
            found = {reason.code: reason.label for reason in self.reasons[kind]} | found
        return found

    def reason(self, kind: str, code: str) -> Reason | None:
        return next((reason for reason in self.reasons[kind] if reason.code == code), None)


def _reasons(part: Part, kind: str) -> tuple[Reason, ...]:
    found = part.several(kind, Reason.read, most=20, key="code")
    if not found:
        raise part.fault(kind, "no reason is left. Keep at least one.")
    for n, reason in enumerate(found):
        wrong = {"rejection": reason.outcome == "", "recycling": reason.outcome != "nurture"}
        if wrong.get(kind, False):
            cure = "“nurture” or “disqualify”" if kind == "rejection" else "“nurture”"
            raise DocumentFault(f"{part.at(kind)}[{n + 1}].outcome", f"say where the lead goes: {cure}.")
    return found


def _points(part: Part) -> int:
    points = part.whole("points", -100, 100)
    if not points:
        raise part.fault("points", "a rule without points changes nothing. Use -100 to 100, but not 0.")
    return points


def _grades(part: Part, name: str) -> tuple[int, int, int]:
    bounds = part.get(name)
    fine = isinstance(bounds, list) and len(bounds) == 3 and all(type(bound) is int for bound in bounds)
    if not fine or not 1000 >= bounds[0] > bounds[1] > bounds[2] >= 1:
        raise part.fault(name, "use three whole numbers from high to low, the last at least 1.")
    return bounds[0], bounds[1], bounds[2]


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(own) for key, own in value.items()}
    return [_plain(own) for own in value] if isinstance(value, list | tuple) else value

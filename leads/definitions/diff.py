"""What is different between two versions, as sentences that people sign."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leads.definitions import words
from leads.definitions.document import REASONS, Document, Scoring, StageTerms
from leads.stages import LADDER


@dataclass(frozen=True)
class Change:
    """One line: what is said of it before and after; an empty side is not there."""

    what: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


@dataclass(frozen=True)
class Part:
    """A part of the document in which something changed."""

    title: str
    changes: tuple[Change, ...]


def differences(old: Document, new: Document) -> list[Part]:
    """What changed from the old to the new, in the order of the document; nothing where they say the same."""
    parts = [
        (new.stages[stage].name, _stage(str(stage), old.stages[stage], new.stages[stage])) for stage in LADDER
    ]
    parts.append(("Ideal customer", _profile(old, new)))
    parts.append(("Segments", _segments(old, new)))
    parts.append(("Scoring", _scoring(old.scoring, new.scoring)))
    for kind in REASONS:
        same = _rows(old.reasons[kind], new.reasons[kind], "code", lambda one: one.label, words.reason)
        parts.append((f"Reasons: {words.LISTS[kind].lower()}", same))
    return [Part(title, tuple(changes)) for title, changes in parts if changes]


def count(parts: Iterable[Part]) -> int:
    return sum(len(part.changes) for part in parts)


def _stage(stage: str, old: StageTerms, new: StageTerms) -> list[Change]:
    def said(terms: StageTerms) -> dict[str, str]:
        return {
            "Name": terms.name,
            "Also called": ", ".join(terms.synonyms),
            "Means": terms.means,
            "Owner": words.TEAMS[terms.owner],
            "Supported by": words.TEAMS[terms.supporting] if terms.supporting else "",
            "Enters when": words.enters(stage, terms),
            "Must be known": ", ".join(words.facts(terms.required)),
            "Then": terms.then,
            "Target share": words.share(terms.target_share),
            "Target time": words.days(terms.target_days),
        }

    if old == new:
        return []
    changes = _lines(said(old), said(new))
    if old.entry != new.entry and words.enters(stage, old) == words.enters(stage, new):
        changes.append(Change("Enters when", *(_exactly(terms.entry) for terms in (old, new))))
    return changes


def _lines(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    return [Change(what, old[what], new[what]) for what in new if old[what] != new[what]]


def _profile(old: Document, new: Document) -> list[Change]:
    def say(rule: Any) -> str:
        return f"{words.points(rule.points)}: {words.rule_words(rule.rule)}"

    return _rows(old.profile.rules, new.profile.rules, "id", lambda rule: rule.name, say)


def _segments(old: Document, new: Document) -> list[Change]:
    def say(segment: Any) -> str:
        kind = "exclusive" if segment.exclusive else "beside others"
        return f"{words.rule_words(segment.rule)} ({kind})"

    return _rows(old.profile.segments, new.profile.segments, "key", lambda segment: segment.name, say)


def _scoring(old: Scoring, new: Scoring) -> list[Change]:
    def said(scoring: Scoring) -> dict[str, str]:
        return {
            "Most points for fit": str(scoring.fit_cap),
            "Most points for engagement": str(scoring.engagement_cap),
            "Points halve every": words.days(scoring.half_life_days),
            "Grades of fit": words.grades(scoring.fit_grades, "ABCD"),
            "Grades of engagement": words.grades(scoring.engagement_grades, "1234"),
        }

    def group(one: Any) -> str:
        return f"at most {one.cap} points"

    changes = _lines(said(old), said(new))
    changes += _rows(old.groups, new.groups, "key", lambda one: one.name, group)
    before, after = (
        {
            rule.id: f"{words.points(rule.points)}: {words.touch_rule(rule, scoring)}"
            for rule in scoring.touches
        }
        for scoring in (old, new)
    )
    return changes + _rows(
        old.touches,
        new.touches,
        "id",
        lambda rule: rule.name,
        lambda rule: (after if rule in new.touches else before)[rule.id],
    )


def _rows(
    old: Sequence[Any], new: Sequence[Any], key: str, name: Callable[[Any], str], say: Callable[[Any], str]
) -> list[Change]:
    """Rows that came, went or say something else, found again by their key; a new name is said too."""
    before = {getattr(row, key): row for row in old}
    after = {getattr(row, key): row for row in new}
    changes = []
    for own, row in after.items():
        was = before.get(own)
        if was is None:
            changes.append(Change(name(row), "", say(row)))
        elif was != row:
            said = [_full(was, row, name, say), _full(row, was, name, say)]
            if said[0] == said[1]:
                said = [_exactly(asdict(one)) for one in (was, row)]
            changes.append(Change(name(row), *said))
    changes += [Change(name(row), say(row), "") for own, row in before.items() if own not in after]
    kept = [[own for own in rows if own in before and own in after] for rows in (before, after)]
    if kept[0] != kept[1]:
        changes.append(Change("Order", *(", ".join(name(after[own]) for own in keys) for keys in kept)))
    return changes


def _exactly(data: Any) -> str:
    """As it is stored, where words say the same of two: what is signed is never hidden, say behind two of one name."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _full(row: Any, other: Any, name: Callable[[Any], str], say: Callable[[Any], str]) -> str:
    """With its name where that changed; with its help where the rest says the same."""
    said = say(row)
    if name(row) != name(other):
        said = f"“{name(row)}”, {said}"
    if getattr(row, "help", "") != getattr(other, "help", ""):
        said += f" ({row.help or 'no explanation'})"
    return said

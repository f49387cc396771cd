"""A document as its pages draw it: cards of stages, tables of rules, lists of reasons, the box of signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.definitions import words
from leads.definitions.document import REASONS, Document
from leads.models import Definition
from leads.stages import LADDER, Stage
from smarketing.foundation.models import User
from smarketing.foundation.signing import SIDES


@dataclass(frozen=True)
class Signature:
    """One key: whose side, who turned it and when; nobody yet where `by` is missing."""

    side: str
    by: User | None
    at: datetime | None


def signatures(row: Definition | None) -> list[Signature]:
    if row is None:
        return [Signature(side, None, None) for side in SIDES]
    return [Signature(side, getattr(row, f"{side}_by"), getattr(row, f"{side}_at")) for side in SIDES]


def document(shown: Document) -> dict[str, Any]:
    return {
        "stages": [stage(shown, key) for key in LADDER],
        "rules": [
            {"name": one.name, "says": words.rule_words(one.rule), "points": words.points(one.points)}
            for one in shown.profile.rules
        ],
        "segments": [
            {"name": one.name, "says": words.rule_words(one.rule), "exclusive": one.exclusive}
            for one in shown.profile.segments
        ],
        "scoring": scoring(shown),
        "reasons": [
            {"key": kind, "title": words.LISTS[kind], "rows": [reason(one) for one in shown.reasons[kind]]}
            for kind in REASONS
        ],
    }


def stage(shown: Document, key: Stage) -> dict[str, Any]:
    terms = shown.stages[key]
    return {
        "key": str(key),
        "place": key.rank + 1,
        "name": terms.name,
        "synonyms": ", ".join(terms.synonyms),
        "means": terms.means,
        "owner": terms.owner,
        "supporting": terms.supporting,
        "enters": words.enters(key, terms),
        "required": [*words.ALWAYS[key], *words.facts(terms.required)],
        "then": terms.then,
        "share": words.share(terms.target_share),
        "days": words.days(terms.target_days),
        "before": shown.stages[LADDER[key.rank - 1]].name if key.rank else "",
    }


def scoring(shown: Document) -> dict[str, Any]:
    rules = shown.scoring
    groups = [
        {
            "name": group.name,
            "cap": group.cap,
            "rules": [
                {"name": one.name, "says": words.touch_rule(one, rules), "points": words.points(one.points)}
                for one in rules.touches
                if one.group == group.key
            ],
        }
        for group in rules.groups
    ]
    return {
        "groups": groups,
        "fit_cap": rules.fit_cap,
        "engagement_cap": rules.engagement_cap,
        "half_life": words.days(rules.half_life_days),
        "fit_grades": words.grades(rules.fit_grades, "ABCD"),
        "engagement_grades": words.grades(rules.engagement_grades, "1234"),
    }


def reason(one: Any) -> dict[str, Any]:
    return {
        "label": one.label,
        "help": one.help,
        "outcome": words.OUTCOMES[one.outcome],
        "date": "asked for" if one.needs_date else "",
        "days": words.days(one.days),
        "action": words.ACTIONS[one.action] if one.action else "",
    }

"""A document in plain words, for pages, mails and the difference between two versions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from leads.definitions.document import Document, Reason, Rule, Scoring, StageTerms, TouchRule
from leads.models import Touch
from leads.naming import later
from leads.rules import Catalogue, parse
from leads.stages import LADDER, Stage

TEAMS = {"marketing": "Marketing", "sales": "Sales", "": "None"}
# How a lead enters a stage whose definition names no criteria of its own.
BY_ITSELF = {
    Stage.VISITOR: "Entered by hand, imported, sent by a form, or identified after anonymous visits.",
    Stage.MQL: "A marketer says why.",
    Stage.SAL: "The owner accepts the lead.",
    Stage.SQL: later("The owner makes it {an_sql} and names what the deal may be worth."),
    Stage.CUSTOMER: "The owner wins the deal, or an import says when it was won.",
}
# What the product itself asks for, whatever the definition says.
ALWAYS = {
    Stage.VISITOR: ("An e-mail address, a phone number or an external id", "Not in the never-again register"),
    Stage.MQL: ("Not in the never-again register",),
    Stage.SAL: ("An owner in sales",),
    Stage.SQL: ("An open deal with an amount",),
    Stage.CUSTOMER: ("A won deal with an amount",),
}
LISTS = {
    "rejection": "Rejection",
    "recycling": "Return to nurture",
    "disqualification": "Disqualification",
    "loss": "Loss",
}
OUTCOMES = {"nurture": "Back to nurture", "disqualify": "Never again", "": "Nothing more"}
ACTIONS = {
    "targeting": "Whom campaigns aim at",
    "form": "What forms ask",
    "nurture": "Kept warm until a date",
    "tries": "How often sales tries",
    "": "Nothing",
}


def rule_words(rule: Rule | None, catalogue: Catalogue | None = None) -> str:
    return parse(rule, catalogue=catalogue).sentence() if rule else ""


def enters(stage: str, terms: StageTerms) -> str:
    """When a lead enters: its criteria, or what people do where there are none."""
    if terms.entry is None:
        return BY_ITSELF[Stage(stage)]
    criteria = rule_words(terms.entry)
    if stage == Stage.MQL:
        return f"{criteria}; or a marketer says why."
    return (
        f"{BY_ITSELF[Stage(stage)].removesuffix('.')}, and this holds: {criteria[:1].lower()}{criteria[1:]}."
    )


def facts(names: Iterable[str]) -> list[str]:
    """What facts are called; one of a field that is gone is called by its name."""
    catalogue = Catalogue()
    found = ((name, catalogue.find(name)) for name in names)
    return [fact.label if fact else name for name, fact in found]


def share(value: float | None) -> str:
    return f"{100 * value:.4g}%" if value is not None else ""


def days(value: int | None) -> str:
    return f"{value} day{'' if value == 1 else 's'}" if value is not None else ""


def points(value: int) -> str:
    """+20, −5: with a true minus."""
    return f"+{value}" if value > 0 else f"\N{MINUS SIGN}{-value}"


@lru_cache(maxsize=128)
def kinds(names: tuple[str, ...]) -> str:
    return ", ".join(str(Touch.Kind(name).label).lower() for name in names)


def touch_rule(rule: TouchRule, scoring: Scoring) -> str:
    """ "form whose content holds “pricing”, in Asks for something"."""
    held = [f"content holds “{rule.content}”"] if rule.content else []
    held += [f"address holds “{rule.url}”"] if rule.url else []
    whose = f" whose {' and '.join(held)}" if held else ""
    group = next((group.name for group in scoring.groups if group.key == rule.group), rule.group)
    return f"{kinds(rule.kinds)}{whose}, in {group}"


def grades(bounds: tuple[int, int, int], names: str) -> str:
    """ "A from 35, B from 20, C from 10, else D"."""
    said = [f"{name} from {bound}" for name, bound in zip(names, bounds, strict=False)]
    return f"{', '.join(said)}, else {names[3]}"


def reason(one: Reason) -> str:
    said = [OUTCOMES[one.outcome]] if one.outcome else []
    said += ["asks for a date"] if one.needs_date else []
    said += [f"after {days(one.days)}"] if one.days else []
    said += [f"mends: {ACTIONS[one.action].lower()}"] if one.action else []
    return ", ".join(said) or "no consequence"


def named(document: Document) -> dict[str, str]:
    """What each stage is called in this version."""
    return {str(stage): document.stages[stage].name for stage in LADDER}

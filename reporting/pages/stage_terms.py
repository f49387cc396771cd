"""What the definitions in force say of each stage, in the words of the funnel page, and who signed them."""

from __future__ import annotations

from typing import Any

from leads import rules
from leads.definitions import InForce
from leads.definitions.document import StageTerms
from leads.definitions.words import ALWAYS, BY_ITSELF
from leads.models import Definition
from leads.stages import LADDER, Stage

# Criteria hand over by themselves; further along they say what a person's act should go by.
BESIDE = {stage: "Or: " if stage == Stage.MQL else "And: " for stage in LADDER}


def proposed() -> Definition | None:
    """What waits for a key."""
    open_ones = Definition.objects.filter(status=Definition.Status.PROPOSED)
    return open_ones.defer("document").select_related("marketing_by", "sales_by").first()


def terms_of(agreed: InForce) -> dict[str, dict[str, Any]]:
    """Per stage: the terms, their criteria as sentences, and what must be known."""
    catalogue = rules.Catalogue()
    return {str(stage): _terms(agreed.document.stages[stage], stage, catalogue) for stage in LADDER}


def _terms(terms: StageTerms, stage: Stage, catalogue: rules.Catalogue) -> dict[str, Any]:
    return {
        "terms": terms,
        "criteria": criteria(terms, catalogue),
        "enters": BY_ITSELF[stage],
        "beside": BESIDE[stage],
        "must": [*(f"{label(name, catalogue)} known" for name in terms.required), *ALWAYS[stage]],
    }


def criteria(terms: StageTerms, catalogue: rules.Catalogue) -> list[str]:
    """What lets a lead in: of several clauses that must all hold each on its own."""
    if terms.entry is None:
        return []
    rule = rules.parse(terms.entry, catalogue=catalogue)
    return rules.clauses_in_words(rule.rules if isinstance(rule, rules.All) else [rule])


def label(name: str, catalogue: rules.Catalogue) -> str:
    fact = catalogue.find(name)
    return fact.label if fact else name

"""Whether a rule still speaks of what is there: asked of what somebody writes now, not of what was agreed once."""

from __future__ import annotations

from collections.abc import Iterator

from leads.rules.facts import Kind
from leads.rules.faults import Path, RuleFault
from leads.rules.language import AnyOf, Clause, Not, Rule, Touches
from leads.rules.sentences import Names, names_of


def check(rule: Rule) -> None:
    """Raises `RuleFault` where a clause asks about an archived field, a choice that is not on its list, or a
    campaign, channel or person that does not exist."""
    names = names_of(rule)
    for number, (path, clause) in enumerate(walk(rule), start=1):
        if sentence := _fault(clause, names):
            raise RuleFault(path, sentence, number=number)


def walk(rule: Rule, path: Path = ()) -> Iterator[tuple[Path, Clause | Touches]]:
    """Each clause with its path, in reading order."""
    if isinstance(rule, Clause | Touches):
        yield path, rule
    elif isinstance(rule, Not):
        yield from walk(rule.rule, (*path, "not"))
    else:
        word = "any" if isinstance(rule, AnyOf) else "all"
        for n, part in enumerate(rule.parts):
            yield from walk(part, (*path, word, n))


def _fault(clause: Clause | Touches, names: Names) -> str:
    if isinstance(clause, Touches):
        campaign = clause.touched.campaign
        is_gone = campaign is not None and ("campaign", campaign) not in names
        return f"There is no campaign {campaign}. Choose one of the list." if is_gone else ""
    fact = clause.fact
    if not fact.in_use:
        return f"“{fact.label}” was archived. Ask about another field."
    values = () if clause.value is None else clause.texts
    if fact.kind == Kind.ROW:
        gone = next((value for value in values if (fact.name, value) not in names), None)
        return "" if gone is None else f"There is no {fact.label.lower()} {gone}. Choose one of the list."
    if fact.kind == Kind.CHOICE and fact.key:
        wrong = next((value for value in values if value not in fact.values), None)
        return "" if wrong is None else f"“{fact.label}” has no choice “{wrong}”. Choose one of its list."
    return ""

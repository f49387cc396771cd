"""The language in which both teams say what they mean by a lead: criteria as data.

rule = rules.parse({"all": [{"field": "score.fit_grade", "op": "at_least", "value": "B"},
                            {"touches": {"kinds": ["form"]}, "within_days": 30}]})
rule.sentence()                                     # “Fit is B or better, and a form filled in the last 30 days”
rules.matches(rule, snapshot, moment)               # for one lead, in Python
Lead.objects.filter(rules.condition(rule, moment))  # for many, in SQL: the same leads
"""

from leads.rules.checking import check, walk
from leads.rules.conditions import condition
from leads.rules.explaining import Answer, explain, lacking
from leads.rules.facts import Catalogue, Fact, Kind
from leads.rules.faults import RuleFault
from leads.rules.language import All, AnyOf, Clause, Not, Rule, Touched, Touches
from leads.rules.matching import matches
from leads.rules.parsing import parse, read
from leads.rules.sentences import clauses_in_words, names_for, names_of, sentence
from leads.rules.snapshots import Seen, Snapshot, snapshots

__all__ = [
    "All",
    "Answer",
    "AnyOf",
    "Catalogue",
    "Clause",
    "Fact",
    "Kind",
    "Not",
    "Rule",
    "RuleFault",
    "Seen",
    "Snapshot",
    "Touched",
    "Touches",
    "check",
    "clauses_in_words",
    "condition",
    "explain",
    "lacking",
    "matches",
    "names_for",
    "names_of",
    "parse",
    "read",
    "sentence",
    "snapshots",
    "walk",
]

"""Named groups of leads, as both heads signed them: which there are, who is in one, in which a lead is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Q, TextField, Value, When

from leads import definitions, rules
from leads.criteria import Criterion, holds
from leads.models import Lead
from leads.rules.language import All, AnyOf, Not, Rule


@dataclass(frozen=True)
class Segment:
    """One segment in force. Of exclusive ones `rule` leaves out whoever an earlier one has."""

    key: str
    name: str
    exclusive: bool
    rule: Rule

    def condition(self, moment: datetime) -> Q:
        return rules.condition(self.rule, moment)


def segments(moment: datetime) -> list[Segment]:
    """Those of the definitions in force, in their order."""
    found: list[Segment] = []
    taken: list[Rule] = []
    for one in definitions.in_force(moment).document.profile.segments:
        rule = rules.parse(one.rule)
        if one.exclusive:
            alone = All((rule, Not(AnyOf(tuple(taken))))) if taken else rule
            taken.append(rule)
            rule = alone
        found.append(Segment(one.key, one.name, one.exclusive, rule))
    return found


def names(moment: datetime) -> list[tuple[str, str]]:
    """Key and name of each, without reading their rules."""
    return [(one.key, one.name) for one in definitions.in_force(moment).document.profile.segments]


def exclusive(moment: datetime) -> Case:
    """SQL of the key of the exclusive segment that a lead is in, the first whose rule it meets; NULL where none is.

    Segments that are not exclusive overlap, so they are left out: what is counted by this adds up.
    """
    found = definitions.in_force(moment).document.profile.segments
    whens = [
        When(rules.condition(rules.parse(one.rule), moment), then=Value(one.key))
        for one in found
        if one.exclusive
    ]
    return Case(*whens, default=None, output_field=TextField())


def condition(keys: Sequence[str], moment: datetime) -> Q:
    """Leads in any of these segments."""
    found = Q(pk__in=[])
    for segment in segments(moment):
        if segment.key in keys:
            found |= segment.condition(moment)
    return found


def none(moment: datetime) -> Q:
    """Leads in no segment at all."""
    found = [segment.rule for segment in segments(moment)]
    return rules.condition(Not(AnyOf(tuple(found))), moment) if found else Q()


def of(lead_ids: Sequence[int], moment: datetime) -> dict[int, list[str]]:
    """The names of the segments of each of these leads, in one query."""
    there = segments(moment)
    if not there or not lead_ids:
        return {}
    met = {f"met_{n}": holds(segment.rule, moment) for n, segment in enumerate(there)}
    rows = Lead.objects.filter(pk__in=lead_ids).order_by().annotate(**met).values_list("pk", *met)
    return {
        pk: [segment.name for segment, is_in in zip(there, found, strict=True) if is_in]
        for pk, *found in rows
    }


def judged(
    lead_id: int, criteria: Sequence[Criterion], moment: datetime
) -> tuple[list[str], list[Criterion]]:
    """The names of the segments of one lead, and which of these criteria it does not meet, in one query."""
    there = segments(moment)
    asked = [*(one.rule for one in there), *(one.rule for one in criteria)]
    if not asked:
        return [], []
    met = {f"met_{n}": holds(rule, moment) for n, rule in enumerate(asked)}
    found = Lead.objects.filter(pk=lead_id).annotate(**met).values_list(*met).first() or ()
    names = [one.name for one, is_in in zip(there, found, strict=False) if is_in]
    return names, [one for one, is_met in zip(criteria, found[len(there) :], strict=False) if not is_met]

"""What makes a lead an MQL: the clauses of the entry rule in force, and the facts that must be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from leads import definitions, rules
from leads.definitions import Document
from leads.models import Lead
from leads.rules.language import All, Clause, Rule, Touches
from leads.stages import Move, Stage, Standing, targets
from smarketing.foundation.refusals import Refusal

# The moves by which people bring a lead into a later stage, whose facts must be known then.
ENTERS = {Move.ACCEPT: Stage.SAL, Move.ADVANCE: Stage.SQL, Move.WIN: Stage.CUSTOMER}
ON_THE_WAY = {"stage": Stage.VISITOR, "standing__in": [Standing.ACTIVE, Standing.NURTURING]}


@dataclass(frozen=True)
class Criterion:
    """One thing that an MQL must meet. `key` names it within its version; `fact` is the fact that must be known."""

    key: str
    rule: Rule
    fact: str = ""

    @property
    def words(self) -> str:
        return self.rule.sentence()

    @property
    def label(self) -> str:
        """The name of the fact that must be known; else the same words."""
        return self.rule.fact.label if self.fact and isinstance(self.rule, Clause) else self.words

    @property
    def nearly(self) -> Rule | None:
        """What is one touch short of it; None where nothing lies between yes and no."""
        if isinstance(self.rule, Touches) and self.rule.at_least > 1:
            return replace(self.rule, at_least=self.rule.at_least - 1)
        return None


def criteria_of(document: Document, stage: str = Stage.MQL) -> list[Criterion]:
    """In the order of the document; what the entry rule asks and the required facts ask again stands once."""
    terms = document.stages[stage]
    parts: list[Rule] = []
    if terms.entry is not None:
        entry = rules.parse(terms.entry)
        parts = list(entry.rules) if isinstance(entry, All) else [entry]
    known = [(name, rules.parse({"field": name, "op": "is_known"})) for name in terms.required]
    required = {str(rule.data) for _, rule in known}
    clauses = [
        Criterion(f"clause:{n}", rule) for n, rule in enumerate(parts) if str(rule.data) not in required
    ]
    return clauses + [Criterion(f"fact:{name}", rule, name) for name, rule in known]


def facts_for(move: str, lead: Lead, moment: datetime) -> list[Criterion]:
    """The facts that must be known before this move, whether they are or not; none where it cannot be made."""
    stage = next((stage for entering, stage in ENTERS.items() if entering == move), None)
    if stage is None or not targets(Move(move), lead.position):
        return []
    document = definitions.in_force(moment).document
    return (
        [one for one in criteria_of(document, stage) if one.fact] if document.stages[stage].required else []
    )


def lacking_facts(move: str, lead: Lead, moment: datetime) -> list[Criterion]:
    """Of these, those that are missing: no query where the definitions ask for none."""
    return lacking(lead.pk, facts_for(move, lead, moment), moment)


def met_by(leads: QuerySet[Lead], criteria: Sequence[Criterion], moment: datetime) -> QuerySet[Lead]:
    """These leads with `met_0`, `met_1` …: whether each meets each criterion."""
    return leads.annotate(
        **{f"met_{n}": holds(criterion.rule, moment) for n, criterion in enumerate(criteria)}
    )


def holds(rule: Rule, moment: datetime) -> ExpressionWrapper:
    return ExpressionWrapper(rules.condition(rule, moment), output_field=BooleanField())


def lacking(lead_id: int, criteria: Sequence[Criterion], moment: datetime) -> list[Criterion]:
    """What this lead does not meet; one query."""
    if not criteria:
        return []
    found = met_by(Lead.objects.filter(pk=lead_id), criteria, moment)
    met = found.values_list(*(f"met_{n}" for n in range(len(criteria)))).first() or ()
    return [criterion for criterion, is_met in zip(criteria, met, strict=False) if not is_met]


def lacking_now(lead_id: int, moment: datetime) -> list[Criterion]:
    """What keeps this lead from being an MQL by the definitions in force."""
    return lacking(lead_id, criteria_of(definitions.in_force(moment).document), moment)


def ensure_met(lead_id: int, moment: datetime) -> None:
    """Whoever hands over a lead that lacks something says why; raises a refusal that names what it is."""
    if missing := lacking_now(lead_id, moment):
        raise Refusal(
            f"Say why this lead is ready for sales: it lacks {named(missing)}. The rep will read it before calling."
        )


def ensure_enters(lead: Lead, move: Move, stage: Stage, moment: datetime) -> None:
    """What the definitions in force ask of a lead before it enters a later stage; raises a refusal that names it."""
    if not targets(move, lead.position):
        return  # the move itself is refused, and says why
    criteria = criteria_of(definitions.in_force(moment).document, stage)
    if missing := lacking(lead.pk, criteria, moment):
        name = definitions.in_force(moment).document.stages[stage].name
        facts = [one for one in missing if one.fact]
        cure = f" Add {'it' if len(facts) == 1 else 'them'} to the facts of the lead." if facts else ""
        raise Refusal(f"{lead.name} cannot become {name} yet: it lacks {named(missing)}.{cure}")


def named(criteria: Sequence[Criterion]) -> str:
    """ "Employees and “A form filled in the last 30 days”"."""
    words = [one.label if one.fact else f"“{one.words}”" for one in criteria]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

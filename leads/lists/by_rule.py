"""The filter of a rule: anything that the rule language can say, as one parameter of an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from django.http import QueryDict

from leads import rules
from leads.lists.filters import Applied, Asker, Plain

LONGEST = 1_500  # characters of a rule in an address, as a view keeps it


@dataclass(frozen=True)
class ByRule(Plain):
    """`rule` holds a rule as JSON; what is no rule is left out and told."""

    name: str = "rule"
    label: str = "Rule"
    kind: str = "rule"

    @property
    def params(self) -> tuple[str, ...]:
        return (self.name,)

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        try:
            rule = rules.read(data.get(self.name, ""))
            ensure_fits(rule)
        except rules.RuleFault as fault:
            notices.append(f"The rule was left out. {fault}")
            return None
        condition = rules.condition(rule, asker.moment)
        return Applied(
            self,
            rules.sentence(rule, rules.names_for(rule, asker.user)),
            condition,
            {self.name: [rule.compact]},
        )

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        return {}


def ensure_fits(rule: rules.Rule) -> None:
    """Raises `RuleFault` where a rule is too long to stand in an address."""
    if len(quote_plus(rule.compact)) > LONGEST:
        raise rules.RuleFault(
            (), "It is too long to stand in an address. Ask less, or split it in two lists."
        )

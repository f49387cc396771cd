"""Visitors whom one thing keeps from being an MQL, or nothing any more: the choices are the criteria in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from leads import definitions
from leads.criteria import ON_THE_WAY, Criterion, criteria_of
from leads.lists.filters import Applied, Asker, Plain, clean, listed
from leads.models import LeadScore
from leads.naming import later
from smarketing.foundation.models import User

READY = later("Meets every criterion of {an_mql}")


@dataclass(frozen=True)
class Lacks(Plain):
    """What a visitor lacks, where it is one thing only. It is read as it was when the lead was scored last."""

    name: str = "lacks"
    label: str = later("Short of {an_mql}")
    kind: str = "one_of"

    @property
    def params(self) -> tuple[str, ...]:
        return (self.name,)

    def offered_to(self, user: User) -> bool:
        return user.may("leads.qualify")

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        known = choices(criteria_of(definitions.in_force(asker.moment).document))
        given = clean(data.getlist(self.name))
        chosen = {key: known[key] for key in given if key in known}
        if unknown := [key for key in given if key not in known]:
            notices.append(f"{self.label} “{unknown[0][:40]}” is no criterion now, so it was left out.")
        if not chosen:
            return None
        condition = Q(score__lacks__in=list(chosen), **ON_THE_WAY)
        return Applied(self, listed(list(chosen.values())), condition, {self.name: list(chosen)})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        chosen = clean(data.getlist(self.name))
        known = choices(criteria_of(definitions.in_force(asker.moment).document))
        return {"options": [(key, words, key in chosen) for key, words in known.items()]}


def choices(criteria: Sequence[Criterion]) -> dict[str, str]:
    """What `LeadScore.lacks` can say, in words."""
    return {LeadScore.NOTHING: str(READY)} | {one.key: f"Lacks only: {one.words}" for one in criteria}

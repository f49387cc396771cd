"""The filter by why a lead last came back from sales or was disqualified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from leads import definitions, nurture
from leads.lists.filters import NONE, Applied, Asker, Plain, clean, listed

LISTS = ("rejection", "recycling", "disqualification")


@dataclass(frozen=True)
class ReturnedFor(Plain):
    """Any of the agreed reasons of the last return; a code that is agreed no more is understood all the same."""

    name: str = "returned_for"
    label: str = "Returned for"
    kind: str = "one_of"

    @property
    def params(self) -> tuple[str, ...]:
        return (self.name,)

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        chosen = [code[:60] for code in clean(data.getlist(self.name))]
        if not chosen:
            return None
        codes = ["" if code == NONE else code for code in chosen]
        labels = [definitions.label(code) or "no reason" for code in codes]
        condition: Q = nurture.returned_for(codes)
        return Applied(self, f"{self.label} {listed(labels)}", condition, {self.name: chosen})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        chosen = clean(data.getlist(self.name))
        agreed = definitions.in_force(asker.moment).document.reasons
        found = {one.code: one.label for kind in LISTS for one in agreed[kind]}
        found |= {code: definitions.label(code) for code in chosen if code not in found and code != NONE}
        options = [(code, label, code in chosen) for code, label in found.items()]
        return {"options": [*options, (NONE, "No reason given", NONE in chosen)]}

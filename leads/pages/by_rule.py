"""The form of the list's filter by a rule: the builder, and where its list is once the rule is complete."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from leads import rules
from leads.lists.by_rule import ensure_fits
from leads.pages.addresses import Address
from leads.pages.rule_builder import drawn
from leads.pages.rule_draft import Draft
from leads.pages.rule_field import draft_of
from smarketing.foundation.models import User

NAME = "rule"


def context(data: QueryDict, address: Address, reader: User) -> dict[str, Any]:
    """The builder as it stands; `goes_to` is the list of what was sent, where that is a rule."""
    if f"{NAME}-0-join" not in data:
        kept = next(iter(address.params.get(NAME, [])), "")
        return {"builder": drawn(draft_of(kept) if kept else _blank(), NAME, reader=reader)}
    draft, fault = Draft.of_form(data, NAME), ""
    if not draft.edited:
        try:
            rule = draft.rule()
            if rule is not None:
                ensure_fits(rule)
            return {"goes_to": str(address.but(rule=rule.compact) if rule else address.without(NAME))}
        except rules.RuleFault as found:
            fault = found.sentence
    return {"builder": drawn(draft, NAME, told=True, reader=reader), "fault": fault}


def _blank() -> Draft:
    """With a first clause to fill in."""
    draft = Draft()
    draft.change("clause", "0")
    return draft

"""What narrows a list, as its page shows it: a chip for each filter that is set, and the form that sets one."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from leads.lists.filters import Asker, Filter, Reading
from leads.pages.addresses import Address


def chips_of(reading: Reading, address: Address) -> list[dict[str, Any]]:
    """What narrows the list: each chip opens its filter, and its cross takes it away."""
    return [
        {
            "words": one.words,
            "edit": str(address.but(add=one.filter.name)) if one.filter.name != "account" else "",
            "in_menu": one.filter.kind != "rule",
            "remove": str(address.without(*one.filter.params)),
        }
        for one in reading.applied
    ]


def form_of(one: Filter, data: QueryDict, asker: Asker, address: Address) -> dict[str, Any]:
    """The form of one filter, with what the address says of it; it keeps all else that the list is asked for."""
    rest = address.without(*one.params)
    return {
        "filter": one,
        "path": rest.path,
        "rest": rest.pairs,
        "back": str(rest),
        **one.context(data, asker),
    }

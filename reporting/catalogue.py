"""The reports there are, and the options each takes: asked for on the command line and over the API alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reporting.closed_loop import closed_loop
from reporting.credited import attribution
from reporting.funnel import funnel
from reporting.periods import WrongUsage, parse_day, parse_moment
from reporting.sla import sla

LOOP = ["since", "until", "as_of", "known_at", "by", "model", "basis", "currency"]
REPORTS: dict[str, tuple[Callable[..., dict[str, Any]], list[str]]] = {
    "closed_loop": (closed_loop, LOOP),
    "attribution": (attribution, LOOP),
    "funnel": (funnel, ["since", "until", "as_of", "known_at", "currency"]),
    "sla": (sla, ["since", "until", "as_of"]),
}
READERS = {"since": parse_day, "until": parse_day, "as_of": parse_moment, "known_at": parse_moment}
OPTIONS = [*READERS, "by", "model", "basis", "currency"]


def read(
    name: str, given: Mapping[str, str], allowed: list[str], *, spell: Callable[[str], str] = str
) -> dict[str, Any]:
    """Option texts as values; an option that the report does not take is refused, not ignored.

    `spell` is how an option is written where it was asked for. Raises `WrongUsage`.
    """
    for option in given:
        if option not in allowed:
            takes = ", ".join(map(spell, allowed))
            raise WrongUsage(f"Report {name} takes no {spell(option)}. It takes: {takes}.")
    return {
        option: READERS[option](text, spell(option)) if option in READERS else text
        for option, text in given.items()
    }

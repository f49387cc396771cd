"""What stages are called now: by the definitions in force, the same on every screen.

The version in force is read along with the organisation, and its names once in a process: a page pays no query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from string import Formatter
from typing import Any

from django.utils.functional import lazy
from django.utils.timezone import now

from leads import versions
from leads.models import Definition
from leads.stages import OFF_THE_ROAD, Stage, Standing

BUILT_IN = {str(value): str(label) for value, label in (*Stage.choices, *Standing.choices)}
_LADDER = [str(stage) for stage in Stage]
SAID_WITH_A_VOWEL = frozenset("AEFHILMNORSX")  # letters of an acronym: "an MQL", "an SQL", "a PQL"
VOWELS = frozenset("AEIOU")


def names() -> Mapping[str, str]:
    """Stage or standing → what it is called now; standings have the names of the product."""
    row = versions.begun(now())
    return _names(row.pk, row.in_force_from) if row is not None else BUILT_IN


@lru_cache(maxsize=32)
def _names(pk: int, since: datetime | None) -> Mapping[str, str]:
    """Of one signed version, which never changes."""
    stages = Definition.objects.values_list("document__stages", flat=True).get(pk=pk)
    return BUILT_IN | {str(stage): stages[stage]["name"] for stage in Stage if stage in stages}


class _States(Mapping[str, str]):
    """The names of now, whenever one is asked for."""

    def __getitem__(self, state: str) -> str:
        key = str(getattr(state, "value", state))
        return names()[key] if key in _LADDER else BUILT_IN[key]

    def __iter__(self) -> Iterator[str]:
        return iter([*_LADDER, *(str(standing) for standing in OFF_THE_ROAD)])

    def __len__(self) -> int:
        return len(Stage) + len(OFF_THE_ROAD)


STATES: Mapping[str, str] = _States()


class _Words(dict[str, str]):
    """ "mql" is its name, "an_mql" one of that name, "mqls" many; "An_mql" and "Mqls" begin a sentence."""

    def __missing__(self, key: str) -> str:
        article, _, state = key.rpartition("_")
        if article:
            words = one(state)
            return f"{words[0].upper()}{words[1:]}" if article[0].isupper() else words
        if key in BUILT_IN:
            return STATES[key]
        words = many(key.lower().removesuffix("s"))
        return f"{words[0].upper()}{words[1:]}" if key[0].isupper() else words


def said(text: str, *values: Any) -> str:
    """A text with the names of stages: "Became {an_mql}", "New {mqls}", "Reached {sal}"."""
    return Formatter().vformat(text, values, _Words())


# For tables that are made when the product starts: each says the names of now wherever it is read.
later = lazy(said, str)


def one(state: str) -> str:
    """ "an MQL", "a customer"."""
    name = within(state)
    acronym = name.split()[0].isupper()
    vowel = name[0].upper() in (SAID_WITH_A_VOWEL if acronym else VOWELS)
    return f"{'an' if vowel else 'a'} {name}"


def many(state: str) -> str:
    """ "MQLs", "customers"; of a name that heads chose, "Ready leads"."""
    name = within(state)
    if name.casefold() == BUILT_IN[state].casefold():
        return f"{name}s"
    return f"{name}s" if name.casefold().endswith("lead") else f"{name} leads"


def within(state: str) -> str:
    """A name within a sentence: the product's own plain words are small there."""
    name = STATES[state]
    return name if name != BUILT_IN[state] or name.isupper() else name.lower()

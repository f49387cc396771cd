"""Reads a part of a document from JSON: what does not belong there is named with its place and its cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from leads.rules import Catalogue, RuleFault, parse
from leads.rules.facts import PLACE, SCORE
from leads.rules.language import Clause
from smarketing.foundation.refusals import Refusal

T = TypeVar("T")
ESTIMATE = "score.probability"  # for people to read: no rule of the definitions asks for it
# The facts a stage may ask for; own fields beside them.
ASKED_FOR = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "job_title",
    "buying_role",
    "country",
    "consent",
    "account.name",
    "account.domain",
    "account.industry",
    "account.employees",
    "account.revenue_band",
    "account.country",
)
OWN = re.compile(r"\A(account\.)?custom\.")
KEY = re.compile(r"\A[a-z][a-z0-9_]{0,39}\Z")


class DocumentFault(Refusal):
    """A document cannot be what both teams agree on: `path` says where ("stages.mql.target_days")."""

    code = "document_fault"

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path, self.sentence = path, sentence


class Part:
    """An object of the document, read key by key; `done` refuses keys that nobody read."""

    def __init__(self, data: Any, path: str, catalogue: Catalogue | None = None) -> None:
        if not isinstance(data, dict):
            raise DocumentFault(path, "this should be an object with named values.")
        self.data, self.path, self.read = data, path, set[str]()
        self.catalogue = catalogue or Catalogue()

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fault(self, name: str, sentence: str) -> DocumentFault:
        return DocumentFault(self.at(name), sentence)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return self.data.get(name, default)

    def part(self, name: str) -> Part:
        return Part(self.get(name, {}), self.at(name), self.catalogue)

    def text(self, name: str, *, most: int = 200, blank: bool = False) -> str:
        value = self.get(name, "")
        if not isinstance(value, str) or "\0" in value:
            raise self.fault(name, "this should be text.")
        value = value.strip()
        if not value and not blank:
            raise self.fault(name, "this is empty. Enter a few words.")
        if len(value) > most:
            raise self.fault(name, f"this has {len(value):,} characters. Use at most {most:,}.")
        return value

    def key(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str) or not KEY.match(value):
            raise self.fault(
                name, f"“{value}” is no key. Use small letters, digits and _, a letter first, 40 at most."
            )
        return value

    def one_of(self, name: str, values: Collection[str], default: str | None = None) -> str:
        value = self.get(name, default)
        if not isinstance(value, str) or value not in values:
            known = ", ".join(f"“{known}”" for known in values if known)
            raise self.fault(name, f"“{value}” is not known here. Use one of {known}.")
        return str(value)

    def flag(self, name: str) -> bool:
        value = self.get(name, False)
        if not isinstance(value, bool):
            raise self.fault(name, "this should be true or false.")
        return value

    def whole(self, name: str, low: int, high: int) -> int:
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fault(
                name, f"“{_said(value)}” does not fit. Use a whole number from {low:,} to {high:,}."
            )
        return value

    def whole_or_none(self, name: str, low: int, high: int) -> int | None:
        return None if self.get(name) is None else self.whole(name, low, high)

    def share_or_none(self, name: str) -> float | None:
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
            raise self.fault(name, f"“{_said(value)}” is no share. Use a number above 0 and up to 1.")
        return float(value)

    def rule(self, name: str, *, of_profile: bool = False) -> dict[str, Any]:
        """A rule. One of the profile is about who somebody is: a score is made of it, and no move makes it anew."""
        value = self.get(name)
        if not isinstance(value, dict) or not value:
            raise self.fault(name, "this should be a rule. Add a clause.")
        try:
            rule = parse(value, catalogue=self.catalogue)
        except RuleFault as fault:
            where = f"{name}.{fault.at}" if fault.at else name
            raise self.fault(where, str(fault)) from fault
        if ESTIMATE in rule.facts():
            raise self.fault(
                name, "the probability to close is an estimate and decides nothing. Ask for a score."
            )
        asked = (clause.fact for clause in rule.clauses() if isinstance(clause, Clause))
        if of_profile and (fact := next((fact for fact in asked if fact.group in (PLACE, SCORE)), None)):
            raise self.fault(
                name, f"fit is about who they are, and “{fact.label}” is not. Ask for a fact of theirs."
            )
        return rule.data

    def rule_or_none(self, name: str) -> dict[str, Any] | None:
        return None if self.get(name) is None else self.rule(name)

    def texts(self, name: str, *, most: int, each: int = 80) -> tuple[str, ...]:
        values = self._list(name, most)
        if not all(isinstance(value, str) and 0 < len(value.strip()) <= each for value in values):
            raise self.fault(name, f"each of these should be text of 1 to {each} characters.")
        return tuple(dict.fromkeys(value.strip() for value in values))

    def several(self, name: str, make: Callable[[Part], T], *, most: int, key: str = "") -> tuple[T, ...]:
        """Objects in a list; two of them must not share their `key`."""
        found: list[T] = []
        seen: set[str] = set()
        for n, data in enumerate(self._list(name, most)):
            part = Part(data, f"{self.at(name)}[{n + 1}]", self.catalogue)
            found.append(make(part))
            part.done()
            if key and (own := getattr(found[-1], key)) in seen:
                raise part.fault(key, f"“{own}” is there twice. Give each its own.")
            if key:
                seen.add(own)
        return tuple(found)

    def facts(self, name: str, *, most: int) -> tuple[str, ...]:
        """Names of facts that a lead may be asked for."""
        names = self.texts(name, most=most)
        for fact in names:
            if fact not in ASKED_FOR and not (OWN.match(fact) and self.catalogue.find(fact)):
                raise self.fault(
                    name, f"“{fact}” is no fact that can be asked for. Choose one from the list."
                )
        return names

    def _list(self, name: str, most: int) -> list[Any]:
        value = self.get(name, [])
        if not isinstance(value, list):
            raise self.fault(name, "this should be a list.")
        if len(value) > most:
            raise self.fault(name, f"these are {len(value):,}. Keep at most {most:,}.")
        return value

    def done(self) -> None:
        if unknown := sorted(self.data.keys() - self.read):
            raise self.fault(unknown[0], "a definition has no such value. Remove it.")


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)[:40]

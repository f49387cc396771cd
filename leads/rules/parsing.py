"""From JSON to a rule. Whatever is wrong is told with the clause it stands in; nothing is guessed or left out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from typing import Any

from leads.models import Touch
from leads.rules.facts import Catalogue, Fact, Kind
from leads.rules.faults import DEEPEST, LARGEST, LONGEST, MOST_CLAUSES, MOST_VALUES, Path, RuleFault
from leads.rules.language import All, AnyOf, Clause, Not, Rule, Touched, Touches

KINDS = [str(kind) for kind in Touch.Kind.values]
TEAMS = [str(team) for team in Touch.Team.values]
MOST_DAYS = 36_500
MOST_TOUCHES = 1_000


def parse(data: Any, *, catalogue: Catalogue | None = None) -> Rule:
    """The rule that `data` says; raises `RuleFault`.

    What a company may change later (choices of own fields, campaigns) is not asked here but by `check`, so that what
    was agreed once is readable for ever.
    """
    return _Reader(catalogue or Catalogue()).rule(data, (), 0)


def read(text: str, *, catalogue: Catalogue | None = None) -> Rule:
    """The same, of JSON as a text."""
    if len(text) > LARGEST:
        raise RuleFault((), f"This rule is longer than {LARGEST:,} characters. Split it, or ask less.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise RuleFault((), "This is no rule: it cannot be read as JSON.") from None
    return parse(data, catalogue=catalogue)


class _Reader:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.clauses = catalogue, 0

    def fault(self, path: Path, sentence: str) -> RuleFault:
        return RuleFault(path, sentence, number=self.clauses)

    def rule(self, data: Any, path: Path, depth: int) -> Rule:
        if not isinstance(data, dict):
            raise self.fault(path, f"A clause or a group stands here, not {_shown(data)}.")
        for word, group in (("all", All), ("any", AnyOf)):
            if word in data:
                self._only(data, {word}, path)
                return group(self._group(data[word], (*path, word), depth))
        if "not" in data:
            self._only(data, {"not"}, path)
            return Not(self.rule(data["not"], (*path, "not"), self._deeper(path, depth)))
        return self._clause(data, path)

    def _deeper(self, path: Path, depth: int) -> int:
        if depth >= DEEPEST:
            raise self.fault(path, f"Groups stand in groups up to {DEEPEST} deep. Make this one flatter.")
        return depth + 1

    def _group(self, data: Any, path: Path, depth: int) -> tuple[Rule, ...]:
        if not isinstance(data, list) or not data:
            raise self.fault(path, f"“{path[-1]}” needs a list of at least one clause.")
        if len(data) > MOST_CLAUSES:
            raise self.fault(path, f"A rule holds up to {MOST_CLAUSES} clauses. This group has {len(data)}.")
        deeper = self._deeper(path[:-1], depth)
        return tuple(self.rule(one, (*path, n), deeper) for n, one in enumerate(data))

    def _clause(self, data: dict, path: Path) -> Rule:
        self.clauses += 1
        if self.clauses > MOST_CLAUSES:
            raise self.fault(path, f"A rule holds up to {MOST_CLAUSES} clauses. Take some out.")
        if "touches" in data:
            return self._touches(data, path)
        self._only(data, {"field", "op", "value"}, path)
        fact = self._fact(data.get("field"), path)
        op = data.get("op")
        if op not in fact.ops:
            raise self.fault(
                path, f"{fact.label} cannot be asked {_shown(op)}. Use one of: {', '.join(fact.ops)}."
            )
        if op in ("is_known", "is_unknown"):
            if data.get("value") not in (None, ""):
                raise self.fault(path, f"“{op}” takes no value. Leave it out.")
            return Clause(fact, op)
        return Clause(fact, op, self._value(fact, op, data.get("value"), path))

    def _fact(self, name: Any, path: Path) -> Fact:
        if name is None or name == "":
            raise self.fault(path, "Choose what to ask about.")
        fact = self.catalogue.find(name) if isinstance(name, str) else None
        if fact is None:
            raise self.fault(path, f"There is no field {_shown(name)}. Choose one of the list.")
        return fact

    def _value(self, fact: Fact, op: str, value: Any, path: Path) -> Any:
        def read_one(one: Any) -> Any:
            # Blanks at the ends of a part mean the end of a word: “vp ” is not in “vpn”.
            if isinstance(one, str) and op not in ("contains", "starts_with"):
                one = one.strip()
            return READ[fact.kind](self, fact, one, path)

        if op in ("within_days", "over_days", "next_days"):
            return self._count(value, "a number of days", MOST_DAYS, path)
        if op == "between":
            return self._span(fact, value, path)
        if op in ("is_one_of", "is_none_of"):
            if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
                raise self.fault(path, f"{fact.label} needs a list of 1 to {MOST_VALUES} values.")
            return tuple(dict.fromkeys(read_one(one) for one in value))
        return read_one(value)

    def _span(self, fact: Fact, value: Any, path: Path) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            raise self.fault(path, f"{fact.label} between needs two numbers: the least and the most.")
        low, high = (self._number(fact, one, path) for one in value)
        if low > high:
            raise self.fault(path, f"{fact.label} between {low:,} and {high:,}: put the lower number first.")
        return low, high

    def _text(self, fact: Fact, value: Any, path: Path) -> str:
        text = self._words(fact.label, value, path)
        if not text.strip():
            raise self.fault(path, f"{fact.label} needs a text to compare with, or ask “is unknown”.")
        return text

    def _words(self, label: str, value: Any, path: Path) -> str:
        if not isinstance(value, str):
            raise self.fault(path, f"{label} needs a text, not {_shown(value)}.")
        if len(value) > LONGEST or not value.isprintable():
            raise self.fault(path, f"{label} needs a text of up to {LONGEST} plain characters.")
        return value

    def _number(self, fact: Fact, value: Any, path: Path) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or abs(value) > 1e15 or not math.isfinite(value):
            raise self.fault(path, f"{fact.label} needs a number, not {_shown(value)}.")
        return int(value) if value == int(value) else float(value)

    def _day(self, fact: Fact, value: Any, path: Path) -> date:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
        except ValueError:
            day = None
        if day is None or not 1900 <= day.year < 2200:
            raise self.fault(path, f"{fact.label} needs a day such as 2026-03-31, not {_shown(value)}.")
        return day

    def _choice(self, fact: Fact, value: Any, path: Path) -> str:
        if fact.key:
            return self._text(fact, value, path)
        if not isinstance(value, str) or value not in fact.values:
            known = ", ".join(fact.values)
            raise self.fault(path, f"{fact.label} is never {_shown(value)}. Use one of: {known}.")
        return value

    def _grade(self, fact: Fact, value: Any, path: Path) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return self._choice(fact, value, path)

    def _yes_no(self, fact: Fact, value: Any, path: Path) -> bool:
        if not isinstance(value, bool):
            raise self.fault(path, f"{fact.label} is yes or no (true or false), not {_shown(value)}.")
        return value

    def _row(self, fact: Fact, value: Any, path: Path) -> int:
        return self._pk(fact.label, value, path)

    def _pk(self, label: str, value: Any, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
            raise self.fault(path, f"{label} is chosen from the list, so {_shown(value)} is none.")
        return value

    def _count(self, value: Any, what: str, most: int, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
            raise self.fault(path, f"{_shown(value)} is not {what} from 1 to {most:,}.")
        return value

    def _touches(self, data: dict, path: Path) -> Touches:
        self._only(data, {"touches", "within_days", "at_least"}, path)
        days = data.get("within_days")
        return Touches(
            self._touched(data["touches"], path),
            None if days is None else self._count(days, "a number of days", MOST_DAYS, path),
            self._count(data.get("at_least", 1), "a number of touches", MOST_TOUCHES, path),
        )

    def _touched(self, data: Any, path: Path) -> Touched:
        if not isinstance(data, dict):
            raise self.fault(path, "“touches” says which ones are meant, such as {“kinds”: [“form”]}.")
        self._only(data, {"kinds", "content", "url", "campaign", "team"}, path)
        kinds = data.get("kinds") or []
        if not isinstance(kinds, list) or any(kind not in KINDS for kind in kinds):
            raise self.fault(
                path, f"Kinds of touches are a list of: {', '.join(KINDS)}; not {_shown(kinds)}."
            )
        team = data.get("team") or ""
        if team not in ("", *TEAMS):
            raise self.fault(path, f"A touch is of {' or '.join(TEAMS)}, not of {_shown(team)}.")
        campaign = data.get("campaign")
        return Touched(
            tuple(dict.fromkeys(kinds)),
            self._words("The content of a touch", data.get("content") or "", path),
            self._words("The address of a touch", data.get("url") or "", path),
            None if campaign is None else self._pk("The campaign of a touch", campaign, path),
            team,
        )

    def _only(self, data: dict, known: set[str], path: Path) -> None:
        if unknown := [name for name in data if name not in known]:
            raise self.fault(path, f"Nothing is known as {_shown(unknown[0])} here. Take it out.")


READ: dict[Kind, Callable[[_Reader, Fact, Any, Path], Any]] = {
    Kind.TEXT: _Reader._text,
    Kind.NUMBER: _Reader._number,
    Kind.DATE: _Reader._day,
    Kind.MOMENT: _Reader._day,
    Kind.CHOICE: _Reader._choice,
    Kind.YES_NO: _Reader._yes_no,
    Kind.GRADE: _Reader._grade,
    Kind.ROW: _Reader._row,
}


def _shown(value: Any) -> str:
    """What was given, short enough for a sentence."""
    if value is None or value == "":
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"

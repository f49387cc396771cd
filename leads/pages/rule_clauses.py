"""One clause in the fields of a form: what can be asked of a fact, and what was typed as the clause it means."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from typing import Any

from leads.rules import Clause, Fact, Kind, Touches

Told = Mapping[str, Sequence[str]]
TOUCHES = "touches"  # asked in place of a fact
LISTED = ("is_one_of", "is_none_of")
DAYS = ("within_days", "over_days", "next_days")
KNOWN = {"is_known": "is known", "is_unknown": "is not known"}
PAST = {
    "within_days": "is in the last",
    "over_days": "is more than",
    "before": "is before",
    "after": "is after",
}
# What is offered of each kind; `is` and `is not` of words are lists of one.
OFFERED: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {
        "is_one_of": "is",
        "is_none_of": "is not",
        "contains": "contains",
        "starts_with": "starts with",
        **KNOWN,
    },
    Kind.NUMBER: {
        "at_least": "is at least",
        "at_most": "is at most",
        "between": "is between",
        "is": "is exactly",
        **KNOWN,
    },
    Kind.DATE: {**PAST, "next_days": "is in the next", **KNOWN},
    Kind.MOMENT: {**PAST, **KNOWN},
    Kind.CHOICE: {"is_one_of": "is", "is_none_of": "is not", **KNOWN},
    Kind.ROW: {"is_one_of": "is", "is_none_of": "is not", **KNOWN},
    Kind.YES_NO: {"is": "is", **KNOWN},
    Kind.GRADE: {"at_least": "is at least", "is": "is exactly", **KNOWN},
}


def entry_of(fact: Fact, op: str) -> str:
    """Which fields the value has: none, text, texts, number, span, days, day, yes_no, grade or picks."""
    if op in KNOWN:
        return "none"
    if op in DAYS:
        return "days"
    if fact.kind == Kind.TEXT:
        return "texts" if op in LISTED else "text"
    if fact.kind == Kind.NUMBER:
        return "span" if op == "between" else "number"
    return {Kind.YES_NO: "yes_no", Kind.GRADE: "grade", Kind.CHOICE: "picks", Kind.ROW: "picks"}.get(
        fact.kind, "day"
    )


# --- From what was typed --------------------------------------------------------------------------------------
def clause_data(fact: Fact | None, told: Told) -> dict[str, Any]:
    """The clause as JSON; what cannot be read stays as it was typed, for the fault to quote."""
    if first(told, "field") == TOUCHES:
        return _touches_data(told)
    op, values = first(told, "op"), list(told.get("value", ()))
    clause: dict[str, Any] = {"field": first(told, "field"), "op": op}
    if fact is None or op in KNOWN:
        return clause
    entry = entry_of(fact, op)
    if entry == "texts":
        return clause | {"value": split(first(told, "value"))}
    if entry == "picks":
        return clause | {"value": [number(one) if fact.kind == Kind.ROW else one for one in values]}
    if entry == "span":
        return clause | {"value": [_amount(fact, one) for one in (*values, "", "")[:2]]}
    return clause | {"value": _value(fact, entry, first(told, "value"))}


def _value(fact: Fact, entry: str, text: str) -> Any:
    if entry == "days":
        return number(text)
    if entry == "number":
        return _amount(fact, text)
    return {"yes": True, "no": False}.get(text, text) if entry == "yes_no" else text


def _amount(fact: Fact, text: str) -> Any:
    amount = number(text)
    return amount / 100 if fact.is_share and not isinstance(amount, str) else amount


def _touches_data(told: Told) -> dict[str, Any]:
    touched = {
        "kinds": list(told.get("kinds", ())),
        "team": first(told, "team"),
        "content": first(told, "content").strip(),
        "url": first(told, "url").strip(),
        "campaign": number(first(told, "campaign")),
    }
    counted = {"within_days": number(first(told, "days")), "at_least": number(first(told, "times"))}
    return {
        "touches": {name: value for name, value in touched.items() if value},
        **{name: value for name, value in counted.items() if value != ""},
    }


def first(told: Told, part: str) -> str:
    return next(iter(told.get(part, ())), "")


def number(text: str) -> Any:
    """The number that was typed; a text that is none stays as it is."""
    plain = text.strip().replace(",", "").removesuffix("%").strip()
    if re.fullmatch(r"-?[0-9]{1,15}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?[0-9]{0,15}\.[0-9]{1,15}", plain) else text.strip()


def split(text: str) -> list[str]:
    """Values typed with commas between them; one that has a comma itself stands in quotes."""
    line = " ".join(text.split())
    return [value.strip() for value in next(csv.reader([line], skipinitialspace=True), []) if value.strip()]


# --- Back to what is typed ------------------------------------------------------------------------------------
def clause_told(clause: Clause) -> dict[str, list[str]]:
    fact, op = clause.fact, clause.op
    if op not in OFFERED[fact.kind]:
        op = {"is": "is_one_of", "is_not": "is_none_of"}[op]
    told = {"field": [fact.name], "op": [op]}
    if clause.value is None:
        return told
    values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
    if entry_of(fact, op) == "texts":
        return told | {"value": [joined(values)]}
    return told | {"value": [_typed(fact, value) for value in values]}


def joined(values: Sequence[str]) -> str:
    quoted = (
        '"' + value.replace('"', '""') + '"' if '"' in value or "," in value else value for value in values
    )
    return ", ".join(quoted)


def _typed(fact: Fact, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact.is_share:
        return f"{value * 100:.10g}"
    return str(value)


def touches_told(rule: Touches) -> dict[str, list[str]]:
    touched = rule.touched
    return {
        "field": [TOUCHES],
        "kinds": list(touched.kinds),
        "team": [touched.team],
        "content": [touched.content],
        "url": [touched.url],
        "campaign": [str(touched.campaign or "")],
        "days": [str(rule.within_days or "")],
        "times": [str(rule.at_least)],
    }

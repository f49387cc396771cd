"""A rule in words: “Fit is B or better, and a form filled in the last 30 days”."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from leads.models import Touch
from leads.naming import within
from leads.rules.facts import TABLES, Fact, Kind
from leads.rules.language import All, Clause, Not, Rule, Touched, Touches
from smarketing.foundation.models import User

Names = dict[tuple[str, int], str]
OWNING = (User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD)  # who is offered as an owner
# One touch of this kind, and several; then what is said of it.
TOUCH_WORDS = {
    Touch.Kind.ORIGIN: ("first contact", "first contacts", ""),
    Touch.Kind.VISIT: ("visit", "visits", ""),
    Touch.Kind.DOWNLOAD: ("download", "downloads", ""),
    Touch.Kind.FORM: ("form", "forms", "filled"),
    Touch.Kind.EMAIL_CLICK: ("e-mail click", "e-mail clicks", ""),
    Touch.Kind.WEBINAR: ("webinar", "webinars", "attended"),
    Touch.Kind.EVENT: ("event", "events", "attended"),
    Touch.Kind.CALL: ("call", "calls", ""),
    Touch.Kind.EMAIL: ("e-mail", "e-mails", ""),
    Touch.Kind.MEETING: ("meeting", "meetings", ""),
    Touch.Kind.OTHER: ("other touch", "other touches", ""),
}


# What joins clauses in a sentence: a value that holds it stands in quotes, lest it reads as a clause of its own.
_JOINS = re.compile(r"[,()“”]|\b(?:and|or)\b", re.IGNORECASE).search
_STRAIGHT = str.maketrans("“”", '""')


def sentence(rule: Rule, names: Names | None = None) -> str:
    """The whole rule; the names of campaigns, channels and people are looked up, where they are not given."""
    text = words(rule, names_of(rule) if names is None else names)
    return text[:1].upper() + text[1:]


def names_for(rule: Rule, user: User) -> Names:
    """The same for a rule that somebody typed: a number names nobody whom this person could not choose."""
    return {
        (table, pk): str(rows[pk]) if pk in rows else f"{table} {pk}, which is not known"
        for table, pks in _rows_of(rule).items()
        for rows in [_seen(table, user).in_bulk(pks)]
        for pk in pks
    }


def _seen(table: str, user: User) -> QuerySet:
    rows = TABLES[table]._default_manager.all()
    if table != "owner" or user.may("people.manage_team"):
        return rows if user.may("campaigns.read") or table == "owner" else rows.none()
    return rows.filter(Q(role__in=OWNING) | Q(pk=user.pk))


def names_of(*rules: Rule) -> Names:
    """What the rows are called that the rules name, by table and number."""
    found: Names = {}
    for table, pks in _rows_of(*rules).items():
        found |= {(table, row.pk): str(row) for row in TABLES[table]._default_manager.filter(pk__in=pks)}
    return found


def _rows_of(*rules: Rule) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for one in (clause for rule in rules for clause in rule.clauses()):
        if isinstance(one, Touches) and one.touched.campaign is not None:
            wanted.setdefault("campaign", set()).add(one.touched.campaign)
        if isinstance(one, Clause) and one.fact.kind == Kind.ROW and one.value is not None:
            wanted.setdefault(one.fact.name, set()).update(one.texts)
    return wanted


def words(rule: Rule, names: Names, *, denied: bool = False, inside: bool = False) -> str:
    """The rule, or that it does not hold, without a capital; `inside` another group it stands in brackets."""
    if isinstance(rule, Not):
        return words(rule.rule, names, denied=not denied, inside=inside)
    if isinstance(rule, Clause):
        return _clause(rule, names, denied)
    if isinstance(rule, Touches):
        return _touches(rule, names, denied)
    if len(rule.parts) == 1:
        return words(rule.parts[0], names, denied=denied, inside=inside)
    joint = ", and " if isinstance(rule, All) != denied else ", or "
    text = joint.join(words(one, names, denied=denied, inside=True) for one in rule.parts)
    return f"({text})" if inside else text


# --- Clauses ------------------------------------------------------------------------------------------------
VERBS = {
    "is": ("is", "is not"),
    "is_not": ("is known and not", "is unknown or"),
    "is_one_of": ("is", "is not"),
    "is_none_of": ("is known and not", "is unknown or"),
    "contains": ("contains", "does not contain"),
    "starts_with": ("starts with", "does not start with"),
    "before": ("is before", "is not before"),
    "after": ("is after", "is not after"),
    "is_known": ("is known", "is unknown"),
    "is_unknown": ("is unknown", "is known"),
}


def _clause(clause: Clause, names: Names, denied: bool) -> str:
    fact, op = clause.fact, clause.op
    head = low(fact.label)
    if op in ("is_known", "is_unknown"):
        return f"{head} {VERBS[op][denied]}"
    if fact.kind == Kind.NUMBER:
        return f"{head} {'is not' if denied else 'is'} {_amount(clause)}"
    if fact.kind == Kind.GRADE and op == "at_least":
        best = clause.value == fact.values[0]
        return f"{head} {'is not' if denied else 'is'} {clause.value}{'' if best else ' or better'}"
    if op in ("within_days", "over_days", "next_days"):
        return f"{head} {'is not' if denied else 'is'} {_days(clause)}"
    return f"{head} {VERBS[op][denied]} {_listed(_said(clause, names))}"


def _amount(clause: Clause) -> str:
    if clause.op == "between":
        low, high = (number(clause.fact, one) for one in clause.value)
        return f"between {low} and {high}"
    shown = number(clause.fact, clause.value)
    return {"at_least": f"at least {shown}", "at_most": f"at most {shown}", "is": shown}[clause.op]


def number(fact: Fact, value: float) -> str:
    if fact.is_share:
        return f"{value * 100:.10g}%"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def _days(clause: Clause) -> str:
    days = day_count(clause.value)
    return {
        "within_days": f"in the last {days}",
        "over_days": f"more than {days_ago(clause.value)} ago",
        "next_days": f"in the next {days}",
    }[clause.op]


def day_count(days: int) -> str:
    return "day" if days == 1 else f"{days:,} days"


def days_ago(days: int) -> str:
    return "a day" if days == 1 else f"{days:,} days"


def _said(clause: Clause, names: Names) -> list[str]:
    values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
    return [
        said(clause.fact, value, names, quoted=clause.op in ("contains", "starts_with")) for value in values
    ]


def said(fact: Fact, value: Any, names: Names, *, quoted: bool = False) -> str:
    """One value of a fact, as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact.kind == Kind.ROW:
        return names.get((fact.name, value), f"{fact.label.lower()} {value}, which is gone")
    if fact.kind in (Kind.DATE, Kind.MOMENT):
        return f"{value.day} {value:%B %Y}"
    if fact.kind == Kind.NUMBER:
        return number(fact, value)
    if fact.kind == Kind.CHOICE and not fact.key:
        return within(str(value)) if fact.name == "stage" else low(fact.named(str(value)))
    return f"“{str(value).translate(_STRAIGHT)}”" if quoted or _JOINS(str(value)) else str(value)


def low(label: str) -> str:
    """As it stands inside a sentence: “E-mail” loses its capital, “MQL” keeps all of them."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _listed(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else values[0]


# --- Touches ------------------------------------------------------------------------------------------------
def _touches(rule: Touches, names: Names, denied: bool) -> str:
    within = f" in the last {day_count(rule.within_days)}" if rule.within_days else ""
    return f"{_how_many(rule, denied)}{_which(rule.touched, names)}{within}"


def _how_many(rule: Touches, denied: bool) -> str:
    kinds = [TOUCH_WORDS[Touch.Kind(kind)] for kind in rule.touched.kinds] or [("touch", "touches", "")]
    of = f"{rule.touched.team} " if rule.touched.team else ""
    done = f" {kinds[0][2]}" if len(kinds) == 1 and kinds[0][2] else ""
    one, several = (of + _listed([kind[n] for kind in kinds]) for n in (0, 1))
    if rule.at_least == 1:
        return f"no {one}{done}" if denied else f"{'an' if one[0] in 'aeio' else 'a'} {one}{done}"
    return f"{'fewer than' if denied else 'at least'} {rule.at_least:,} {several}{done}"


def _which(touched: Touched, names: Names) -> str:
    told: list[str] = []
    if touched.content:
        told.append(f" with “{touched.content}” in its content")
    if touched.url:
        told.append(f" at “{touched.url}”")
    if touched.campaign is not None:
        name = names.get(("campaign", touched.campaign), f"{touched.campaign}, which is gone")
        told.append(f" of the campaign {name}")
    return "".join(told)


def clauses_in_words(rules: Iterable[Rule]) -> list[str]:
    """Each rule on its own; names are looked up once for all."""
    found = list(rules)
    names = names_of(*found)
    return [text[:1].upper() + text[1:] for text in (words(rule, names) for rule in found)]

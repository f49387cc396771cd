"""Facts that this company asks for itself: what a value of each kind may be, how it is typed, stored and shown.

Forms, lists, imports, exports and the API all come here, so that they take and refuse the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from leads.models import CustomField
from smarketing.foundation.read_along import ReadAlong
from smarketing.foundation.refusals import Refusal

Value = str | int | float | bool
Kind, Entity = CustomField.Kind, CustomField.Entity

MOST_FIELDS = 50  # in use, of leads and of companies each
TEXT_LENGTH = 300
MOST_CHOICES = 100
DIGITS, DECIMALS = 15, 6  # so many survive any JSON reader unrounded
EARLIEST, LATEST = 1900, 2199
PREFIXES = {Entity.LEAD: "custom.", Entity.ACCOUNT: "account.custom."}

YES = {"yes", "y", "true", "1", "on"}
NO = {"no", "n", "false", "0", "off"}
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)


# --- Which there are ------------------------------------------------------------------------------------------
_IN_USE = ReadAlong(
    CustomField.objects.in_use(),
    ["id", "entity", "key", "label", "kind", "choices", "help", "position", "archived_at"],
)
changed = _IN_USE.changed


def fields(entity: str) -> list[CustomField]:
    """Those in use, in the order of the settings: read with the organisation, once within a request."""
    return [field for field in _IN_USE.all() if field.entity == entity]


def by_key(entity: str) -> dict[str, CustomField]:
    return {field.key: field for field in fields(entity)}


def by_name() -> dict[str, CustomField]:
    """ "custom.budget" and "account.custom.tier" → the field."""
    return {name_of(field): field for field in _IN_USE.all()}


def name_of(field: CustomField) -> str:
    """How rules, imports and addresses call it."""
    return f"{PREFIXES[Entity(field.entity)]}{field.key}"


def has_value(key: str) -> Q:
    """Rows with a value of this key; says that there is one at all, as the index holds no others."""
    return Q(custom__has_key=key) & ~Q(custom={})


# --- From text to a value -------------------------------------------------------------------------------------
def parse(field: CustomField, text: str) -> Value | None:
    """The value that somebody typed, None for nothing; raises `ValidationError` with a sentence."""
    text = text.strip()
    if not text:
        return None
    if "\0" in text:
        raise ValidationError(f"“{field.label}” has a character that cannot be kept. Type it anew.")
    return _PARSERS[Kind(field.kind)](field, text)


def _text(field: CustomField, text: str) -> str:
    text = " ".join(text.split())
    if len(text) > TEXT_LENGTH:
        raise ValidationError(
            f"“{field.label}” has room for {TEXT_LENGTH} characters, and this has {len(text):,}. Shorten it."
        )
    return text


def _number(field: CustomField, text: str) -> int | float:
    plain = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    plain = plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain
    try:
        number = Decimal(plain) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain, re.ASCII) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise ValidationError(f"Enter “{field.label}” as a number, such as 1200.50.")
    return stored_number(field, number)


def stored_number(field: CustomField, number: Decimal) -> int | float:
    """As JSON keeps it, exactly: a whole number as such, others within the digits that no reader rounds."""
    number = number.normalize()
    _, digits, exponent = number.as_tuple()
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if not number.is_finite() or number.adjusted() >= DIGITS or len(digits) > DIGITS or places > DECIMALS:
        raise ValidationError(
            f"“{field.label}” has room for {DIGITS} digits, {DECIMALS} of them decimals. Round it."
        )
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, text: str) -> str:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(f"Enter “{field.label}” as a day, such as 2026-03-31.")
    return stored_day(field, day)


def stored_day(field: CustomField, day: date) -> str:
    if not EARLIEST <= day.year <= LATEST:
        raise ValidationError(f"“{field.label}” lies between {EARLIEST} and {LATEST}. Enter such a day.")
    return day.isoformat()


def _choice(field: CustomField, text: str) -> str:
    wanted = " ".join(text.split()).casefold()
    found = next((choice for choice in field.choices if choice.casefold() == wanted), None)
    if found is None:
        raise ValidationError(f"“{field.label}” has no choice “{text[:60]}”. Choose {_or(field.choices)}.")
    return str(found)


def _or(choices: list[str]) -> str:
    few = [f"“{choice}”" for choice in choices[:6]]
    if len(choices) > len(few):
        return f"one of {', '.join(few)} or another of its list"
    return f"{', '.join(few[:-1])} or {few[-1]}" if len(few) > 1 else few[0]


def _yes_no(field: CustomField, text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise ValidationError(f"Answer “{field.label}” with yes or no.")
    return word in YES


_PARSERS = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
}


def check(field: CustomField, value: Any) -> Value | None:
    """A value of JSON: of its kind and nothing that merely resembles it; raises `ValidationError`."""
    if value is None or value == "":
        return None
    kind = Kind(field.kind)
    if kind == Kind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError(f"Write “{field.label}” as a number, without quotes.")
        return stored_number(field, Decimal(str(value)))
    if kind == Kind.YES_NO:
        if not isinstance(value, bool):
            raise ValidationError(f"Write “{field.label}” as true or false, without quotes.")
        return value
    if not isinstance(value, str):
        raise ValidationError(f"Write “{field.label}” as text, in quotes.")
    return parse(field, value)


# --- From a value to text -------------------------------------------------------------------------------------
def typed(value: Any) -> str:
    """As a person may type it, and as files and forms have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{Decimal(str(value)).normalize():f}" if isinstance(value, int | float) else str(value)


def shown(field: CustomField, value: Any) -> str:
    """As a page says it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return f"{Decimal(str(value)).normalize():,f}"
    if field.kind == Kind.DATE:
        return _day_words(value)
    return str(value)


def _day_words(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%b}" if day.year == timezone.localdate().year else f"{day.day} {day:%b %Y}"


def read(entity: str, given: Mapping[str, str]) -> dict[str, Value | None]:
    """What was typed into fields of these keys; raises `Refusal` for one that is not in use (any more)."""
    known = by_key(entity)
    if gone := next((key for key in given if key not in known), None):
        raise Refusal(f"There is no field “{gone}” any more. Open the form anew.")
    try:
        return {key: parse(known[key], text) for key, text in given.items()}
    except ValidationError as error:
        raise Refusal(error.messages[0]) from None


# --- All values of one row ------------------------------------------------------------------------------------
def with_changes(stored: Mapping[str, Value], given: Mapping[str, Value | None]) -> dict[str, Value]:
    """The values of a row after some were given anew; an unknown one is not there at all."""
    return {key: value for key, value in {**stored, **given}.items() if value is not None}


def facts_of(values: Mapping[str, Value], of: Iterable[CustomField]) -> list[tuple[CustomField, str]]:
    """Each field with what a page says of this row, known or not."""
    return [(field, shown(field, values.get(field.key))) for field in of]

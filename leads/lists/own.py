"""Filters and columns for the facts that this company asks for itself, of leads and of their companies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from leads import custom_fields
from leads.custom_fields import has_value, name_of
from leads.lists.filters import NONE, Applied, Asker, Filter, OneOf, Plain
from leads.lists.kinds import Days
from leads.lists.orders import Column
from leads.models import Account, CustomField, Lead

Kind = CustomField.Kind
LONGEST = 100  # of what a text shall contain


@dataclass(frozen=True)
class Rows:
    """Whose list is narrowed: of leads, by what is known of them and of their companies, or of companies themselves."""

    of_companies: bool = False

    def label(self, field: CustomField) -> str:
        return field.label if self.of_companies else _label(field)

    def that(self, field: CustomField, condition: Q) -> Q:
        """Rows of this list, by a condition on whatever has the value."""
        if self.of_companies or field.entity == CustomField.Entity.LEAD:
            return condition
        return Q(account__in=Account.objects.filter(condition).order_by().values("pk"))

    def without(self, field: CustomField) -> Q:
        is_near = self.of_companies or field.entity == CustomField.Entity.LEAD
        return Q(**{f"{'custom' if is_near else 'account__custom'}__{field.key}__isnull": True})


LEADS, COMPANIES = Rows(), Rows(of_companies=True)


def filters() -> list[Filter]:
    """One for each field in use, of the form that its kind needs."""
    return [_made(field, LEADS) for field in custom_fields.by_name().values()]


def filters_of_companies() -> list[Filter]:
    """The same of companies alone, on a list of companies."""
    return [_made(field, COMPANIES) for field in custom_fields.fields("account")]


def columns() -> list[Column]:
    return [
        Column(name, _label(field), num=field.kind == Kind.NUMBER, cell=partial(_cell, field))
        for name, field in custom_fields.by_name().items()
    ]


def _cell(field: CustomField, lead: Lead) -> str:
    return custom_fields.shown(field, _values(field, lead).get(field.key))


def _values(field: CustomField, lead: Lead) -> dict[str, Any]:
    if field.entity == CustomField.Entity.LEAD:
        return dict(lead.custom)
    return dict(lead.account.custom) if lead.account is not None else {}


def _label(field: CustomField) -> str:
    """A field of companies says so where one of leads is called the same."""
    if field.entity == CustomField.Entity.ACCOUNT and field.label in _labels_of_leads():
        return f"{field.label} (company)"
    return field.label


def _labels_of_leads() -> set[str]:
    return {field.label for field in custom_fields.fields("lead")}


# --- Conditions -----------------------------------------------------------------------------------------------
def _where(rows: Rows, field: CustomField, **compared: Any) -> Q:
    """Rows whose value compares so. That they have one at all is what the index is asked."""
    condition = has_value(field.key) & Q(
        **{f"custom__{field.key}__{how}": to for how, to in compared.items()}
    )
    return rows.that(field, condition)


def _equal(rows: Rows, field: CustomField, value: Any) -> Q:
    return rows.that(field, Q(custom__contains={field.key: value}) & ~Q(custom={}))


def _any_of(rows: Rows, field: CustomField, values: list[str], asker: Asker) -> Q:
    return reduce(
        or_, [rows.without(field) if value == NONE else _equal(rows, field, value) for value in values]
    )


def _yes_or_no(rows: Rows, field: CustomField, values: list[str], asker: Asker) -> Q:
    return reduce(
        or_,
        [rows.without(field) if value == NONE else _equal(rows, field, value == "yes") for value in values],
    )


def _days(rows: Rows, field: CustomField, since: datetime | None, until: datetime | None) -> Q:
    compared = {"gte": _day(since)} if since else {}
    return _where(rows, field, **compared, **({"lt": _day(until)} if until else {}))


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


# --- Forms ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OwnText(Plain):
    """A text that contains some words, or none."""

    field: CustomField
    rows: Rows = LEADS
    kind: str = "text"

    @property
    def name(self) -> str:
        return name_of(self.field)

    @property
    def label(self) -> str:
        return self.rows.label(self.field)

    @property
    def params(self) -> tuple[str, ...]:
        return self.name, f"{self.name}_never"

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        if data.get(f"{self.name}_never"):
            words = f"{self.label} is not known"
            return Applied(self, words, self.rows.without(self.field), {f"{self.name}_never": ["1"]})
        text = " ".join(data.get(self.name, "").replace("\0", "").split())[:LONGEST]
        if not text:
            return None
        condition = _where(self.rows, self.field, icontains=text)
        return Applied(self, f"{self.label} contains “{text}”", condition, {self.name: [text]})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        return {"text": data.get(self.name, ""), "never": data.get(f"{self.name}_never", "")}


@dataclass(frozen=True)
class OwnNumber(OwnText):
    """From how much to how much, or not known."""

    kind: str = "number"

    @property
    def params(self) -> tuple[str, ...]:
        return f"{self.name}_min", f"{self.name}_max", f"{self.name}_never"

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        if data.get(f"{self.name}_never"):
            words = f"{self.label} is not known"
            return Applied(self, words, self.rows.without(self.field), {f"{self.name}_never": ["1"]})
        low, high = (self._number(data.get(name, ""), notices) for name in self.params[:2])
        if low is None and high is None:
            return None
        compared = ({} if low is None else {"gte": low}) | ({} if high is None else {"lte": high})
        params = {
            name: [custom_fields.typed(value)]
            for name, value in zip(self.params, (low, high), strict=False)
            if value is not None
        }
        return Applied(
            self, f"{self.label}: {_range(low, high)}", _where(self.rows, self.field, **compared), params
        )

    def _number(self, text: str, notices: list[str]) -> int | float | None:
        plain = text.strip().replace(",", "")
        if not plain:
            return None
        try:
            number = Decimal(plain) if plain.isascii() else None
            if number is not None and number.is_finite() and abs(number) < 10**custom_fields.DIGITS:
                return int(number) if number == number.to_integral_value() else float(number)
        except InvalidOperation:
            pass
        notices.append(f"{self.label} “{text[:40]}” is not a number, so it was left out.")
        return None

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        low, high, never = (data.get(name, "") for name in self.params)
        return {"low": low, "high": high, "has_never": True, "never": never}


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    return f"{low:,} and more" if high is None else f"up to {high:,}"


def _choice(field: CustomField, rows: Rows) -> Filter:
    choices = (*((choice, choice) for choice in field.choices), (NONE, "Not known"))
    return OneOf(name_of(field), rows.label(field), partial(_any_of, rows, field), choices)


def _yes_no(field: CustomField, rows: Rows) -> Filter:
    choices = (("yes", "Yes"), ("no", "No"), (NONE, "Not known"))
    return OneOf(name_of(field), rows.label(field), partial(_yes_or_no, rows, field), choices)


def _date(field: CustomField, rows: Rows) -> Filter:
    by_day = partial(_days, rows, field)
    return Days(name_of(field), rows.label(field), by_day, rows.without(field), never_word="not known")


def _made(field: CustomField, rows: Rows) -> Filter:
    return _MAKERS[Kind(field.kind)](field, rows)


_MAKERS: dict[Kind, Callable[[CustomField, Rows], Filter]] = {
    Kind.TEXT: OwnText,
    Kind.NUMBER: OwnNumber,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
}

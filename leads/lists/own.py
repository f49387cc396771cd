"""Filters and columns for the facts that this company asks for itself, of leads and of their companies."""

from __future__ import annotations

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
from leads.lists.filters import NONE, Applied, Asker, Filter, OneOf
from leads.lists.kinds import Days
from leads.lists.orders import Column
from leads.models import Account, CustomField, Lead
from smarketing.foundation.models import User

Kind = CustomField.Kind
LONGEST = 100  # of what a text shall contain


def filters() -> list[Filter]:
    """One for each field in use, of the form that its kind needs."""
    return [_MAKERS[Kind(field.kind)](field) for field in custom_fields.by_name().values()]


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
def _where(field: CustomField, **compared: Any) -> Q:
    """Rows whose value compares so. That they have one at all is what the index is asked."""
    condition = has_value(field.key) & Q(
        **{f"custom__{field.key}__{how}": to for how, to in compared.items()}
    )
    return _of_lead(field, condition)


def _equal(field: CustomField, value: Any) -> Q:
    return _of_lead(field, Q(custom__contains={field.key: value}) & ~Q(custom={}))


def _of_lead(field: CustomField, condition: Q) -> Q:
    if field.entity == CustomField.Entity.LEAD:
        return condition
    return Q(account__in=Account.objects.filter(condition).order_by().values("pk"))


def _unknown(field: CustomField) -> Q:
    column = "custom" if field.entity == CustomField.Entity.LEAD else "account__custom"
    return Q(**{f"{column}__{field.key}__isnull": True})


def _any_of(field: CustomField, values: list[str], asker: Asker) -> Q:
    conditions = [_unknown(field) if value == NONE else _equal(field, value) for value in values]
    return reduce(or_, conditions)


def _yes_or_no(field: CustomField, values: list[str], asker: Asker) -> Q:
    conditions = [_unknown(field) if value == NONE else _equal(field, value == "yes") for value in values]
    return reduce(or_, conditions)


def _days(field: CustomField, since: datetime | None, until: datetime | None) -> Q:
    compared = {"gte": _day(since)} if since else {}
    return _where(field, **compared, **({"lt": _day(until)} if until else {}))


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


# --- Forms ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OwnText:
    """A text that contains some words, or none."""

    field: CustomField
    kind: str = "text"

    @property
    def name(self) -> str:
        return name_of(self.field)

    @property
    def label(self) -> str:
        return _label(self.field)

    @property
    def params(self) -> tuple[str, ...]:
        return self.name, f"{self.name}_never"

    def offered_to(self, user: User) -> bool:
        return True

    def asks(self, data: QueryDict) -> set[str]:
        return set()

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        if data.get(f"{self.name}_never"):
            words = f"{self.label} is not known"
            return Applied(self, words, _unknown(self.field), {f"{self.name}_never": ["1"]})
        text = " ".join(data.get(self.name, "").replace("\0", "").split())[:LONGEST]
        if not text:
            return None
        condition = _where(self.field, icontains=text)
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
            return Applied(self, words, _unknown(self.field), {f"{self.name}_never": ["1"]})
        low, high = (self._number(data.get(name, ""), notices) for name in self.params[:2])
        if low is None and high is None:
            return None
        compared = ({} if low is None else {"gte": low}) | ({} if high is None else {"lte": high})
        params = {
            name: [custom_fields.typed(value)]
            for name, value in zip(self.params, (low, high), strict=False)
            if value is not None
        }
        return Applied(self, f"{self.label}: {_range(low, high)}", _where(self.field, **compared), params)

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


def _choice(field: CustomField) -> Filter:
    choices = (*((choice, choice) for choice in field.choices), (NONE, "Not known"))
    return OneOf(name_of(field), _label(field), partial(_any_of, field), choices)


def _yes_no(field: CustomField) -> Filter:
    choices = (("yes", "Yes"), ("no", "No"), (NONE, "Not known"))
    return OneOf(name_of(field), _label(field), partial(_yes_or_no, field), choices, verb="is")


def _date(field: CustomField) -> Filter:
    return Days(name_of(field), _label(field), partial(_days, field), _unknown(field), never_word="not known")


_MAKERS = {
    Kind.TEXT: OwnText,
    Kind.NUMBER: OwnNumber,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
}

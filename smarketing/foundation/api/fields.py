"""Fields that take what the schema says and nothing that merely resembles it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from smarketing.foundation.models import Organisation

EARLIEST, LATEST = 1900, 2200  # years of anything that a lead can have lived through or be planned for
WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
NO_NUMBER = "Write this as the number of one that exists."
MONEY = r"^[0-9]{1,15}(\.[0-9]{1,4})?$"


class Strict(serializers.Serializer):
    """A body or query whose every member is known: a slip in a name is told, not ignored."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {
                str(name): [f"There is no such field. There are: {', '.join(known)}."]
                for name in data
                if name not in known
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text; a number or a truth value is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Write this as text, in quotes.")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number, as a number in JSON or as digits in a query."""

    def to_internal_value(self, data: Any) -> int:
        text = isinstance(data, str) and isinstance(self.parent, Query) and WHOLE.fullmatch(data)
        number = isinstance(data, int | float) and not isinstance(data, bool) and data == data // 1
        if not (text or number) or abs(int(data)) >= 2**63:
            raise serializers.ValidationError("Write this as a whole number.")
        return int(data)


class Query(Strict):
    """The parameters of an address: texts, each given once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        data = kwargs.get("data")
        if data is not None and hasattr(data, "lists"):
            self.twice = [name for name, values in data.lists() if len(values) > 1]
            kwargs["data"] = data.dict()
        super().__init__(*args, **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if self.twice:
            raise serializers.ValidationError({name: ["Give this once."] for name in self.twice})
        return super().to_internal_value(data)


class Existing(serializers.PrimaryKeyRelatedField):
    """The id of something that exists, as a number."""

    def run_validation(self, data: Any = empty) -> Any:
        if data == "":  # the framework would take it for null
            raise serializers.ValidationError(NO_NUMBER)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(NO_NUMBER)
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """A moment with its zone, ISO 8601; always answered in UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) and len(data) <= 40 else None
        except ValueError:
            moment = None
        if moment is None:
            raise serializers.ValidationError("Write this as a moment, such as 2026-03-31T14:00:00Z.")
        if moment.tzinfo is None:
            raise serializers.ValidationError("Say in which zone: add Z, or an offset such as +02:00.")
        _ensure_within_reach(moment.year)
        return moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.Field):
    """A day of the calendar, ISO 8601."""

    def to_internal_value(self, data: Any) -> date:
        try:
            day = date.fromisoformat(data) if isinstance(data, str) and len(data) == 10 else None
        except ValueError:
            day = None
        if day is None:
            raise serializers.ValidationError("Write this as a day, such as 2026-03-31.")
        _ensure_within_reach(day.year)
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field(
    {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
)
class DayOrMoment(serializers.Field):
    """A moment; a day stands for its start in the organisation's time zone."""

    def to_internal_value(self, data: Any) -> datetime:
        if isinstance(data, str) and len(data) == 10:
            day = Day().to_internal_value(data)
            start = datetime(day.year, day.month, day.day, tzinfo=Organisation.get().zone)
            return start.astimezone(UTC)
        return Moment().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": MONEY, "example": "1200.50"})
class Money(serializers.Field):
    """An amount as text, so that no program rounds it on the way."""

    def __init__(self, *, most: int | None = None, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(MONEY, data, re.ASCII):
            raise serializers.ValidationError("Write this as an amount in quotes, such as “1200.50”.")
        amount = Decimal(data)
        if self.most is not None and amount > self.most:
            raise serializers.ValidationError(
                f"This is at most {self.most:,}, in whole units of its currency."
            )
        return amount

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class NamedSerializer(serializers.Serializer):
    """Somebody or something by number and name."""

    id = serializers.IntegerField()
    name = serializers.SerializerMethodField()

    def get_name(self, row: Any) -> str:
        return str(row)


def checked(check: Any, *values: Any) -> Any:
    """Run a check that forms use too, and say its sentence in the API's words."""
    try:
        return check(*values)
    except Invalid as error:
        raise serializers.ValidationError(error.messages) from None


def _ensure_within_reach(year: int) -> None:
    if not EARLIEST <= year <= LATEST:
        raise serializers.ValidationError(f"Choose a year from {EARLIEST} to {LATEST}.")

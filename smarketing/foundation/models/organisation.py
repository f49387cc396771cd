from __future__ import annotations

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from smarketing.foundation.once import Once
from smarketing.foundation.public_holidays import countries, validate_country, validate_subdivision
from smarketing.foundation.statements import Statement


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Use an IANA name such as Europe/Berlin.")


def office_week() -> dict[str, list[list[str]]]:
    return {str(day): [["09:00", "17:00"]] for day in range(5)}


class Calendar(models.Model):
    """Working hours: `week` maps "0" (Monday) … "6" to lists of [opening, closing] wall-clock times."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    week = models.JSONField(default=office_week)
    holidays = models.JSONField(default=list, blank=True, help_text="ISO dates on which nobody works.")
    exceptions = models.JSONField(
        default=dict, blank=True, help_text="ISO date to the [opening, closing] times that replace its week."
    )
    holiday_country = models.CharField(max_length=2, blank=True, validators=[validate_country])
    holiday_subdivision = models.CharField(max_length=40, blank=True)
    # PostgreSQL counts it up whenever hours change, whoever changes them.
    version = models.PositiveIntegerField(db_default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(holiday_subdivision="") | ~Q(holiday_country=""),
                name="calendar_region_has_a_country",
                violation_error_message="A region needs its country.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.holiday_subdivision and self.holiday_country in countries():
            try:
                validate_subdivision(self.holiday_country, self.holiday_subdivision)
            except ValidationError as error:
                raise ValidationError({"holiday_subdivision": error}) from error

    @property
    def holiday_place(self) -> str:
        """Such as "DE" or "DE-BE"; empty where no public holidays are kept."""
        return "-".join(filter(None, [self.holiday_country, self.holiday_subdivision]))

    def hours(self) -> dict[int, list[tuple[time, time]]]:
        return {int(day): spans_of(spans) for day, spans in self.week.items()}

    def special_hours(self) -> dict[date, list[tuple[time, time]]]:
        return {date.fromisoformat(day): spans_of(spans) for day, spans in self.exceptions.items()}

    def own_days(self) -> list[date]:
        return [date.fromisoformat(day) for day in self.holidays]


def spans_of(spans: list[list[str]]) -> list[tuple[time, time]]:
    return [(time.fromisoformat(opening), time.fromisoformat(closing)) for opening, closing in spans]


# What higher floors want to know at nearly every request, read in the same query: a name and an expression.
_along: dict[str, Any] = {}


def read_along(name: str, expression: Any) -> None:
    """From now on `Organisation.get` has this beside it; to be said before the first request."""
    _along[name] = expression


_once: Once[Organisation] = Once("organisation")
reading_once = _once.reading


class Organisation(models.Model):
    """The one company of this installation."""

    class LeadsVisible(models.TextChoices):
        TEAM = "team", "Own, unclaimed and the team's"
        OWN = "own", "Own and unclaimed"

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    currency = models.CharField(max_length=3, default="EUR")
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)
    leads_visible = models.CharField(max_length=8, choices=LeadsVisible.choices, default=LeadsVisible.TEAM)
    qualify_at_touches = models.PositiveSmallIntegerField(default=3)
    sole_head = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="organisation_is_one_row"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="organisation_currency_is_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        super().save(*args, **kwargs)
        _once.put(self)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @classmethod
    def get(cls) -> Organisation:
        """The organisation; raises `Organisation.DoesNotExist` before `manage.py setup`."""
        return _once.get(_the_one)

    @classmethod
    def find(cls) -> Organisation | None:
        """The same, or None before `manage.py setup`."""
        try:
            return cls.get()
        except cls.DoesNotExist:
            return None


_THE_ONE = Statement(
    lambda pk: Organisation.objects.select_related("calendar").annotate(**_along).filter(pk=pk)
)


def _the_one() -> Organisation:
    found = _THE_ONE.first(pk=1)
    if found is None:
        raise Organisation.DoesNotExist
    return found

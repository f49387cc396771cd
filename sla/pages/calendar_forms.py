"""Forms for calendars, and for who works by which."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.db import transaction

from leads.pages.fields import PlainWords
from sla.pages.hours_text import (
    WEEKDAYS,
    Interval,
    Unclear,
    as_json,
    check_nights,
    exceptions_text,
    hours_text,
    night_shifts,
    read_days,
    read_exceptions,
    read_hours,
)
from smarketing.foundation import audit
from smarketing.foundation.models import Calendar, Organisation, Team, User
from smarketing.foundation.public_holidays import countries, subdivisions

NAME_TAKEN = "There is a calendar of this name already. Choose another."
MEANWHILE = "Somebody else has changed this calendar meanwhile. Look at it anew, then make your change."
EMPTY_WEEK = "Nobody would ever work by this calendar. Fill in the hours of at least one weekday."
PEOPLE_OFFERED = 1000


class NewCalendarForm(PlainWords, forms.ModelForm):
    class Meta:
        model = Calendar
        fields = ("name", "time_zone")
        error_messages = {"name": {"unique": NAME_TAKEN}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True
        self.fields["time_zone"].widget.attrs.update({"list": "zones", "autocomplete": "off"})

    @transaction.atomic
    def save_by(self, by: User) -> Calendar:
        calendar = self.save()
        audit.record("calendar.created", by=by, about=calendar)
        return calendar


class CalendarForm(NewCalendarForm):
    """All that a calendar says. `day_0` is Monday's text, and so on."""

    holiday_country = forms.ChoiceField(label="Public holidays of", required=False)
    holiday_subdivision = forms.CharField(
        label="Region",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"list": "regions", "autocomplete": "off"}),
        help_text="Only where a part of the country has holidays of its own.",
    )
    own_days = forms.CharField(
        label="Days off of the company",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-24\n2026-12-31"}),
        help_text="One date a line. Nobody works on it.",
    )
    exceptions = forms.CharField(
        label="Dates with other hours",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-23 09:00–12:00"}),
        help_text="One date a line with its hours, which replace those of its weekday, also on a public holiday.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta(NewCalendarForm.Meta):
        fields = ("name", "time_zone", "holiday_country", "holiday_subdivision")  # type: ignore[assignment]

    def __init__(self, data: Any = None, *, instance: Calendar) -> None:
        week = instance.hours()
        initial = {f"day_{day}": hours_text(week.get(day, [])) for day in range(7)}
        initial["own_days"] = "\n".join(sorted(instance.holidays))
        initial["exceptions"] = exceptions_text(instance.special_hours())
        initial["version"] = str(instance.version)
        super().__init__(data, instance=instance, initial=initial)
        del self.fields["name"].widget.attrs["autofocus"]
        self.fields["holiday_country"].choices = [("", "No public holidays"), *countries().items()]
        for day, name in enumerate(WEEKDAYS):
            self.fields[f"day_{day}"] = forms.CharField(
                label=name,
                required=False,
                max_length=120,
                widget=forms.TextInput(attrs={"placeholder": "closed", "autocomplete": "off"}),
            )

    def days(self) -> Iterator[forms.BoundField]:
        return (self[f"day_{day}"] for day in range(7))

    def regions(self) -> dict[str, str]:
        """Of the country that is chosen now."""
        country = self["holiday_country"].value()
        return subdivisions(country) if country in countries() else {}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("version") != self.instance.version:
            self.add_error(None, MEANWHILE)
        week = {day: self._read(f"day_{day}", read_hours, WEEKDAYS[day]) or [] for day in range(7)}
        own_days: list[date] = self._read("own_days", read_days) or []
        exceptions: dict[date, list[Interval]] = self._read("exceptions", read_exceptions) or {}
        if both := sorted(set(own_days) & set(exceptions)):
            self.add_error(
                "exceptions", f"{both[0]} is a day off of the company as well. Keep one of the two."
            )
        if not self.errors:
            self._check_week(week)
        self.week = week
        self.instance.week = {str(day): as_json(spans) for day, spans in week.items() if spans}
        self.instance.holidays = [str(day) for day in own_days]
        self.instance.exceptions = {str(day): as_json(spans) for day, spans in exceptions.items()}
        return given

    def _read(self, name: str, read: Any, *about: str) -> Any:
        try:
            return read(self.cleaned_data.get(name, ""), *about)
        except Unclear as unclear:
            self.add_error(name, str(unclear))
            return None

    def _check_week(self, week: dict[int, list[Interval]]) -> None:
        if not any(week.values()):
            self.add_error("day_0", EMPTY_WEEK)
        try:
            check_nights(week)
        except Unclear as unclear:
            self.add_error(None, str(unclear))

    @transaction.atomic
    def save_by(self, by: User) -> Calendar:
        before = Calendar.objects.get(pk=self.instance.pk)
        calendar = self.save()
        fields = [f.name for f in Calendar._meta.concrete_fields if f.name not in ("id", "version")]
        changed = [name for name in fields if getattr(before, name) != getattr(calendar, name)]
        if changed:
            audit.record("calendar.changed", by=by, about=calendar, fields=changed)
        return calendar

    def remarks(self) -> list[str]:
        return night_shifts(self.week)


class AssignmentForm(forms.Form):
    """By which calendar the organisation and each team work."""

    def __init__(self, data: Any = None, *, calendars: list[Calendar], teams: list[Team]) -> None:
        super().__init__(data)
        self.calendars = {str(calendar.pk): calendar for calendar in calendars}
        self.organisation, self.teams = Organisation.get(), teams
        offered = [(key, str(calendar)) for key, calendar in self.calendars.items()]
        words = {"invalid_choice": "This calendar is not there any more. Choose another."}
        self.fields["organisation"] = forms.ChoiceField(
            label=str(self.organisation),
            choices=offered,
            initial=str(self.organisation.calendar_id),
            error_messages=words,
        )
        for team in teams:
            self.fields[f"team_{team.pk}"] = forms.ChoiceField(
                label=str(team),
                choices=[("", "The organisation’s"), *offered],
                initial=str(team.calendar_id or ""),
                required=False,
                error_messages=words,
            )

    @transaction.atomic
    def save_by(self, by: User) -> int:
        """How many now work by another calendar."""
        chosen: list[tuple[Any, str]] = [(self.organisation, self.cleaned_data["organisation"])]
        chosen += [(team, self.cleaned_data[f"team_{team.pk}"]) for team in self.teams]
        changed = [(row, key) for row, key in chosen if key != str(row.calendar_id or "")]
        for row, key in changed:
            row.calendar = self.calendars.get(key)
            row.save(update_fields=["calendar"])
            audit.record(f"{row._meta.model_name}.changed", by=by, about=row, fields=["calendar"])
        return len(changed)


class PersonForm(PlainWords, forms.Form):
    """Give one person a calendar of their own."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="Choose somebody")
    calendar = forms.ModelChoiceField(
        queryset=Calendar.objects.order_by("name"), empty_label="Choose a calendar"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        people = User.objects.filter(is_active=True).order_by("name", "pk")
        offered = people.filter(calendar=None)[:PEOPLE_OFFERED] if data is None else people
        self.fields["person"].queryset = offered

    def save_by(self, by: User) -> User:
        person: User = self.cleaned_data["person"]
        give(person, self.cleaned_data["calendar"], by=by)
        return person


@transaction.atomic
def give(person: User, calendar: Calendar | None, *, by: User) -> None:
    """From now on this person works by that calendar; None: by the team's, else the organisation's."""
    person.calendar = calendar
    person.save(update_fields=["calendar"])
    audit.record("user.changed", by=by, about=person, fields=["calendar"])

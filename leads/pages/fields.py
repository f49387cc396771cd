"""Form fields for days and money that say, in a sentence, what they take."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.forms.utils import pretty_name
from django.utils import timezone
from django.utils.html import escape

from leads import custom_fields
from leads.limits import MOST, PLACES, a_day_to_come, a_real_currency
from leads.models import CustomField


class PlainWords:
    """A form whose sentences name the field and say what to do, wherever a field has none of its own."""

    fields: dict[str, Any]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            in_plain_words(name, field)


def in_plain_words(name: str, field: forms.Field) -> None:
    stock = {
        code: words
        for base in reversed(type(field).__mro__)
        for code, words in getattr(base, "default_error_messages", {}).items()
    }
    for code, sentence in sentences(field, str(field.label or pretty_name(name))).items():
        if field.error_messages.get(code) == stock.get(code):
            field.error_messages[code] = sentence


def sentences(field: forms.Field, label: str) -> dict[str, str]:
    fill = "Choose one for" if isinstance(field, forms.ChoiceField) else "Fill in"
    gone = f"“{label}” has no such choice (any more). Choose one from its list."
    return {
        "required": f"{fill} “{label}”: it is needed.",
        "invalid": f"“{label}” could not be read. Enter it anew.",
        "invalid_choice": gone,
        "max_length": f"“{label}” has room for %(limit_value)d characters, and this has %(show_value)d. Shorten it.",
        "null_characters_not_allowed": f"“{label}” has a character that cannot be kept. Type it anew.",
    }


class Day(forms.DateField):
    """A day of the calendar."""

    def __init__(self, **options) -> None:
        said = f"Enter “{options.get('label', 'Day')}” as a day, such as 2026-03-31."
        options["error_messages"] = {"invalid": said, "required": said} | options.get("error_messages", {})
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class DayToCome(Day):
    """A day after today on the calendar of the reader, and not so far off that nobody means it.

    `needed_for` names the choice that makes an optional day needed.
    """

    def __init__(self, *, needed_for: str = "", **options) -> None:
        self.needed_for = needed_for
        super().__init__(**options)

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day is None:
            return None
        return a_day_to_come(day, timezone.localdate())


class Amount(forms.DecimalField):
    """Money: not negative, and not more than anybody spends or earns at once."""

    def __init__(self, **options) -> None:
        label = options["label"]
        wrong = f"Enter “{label}” as a number, such as 1200.50."
        options["error_messages"] = {
            "invalid": wrong,
            "required": wrong,
            "min_value": f"“{label}” is not negative. Enter 0 or more.",
            "max_value": f"“{label}” is at most {MOST:,}. Enter it in whole units of its currency.",
            "max_decimal_places": f"Enter “{label}” with at most four decimals.",
        } | options.pop("error_messages", {})
        super().__init__(min_value=0, max_value=MOST, decimal_places=PLACES, **options)


class Currency(forms.CharField):
    """Three letters of a currency that exists; stored in capitals."""

    def __init__(self, **options) -> None:
        said = "Enter “Currency” as the three letters of one, such as EUR."
        super().__init__(
            label="Currency",
            widget=forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters"}),
            error_messages={"required": said},
            **options,
        )

    def clean(self, value: Any) -> str:
        return a_real_currency(super().clean(value))


class Own(forms.CharField):
    """A fact that this company asks for itself; clean, it is text as `custom_fields.typed` writes it."""

    def __init__(self, field: CustomField) -> None:
        self.of = field
        super().__init__(
            label=field.label, required=False, help_text=escape(field.help), widget=_widget_of(field)
        )

    def clean(self, value: Any) -> str:
        return custom_fields.typed(custom_fields.parse(self.of, super().clean(value)))


def _widget_of(field: CustomField) -> forms.Widget:
    if field.kind == CustomField.Kind.CHOICE:
        return forms.Select(choices=[("", "Not known"), *((choice, choice) for choice in field.choices)])
    if field.kind == CustomField.Kind.YES_NO:
        return forms.Select(choices=[("", "Not known"), ("yes", "Yes"), ("no", "No")])
    if field.kind == CustomField.Kind.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if field.kind == CustomField.Kind.NUMBER:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.TextInput(attrs={"maxlength": custom_fields.TEXT_LENGTH})


def own_fields(entity: str) -> dict[str, Own]:
    """The form fields of a lead's or a company's own facts, by the names that corrections have."""
    return {f"custom.{field.key}": Own(field) for field in custom_fields.fields(entity)}

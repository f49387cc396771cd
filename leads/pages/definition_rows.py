"""Lists within a draft: rows that are added, put in another order and removed, with or without script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory

from leads.pages.definition_forms import Row, key_of


class Rows(BaseFormSet):
    """The rows of one list of the document, each known by `key_name` in it."""

    key_name = "key"
    ordering_widget: Any = forms.NumberInput(attrs={"min": 1, "class": "input def-order"})

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "ORDER" in form.fields:
            form.fields["ORDER"].label = "Place"
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove"

    def rows(self) -> list[dict[str, Any]]:
        """What the list says now, in order; new rows get a key of their name."""
        kept = [
            form
            for form in self.ordered_forms
            if form.cleaned_data and form.has_changed() | bool(form.initial)
        ]
        keys = [form.cleaned_data["key"] for form in kept if form.cleaned_data["key"]]
        found = []
        for form in kept:
            key = form.cleaned_data["key"]
            if not key:
                key = key_of(form.cleaned_data.get("name") or form.cleaned_data["label"], keys)
                keys.append(key)
            found.append({self.key_name: key, **form.row()})
        return found


def rows_of(
    row: type[Row],
    data: Any,
    part: list[dict[str, Any]],
    *,
    prefix: str,
    key_name: str,
    most: int = 40,
) -> Rows:
    """The forms of a list; more of them stand in `data` where some were added."""
    made = formset_factory(
        row,
        formset=Rows,
        extra=0,
        can_order=True,
        can_delete=True,
        max_num=most,
        validate_max=True,
        absolute_max=most + 5,
    )
    initial = [own | {"key": own[key_name]} for own in part]
    formset: Any = made(data, initial=initial, prefix=prefix)
    formset.key_name = key_name
    return formset

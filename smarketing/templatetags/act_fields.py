"""Fields of the acts on a lead: every lead's page has the dialogs of all of them, nearly always empty."""

from __future__ import annotations

from django import template
from django.forms import BoundField, ModelChoiceField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()
EMPTY: dict[
    tuple[type, object, str, bool, int], SafeString
] = {}  # an empty field looks the same whichever lead it is about


@register.simple_tag
def act_field(field: BoundField) -> SafeString:
    """The field with its label. An empty one that nobody has sent is drawn once, unless it is made of rows."""
    if (
        field.form.is_bound
        or field.name in getattr(field.form, "asked", ())
        or isinstance(field.field, ModelChoiceField)
        or field.value()
    ):
        return _drawn(field)
    form, is_needed = field.form, field.field.required
    key = (type(form), form.auto_id, field.name, is_needed, getattr(form, "agreed_in", 0))
    if key not in EMPTY:
        EMPTY[key] = _drawn(field)
    return EMPTY[key]


def _drawn(field: BoundField) -> SafeString:
    return render_to_string("leads/_act_field.html", {"field": field, "form": field.form})

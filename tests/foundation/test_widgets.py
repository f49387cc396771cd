"""A menu that is written out at once is the menu that Django's own templates would draw."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe

from smarketing.foundation.widgets import Renderer

CHOICES = [
    ("", "Anyone"),
    (7, "Ada & <b>Co</b>"),
    ('"quoted"', mark_safe("<i>vouched</i>")),
    ("Teams <", [("a", "Alpha's"), ("b", "Beta")]),
    (None, 4.5),
]


@pytest.mark.parametrize("chosen", ["", "7", "b", None, "nothing of it"])
@pytest.mark.parametrize("attrs", [{}, {"required": True, "disabled": False, "data-x": '<"&'}])
@pytest.mark.parametrize("kind", [forms.Select, forms.NullBooleanSelect, forms.SelectMultiple])
def test_it_is_what_the_template_draws(kind, attrs, chosen):
    widget = kind(attrs=attrs)
    if kind is not forms.NullBooleanSelect:
        widget.choices = CHOICES

    def drawn(renderer) -> str:
        html = widget.render("who <", chosen, attrs={"id": "id_who"}, renderer=renderer)
        return "".join(line.strip() for line in html.splitlines())

    assert drawn(Renderer()) == drawn(TemplatesSetting())

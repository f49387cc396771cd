"""How form controls become HTML: by Django's templates, but a menu is written out at once.

A template costs some twenty lookups per option; a filter bar has hundreds of options.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"


class Renderer(TemplatesSetting):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget: Mapping[str, Any]) -> SafeString:
    """The same as Django's `select.html`: every name, value and label escaped."""
    parts = [f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for title, options, _ in widget["optgroups"]:
        inner = "".join(map(_option, options))
        parts.append(f'<optgroup label="{_text(title)}">{inner}</optgroup>' if title else inner)
    return mark_safe("".join([*parts, "</select>"]))  # noqa: S308 all of it is escaped above


def _option(option: Mapping[str, Any]) -> str:
    attributes = _attributes(option["attrs"])
    return f'<option value="{escape(str(option["value"]))}"{attributes}>{_text(option["label"])}</option>'


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{_text(value)}"'
        for name, value in attributes.items()
        if value is not False
    )


def _text(value: object) -> str:
    """Escaped, unless somebody vouches for it as a template would let them."""
    return str(value) if hasattr(value, "__html__") else escape(str(value))

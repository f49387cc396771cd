"""What the replay of a version found, for the pages that show that version."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from leads.models import Definition
from leads.pages.back_test import may_begin, told

register = template.Library()


@register.simple_tag(takes_context=True)
def back_test(context: Context, row: Definition) -> dict[str, Any]:
    """As the page of the back-test tells it, and whether the reader may begin one."""
    return {**told(row), "may_begin": may_begin(context["request"], row)}

"""Entries of a lead's timeline, written out in Python as the rows of `lists` are: there are up to sixty on a page."""

from __future__ import annotations

from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from leads.pages.sources import Entry
from smarketing.templatetags import ui

register = template.Library()


@register.simple_tag
def story_entry(entry: Entry) -> SafeString:
    """What happened, in whose doing, and when."""
    tone = f" tl-{entry.tone}" if entry.tone else ""
    text = f'<p class="tl-text">{escape(entry.text)}</p>' if entry.text else ""
    return mark_safe(  # noqa: S308 every part is escaped
        f'<li class="tl-item tl-of-{entry.of}{tone}"><span class="tl-icon">{ui.icon(entry.icon, 14)}</span>'
        f'<div><p class="tl-title">{escape(entry.title)}</p>{text}</div>{ui.when(entry.at)}</li>'
    )

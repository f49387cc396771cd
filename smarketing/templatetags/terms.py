"""Words both teams have agreed on: wherever one stands in a heading, what it means is one glance away."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now

from leads import definitions
from smarketing.templatetags.ui import stage

register = template.Library()


@register.simple_tag
def term(state: str, label: str = "") -> SafeString:
    """A stage by the name that is agreed, with its meaning beside it and the way to all of it.

    `{% term "mql" %}`; a standing, which is no stage of the definitions, is only named.
    """
    key = str(getattr(state, "value", state))
    terms = definitions.in_force(now()).document.stages.get(key)
    if terms is None:
        return stage(key, label)
    also = f" Also called {', '.join(terms.synonyms)}." if terms.synonyms else ""
    return _term(key, label or terms.name, f"{terms.means}{also}")


@lru_cache(maxsize=128)
def _term(key: str, label: str, means: str) -> SafeString:
    return format_html(
        '<a class="term" href="{}#stage-{}" data-tip="{}" aria-description="{}">{}</a>',
        reverse("leads:definitions"),
        key,
        means,
        means,
        stage(key, label),
    )

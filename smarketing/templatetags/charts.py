"""Charts that people explore: a sentence, a drawing of the table, and the table itself.

The drawing is for the eye alone. js/charts.js makes it from the table, by js/charts/<kind>.js; without script, in
print and to a screen reader the table is the chart.
"""

from __future__ import annotations

import re

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from smarketing.templatetags.ui import icon

register = template.Library()


@register.simple_block_tag
def chart(
    content: str, kind: str, title: str = "", sentence: str = "", id: str = "", klass: str = "card"
) -> SafeString:
    """A chart of the `<table>` inside; `sentence` says what it shows to whoever does not see it.

    Numbers stand in the table as `<data value="12.5">`, series as `<th data-series data-tone="mql">`, one row for
    each point; what else a kind reads, the head of its file says. The page must load `ui/charts.html`.
    """
    name = id or f"chart-{kind}"
    heading = format_html('<h2 id="{}">{}</h2>', name, title) if title else mark_safe("")
    named = format_html('aria-labelledby="{}"', name) if title else format_html('aria-label="{}"', sentence)
    words = format_html("<p>{}</p>", sentence) if sentence else ""
    return format_html(
        '<figure class="chart chart-{kind} {klass}" data-chart="{script}" data-library="{library}" {named}>'
        '<figcaption class="card-head">{heading}{words}</figcaption>'
        '<div class="chart-drawing" aria-hidden="true"></div>'
        '<details class="chart-numbers"><summary>{mark}Show the numbers</summary>'
        '<div class="table-wrap" tabindex="0" role="region" aria-label="Numbers of {label}, scrolls sideways">'
        "{content}</div></details></figure>",
        kind=kind,
        klass=klass,
        script=static(f"js/charts/{kind}.js"),
        library=static("vendor/echarts/echarts.min.js"),
        named=named,
        heading=heading,
        words=words,
        mark=icon("chevron-right", 14),
        label=_spoken(title or "the chart"),
        content=content,
    )


def _spoken(title: str) -> str:
    """A title within a sentence: small at its start, unless it is a name in capitals."""
    return title if re.match(r"[A-Z]{2}", title) else title[:1].lower() + title[1:]

"""Small SVG marks for text and tables: bar, ring, sparkline, and how a deadline is put into words.

Lengths are SVG attributes and colours come from classes, so that no style attribute is ever needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

RING = 2 * math.pi * 6
TONES = frozenset({"accent", "neutral", "ok", "warn", "bad"}) | {
    *("visitor", "mql", "sal", "sql", "customer"),
    *("nurturing", "disqualified", "lost", "churned"),
}


def bar(pct: float, tone: str = "accent", target: float | None = None, label: str = "") -> SafeString:
    """A bar of `pct` percent, with a tick at `target`; without a label it is decoration beside its figure."""
    width = min(max(float(pct or 0), 0), 100)
    tick = (
        format_html('<rect class="bar-target" x="{}%" width="2" height="12"/>', _n(target)) if target else ""
    )
    return format_html(
        '<svg class="bar c-{}" height="12" {}><rect class="bar-track" y="3" width="100%" height="6" rx="3"/>'
        '<rect class="bar-value" y="3" width="{}%" height="6" rx="3"/>{}</svg>',
        _tone(tone),
        _meaning(label),
        _n(width),
        tick,
    )


def ring(share: float, size: int = 16) -> SafeString:
    """A ring filled to `share` (0 to 1); its colour comes from what it stands in."""
    length = RING * min(max(float(share), 0), 1)
    return format_html(
        '<svg class="ring" viewBox="0 0 16 16" width="{0}" height="{0}" aria-hidden="true">'
        '<circle class="ring-track" cx="8" cy="8" r="6"/>'
        '<circle class="ring-value" cx="8" cy="8" r="6" stroke-dasharray="{1} {2}"'
        ' transform="rotate(-90 8 8)"/>'
        "</svg>",
        size,
        _n(length),
        _n(RING),
    )


def gauge(
    pct: float, tone: str = "accent", target: float | None = None, label: str = "", width: int = 72
) -> SafeString:
    """Half a dial filled to `pct` percent, with a tick at `target`."""
    length = math.pi * 40
    return format_html(
        '<svg class="gauge c-{}" viewBox="0 0 100 56" width="{}" {}><path class="gauge-track" d="{arc}"/>'
        '<path class="gauge-value" d="{arc}" stroke-dasharray="{} {}"/>{}</svg>',
        _tone(tone),
        width,
        _meaning(label),
        _n(length * min(max(float(pct or 0), 0), 100) / 100),
        _n(length),
        mark_safe("") if target is None else _gauge_tick(target),
        arc="M10 50 A40 40 0 0 1 90 50",
    )


def _gauge_tick(target: float) -> SafeString:
    angle = math.pi * (1 - min(max(target, 0), 100) / 100)
    (x1, y1), (x2, y2) = ((50 + r * math.cos(angle), 50 - r * math.sin(angle)) for r in (31, 48))
    return format_html(
        '<line class="gauge-target" x1="{}" y1="{}" x2="{}" y2="{}"/>', _n(x1), _n(y1), _n(x2), _n(y2)
    )


def spark(values: Sequence[float], tone: str = "neutral", label: str = "", height: int = 28) -> SafeString:
    """A line of at least two values; anything shorter draws nothing."""
    numbers = [float(value) for value in values or ()]
    if len(numbers) < 2:
        return mark_safe("")
    low, spread = min(numbers), (max(numbers) - min(numbers)) or 1
    heights = [height - 4 - (number - low) / spread * (height - 8) for number in numbers]
    # A column a value and half a pixel: a table draws many of these, and round numbers are short.
    line = "M" + " ".join(f"{i} {round(y * 2) / 2:g}" for i, y in enumerate(heights))
    return format_html(
        '<svg class="spark c-{tone}" height="{h}" {meaning}>'
        '<svg viewBox="0 0 {last} {h}" preserveAspectRatio="none" width="100%" height="{h}">'
        '<path class="spark-area" d="{line} {last} {h} 0 {h}Z"/><path class="spark-line" d="{line}"/></svg>'
        '<circle class="spark-dot" cx="100%" cy="{end}" r="2.5"/></svg>',
        tone=_tone(tone),
        h=height,
        meaning=_meaning(label),
        line=line,
        last=len(numbers) - 1,
        end=_n(heights[-1]),
    )


def pacing(done: Sequence[float], plan: Sequence[float], height: int = 96) -> SafeString:
    """What was done, day by day, beside what should be by then; both begin at nothing. Its numbers stand in a table."""
    if len(plan) < 2:
        return mark_safe("")
    top = max(*plan, *done, 1)
    step = 100 / len(plan)

    def line(values: Sequence[float]) -> str:
        points = (
            f"{_n(i * step)} {_n(height - 3 - value / top * (height - 8))}"
            for i, value in enumerate([0, *values])
        )
        return "M" + " L".join(points)

    end, at = line(done).rpartition("L")[2].split()[1], _n(len(done) * step)
    return format_html(
        '<svg class="pacing" height="{h}" aria-hidden="true"><svg viewBox="0 0 100 {h}" preserveAspectRatio="none"'
        ' width="100%" height="{h}"><path class="pacing-plan" d="{plan}"/>'
        '<path class="pacing-area" d="{done} L{at} {base} L0 {base}Z"/><path class="pacing-done" d="{done}"/></svg>'
        '<circle class="pacing-dot" cx="{at}%" cy="{end}" r="3.5"/></svg>',
        h=height,
        plan=line(plan),
        done=line(done),
        at=at,
        end=end if done else _n(height - 3),
        base=_n(height - 3),
    )


def _tone(tone: str) -> str:
    if tone not in TONES:
        raise ValueError(f"No tone “{tone}”. Use one of {', '.join(sorted(TONES))}.")
    return tone


def _meaning(label: str) -> SafeString:
    return format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def deadline_state(share: float, left: timedelta) -> str:
    """ok above half of the time left, warn below, due under a fifth, late after it."""
    if left < timedelta(0):
        return "late"
    return "due" if share < 0.2 else "warn" if share < 0.5 else "ok"


def deadline_words(left: timedelta) -> str:
    """The same words as js/app.js writes: "7:20 left", "34 min left", "1 h 36 m left", "2 d 4 h late"."""
    seconds = abs(math.floor(left.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        amount = f"{days} d {hours % 24} h" if hours % 24 and days < 10 else f"{days} d"
    elif hours:
        amount = f"{hours} h {minutes % 60:02d} m"
    elif minutes >= 10:
        amount = f"{minutes} min"
    else:
        amount = f"{minutes}:{seconds % 60:02d}"
    return f"{amount} {'late' if left < timedelta(0) else 'left'}"

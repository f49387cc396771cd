"""Marks and boxes that pages are made of. Whatever a tag prints is escaped; none writes style or script."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from leads import naming
from smarketing import marks
from smarketing.money import in_full, in_short

register = template.Library()
register.simple_tag(marks.bar)
register.simple_tag(marks.ring)
register.simple_tag(marks.gauge)
register.simple_tag(marks.pacing)
register.simple_tag(marks.spark)

STANDINGS = frozenset({"nurturing", "disqualified", "lost", "churned"})
TEAMS = {"marketing": "Marketing", "sales": "Sales"}
NOTHING = mark_safe(
    '<span class="muted"><span aria-hidden="true">–</span><span class="vh">none</span></span>'
)


# --- Icons, keys, people -----------------------------------------------------------------------------------
@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon. Decoration unless `label` says what it means."""
    named = {"role": "img", "aria_label": str(label)} if label else {"aria_hidden": "true"}
    drawn = lucide(str(name), size=size, stroke_width="1.75", **{"class": "i"}, **named)
    return mark_safe(re.sub(r">\s+<", "><", drawn))  # noqa: S308 - drawn and escaped by the package


@register.simple_tag
@lru_cache(maxsize=256)
def kbd(keys: str) -> SafeString:
    """Keys as caps, for the eye only: `{% kbd "G Q" %}`."""
    caps = format_html_join("", "<kbd>{}</kbd>", ((key,) for key in str(keys).split()))
    return format_html('<span class="keys" aria-hidden="true">{}</span>', caps)


@register.simple_tag
def avatar(person: object, size: str = "") -> SafeString:
    """Initials on a colour that stays with the name. The name itself must stand beside it."""
    return _avatar(str(person or "").strip(), size)


@lru_cache(maxsize=1024)
def _avatar(name: str, size: str) -> SafeString:
    if not name:
        return format_html('<span class="avatar avatar-none {}" aria-hidden="true">?</span>', _size(size))
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    colour = sum(map(ord, name)) % 6
    return format_html(
        '<span class="avatar avatar-{} {}" aria-hidden="true">{}</span>', colour, _size(size), initials
    )


def _size(size: str) -> str:
    return {"": "", "sm": "avatar-small", "lg": "avatar-large"}[size]


# --- Stages, teams, deadlines ------------------------------------------------------------------------------
@register.simple_tag
def stage(state: str, label: str = "") -> SafeString:
    """A stage or a standing: a square and its name. The square of a standing is hollow."""
    key = str(getattr(state, "value", state))
    return _stage(key, str(label) or naming.STATES[key])


@lru_cache(maxsize=256)
def _stage(key: str, label: str) -> SafeString:
    kind = "stage stage-standing" if key in STANDINGS else "stage"
    return format_html(
        '<span class="{}"><span class="stage-mark c-{}" aria-hidden="true"></span>{}</span>',
        kind,
        key,
        label,
    )


@register.simple_tag
def stage_name(state: str) -> str:
    """What a stage is called now, in words alone."""
    return naming.STATES[state]


@register.simple_tag
def named(text: str) -> str:
    """A text with the names of stages that are in force: `{% named "Becomes {an_sql}" %}`."""
    return naming.said(text)


@register.simple_tag
def team(key: str) -> SafeString:
    """Which of the two teams: "marketing" wears a circle, "sales" a square."""
    key = str(getattr(key, "value", key))
    return format_html('<span class="team team-{}">{}</span>', key, TEAMS[key])


@register.simple_tag
def countdown(due: datetime, started: datetime, now: datetime | None = None) -> SafeString:
    """Time left to a deadline, as a ring and words; app.js keeps it ticking from both instants."""
    left = due - (now or timezone.now())
    share = left / (due - started) if due > started else 0.0
    return format_html(
        '<span class="due due-{}" data-due="{}" data-start="{}">{}<span data-due-words>{}</span></span>',
        marks.deadline_state(share, left),
        due.isoformat(),
        started.isoformat(),
        marks.ring(share),
        marks.deadline_words(left),
    )


# --- Figures and moments -----------------------------------------------------------------------------------
@register.simple_tag
def money(amount: Decimal | str | None, currency: str, compact: bool = False, none: str = "") -> SafeString:
    """An amount in its own currency with that currency's decimals; `compact` shortens it for a headline."""
    if amount is None or amount == "":
        return format_html('<span class="muted">{}</span>', none) if none else NOTHING
    exact, full = Decimal(amount), in_full(amount, currency)
    shown = in_short(amount, currency) if compact else full
    title = format_html(' title="{}"', full) if shown != full else ""
    return format_html('<data class="num" value="{}"{}>{}</data>', f"{exact:f}", title, shown)


@register.simple_tag
def rate(value: Mapping | None, digits: int = 1) -> SafeString:
    """A share given as `{"n", "of", …}`: the percentage and both its numbers; a dash where `of` is 0."""
    if not value or not value["of"]:
        return NOTHING
    percent = 100 * Decimal(value["n"]) / Decimal(value["of"])
    return format_html(
        '<span class="rate">{}% <small>{} of {}</small></span>',
        f"{percent:.{digits}f}",
        f"{value['n']:,}",
        f"{value['of']:,}",
    )


@register.filter
def count(number: int | None) -> str | SafeString:
    """A whole number with thousands marks; a dash for None."""
    return NOTHING if number is None else f"{number:,}"


@register.filter
def minutes(number: float | None) -> str | SafeString:
    """Working minutes as people say them: "48 min", "3 h 51"; a dash for None."""
    if number is None:
        return NOTHING
    whole = round(number)
    return f"{whole} min" if whole < 60 else f"{whole // 60:,} h {whole % 60:02d}"


@register.filter
def percent(share: Decimal | float | None, digits: int = 1) -> str | SafeString:
    """0.4211 as "42.1%"; a dash for None."""
    return NOTHING if share is None else f"{100 * Decimal(share):,.{digits}f}%"


@register.filter
def signed_percent(ratio: Decimal | float | None, digits: int = 1) -> str | SafeString:
    """0.918 as "+91.8%", with a true minus sign below nothing; a dash for None."""
    if ratio is None:
        return NOTHING
    percent = f"{abs(100 * Decimal(ratio)):,.{digits}f}%"
    sign = "" if not percent.strip("0.%") else "+" if ratio > 0 else "\N{MINUS SIGN}"
    return f"{sign}{percent}"


@register.simple_tag
def when(
    moment: datetime | date | None, form: str = "near", now: datetime | None = None, none: str = ""
) -> SafeString:
    """A moment in the reader's time zone: "Today 11:38", "17 Nov", in full on hover.

    `form` is "near" (as people say it), "inside" (the same within a sentence: "today 11:38"), "date" or "full".
    """
    if moment is None:
        return format_html('<span class="muted">{}</span>', none) if none else NOTHING
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _day(moment, _today(now)))
    zone = timezone.get_current_timezone()
    return _moment(moment, moment.utcoffset(), form, timezone.localtime(now, zone).date(), zone)


# A list shows the same moments at nearly every request. Equal moments of two zones are spelled in two ways.
@lru_cache(maxsize=8192)
def _moment(moment: datetime, offset: timedelta | None, form: str, today: date, zone: tzinfo) -> SafeString:
    local = timezone.localtime(moment, zone)
    full = f"{local:%A} {_date(local)}, {local:%H:%M} ({zone.tzname(None) or zone})"
    words = {
        "near": lambda: _near(local, today),
        "inside": lambda: _near(local, today, str.lower),
        "date": lambda: _day(local.date(), today),
        "full": lambda: f"{_date(local)}, {local:%H:%M}",
    }
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, words[form]())


def _today(now: datetime | None) -> date:
    return timezone.localtime(now).date()


def _near(local: datetime, today: date, spell: Callable[[str], str] = str) -> str:
    names = {0: "Today", 1: "Yesterday", -1: "Tomorrow"}
    away = (today - local.date()).days
    return f"{spell(names[away])} {local:%H:%M}" if away in names else _day(local.date(), today)


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else _date(day, "%b")


def _date(day: date, month: str = "%B") -> str:
    return f"{day.day} {day.strftime(month)} {day.year}"


# --- Boxes -------------------------------------------------------------------------------------------------
@register.simple_block_tag
def card(content: str, title: str = "", sub: str = "", id: str = "", klass: str = "") -> SafeString:
    """A panel. With a title it is a section named by it; two of one title on a page need an `id` each."""
    if not title:
        return format_html('<div class="card {}">{}</div>', klass, content)
    key = id or "card-" + "-".join(str(title).lower().split())
    note = format_html("<p>{}</p>", sub) if sub else ""
    return format_html(
        '<section class="card {0}" aria-labelledby="{1}">'
        '<header class="card-head"><h2 id="{1}">{2}</h2>{3}</header>{4}</section>',
        klass,
        key,
        title,
        note,
        content,
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """A modal dialog; its place is the fragment of the record it is about.

    Its button carries `data-open="<id>"`, and `command="show-modal" commandfor="<id>"`, which needs no script.
    """
    return format_html(
        '<dialog id="{0}" class="dlg" aria-labelledby="{0}-title">'
        '<header class="dlg-head"><h2 id="{0}-title">{1}</h2>'
        '<button type="button" class="icon-btn" data-close command="close" commandfor="{0}" aria-label="Close">'
        "{2}</button></header>{3}</dialog>",
        id,
        title,
        icon("x"),
        content,
    )


@register.simple_block_tag
def topbar(content: str, title: str, sub: str = "") -> SafeString:
    """The head of a page: its only h1, a line under it, and inside, the tools on its right."""
    line = format_html('<p class="meta">{}</p>', sub) if sub else ""
    tools = format_html('<div class="top-tools">{}</div>', content) if content.strip() else ""
    return format_html(
        '<header class="top"><div class="top-title"><h1>{}</h1>{}</div>{}</header>', title, line, tools
    )


@register.simple_block_tag
def empty_state(content: str, title: str) -> SafeString:
    """Nothing here yet: what will appear, and inside, the button that makes it appear.

    Not named `empty`: inside `{% for %}` Django would take that for its own.
    """
    return format_html('<div class="empty"><p><b>{}</b></p>{}</div>', title, content)


@register.simple_block_tag
def field(content: str, label: str, control: str, hint: str = "", error: str = "") -> SafeString:
    """A label over a hand-written control of the id `control`, described by `<control>-error`."""
    aside = format_html(' <span class="field-hint">{}</span>', hint) if hint else ""
    fault = format_html(
        '<p class="field-error" id="{}-error" role="alert">{}{}</p>', control, icon("circle-alert", 14), error
    )
    return format_html(
        '<div class="field"><label for="{}">{}{}</label>{}{}</div>',
        control,
        label,
        aside,
        content,
        fault if error else "",
    )

"""How promises are drawn: the status is `sla.statuses`' alone, whatever page asks."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leads.models import Lead
from sla import statuses
from sla.models import Clock
from sla.record import Record, record_of
from sla.snooze_times import Offer, offers_for, pressing_clock
from sla.words import what_happened as happened
from smarketing import marks
from smarketing.templatetags import ui

register = template.Library()


@register.simple_tag(takes_context=True)
def lead_promises(context: Context, lead: Lead) -> Record:
    """What was promised about this lead, as the person who reads the page may see it and act on it."""
    return record_of(lead, context["request"].user, timezone.now(), history=context["story"].history)


@register.simple_tag
def pressing_promise(lead: Lead) -> Clock | None:
    """The running promise about this lead that falls due first."""
    return pressing_clock(lead)


@register.simple_tag(takes_context=True)
def snooze_offers(context: Context, clock: Clock | None = None) -> list[Offer]:
    """Until when the reader may put a lead off, by their own hours; those past the deadline of `clock` say so."""
    return offers_for(context["request"].user, timezone.now(), clock)


@register.simple_tag
def sla_chip(clock: Clock, moment: datetime | None = None) -> SafeString:
    """How a promise stands: a countdown while it runs, which app.js keeps ticking, and in words once it is settled."""
    reading = statuses.read(clock, moment or timezone.now())
    if reading.tone == statuses.Tone.DONE:
        return _settled(clock, reading.status)
    if reading.left is None or clock.due_at is None:
        return format_html('<span class="due due-paused">{}No deadline</span>', ui.icon("pause", 14))
    instants = zip(("due", "start", "half", "soon"), _instants(clock), strict=True)
    return format_html(
        '<span class="due due-{}" {} title="{}: due {}">{}<span data-due-words>{}</span></span>',
        reading.tone,
        format_html_join(" ", 'data-{}="{}"', ((name, at.isoformat()) for name, at in instants if at)),
        clock.commitment,
        _said(clock.due_at),
        marks.ring(reading.share),
        marks.deadline_words(reading.left),
    )


@register.simple_tag
def what_happened(clock: Clock, moment: datetime | None = None) -> SafeString:
    """What became of a promise and when, in words."""
    words, at = happened(clock, moment or timezone.now())
    if at is None:
        return format_html('<span class="muted">{}</span>', words)
    return format_html("{} {}", words, ui.when(at, "inside"))


def _instants(clock: Clock) -> tuple[datetime | None, ...]:
    """The share of the working time that is left runs evenly between these, whatever nights lie there."""
    return clock.due_at, clock.started_at, clock.half_at, clock.soon_at


def _settled(clock: Clock, status: str) -> SafeString:
    drawn, tone = {
        statuses.Status.KEPT: ("circle-check", " chip-ok"),
        statuses.Status.BROKEN: ("circle-x", " chip-bad"),
        statuses.Status.EXCUSED: ("circle-minus", ""),
    }[statuses.Status(status)]
    words = statuses.Status(status).label
    if status == statuses.Status.BROKEN and clock.stopped_at and clock.due_at:
        words = f"{words}, {marks.deadline_words(clock.due_at - clock.stopped_at)}"
    return format_html('<span class="chip{}">{}{}</span>', tone, ui.icon(drawn, 13), words)


def _said(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local:%a} {local.day} {local:%b %H:%M}"

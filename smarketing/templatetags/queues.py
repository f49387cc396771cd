"""Rows of the queue, written out in Python as those of `lists` are: a template looks up some thirty names for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from leads.models import Lead
from smarketing.templatetags import promises, ui

register = template.Library()
Item = Mapping[str, Any]
SEP = '<span class="sep"></span>'


@register.simple_tag
def queue_row(item: Item, moment: datetime, refreshed: bool, token: object) -> SafeString:
    """One lead of the list, with the button that wakes it where it sleeps; `token` is of forms.

    `refreshed`: the list came by itself after an act, so the current row takes the focus.
    """
    lead, url = item["row"].lead, escape(item["url"])
    current = f' aria-current="true"{" autofocus" if refreshed else ""}' if item["current"] else ""
    lines = f"{_first(item, lead, moment)}{_second(lead)}{_third(item, lead)}"
    return mark_safe(  # noqa: S308 every part is escaped
        f'<li class="q-row"><a class="q-item" data-item href="{url}" hx-get="{url}" hx-include="#queue-order" '
        f'hx-target="#lead-pane" hx-swap="innerHTML show:none" hx-push-url="{url}"{current}>'
        f'{_score(item)}<span class="q-lines">{lines}</span></a>'
        f"{_wake(lead, token) if item['until'] else ''}</li>"
    )


def _score(item: Item) -> str:
    """What the lead is worth; its grade as a tooltip."""
    score = item["row"].score
    if score is None:
        return '<span class="q-score is-unknown"><span class="vh">Not scored yet</span></span>'
    total, grade = score["total"], escape(score["grade"])
    return (
        f'<span class="q-score" title="Score {total}, {grade}"><span class="vh">Score </span>{total}'
        f'<span class="vh">, {grade}</span></span>'
    )


def _first(item: Item, lead: Lead, moment: datetime) -> str:
    """Who it is, and what presses: a deadline, or since when it waits."""
    row, chip = item["row"], ""
    if row.clock:
        chip = promises.sla_chip(row.clock, moment)
    elif not item["until"]:
        how = "back" if item["back"] else "waiting" if item["waits"] else "quiet"
        at = localtime(row.since).isoformat()
        chip = f'<time class="q-since" datetime="{at}">{how} {escape(item["span"])}</time>'
    name = f'<b class="truncate"><bdi>{escape(lead.name)}</bdi></b>'
    return f'<span class="q-first">{name}{chip}</span>'


def _second(lead: Lead) -> str:
    told = [escape(str(one)) for one in (lead.account, lead.job_title) if one]
    return f'<span class="q-second truncate">{SEP.join(told)}</span>' if told else ""


def _third(item: Item, lead: Lead) -> str:
    return _until(item) if item["until"] else _reason(item, lead)


def _until(item: Item) -> str:
    """Until when it is put off, why, and whose it is."""
    note, owner = item["note"], item["owner"]
    told = [escape(item["until"])]
    told += [f"“{escape(note)}”"] if note else []
    told += [escape(str(owner))] if owner else []
    said = f'<span class="truncate">{SEP.join(told)}</span>'
    return f'<span class="q-third q-until">{ui.icon("alarm-clock", 13)}{said}</span>'


def _reason(item: Item, lead: Lead) -> str:
    """Why it is here: what it came back from, where it stands, what the buyer did, whose it is and which try is due."""
    why, note, owner = item["row"].why, item["note"], item["owner"]
    mark = "" if item["waits"] else ui.stage(lead.state)
    if item["back"]:
        mark = f'<span class="q-back">{ui.icon("alarm-clock-check", 13)}Back from snooze</span>'
    hot = ui.icon("flame", 13, "New") if why.hot else ""
    said = f"“{escape(note)}”" if item["back"] and note else escape(why.words)
    whose = f"{SEP if why.words else ''}{escape(str(owner))}" if owner else ""
    tries = f'<span class="q-try">try {why.tries + 1}</span>' if why.tries else ""
    return f'<span class="q-third">{mark}{hot}<span class="truncate grow">{said}{whose}</span>{tries}</span>'


def _wake(lead: Lead, token: object) -> str:
    url, name = reverse("leads:wake", args=[lead.pk]), escape(lead.name)
    return (
        f'<form class="q-wake" method="post" action="{url}" hx-post="{url}" hx-swap="none" hx-sync="this:drop" '
        f'hx-disabled-elt="find button"><input type="hidden" name="csrfmiddlewaretoken" value="{escape(str(token))}">'
        f'<button class="btn btn-small" type="submit" aria-label="Wake {name} now">Wake now</button></form>'
    )

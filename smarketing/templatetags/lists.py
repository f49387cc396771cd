"""Rows of long lists, written out in Python: a template would look up some thirty names for each row of fifty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from leads.lists.orders import Column
from leads.models import Lead
from smarketing.templatetags import promises, ui

register = template.Library()
Extra = Mapping[str, Any]


@register.simple_tag
def list_row(lead: Lead, columns: Sequence[Column], extra: Extra, choosable: bool) -> SafeString:
    """One row of the list of leads: who it is, and a cell for each column; `extra` is what columns load."""
    cells = [
        f'<td data-label="{escape(column.label)}"{NUMBER if column.num else ""}>{_cell(column, lead, extra)}</td>'
        for column in columns
    ]
    return mark_safe(f"<tr>{_who(lead, choosable)}{''.join(cells)}</tr>")  # noqa: S308 every part is escaped


NUMBER = ' class="num"'


def _who(lead: Lead, choosable: bool) -> str:
    name = escape(lead.name)
    box = (
        f'<input type="checkbox" name="lead" value="{lead.pk}" aria-label="Choose {name}">'
        if choosable
        else ""
    )
    company = f"<small>{escape(str(lead.account))}</small>" if lead.account_id else ""
    link = f'<a href="{lead.get_absolute_url()}" data-item>{name}</a>'
    who = f'<span class="list-who">{link}{company}</span>'
    return f'<th scope="row"><span class="list-name">{box}{who}</span></th>'


def _cell(column: Column, lead: Lead, extra: Extra) -> str:
    told = escape(column.cell(lead)) if column.cell else CELLS[column.name](lead, extra)
    return told or ui.NOTHING


def _owner(lead: Lead, extra: Extra) -> str:
    if lead.owner_id is None:
        return f'<span class="muted">{"Unclaimed" if lead.state == "mql" else "Nobody"}</span>'
    name = escape(str(lead.owner))
    return f'<span class="row">{ui.avatar(lead.owner, "sm")}<span class="truncate">{name}</span></span>'


def _deadline(lead: Lead, extra: Extra) -> str:
    clock = extra.get("deadline")
    return promises.sla_chip(clock) if clock else ""


def _score(lead: Lead, extra: Extra) -> str:
    score = extra.get("score")
    return (
        f'<span class="score"><b>{score.total}</b> <span class="muted">{score.grade}</span></span>'
        if score
        else ""
    )


def _campaign(lead: Lead, extra: Extra) -> str:
    named = lead.campaign_id is not None
    return f'<span class="truncate">{escape(str(lead.campaign))}</span>' if named else ""


def _company(lead: Lead, extra: Extra) -> str:
    account = lead.account
    return f'<a href="{account.get_absolute_url()}">{escape(str(account))}</a>' if account else ""


def _employees(lead: Lead, extra: Extra) -> str:
    return str(ui.count(lead.account.employees)) if lead.account and lead.account.employees else ""


def _plain(name: str) -> Callable[[Lead, Extra], str]:
    return lambda lead, extra: escape(getattr(lead, name) or "")


CELLS: dict[str, Callable[[Lead, Extra], str]] = {
    "stage": lambda lead, extra: ui.stage(lead.state),
    "owner": _owner,
    "deadline": _deadline,
    "score": _score,
    "campaign": _campaign,
    "channel": lambda lead, extra: escape(str(lead.channel or "")),
    "since": lambda lead, extra: ui.when(lead.stage_since),
    "worked": lambda lead, extra: ui.when(lead.worked_at, none="Never"),
    "born": lambda lead, extra: ui.when(lead.born_at, "date"),
    "touched": lambda lead, extra: ui.when(extra.get("touched"), none="None yet"),
    "company": _company,
    "segment": lambda lead, extra: escape(", ".join(extra.get("segment") or ())),
    "industry": lambda lead, extra: escape(lead.account.industry or "") if lead.account else "",
    "employees": _employees,
    "title": _plain("job_title"),
    "medium": _plain("medium"),
    "content": _plain("content"),
    "country": _plain("country"),
    "consent": lambda lead, extra: escape(str(lead.get_consent_display())),
    "email": _plain("email"),
    "phone": lambda lead, extra: f'<span class="num">{escape(lead.phone)}</span>' if lead.phone else "",
}

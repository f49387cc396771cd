"""The builder of a rule, drawn from a draft: groups in groups, and what can be asked of each fact.

It works by the buttons of the form around it. With script each change is asked here and only the builder is redrawn.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from leads import rules
from leads.models import Campaign, Channel, Touch
from leads.pages.rule_clauses import DAYS, OFFERED, TOUCHES, entry_of
from leads.pages.rule_draft import DEEPEST, JOINS, Draft, Node
from leads.rules import Fact, Kind
from leads.rules.facts import GROUPS
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request

LISTED = 500  # campaigns, channels or people that are offered
SALES = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
KINDS = tuple((str(value), str(label)) for value, label in Touch.Kind.choices)
TEAMS = (("", "Either team"), *((str(value), str(label)) for value, label in Touch.Team.choices))
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,60}").fullmatch


@require_POST
def builder(request: Request) -> HttpResponse:
    """The builder as its fields stand, after what its button asks for; nothing is kept."""
    name = request.POST.get("builder", "")
    if not _NAME(name):
        return HttpResponseBadRequest("Say in “builder” what the fields of the rule are called.")
    without = tuple(request.POST.get(f"{name}-without", "")[:300].split())
    draft = Draft.of_form(request.POST, name)
    return HttpResponse(drawn(draft, name, without=without, reader=request.user))


def drawn(
    draft: Draft,
    name: str,
    *,
    id: str = "",
    told: bool = False,
    without: tuple[str, ...] = (),
    reader: User | None = None,
) -> SafeString:
    """The builder; `told` marks the clause at fault, where somebody meant the rule to be complete.

    Facts that begin with one of `without` are not offered; the address that redraws it is told so by a hidden field.
    """
    rule, fault = None, None
    try:
        rule = draft.rule()
    except rules.RuleFault as found:
        fault = found
    context = {
        "name": name,
        "id": id or f"id_{name}",
        "root": _Drawing(draft, name, marks=told and not draft.edited, without=without).group(draft.root),
        "without": " ".join(without),
        "sentence": _sentence(rule, reader) if rule else "",
        "missing": fault.sentence if fault else "",
    }
    return mark_safe(render_to_string("ui/rule_builder.html", context))  # noqa: S308 - of a template


def _sentence(rule: rules.Rule, reader: User | None) -> str:
    return rules.sentence(rule, rules.names_for(rule, reader) if reader is not None else None)


class _Drawing:
    """What the template says of each node; tables are read once, and only where a clause asks about them."""

    def __init__(self, draft: Draft, name: str, *, marks: bool, without: tuple[str, ...] = ()) -> None:
        self.draft, self.name, self.marks, self.without = draft, name, marks, without

    def group(self, node: Node) -> dict[str, Any]:
        return {
            "is_group": True,
            "prefix": f"{self.name}-{node.place}",
            "place": node.place,
            "is_root": node.place == "0",
            "joins": [(key, label, key == node.join) for key, label in JOINS.items()],
            "nodes": [self.group(one) if one.is_group else self.clause(one) for one in node.items],
            "may_nest": node.depth + 1 < DEEPEST,
            "bad": self.marks and bool(node.fault),
        }

    def clause(self, node: Node) -> dict[str, Any]:
        drawn = {
            "prefix": f"{self.name}-{node.place}",
            "place": node.place,
            "fields": self.fields(node.one("field"), node.fact),
            "bad": self.marks and bool(node.fault),
            "is_new": node.is_new,
        }
        if node.one("field") == TOUCHES:
            return drawn | self._touches(node)
        return drawn | (self._asked(node, node.fact) if node.fact else {"entry": "unasked"})

    def _asked(self, node: Node, fact: Fact) -> dict[str, Any]:
        op, values = node.one("op"), node.told.get("value", [])
        return {
            "label": fact.label,
            "ops": [(key, label, key == op) for key, label in OFFERED[fact.kind].items()],
            "entry": entry_of(fact, op),
            "value": node.one("value"),
            "second": values[1] if len(values) > 1 else "",
            "unit": "%"
            if fact.is_share
            else "days ago"
            if op == "over_days"
            else "days"
            if op in DAYS
            else "",
            "options": [(value, label, value in values) for value, label in self._options(fact, values)],
        }

    def _touches(self, node: Node) -> dict[str, Any]:
        chosen, more = node.told.get("kinds", []), ("content", "url", "campaign", "team")
        campaign = node.one("campaign")
        return {
            "entry": "touches",
            "kinds": [(key, label, key in chosen) for key, label in KINDS],
            "teams": [(key, label, key == node.one("team")) for key, label in TEAMS],
            "campaigns": [(key, label, key == campaign) for key, label in self.rows("campaign")],
            "times": node.one("times") or "1",
            "days": node.one("days"),
            "content": node.one("content"),
            "url": node.one("url"),
            "has_more": any(node.one(part) for part in more),
        }

    def _options(self, fact: Fact, chosen: list[str]) -> list[tuple[str, str]]:
        if fact.kind == Kind.GRADE:
            worse = fact.values[-1]
            return [
                (one, one if one in (worse, fact.values[0]) else f"{one} or better") for one in fact.values
            ]
        if fact.kind == Kind.ROW:
            return self.rows(fact.name)
        gone = [(one, one) for one in chosen if fact.kind == Kind.CHOICE and one not in fact.values]
        return [*fact.choices, *gone]

    def rows(self, table: str) -> list[tuple[str, str]]:
        if table not in self._rows:
            found = {
                "campaign": Campaign.objects.order_by("name", "pk"),
                "channel": Channel.objects.order_by("name", "pk"),
                "owner": User.objects.filter(role__in=SALES).order_by("name", "pk"),
            }[table]
            self._rows[table] = [(str(row.pk), str(row)) for row in found[:LISTED]]
        return self._rows[table]

    @cached_property
    def _rows(self) -> dict[str, list[tuple[str, str]]]:
        return {}

    def fields(self, chosen: str, fact: Fact | None) -> SafeString:
        """The options of what can be asked about, by group."""
        gone = (
            format_html('<option value="{}">{}</option>', chosen, fact.label)
            if fact and (not fact.in_use or fact.name.startswith(self.without))
            else ""
        )
        text = format_html("{}{}", gone, self._all_fields)
        mark = format_html('value="{}"', chosen)
        return mark_safe(text.replace(mark, f"{mark} selected", 1))  # noqa: S308 - both are escaped

    @cached_property
    def _all_fields(self) -> SafeString:
        offered = [
            (fact.group, fact.name, fact.label)
            for fact in self.draft.catalogue.offered()
            if not fact.name.startswith(self.without)
        ]
        groups = [("What they did", [(TOUCHES, "Touches")])]
        groups += [(group, [(name, label) for of, name, label in offered if of == group]) for group in GROUPS]
        return format_html_join(
            "",
            '<optgroup label="{}">{}</optgroup>',
            (
                (group, format_html_join("", '<option value="{}">{}</option>', options))
                for group, options in groups
                if options
            ),
        )

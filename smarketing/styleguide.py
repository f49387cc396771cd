"""The living style page: every component and tag in every state, from the templates that the pages use."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import definitions, naming, rules
from leads.definitions.diff import Change
from leads.models import Account, Lead
from leads.pages.definition_words import Signature, stage
from leads.pages.rule_builder import drawn
from leads.pages.rule_draft import Draft
from leads.stages import Stage
from sla.models import Alert, Clock, Commitment, Deadline
from sla.pages.alerts import Item, Told
from smarketing.foundation.models import User
from smarketing.foundation.paging import Page
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request
from smarketing.search import Hit

TOKENS = Path(__file__).parent / "static" / "css" / "tokens.css"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TONES = ["accent", "neutral", "ok", "warn", "bad"]


class Sample(forms.Form):
    """One field of each kind; sent empty, it says what is wrong."""

    name = forms.CharField(help_text="As on the badge.")
    role = forms.ChoiceField(choices=[("", "Any"), ("champion", "Champion")], required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    password = forms.CharField(widget=forms.PasswordInput)

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("Nothing was saved: two fields want another look.")


@requires("styleguide.read")
@require_safe
def styleguide(request: Request) -> HttpResponse:
    moment = now()
    context = {
        "colours": colours(),
        "tones": TONES,
        "states": list(naming.STATES),
        "bars": [(tone, 20 * n + 15) for n, tone in enumerate(TONES)],
        "countdowns": [(moment + left, moment - 4 * HOUR) for left in (9 * HOUR, 3 * HOUR, HOUR / 2, -HOUR)],
        "series": [3, 5, 4, 8, 6, 9, 12, 10, 14],
        "plan": [n * 4 for n in range(1, 13)],
        "done": [n * 3.4 for n in range(1, 8)],
        "moments": [moment, moment - DAY, moment + DAY, moment - 40 * DAY, moment.date(), None],
        "kept": {"n": 842, "of": 8_000},
        "chart_rows": [("MQL", 40), ("SAL", 24), ("SQL", 9)],
        "forms": Forms(),
        "rule": sample_rule(),
        **lists(),
        "told": told(moment),
        "moment": moment,
        "silent": SimpleNamespace(silent_since=moment - HOUR, unread_version=4),
        "agreed": agreed(moment),
        "change": SimpleNamespace(get_move_display="Accepted", by="Dana Fox", at=moment, lead=sample_lead()),
    }
    return render(request, "styleguide.html", context)


def agreed(moment) -> dict[str, Any]:
    """Definitions that one and both heads have signed, a stage of them, and what they changed."""
    signed = [
        Signature("marketing", User(name="Dana Fox"), moment),
        Signature("sales", User(name="Kofi Mensah"), moment),
    ]
    return {
        "sides": signed,
        "half": [signed[0], Signature("sales", None, None)],
        "stage": stage(definitions.unsigned(), Stage.MQL),
        "changes": [
            Change("Target share", "12%", "15%"),
            Change("Intern", "", "\N{MINUS SIGN}20: Job title contains intern"),
            Change("Wrong person", "Back to nurture", ""),
        ],
    }


def sample_rule() -> str:
    """The builder with a group in a group; nothing is read for it."""
    catalogue = rules.Catalogue(own=[])
    country = {"field": "country", "op": "is_one_of", "value": ["NL", "DE"]}
    large = {"field": "account.employees", "op": "at_least", "value": 50}
    consent = {"field": "consent", "op": "is_none_of", "value": ["opted_out"]}
    rule = rules.parse({"all": [country, {"any": [large, consent]}]}, catalogue=catalogue)
    return drawn(Draft.of_rule(rule, catalogue=catalogue), "sample_rule")


def colours() -> list[str]:
    """The names of all colours, read from the file that gives them."""
    found = re.findall(r"--([\w-]+): (?:light-dark|var)\(", TOKENS.read_text())
    return [name for name in found if not name.startswith("shadow")]


class Forms:
    """The sample form as it opens, and as it comes back."""

    def __init__(self) -> None:
        self.fresh = Sample(auto_id="fresh-%s")
        self.filled = Sample({}, auto_id="filled-%s")
        self.filter = Sample(auto_id="filter-%s")
        for name in ("note", "password"):
            del self.filter.fields[name]


def lists() -> dict[str, Any]:
    """What the partials of lists are given."""
    ways = [("Mine", 9), ("Due today", 5), ("Unclaimed", None)]
    tabs = [{"label": label, "url": "#", "current": label == "Mine", "count": n} for label, n in ways]
    return {
        "tabs": tabs,
        "segments": [
            {"label": label, "url": "#", "current": label == "Month"} for label in ("Week", "Month")
        ],
        "columns": [
            {"label": "Campaign", "url": "#", "sort": "ascending"},
            {"label": "Leads", "num": True, "url": "#"},
            {"label": "Trend"},
            {"label": "Tools", "hidden": True},
        ],
        "page": Page([], older="older", newer="newer"),
        "kpis": [
            {"label": "Customers", "value": "32", "note": "5 more than before", "tone": "ok"},
            {"label": "Cost", "value": "€104.5k", "href": "#", "note": "4% less"},
            {"label": "Lead to customer", "value": "2.9%", "note": "0.2 points less", "tone": "bad"},
        ],
        "groups": [
            ("Leads", [Hit("Priya Raman", "#", "VP Operations · Northwind Freight", state="mql")]),
            ("Accounts", [Hit("Northwind Freight", "#", "northwind.example", "building-2")]),
            ("Pages", [Hit("Closed loop", "#", icon="chart-line", keys="G R")]),
        ],
    }


def sample_lead() -> Lead:
    return Lead(
        pk=0,
        first_name="Priya",
        last_name="Raman",
        job_title="VP Operations",
        stage=Stage.MQL,
        account=Account(name="Northwind Freight"),
    )


def told(moment) -> list[Told]:
    """Alerts of one lead, of one that has gone, and of many deadlines at once; nothing of them is stored."""
    owner = User(pk=0, name="Kofi Mensah")
    commitment = Commitment(stops_on="decision", name="Decide on an MQL")

    def item(kind: str, title: str, *, lead: Lead | None, many: int = 1, read: bool = False) -> Item:
        clock = Clock(commitment=commitment, lead=sample_lead(), owner=owner, started_at=moment - 5 * HOUR)
        deadline = Deadline(clock=clock, kind=kind, due_at=moment - HOUR)
        broken = many if kind == Deadline.Kind.BREACH else 0
        alert = Alert(pk=0, deadline=deadline, many=many, broken=broken, created_at=moment - HOUR)
        alert.read_at = moment if read else None
        return Item(alert, lead, title, "Kept meanwhile." if read else "")

    broken, warned = "Decide on an MQL: broken", "Decide on an MQL: about to break"
    breach, warning = Deadline.Kind.BREACH, Deadline.Kind.WARNING
    return [
        Told([item(breach, broken, lead=sample_lead()), item(warning, warned, lead=sample_lead())]),
        Told([item(breach, "37 promises: 37 broken", lead=None, many=37)]),
        Told([item(warning, warned, lead=None, read=True)]),
    ]

"""All leads a person may see: found by a few filters, newest first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leads.finding import beginning, in_state
from leads.models import Campaign, Channel, Lead
from leads.stages import STATES, Stage, Standing
from smarketing.foundation.models import User
from smarketing.foundation.paging import capped_count, page_by_time
from smarketing.foundation.requests import Request

NONE = "none"
OFFERED = 500  # options of one menu; a report links to what lies beyond
STATE_NAMES = {**dict(Stage.choices), **dict(Standing.choices)}
COLUMNS = ("Name", "Stage", "Owner", "Campaign", "Channel", "Born", "There since")


class Filters(forms.Form):
    """What the address says; a value nobody knows is ignored rather than refused."""

    fields: dict[str, Any]
    q = forms.CharField(label="Name, company, e-mail or phone begins with", required=False, max_length=254)
    state = forms.ChoiceField(label="Stage", required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    campaign = forms.ChoiceField(label="Campaign", required=False)
    channel = forms.ChoiceField(label="Channel", required=False)

    def __init__(self, data) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.fields["q"].widget.attrs["type"] = "search"
        self.fields["state"].choices = [("", "Any"), *((state, STATE_NAMES[state]) for state in STATES)]
        self.fields["owner"].choices = [("", "Anyone"), (NONE, "Nobody"), *_people()]
        self.fields["campaign"].choices = _named(Campaign, data.get("campaign", ""))
        self.fields["channel"].choices = _named(Channel, data.get("channel", ""))
        self.is_valid()

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def apply(self, leads: QuerySet[Lead]) -> QuerySet[Lead]:
        given = dict(self.given)
        if state := given.pop("state", ""):
            leads = leads.filter(in_state(state))
        if text := given.pop("q", ""):
            leads = leads.filter(beginning(text))
        for name, value in given.items():
            leads = leads.filter(**({f"{name}_id": value} if value != NONE else {name: None}))
        return leads


def _people() -> list[tuple[str, str]]:
    sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
    people = User.objects.filter(role__in=sales).order_by("name", "pk").only("name", "email")
    return [(str(person.pk), str(person)) for person in people[:OFFERED]]


def _named(model: type[Campaign | Channel], chosen: str) -> list[tuple[str, str]]:
    """The first names in order, and always the chosen one."""
    wanted = Q(pk=chosen) if chosen.isdecimal() and len(chosen) < 19 else Q(pk=None)
    first = model.objects.order_by("key").values("pk")[:OFFERED]
    rows = model.objects.filter(Q(pk__in=first) | wanted).order_by("key").values_list("pk", "name")
    return [("", "Any"), (NONE, "None"), *((str(pk), name) for pk, name in rows)]


@require_safe
def leads(request: Request) -> HttpResponse:
    filters = Filters(request.GET)
    found = filters.apply(Lead.objects.visible_to(request.user).alive())
    page = page_by_time(
        found.select_related("account", "owner", "campaign", "channel"),
        "born_at",
        cursor=request.GET.get("cursor"),
    )
    return render(
        request,
        "leads/list.html",
        {
            "form": filters,
            "page": page,
            "words": count_words(found, len(page.rows)),
            "clear_url": reverse("leads:list") if filters.given else "",
            "columns": [{"label": label} for label in COLUMNS],
        },
    )


def count_words(found: QuerySet[Lead], shown: int) -> str:
    total, more = capped_count(found)
    leads = "lead" if total == 1 else "leads"
    return f"{shown:,} of {total:,}{'+' if more else ''} {leads}" if total else ""

"""What the list of the never-again register is narrowed by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from leads import bars
from leads.finding import beginning
from leads.models import Account, Campaign, Lead, Suppression, SuppressionHit, name_key

Kind = Suppression.Kind
ACCOUNTS = 50  # companies whose name begins with what is searched for
CAMPAIGNS = 1_000  # lines of the log whose campaigns are offered
STATES = (("", "In force"), ("over", "Lifted or over"), ("all", "All entries"))


class Filters(forms.Form):
    """What the list is narrowed by; an address that asks for something else shows everything."""

    q = forms.CharField(
        label="Find",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, address, company"}),
    )
    kind = forms.ChoiceField(required=False, choices=[("", "Anything"), *Kind.choices])
    reason = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=STATES)
    campaign = forms.ModelChoiceField(
        required=False, queryset=Campaign.objects.none(), empty_label="Any campaign", label="Stopped on"
    )

    def __init__(self, data: Any, *, codes: dict[str, str]) -> None:
        super().__init__(data, auto_id="register-%s")
        self.fields["reason"].choices = [("", "Any reason"), *codes.items()]  # type: ignore[attr-defined]
        self.fields["campaign"].queryset = _campaigns(self.data.get("campaign", ""))  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def given(self) -> bool:
        return any(self.cleaned_data.values())

    def apply(self, entries: QuerySet[Suppression], moment: datetime) -> QuerySet[Suppression]:
        given = self.cleaned_data
        if given.get("kind"):
            entries = entries.filter(kind=given["kind"])
        if given.get("reason"):
            entries = entries.filter(reason=given["reason"])
        if given.get("campaign"):
            hits = SuppressionHit.objects.filter(campaign=given["campaign"])
            same = hits.filter(Q(suppression=OuterRef("pk")) | Q(suppression__lead=OuterRef("lead")))
            entries = entries.filter(Exists(same))
        if given.get("state") == "over":
            entries = entries.filter(Q(lifted_at__isnull=False) | Q(until__lte=moment))
        elif not given.get("state"):
            entries = entries.in_force(moment)  # type: ignore[attr-defined]
        return entries.filter(_begins(given["q"])) if given.get("q") else entries


def _campaigns(asked: str) -> QuerySet[Campaign]:
    """Those on which the register stopped something lately, and the one that is asked for."""
    recent = SuppressionHit.objects.exclude(campaign=None).order_by("-pk").values("campaign")[:CAMPAIGNS]
    named = [int(asked)] if asked.isascii() and asked.isdecimal() and len(asked) < 19 else []
    return Campaign.objects.filter(Q(pk__in=recent) | Q(pk__in=named)).order_by("key")


def _begins(text: str) -> Q:
    """A mark that begins so; of companies also their name, of people what a lead is found by anywhere."""
    said = bars.domains_of(text.lower())[:1] if "@" in text else []
    words = " ".join(text.replace("\0", "").lower().split())
    companies = Account.objects.filter(key__startswith=name_key(words)).order_by("key")[:ACCOUNTS]
    ids = [str(pk) for pk in companies.values_list("pk", flat=True)]
    # PostgreSQL lists all such people, or looks at each who is barred, whichever are fewer.
    people = Lead.objects.filter(beginning(words), pk=OuterRef("lead"))
    return (
        Q(kind__in=[Kind.EMAIL, Kind.PHONE, Kind.DOMAIN], value__startswith=words)
        | Q(kind=Kind.DOMAIN, value__in=said)
        | Q(kind=Kind.ACCOUNT, value__in=ids)
        | Q(Exists(people), kind=Kind.LEAD)
    )

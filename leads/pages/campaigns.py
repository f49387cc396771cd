"""Campaigns, what they cost and how many leads they brought."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, DateField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncWeek
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from leads import campaigns as acts
from leads.models import Campaign, Channel, Cost, Lead, Note, SuppressionHit
from leads.pages.fields import Amount, Currency, Day, PlainWords
from leads.stages import Move, Stage
from smarketing.foundation import audit
from smarketing.foundation.currencies import decimals
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

SHOWN = 200  # costs of one campaign on its page
VERDICTS = 6
WEEKS = 12  # of leads, beside each campaign in the list
Sums = list[tuple[Decimal, str]]


class CampaignForm(PlainWords, forms.Form):
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    channel = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "channels", "autocomplete": "off"}),
        help_text="A new name makes a new channel.",
    )

    def __init__(self, *args, campaign: Campaign | None = None, **kwargs) -> None:
        """`campaign`: the one to change; without it a new one is made."""
        super().__init__(*args, **kwargs)
        self.campaign = campaign

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        try:
            acts.ensure_new(name, but=self.campaign.pk if self.campaign else None)
        except acts.NameTaken as taken:
            raise forms.ValidationError(str(taken)) from None
        return name

    def save(self, *, by: User) -> Campaign:
        given = {"name": self.cleaned_data["name"], "channel": self.cleaned_data["channel"], "by": by}
        return acts.change(self.campaign.pk, **given) if self.campaign else acts.create(**given)


class CostForm(PlainWords, forms.ModelForm):
    starts_on = Day(label="From")
    ends_on = Day(label="Until")
    amount = Amount(label="Amount")
    currency = Currency()

    class Meta:
        model = Cost
        fields = ("starts_on", "ends_on", "amount", "currency")

    def clean_starts_on(self) -> date:
        return acts.in_reach(self.cleaned_data["starts_on"])

    def clean_ends_on(self) -> date:
        return acts.in_reach(self.cleaned_data["ends_on"])

    def clean(self) -> dict:
        given = super().clean() or {}
        wrong = acts.wrong_with_cost(
            starts_on=given.get("starts_on"),
            ends_on=given.get("ends_on"),
            amount=given.get("amount"),
            currency=given.get("currency", ""),
        )
        for name, fault in wrong.items():
            self.add_error(name, fault)
        return given

    def save_for(self, campaign: Campaign, *, by: User) -> Cost:
        return acts.add_cost(campaign.pk, by=by, **self.cleaned_data)


@requires("campaigns.read")
@require_http_methods(["GET", "HEAD", "POST"])
def campaigns(request: Request) -> HttpResponse:
    form = CampaignForm(_posted(request))
    if request.method == "POST":
        acts.ensure_may_write(request.user)
        if form.is_valid():
            return redirect("leads:campaign", form.save(by=request.user).pk)
    page = page_by_time(
        Campaign.objects.select_related("channel").annotate(**_lead_counts(request.user)),
        "created_at",
        cursor=request.GET.get("cursor"),
    )
    shown = [row.pk for row in page.rows]
    spent, came = sums_by_campaign(shown), leads_by_week(shown)
    for row in page.rows:
        row.weeks = came[row.pk]
    context = {
        "page": page,
        "rows": [(row, spent[row.pk]) for row in page.rows],
        "form": form,
        "channels": Channel.objects.order_by("key").values_list("name", flat=True)[:SHOWN],
        "may_write": request.user.may("campaigns.write"),
    }
    return render(request, "leads/campaigns.html", context, status=422 if form.errors else 200)


@requires("campaigns.read")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: Request, pk: int) -> HttpResponse:
    one = _found(request, pk)
    if request.method == "POST":
        acts.ensure_may_write(request.user)
    form = CostForm(_posted(request), initial={"currency": Organisation.get().currency})
    if request.method == "POST" and form.is_valid():
        form.save_for(one, by=request.user)
        messages.success(request, f"Cost added to {one}.")
        return redirect("leads:campaign", pk)
    return _page(request, one, form=form)


@requires("campaigns.write")
@require_POST
def edit_campaign(request: Request, pk: int) -> HttpResponse:
    """Another name or channel; what is wrong with them stands beside its field, on the campaign's page."""
    one = _found(request, pk)
    naming = CampaignForm(request.POST, campaign=one)
    if naming.is_valid():
        messages.success(request, f"{naming.save(by=request.user)} is saved.")
        return redirect("leads:campaign", pk)
    return _page(request, one, naming=naming)


def _found(request: Request, pk: int) -> Campaign:
    brought = Campaign.objects.select_related("channel").annotate(**_lead_counts(request.user))
    return get_object_or_404(brought, pk=pk)


def _page(
    request: Request, one: Campaign, *, form: CostForm | None = None, naming: CampaignForm | None = None
) -> HttpResponse:
    """The page of one campaign, with the form that was filled in wrongly."""
    may_write = request.user.may("campaigns.write")
    form = form or CostForm(initial={"currency": Organisation.get().currency})
    known = {"name": one.name, "channel": one.channel.name if one.channel else ""}
    naming = naming or CampaignForm(initial=known, campaign=one)
    context = {
        "campaign": one,
        "form": form if may_write else None,
        "naming": naming if may_write else None,
        "channels": Channel.objects.order_by("key").values_list("name", flat=True)[:SHOWN],
        "costs": one.costs.order_by("-starts_on", "-id")[:SHOWN],
        "sums": sums_by_campaign([one.pk])[one.pk],
        "verdicts": verdicts(one, request.user),
        "stopped": one.stopped  # type: ignore[attr-defined]  # annotated
        if request.user.may("register.read")
        else 0,
    }
    return render(
        request, "leads/campaign.html", context, status=422 if form.errors or naming.errors else 200
    )


def verdicts(one: Campaign, user: User) -> QuerySet[Note]:
    """Why reps rejected leads of this campaign, in their own words: the latest, of leads this person may read."""
    said = Note.objects.filter(lead__in=Lead.objects.alive().visible_to(user).filter(campaign=one))
    said = said.filter(change__move=Move.REJECT, change__undone_by=None).exclude(text="")
    return said.select_related("lead", "by", "change").order_by("-at", "-id")[:VERDICTS]


@requires("campaigns.write")
@require_POST
@transaction.atomic
def remove_cost(request: Request, pk: int) -> HttpResponse:
    """Take a wrong cost out of every report; the audit log keeps that it was there."""
    cost = get_object_or_404(Cost.objects.exclude(campaign=None).select_for_update(), pk=pk)
    audit.record("cost.removed", by=request.user, about=cost)
    campaign_id, amount = cost.campaign_id, f"{cost.amount:,.{decimals(cost.currency)}f} {cost.currency}"
    cost.delete()
    messages.success(request, f"The cost of {amount} was removed.")
    return redirect("leads:campaign", campaign_id)


def _posted(request: Request):
    return request.POST if request.method == "POST" else None


def _lead_counts(user: User) -> dict[str, Coalesce | F | Subquery]:
    """How many leads a campaign brought, and how many of them the list behind the link shows this person."""
    brought = Lead.objects.alive()
    return {
        "leads_count": _by_campaign(brought),
        "leads_visible": F("leads_count")
        if user.may("leads.read_all")
        else _by_campaign(brought.visible_to(user)),
        "latest_lead": Subquery(
            brought.filter(campaign=OuterRef("pk")).order_by("-born_at").values("born_at")[:1]
        ),
        "mqls_count": _by_campaign(brought.exclude(highest_stage=Stage.VISITOR)),
        "customers_count": _by_campaign(brought.filter(highest_stage=Stage.CUSTOMER)),
        "stopped": _by_campaign(SuppressionHit.objects.all()),
    }


def _by_campaign(leads: QuerySet) -> Coalesce:
    brought = leads.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    return Coalesce(Subquery(brought.annotate(n=Count("pk")).values("n")), 0)


def leads_by_week(pks: list[int]) -> dict[int, list[int]]:
    """How many leads each campaign brought in each of the last weeks, this one last; weeks of the organisation."""
    zone = Organisation.get().zone
    today = localdate(timezone=zone)
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    came: dict[int, list[int]] = defaultdict(lambda: [0] * WEEKS)
    born = Lead.objects.alive().filter(campaign__in=pks, born_at__gte=datetime.combine(first, time(), zone))
    born = born.filter(born_at__lt=datetime.combine(today + timedelta(days=1), time(), zone))
    by_week = born.annotate(week=TruncWeek("born_at", output_field=DateField(), tzinfo=zone)).order_by()
    for row in by_week.values("campaign", "week").annotate(n=Count("pk")):
        came[row["campaign"]][(row["week"] - first).days // 7] = row["n"]
    return came


def sums_by_campaign(pks: list[int]) -> dict[int, Sums]:
    """What each campaign cost, one sum a currency: amounts of two currencies are never added up."""
    rows: QuerySet = Cost.objects.filter(campaign__in=pks).order_by("currency")
    spent: dict[int, Sums] = defaultdict(list)
    for row in rows.values("campaign", "currency").annotate(total=Sum("amount")):
        spent[row["campaign"]].append((row["total"], row["currency"]))
    return spent

"""The never-again register: whom we bar and why, what each entry stopped, and how it is lifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Func, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import bars, definitions, register
from leads.limits import NOTE_LENGTH
from leads.models import Account, Appeal, Lead, Suppression, SuppressionHit
from leads.pages.fields import DayToCome, PlainWords
from leads.pages.register_filters import Filters
from smarketing.foundation import signing
from smarketing.foundation.models import User
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request

Kind = Suppression.Kind
CONCERNED = 20  # leads named on the page of an entry
KINDS = {
    Kind.LEAD: ("circle-user", "Person"),
    Kind.EMAIL: ("mail", "E-mail address"),
    Kind.PHONE: ("phone", "Phone number"),
    Kind.DOMAIN: ("globe", "Domain"),
    Kind.ACCOUNT: ("building-2", "Company"),
}


class EntryForm(PlainWords, forms.Form):
    kind = forms.ChoiceField(
        label="What to bar",
        choices=[
            (Kind.EMAIL, "An e-mail address"),
            (Kind.DOMAIN, "A domain, with all addresses under it"),
            (Kind.LEAD, "A person we know"),
            (Kind.PHONE, "A phone number"),
            (Kind.ACCOUNT, "A company"),
        ],
    )
    what = forms.CharField(
        label="Which",
        max_length=254,
        help_text="The address, domain, number or company name; for a person their e-mail or phone number.",
    )
    reason = forms.ChoiceField(label="Why")
    until = DayToCome(label="Until", required=False, help_text="The last day. Leave empty to bar for good.")

    def __init__(self, data: Any = None, *, codes: dict[str, str], initial: dict | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["reason"].choices = [("", "Choose a reason"), *codes.items()]
        self.fields["what"].widget.attrs["autofocus"] = True


class EvidenceForm(PlainWords, forms.Form):
    evidence = forms.CharField(
        label="What is new?",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Both heads read it before they sign.",
    )


@dataclass(frozen=True)
class Row:
    """One entry as it is shown: what it bars in words, and how much it stopped."""

    entry: Suppression
    icon: str
    kind: str
    what: str
    url: str
    also: str
    reason: str
    state: str


def heads() -> QuerySet[Suppression]:
    """Entries as they are listed: a person once, not again for each of their addresses."""
    rows = Suppression.objects.exclude(kind__in=[Kind.EMAIL, Kind.PHONE], lead__isnull=False)
    return rows.select_related("lead__account", "by")


def with_hits(entries: QuerySet[Suppression]) -> QuerySet[Suppression]:
    """With how much each stopped (`n_hits`) and when last; of a person by any of their addresses."""
    own = SuppressionHit.objects.filter(suppression=OuterRef("pk")).order_by()
    of_lead = SuppressionHit.objects.filter(
        suppression__lead=OuterRef("lead"), suppression__kind__in=[Kind.EMAIL, Kind.PHONE]
    ).order_by()

    def counted(rows: QuerySet) -> Coalesce:
        total = rows.annotate(n=Func(F("pk"), function="count", output_field=IntegerField())).values("n")
        return Coalesce(Subquery(total), 0)

    return entries.annotate(n_hits=counted(own) + counted(of_lead))


@requires("register.read")
@require_safe
def entries(request: Request) -> HttpResponse:
    moment = now()
    codes = _codes_there(moment)
    filters = Filters(request.GET, codes=codes)
    found = filters.apply(with_hits(heads()), moment)
    page = page_by_time(found, "created_at", cursor=request.GET.get("cursor"))
    context = {
        "form": filters,
        "page": page,
        "rows": _rows(page.rows, request.user, moment),
        "columns": [
            {"label": "Barred"},
            {"label": "Reason"},
            {"label": "Since"},
            {"label": "Until"},
            {"label": "Stopped", "num": True},
        ],
        "words": "",
        "clear_url": reverse("leads:register") if filters.given else "",
        "may_write": request.user.may("register.write"),
    }
    return render(request, "leads/register.html", context)


def _codes_there(moment: datetime) -> dict[str, str]:
    """The agreed reasons, and those that entries carry from before."""
    agreed = register.codes(moment)
    there = Suppression.objects.order_by("reason").values_list("reason", flat=True).distinct()[:50]
    return agreed | {code: definitions.label(code) for code in there if code and code not in agreed}


def _rows(found: list[Suppression], user: User, moment: datetime) -> list[Row]:
    ids = [int(entry.value) for entry in found if entry.kind == Kind.ACCOUNT]
    accounts = Account.objects.in_bulk(ids) if ids else {}
    return [row_of(entry, accounts, moment) for entry in found]


def row_of(entry: Suppression, accounts: dict[int, Account], moment: datetime) -> Row:
    icon, kind = KINDS[Kind(entry.kind)]
    what, url, also = entry.value, "", ""
    if entry.kind == Kind.LEAD and entry.lead is not None:
        what, url = entry.lead.name, entry.lead.get_absolute_url()
        also = " · ".join(filter(None, [str(entry.lead.account or ""), entry.lead.email, entry.lead.phone]))
    elif entry.kind == Kind.ACCOUNT and (account := accounts.get(int(entry.value))):
        what, url = str(account), account.get_absolute_url()
    elif entry.kind == Kind.DOMAIN:
        also = "Every domain under it, too"
    return Row(entry, icon, kind, what, url, also, definitions.label(entry.reason), _state(entry, moment))


def _state(entry: Suppression, moment: datetime) -> str:
    if entry.until is not None and entry.until <= (entry.lifted_at or moment):
        return "Over"
    return "Lifted" if entry.lifted_at is not None else ""


@requires("register.write")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    codes = register.codes(now())
    if request.method != "POST":
        asked = {name: request.GET.get(name, "")[:254] for name in ("kind", "what") if name in request.GET}
        return render(request, "leads/register_add.html", {"form": EntryForm(codes=codes, initial=asked)})
    form = EntryForm(request.POST, codes=codes)
    if not form.is_valid():
        return render(request, "leads/register_add.html", {"form": form}, status=422)
    try:
        entry = register.add(by=request.user, **form.cleaned_data)
    except register.AlreadyBarred as there:
        context = {"form": form, "refusal": str(there), "there": there.entry}
        return render(request, "leads/register_add.html", context, status=409)
    except Refusal as refusal:
        return render(request, "leads/register_add.html", {"form": form, "refusal": str(refusal)}, status=409)
    _say(request, "Barred from now on, on every way in.", _undo_of(entry, request.user))
    return redirect("leads:register_entry", entry.pk)


def _undo_of(entry: Suppression, user: User) -> str:
    if entry.change_id is not None:
        return reverse("leads:undo", args=[entry.lead_id])
    may = register.may_take_back(entry, by=user, moment=now())
    return reverse("leads:register_undo", args=[entry.pk]) if may else ""


def _say(request: Request, sentence: str, undo_url: str = "") -> None:
    said = render_to_string("leads/_message.html", {"sentence": sentence, "undo_url": undo_url}, request)
    messages.success(request, said)


def for_signers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """View decorator: for those who read the register, and for the deputy who signs for a head on leave."""

    @wraps(view)
    def guarded(request: Request, pk: int) -> HttpResponse:
        if not request.user.may("register.read") and not signing.keys_of(request.user, now()):
            raise Forbidden
        return view(request, pk)

    return guarded


@for_signers
@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    return _page(request, _found(pk))


def _found(pk: int) -> Suppression:
    return get_object_or_404(Suppression.objects.select_related("lead__account", "by"), pk=pk)


def _page(request: Request, entry: Suppression, *, form: EvidenceForm | None = None) -> HttpResponse:
    moment, user = now(), request.user
    together = list(register.together(entry).order_by("pk"))
    hits = SuppressionHit.objects.filter(suppression__in=together).select_related("lead", "campaign")
    page = page_by_time(hits, "at", cursor=request.GET.get("cursor"))
    appeals = _appeals(entry)
    waiting = next((one for one in appeals if _is_open(one)), None)
    row = _rows([entry], user, moment)[0]
    context = {
        "row": row,
        "entry": entry,
        "marks": [
            KINDS[Kind(one.kind)] + (one.value,)
            for one in together
            if one.kind not in (Kind.LEAD, Kind.ACCOUNT)
        ],
        "page": page,
        "hits": [(hit, bars.WAYS.get(hit.way, hit.way)) for hit in page.rows],
        "totals": hits.aggregate(n=Count("pk"), last=Max("at")),
        "appeals": [one for one in appeals if one is not waiting],
        "waiting": waiting,
        "may_sign": bool(waiting) and bool(signing.may_sign(waiting, by=user, moment=moment)),
        "form": form or EvidenceForm(),
        "may_appeal": not row.state and waiting is None and user.may("register.write"),
        "undo_url": "" if row.state else _undo_of(entry, user) if entry.change_id is None else "",
        **_concerned(entry, user, moment),
    }
    return render(request, "leads/register_entry.html", context, status=422 if form and form.errors else 200)


def _appeals(entry: Suppression) -> list[Appeal]:
    about = Q(suppression=entry)
    if entry.lead_id is not None:
        about |= Q(lead=entry.lead_id) | Q(suppression__lead=entry.lead_id)
    rows = Appeal.objects.filter(about).select_related("by", "marketing_by", "sales_by", "note", "change")
    return list(rows.order_by("-pk")[:20])


def _is_open(one: Appeal) -> bool:
    return one.change_id is None and one.lifted_at is None


def _concerned(entry: Suppression, user: User, moment: datetime) -> dict[str, Any]:
    """The leads we have that an address, a domain or a company bars, those still in somebody's hands first."""
    about = {
        Kind.EMAIL: Q(email_norm=entry.value),
        Kind.PHONE: Q(phone_norm=entry.value),
        Kind.DOMAIN: Q(email_norm__endswith=f"@{entry.value}") | Q(email_norm__endswith=f".{entry.value}"),
        Kind.ACCOUNT: Q(account=int(entry.value) if entry.kind == Kind.ACCOUNT else 0),
    }.get(Kind(entry.kind))
    if about is None:
        return {"concerned": []}
    leads = Lead.objects.visible_to(user).alive().filter(about).select_related("owner", "account")
    found = list(leads.order_by("-stage_since", "-pk")[: CONCERNED + 1])
    return {"concerned": found[:CONCERNED], "more_concerned": len(found) > CONCERNED}


@require_POST
@requires("register.write")
def appeal(request: Request, pk: int) -> HttpResponse:
    entry = _found(pk)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return _page(request, entry, form=form)
    register.appeal(entry.pk, by=request.user, evidence=form.cleaned_data["evidence"])
    messages.success(request, "Sent. The entry is lifted when both heads have signed.")
    return redirect("leads:register_entry", pk)


@require_POST
@for_signers
def sign(request: Request, pk: int) -> HttpResponse:
    entry = _found(pk)
    granted = register.sign(entry.pk, by=request.user)
    words = "Granted: the entry is lifted." if granted else "Signed. The other head's signature is missing."
    messages.success(request, words)
    return redirect("leads:register_entry", pk)


@require_POST
@requires("register.write")
def undo(request: Request, pk: int) -> HttpResponse:
    entry = _found(pk)
    register.take_back(entry.pk, by=request.user)
    messages.success(request, "Taken back. It bars nobody.")
    return redirect("leads:register")

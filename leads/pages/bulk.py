"""Acts on many leads from their list: asked once, done together, told in one sentence with an undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from leads import bulk, bulk_undo
from leads.bulk import MOST, Plan
from leads.models import BulkAct, Lead
from leads.pages.act_forms import Words
from leads.pages.asked import asked_for
from leads.pages.fields import DayToCome, PlainWords
from leads.pages.reason_field import AgreedReason
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

Kind = BulkAct.Kind
LISTED = 5  # leads that are named in a sentence


class BulkForm(PlainWords, forms.Form):
    """What an act on many leads has to know; `name` keeps its controls apart from those of the page."""

    fields: dict[str, Any]

    def __init__(self, data=None) -> None:
        super().__init__(data, auto_id="bulk-%s")
        for field in list(self.fields.values())[:1]:
            field.widget.attrs["autofocus"] = True


class QualifyForm(BulkForm):
    why = Words("Why are they ready?", help_text="The reps read it before calling.", rows=3)


class RecycleForm(BulkForm):
    reason = AgreedReason("recycling")
    return_on = DayToCome(label="Come back on", help_text="Marketing keeps them warm until then.")


class PostponeForm(BulkForm):
    return_on = DayToCome(label="Come back on", help_text="They stay in nurture until then.")


class DisqualifyForm(BulkForm):
    reason = AgreedReason("disqualification")


class ReassignForm(BulkForm):
    to = forms.ModelChoiceField(
        label="New owner", queryset=User.objects.none(), empty_label="Choose somebody in sales"
    )

    def __init__(self, data=None) -> None:
        super().__init__(data)
        sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
        self.fields["to"].queryset = User.objects.filter(role__in=sales, is_active=True).order_by(
            "name", "pk"
        )


class ClaimForm(BulkForm):
    """Nothing to say: who claims is who asks."""


@dataclass(frozen=True)
class Act:
    """One act: its words, its form, and what it does to the chosen leads."""

    kind: BulkAct.Kind
    label: str
    icon: str
    title: str
    submit: str
    says: str
    form: type[BulkForm]
    do: Callable[..., BulkAct]
    danger: bool = False


ACTS = {
    str(act.kind): act
    for act in (
        Act(
            Kind.CLAIM,
            "Claim",
            "hand",
            "Claim {}",
            "Claim",
            "They are yours from then on.",
            ClaimForm,
            bulk.claim,
        ),
        Act(
            Kind.QUALIFY,
            "Hand over",
            "arrow-right",
            "Hand {} over to sales",
            "Hand over",
            "The reps who are there get them in turn.",
            QualifyForm,
            bulk.qualify,
        ),
        Act(
            Kind.REASSIGN,
            "Re-assign",
            "user-check",
            "Give {} to somebody else",
            "Re-assign",
            "Open hand-overs go along.",
            ReassignForm,
            bulk.reassign,
        ),
        Act(
            Kind.RECYCLE,
            "Return to nurture",
            "undo-2",
            "Return {} to nurture",
            "Return",
            "Open deals are closed with the same reason.",
            RecycleForm,
            bulk.recycle,
        ),
        Act(
            Kind.POSTPONE,
            "New date",
            "calendar-clock",
            "Another return date for {}",
            "Set date",
            "They come up again on that day.",
            PostponeForm,
            bulk.postpone,
        ),
        Act(
            Kind.DISQUALIFY,
            "Disqualify",
            "ban",
            "Disqualify {}",
            "Disqualify",
            "They enter the never-again register. Only both heads together can reopen one.",
            DisqualifyForm,
            bulk.disqualify,
            True,
        ),
    )
}


OF_NURTURE = (Kind.QUALIFY, Kind.POSTPONE, Kind.DISQUALIFY)


def acts_for(user: User) -> list[Act]:
    """The acts that this person's role allows on some lead at least."""
    return [act for act in ACTS.values() if bulk.may(user, act.kind) and act.kind != Kind.POSTPONE]


def acts_of_nurture(user: User) -> list[Act]:
    """The same on the list of returned leads."""
    return [ACTS[kind] for kind in OF_NURTURE if bulk.may(user, kind)]


@require_POST
def act(request: Request, kind: str) -> HttpResponse:
    """Ask what the act has to know and show whom it leaves out; with the answer, do it."""
    act = ACTS.get(kind)
    if act is None:
        raise Http404
    bulk.ensure_may(request.user, act.kind)
    pks = _chosen(request)
    if not pks:
        raise Refusal("Choose leads first: tick the boxes before their names.")
    sure = "sure" in request.POST
    form = act.form(request.POST if sure else None)
    if sure and form.is_valid():
        made = act.do(pks, by=request.user, **form.cleaned_data)
        return _done(request, made)
    plan = bulk.plan(pks, act.kind, by=request.user)
    return _ask(request, act, form, plan, pks, status=422 if sure else 200)


def _ask(
    request: Request, act: Act, form: BulkForm, plan: Plan, pks: list[int], *, status: int
) -> HttpResponse:
    context = {
        "act": act,
        "form": form,
        "plan": plan,
        "title": act.title.format(leads_words(len(plan.leads))),
        "left_out": bulk.said(plan.reasons),
        "pks": pks,
        "next": _next(request),
    }
    template = "leads/_bulk_form.html" if request.htmx else "leads/bulk_form.html"
    return render(request, template, context, status=status)


def _chosen(request: Request) -> list[int]:
    """The ticked leads; or all of the list, where that was ticked and they are few enough."""
    if "all" in request.POST:
        asked = asked_for(QueryDict(request.POST.get("query", "")[:2000]), request.user, now())
        pks = list(asked.leads(request.user).order_by().values_list("pk", flat=True)[: MOST + 1])
        if len(pks) > MOST:
            raise Refusal(f"More than {MOST} leads match. Narrow the list first, then choose them all.")
        return pks
    given = request.POST.getlist("lead")[: MOST + 1]
    return [int(pk) for pk in given if pk.isascii() and pk.isdecimal() and len(pk) < 19]


def _done(request: Request, made: BulkAct) -> HttpResponse:
    undo_url = reverse("leads:bulk_undo", args=[made.pk])
    said = render_to_string(
        "leads/_message.html", {"sentence": sentence(made), "undo_url": undo_url}, request
    )
    messages.success(request, said)
    return _back(request)


def _back(request: Request) -> HttpResponse:
    """To the list as it was: a whole page, so that message and rows are of one moment."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": _next(request)})
    return redirect(_next(request))


def _next(request: Request) -> str:
    """The list that the act was made on."""
    for wanted in (request.POST.get("next", ""), request.META.get("HTTP_REFERER", "")):
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            parts = urlsplit(wanted)
            if parts.path in (reverse("leads:list"), reverse("leads:nurture")):
                return urlunsplit(("", "", parts.path, parts.query, ""))
    return reverse("leads:list")


def sentence(made: BulkAct) -> str:
    """What was done to how many, and whom it left out and why."""
    n = leads_words(len(made.done))
    words = {
        Kind.QUALIFY: f"{n} handed over to sales",
        Kind.RECYCLE: f"{n} returned to nurture"
        + (f" until {made.return_on:%-d %B}" if made.return_on else ""),
        Kind.POSTPONE: f"{n} put off" + (f" until {made.return_on:%-d %B}" if made.return_on else ""),
        Kind.DISQUALIFY: f"{n} disqualified",
        Kind.REASSIGN: f"{n} given to {made.to}",
        Kind.CLAIM: f"{n} claimed",
    }[Kind(made.kind)]
    left_out = sum(count for _, _, count in made.left_out)
    return f"{words}, {left_out:,} left out: {bulk.said(made.left_out)}." if left_out else f"{words}."


def leads_words(n: int) -> str:
    return f"{n:,} lead{'' if n == 1 else 's'}"


@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    made = _own(request, pk)
    taken = bulk_undo.undo(made.pk, by=request.user)
    back = len(taken.done) - len(taken.kept)
    words = f"{leads_words(back)} taken back."
    if taken.kept:
        leads = Lead.objects.visible_to(request.user).filter(pk__in=taken.kept).order_by("pk")
        names = [lead.name for lead in leads[:LISTED]]
        more = f" and {len(taken.kept) - len(names):,} more" if len(taken.kept) > len(names) else ""
        words += f" {len(taken.kept):,} stay, because something happened since: {', '.join(names)}{more}."
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": {"text": words}})})
    messages.success(request, words)
    return redirect("leads:bulk_act", made.pk) if taken.kept else redirect(_next(request))


@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    """What became of an act: whom it moved, whom it left out, and who stayed when it was taken back."""
    made = _own(request, pk)
    named = {row[0] for row in made.done} | {pk for _, pks, _ in made.left_out for pk in pks}
    leads = Lead.objects.visible_to(request.user).select_related("account", "owner").in_bulk(named)
    kept = set(made.kept)
    context = {
        "made": made,
        "sentence": sentence(made),
        "done": [leads[row[0]] for row in made.done if row[0] in leads and row[0] not in kept],
        "kept": [leads[pk] for pk in made.kept if pk in leads],
        "left_out": [(why, [leads[pk] for pk in pks if pk in leads], n) for why, pks, n in made.left_out],
        "may_undo": bulk_undo.may_undo(made, by=request.user, moment=now()),
    }
    return render(request, "leads/bulk_act.html", context)


def _own(request: Request, pk: int) -> BulkAct:
    """Their own acts only: others are told by the history of each lead."""
    return get_object_or_404(BulkAct.objects.select_related("by", "to"), pk=pk, by=request.user)

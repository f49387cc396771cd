"""Give the leads of late promises to somebody else: a dialog on the lists, a page where there is no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from leads.models import Lead
from sla import reassigning
from sla.models import Clock
from sla.pages.answers import back_of, done
from smarketing.foundation.models import User
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

SALT = "sla.reassigned"
NAMED = 3  # leads that are named; of more the number


class To(forms.Form):
    fields: dict[str, Any]
    to = forms.ModelChoiceField(
        queryset=User.objects.none(), error_messages={"required": "Choose who takes over."}
    )

    def __init__(self, data: Any, people: list[User]) -> None:
        super().__init__(data)
        self.fields["to"].queryset = User.objects.filter(pk__in=[one.pk for one in people])


@requires("leads.act_on_any")
@require_http_methods(["GET", "HEAD", "POST"])
def reassign(request: Request) -> HttpResponse:
    """Choose who takes over the leads of these clocks, and give them away."""
    moment = now()
    leads = leads_of(request)
    loads = reassigning.loads(moment)
    form = To(request.POST if request.method == "POST" else None, [load.person for load in loads])
    if form.is_valid():
        given, left = reassigning.give(
            [lead.pk for lead in leads], to=form.cleaned_data["to"], by=request.user, moment=moment
        )
        if not given:
            raise Refusal(" ".join(left))
        return done(
            request, words_of(given, left, form.cleaned_data["to"], leads), undo_url=undo_url(request, given)
        )
    context = {
        "leads": leads,
        "named": leads[:NAMED] if len(leads) <= NAMED else [],
        "clocks": request.GET.getlist("clock") or request.POST.getlist("clock"),
        "loads": loads,
        "only_owner": leads[0].owner_id if len({lead.owner_id for lead in leads}) == 1 else None,
        "form": form,
        "back": back_of(request),
    }
    template = "sla/_reassign.html" if request.htmx else "sla/reassign.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def leads_of(request: Request) -> list[Lead]:
    """The leads of the clocks that are named, each once; 404 for what is not there or not this person's to see."""
    given = (request.POST if request.method == "POST" else request.GET).getlist("clock")
    if not given:
        raise Refusal("Mark the promises whose leads somebody else should have, then choose who.")
    if len(given) > reassigning.MOST:
        raise Refusal(f"Re-assign at most {reassigning.MOST} leads at once.")
    if not all(pk.isascii() and pk.isdecimal() and len(pk) < 19 for pk in given):
        raise Http404
    clocks = Clock.objects.counted().filter(pk__in=given)
    leads = list(
        Lead.objects.visible_to(request.user)
        .filter(pk__in=clocks.values("lead"))
        .select_related("account", "owner")
        .order_by("pk")
    )
    if not leads:
        raise Http404
    return leads


def words_of(given: list[reassigning.Given], left: list[str], to: User, leads: list[Lead]) -> str:
    names = {lead.pk: lead.name for lead in leads}
    one = len(given) == 1
    what = f"{names[given[0].lead]} now belongs" if one else f"{len(given)} leads now belong"
    return " ".join([f"{what} to {to}.", *left])


def undo_url(request: Request, given: list[reassigning.Given]) -> str:
    rows = [[one.lead, one.assignment, one.before] for one in given]
    token = signing.dumps([request.user.pk, rows], salt=SALT, compress=True)
    return f"{reverse('sla:undo_reassign')}?{urlencode({'given': token, 'next': back_of(request)})}"


@requires("leads.act_on_any")
@require_POST
def undo(request: Request) -> HttpResponse:
    """Give them back, while nobody has touched them since."""
    try:
        by, rows = signing.loads(request.GET.get("given", ""), salt=SALT, max_age=reassigning.WITHIN)
    except signing.SignatureExpired:
        raise Refusal("A re-assignment can be undone for ten minutes. Re-assign the leads instead.") from None
    except signing.BadSignature:
        raise Http404 from None
    if by != request.user.pk:
        raise Http404
    given = [reassigning.Given(*row) for row in rows]
    back, stayed = reassigning.take_back(given, by=request.user, moment=now())
    if not back:
        raise Refusal("Nothing was taken back: the leads were given on or decided since.")
    words = f"{back} lead{'' if back == 1 else 's'} given back."
    return done(request, f"{words} {stayed} stayed: something happened to them since." if stayed else words)

"""One POST, one act. Each view finds the lead, reads the form, calls the act and says what was done."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads import bars, capture, criteria, deals, facts, handover, suppression
from leads import undo as undoing
from leads.models import Lead
from leads.naming import one
from leads.pages import actions, missing
from leads.pages.adding import told_of
from leads.pages.answers import CHANGED, done, not_valid, taken_back
from leads.pages.door import visible_lead
from leads.pages.open_acts import OpenAct, open_act
from leads.pages.step_forms import StepForm
from leads.stages import Move
from smarketing.foundation import signing
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request


def with_form(name: str, lead: Lead, request: Request, act: Callable[..., HttpResponse]) -> HttpResponse:
    """Run `act` with what the form says, or answer with the form and its errors."""
    opened = open_act(name, lead, request.POST, missing=criteria.lacking_facts(name, lead, now()))
    form = opened.form
    if not form.is_valid():
        return not_valid(request, lead, opened)
    if not isinstance(form, StepForm) or not form.asked:
        return act(**form.cleaned_data)
    return _with_facts(opened, form, request, act)


def _with_facts(
    opened: OpenAct, form: StepForm, request: Request, act: Callable[..., HttpResponse]
) -> HttpResponse:
    """Store the facts that were missing and act, or neither: then the form says why, and keeps what was typed."""
    typed = form.filled_in()
    try:
        return facts.fill_in(opened.lead.pk, typed, by=request.user, then=lambda: act(**form.cleaned_data))
    except Refusal as refusal:
        told = str(told_of(request, refusal)["refusal"])
        form.blame(told, of_marks=isinstance(refusal, bars.Suppressed | capture.AlreadyKnown))
        return not_valid(request, opened.lead, opened)


@require_POST
def qualify(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.QUALIFY)

    def act(why: str) -> HttpResponse:
        moved = handover.qualify(lead.pk, by=request.user, why=why)
        to = (
            f"handed to {moved.owner}"
            if moved.owner_id
            else "waits unclaimed: nobody in sales is there today"
        )
        return done(request, lead, f"{lead.name} is {one('mql')}, {to}.", undo=moved)

    return with_form("qualify", lead, request, act)


@require_POST
def accept(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.ACCEPT)

    def act() -> HttpResponse:
        moved = handover.accept(lead.pk, by=request.user)
        return done(request, lead, f"{lead.name} accepted.", undo=moved)

    if request.htmx and not any(name.startswith(missing.PREFIX) for name in request.POST):
        return (
            act()
        )  # one click on a page that asked for nothing: what came up since is told, and asked for there
    return with_form("accept", lead, request, act)


@require_POST
def reject(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.REJECT)

    def act(**given) -> HttpResponse:
        moved = handover.reject(lead.pk, by=request.user, **given)
        return done(request, lead, f"{lead.name} rejected. Marketing sees your reason.", undo=moved)

    return with_form("reject", lead, request, act)


@require_POST
def advance(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.ADVANCE)

    def act(**given) -> HttpResponse:
        moved = deals.advance(lead.pk, by=request.user, **given)
        return done(request, lead, f"{lead.name} is {one('sql')}.", undo=moved)

    return with_form("advance", lead, request, act)


@require_POST
def win(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.WIN)

    def act(**given) -> HttpResponse:
        moved = deals.win(lead.pk, by=request.user, **given)
        return done(request, lead, f"{lead.name} is {one('customer')}.", undo=moved)

    return with_form("win", lead, request, act)


@require_POST
def lose(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.LOSE)

    def act(reason: str) -> HttpResponse:
        moved = deals.lose(lead.pk, by=request.user, reason=reason)
        return done(request, lead, f"{lead.name} is marked as lost.", undo=moved)

    return with_form("lose", lead, request, act)


@require_POST
def recycle(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.RECYCLE)

    def act(**given) -> HttpResponse:
        moved = handover.recycle(lead.pk, by=request.user, **given)
        day = given["return_on"]
        return done(request, lead, f"{lead.name} comes back on {day.day} {day:%B}.", undo=moved)

    return with_form("recycle", lead, request, act)


@require_POST
def disqualify(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.DISQUALIFY)

    def act(reason: str) -> HttpResponse:
        moved = suppression.disqualify(lead.pk, by=request.user, reason=reason)
        return done(
            request, lead, f"{lead.name} is disqualified and in the never-again register.", undo=moved
        )

    return with_form("disqualify", lead, request, act)


@require_POST
def churn(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk, to=Move.CHURN)

    def act(reason: str) -> HttpResponse:
        moved = deals.churn(lead.pk, by=request.user, reason=reason)
        return done(request, lead, f"{lead.name} is marked as churned.", undo=moved)

    return with_form("churn", lead, request, act)


@requires("leads.claim")
@require_POST
def claim(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    handover.claim(lead.pk, by=request.user)
    return done(request, lead, f"{lead.name} is yours.")


@requires("leads.act_on_any")
@require_POST
def reassign(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)

    def act(to) -> HttpResponse:
        handover.reassign(lead.pk, to=to, by=request.user)
        return done(request, lead, f"{lead.name} now belongs to {to}.", event=CHANGED)

    return with_form("reassign", lead, request, act)


@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    """Take the last move back."""
    lead = visible_lead(request, pk)
    undoing.undo(lead.pk, by=request.user, seq=_meant(request))
    return taken_back(request, lead)


def _meant(request: Request) -> int | None:
    """The row that an undo button was drawn for; 0, which no row has, where the address is damaged."""
    seq = request.GET.get("seq")
    if seq is None:
        return None
    return int(seq) if seq.isascii() and seq.isdecimal() and len(seq) < 10 else 0


@require_POST
def appeal(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    actions.ensure_may_appeal(request.user, lead)

    def act(evidence: str) -> HttpResponse:
        suppression.appeal(lead.pk, by=request.user, evidence=evidence)
        return done(request, lead, "Sent. The lead is reopened when both heads have signed.", event=CHANGED)

    return with_form("appeal", lead, request, act)


@require_POST
def sign_appeal(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    if not signing.keys_of(request.user, now()):
        raise Forbidden(
            "Only the heads of marketing and of sales sign an appeal, or who stands in for one on leave."
        )
    reopened = suppression.sign_appeal(lead.pk, by=request.user).state != lead.state
    words = f"{lead.name} is reopened." if reopened else "Signed. The other head's signature is missing."
    return done(request, lead, words, event=CHANGED)

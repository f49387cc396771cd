"""Say why a promise was broken: a dialog on the lists, a page where there is no script."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods

from leads.models import Lead
from sla import explanations
from sla.models import Clock, Explanation
from sla.pages.answers import back_of, done
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Forbidden
from smarketing.foundation.requests import Request

HELP = {
    Explanation.Cause.CAPACITY: "Too much at once",
    Explanation.Cause.UNREACHABLE: "Tried, no answer",
    Explanation.Cause.SYSTEM: "We were told too late",
    Explanation.Cause.DATA: "Wrong or missing facts",
    Explanation.Cause.OTHER: "In your own words",
}


class ExplainForm(forms.Form):
    cause = forms.ChoiceField(
        choices=Explanation.Cause.choices, error_messages={"required": "Choose what held it up."}
    )
    text = forms.CharField(
        max_length=explanations.LONGEST,
        error_messages={"required": "Say in a sentence what happened."},
    )

    def causes(self) -> list[tuple[str, str, str, bool]]:
        chosen = self["cause"].value()
        return [
            (value, label, HELP[Explanation.Cause(value)], value == chosen)
            for value, label in Explanation.Cause.choices
        ]


@requires("reports.read")
@require_http_methods(["GET", "HEAD", "POST"])
def explain(request: Request, pk: int) -> HttpResponse:
    """Write why this promise was broken; only a head or who is responsible, and only of a lead they may read."""
    found = Clock.objects.counted().select_related("commitment", "owner", "lead__account")
    clock = found.filter(pk=pk, lead__in=Lead.objects.visible_to(request.user)).first()
    if clock is None:
        raise Http404
    if not explanations.may_explain(request.user, clock):
        raise Forbidden(f"Only a head or {clock.owner or 'the person responsible'} explains this promise.")
    moment = now()
    form = ExplainForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        explanations.explain(clock.pk, by=request.user, moment=moment, **form.cleaned_data)
        return done(request, f"Noted beside {clock.lead.name}. The promise stays broken.")
    context = {
        "clock": clock,
        "form": form,
        "moment": moment,
        "before": clock.explanations.select_related("by", "note").order_by("pk"),
        "back": back_of(request),
    }
    template = "sla/_explain.html" if request.htmx else "sla/explain.html"
    return render(request, template, context, status=422 if form.is_bound else 200)

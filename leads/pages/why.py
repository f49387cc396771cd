"""“Why?”: the answers from the log, one in a dialog or all on a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads.models import Definition
from leads.pages.door import visible_lead
from leads.why import QUESTIONS, why
from smarketing.foundation.requests import Request


@require_safe
def whys(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    asked = [of for of in request.GET.getlist("of") if of in QUESTIONS]
    template = "leads/_why.html" if request.htmx else "leads/why.html"
    answers = why(lead, now(), asked)
    versions = {one.version for one in answers if one.version}
    rows = dict(Definition.objects.filter(version__in=versions).values_list("version", "pk"))
    told = [(one, rows.get(one.version)) for one in answers]
    return render(request, template, {"lead": lead, "answers": told})

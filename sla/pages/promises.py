"""Start the promises of a lead that a file brought: from now on it has a deadline like any other."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads.pages.answers import CHANGED, done
from leads.pages.door import visible_lead
from sla import clocks
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request


@requires("leads.act_on_any")
@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    clocks.start_promises(lead.pk, by=request.user, moment=now())
    return done(request, lead, f"The clock of {lead.name} runs from now.", event=CHANGED)

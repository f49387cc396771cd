"""What the outbox delivers for leads."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from leads.deliveries import NEW_LEAD
from leads.models import Handover
from smarketing.foundation.outbox import delivers


@delivers(NEW_LEAD)
def tell_rep(payload: dict, key: str) -> None:
    """Mail the rep about a lead that still waits for them; the stable Message-ID makes a repeat recognisable."""
    handover = Handover.objects.select_related("lead", "lead__account", "rep").get(pk=payload["handover"])
    if handover.ended_at is not None or not handover.rep.email:
        return
    lead = handover.lead
    context = {"lead": lead, "rep": handover.rep, "url": f"{settings.SITE_URL}{lead.get_absolute_url()}"}
    EmailMessage(
        subject=f"New lead: {lead.name}",
        body=render_to_string("emails/new_lead.txt", context),
        to=[handover.rep.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()

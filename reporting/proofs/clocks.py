"""Clocks against history: none missing, none running for a lead that has moved on."""

from __future__ import annotations

from leads.models import Lead
from reporting.proofs.facts import Check, Offender
from sla import clocks, facts
from smarketing.foundation.models import Heartbeat


def differing(leads: list[int]) -> list[Offender]:
    """Clocks of these leads that the sweep left wrong; what was recorded after it last looked is not due yet."""
    swept = Heartbeat.objects.filter(pk=clocks.NEWS).first()
    if swept is None:
        return []
    wrong = facts.differing(leads)
    fresh = set(facts.news(swept.at - clocks.LOOK_BACK)) if wrong else set()
    counted = set(Lead.objects.filter(pk__in={fact.lead_id for fact in wrong}).values_list("pk", flat=True))
    return [
        Offender(
            fact.lead_id,
            f"clock of promise {fact.commitment_id} from row {fact.origin_id} differs from history",
        )
        for fact in wrong
        if fact.lead_id in counted - fresh
    ]


AS_HISTORY_SAYS = Check(
    "clocks_as_history_says",
    "A promise's clock runs from what started it to what stopped it: no clock of a lead that moved on is running.",
    differing,
)

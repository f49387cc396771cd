"""Who meets the criteria of an MQL now and has just done something is handed over, once, and only forward."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Max, OuterRef, Q, Subquery

from leads import definitions, handover
from leads.criteria import ON_THE_WAY
from leads.models import Lead, LeadScore, SuppressionHit, Touch
from smarketing.foundation.refusals import Refusal


def promote(due: dict[int, datetime | None], moment: datetime) -> int:
    """Qualify those of these leads that are ready; answers how many.

    `due` maps a lead to the moment at which a fact made it ready, or to None where a touch did.
    """
    # Judged by the version in force now, nobody was ready before it began: the move would name another one.
    begun = getattr(definitions.in_force(moment).row, "in_force_from", None)
    found = ((pk, max(filter(None, (at, due[pk])), default=moment)) for pk, at in _ready(due))
    return sum(_qualify(pk, max(at, begun or at), moment) for pk, at in found)


def _ready(due: dict[int, datetime | None]) -> list[tuple[int, datetime | None]]:
    """With the moment of the last touch that counts, in the order of these."""
    counts = Q(touches__team=Touch.Team.MARKETING, touches__voided_at=None) & (
        Q(returned_at=None) | Q(touches__at__gt=F("returned_at"))
    )
    # Whom the register stopped since the last of these touches is stopped: logged once, and in nobody's way. A fact
    # makes a lead ready once, so that it is asked about once anyway.
    learned = [pk for pk, at in due.items() if at is not None]
    hits = SuppressionHit.objects.filter(lead=OuterRef("pk"), way="qualify").order_by("-id")
    leads = (
        Lead.objects.alive()
        .filter(pk__in=list(due), score__lacks=LeadScore.NOTHING, **ON_THE_WAY)
        .annotate(
            latest=Max("touches__at", filter=counts),
            noticed=Max("touches__recorded_at", filter=counts),
        )
        .annotate(stopped=Subquery(hits.values("at")[:1]))
        .filter(Q(stopped=None) | Q(stopped__lt=F("noticed")) | Q(pk__in=learned))
        .order_by(F("latest").asc(nulls_last=True), "pk")
    )
    return list(leads.values_list("pk", "latest"))


def _qualify(lead_id: int, ready_at: datetime, moment: datetime) -> int:
    """The lead became ready when it was touched, however late we look; never before its last move."""
    lead = Lead.objects.get(pk=lead_id)
    try:
        at = min(max(ready_at, lead.stage_since), moment)
        handover.qualify(lead_id, by=None, moment=at, noticed_at=moment)
    except Refusal:
        return 0  # barred, merged or moved on meanwhile: the register has logged what it stopped
    return 1

"""For now: enough touches qualify a lead. Found by when touches were recorded, counted by when they happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils.timezone import now

from leads import handover
from leads.models import Lead, SuppressionHit, Touch
from leads.stages import Stage, Standing
from smarketing.foundation.models import Heartbeat, Organisation
from smarketing.foundation.refusals import Refusal

BATCH = 500
# A touch's id is drawn before its transaction commits; looking back this far finds the late ones too.
LOOK_BACK = timedelta(minutes=5)


def promote(moment: datetime | None = None) -> int:
    """Qualify every lead that new touches carried over the threshold; answers how many."""
    moment = moment or now()
    organisation = Organisation.find()
    if organisation is None:
        return 0
    last, _ = Heartbeat.objects.get_or_create(name="promote", defaults={"at": moment - LOOK_BACK})
    ready = _ready(last.at - LOOK_BACK, organisation.qualify_at_touches)
    qualified = sum(_qualify(lead_id, at, moment) for lead_id, at in ready[:BATCH])
    if len(ready) <= BATCH:
        Heartbeat.beat("promote", moment)
    return qualified


def _ready(since: datetime, threshold: int) -> list[tuple[int, datetime]]:
    """Leads with a touch recorded since then that now have enough: with the moment of the deciding touch."""
    touched = Touch.objects.filter(recorded_at__gte=since, batch=None).values("lead_id")
    counts = Q(touches__team=Touch.Team.MARKETING, touches__voided_at=None) & (
        Q(returned_at=None) | Q(touches__at__gt=F("returned_at"))
    )
    # Whom the register stopped since the last of these touches is stopped: logged once, and in nobody's way.
    hits = SuppressionHit.objects.filter(lead=OuterRef("pk"), way="qualify").order_by("-id")
    leads = (
        Lead.objects.alive()
        .filter(pk__in=touched, stage=Stage.VISITOR, standing__in=[Standing.ACTIVE, Standing.NURTURING])
        .annotate(
            n=Count("touches", filter=counts),
            latest=Max("touches__at", filter=counts),
            noticed=Max("touches__recorded_at", filter=counts),
        )
        .annotate(stopped=Subquery(hits.values("at")[:1]))
        .filter(Q(stopped=None) | Q(stopped__lt=F("noticed")), n__gte=threshold)
        .order_by("latest")
    )
    return list(leads.values_list("pk", "latest")[: BATCH + 1])


def _qualify(lead_id: int, touched_at: datetime, moment: datetime) -> int:
    """The lead became ready when it was touched, however late we look; never before its last move."""
    lead = Lead.objects.get(pk=lead_id)
    try:
        at = min(max(touched_at, lead.stage_since), moment)
        handover.qualify(lead_id, by=None, moment=at, noticed_at=moment)
    except Refusal:
        return 0  # barred, merged or moved on meanwhile: the register has logged what it stopped
    return 1

"""What waits longest: in each stage how many stand longer than the definitions allow, and the oldest of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from leads.definitions import Document
from leads.models import Lead
from leads.stages import LADDER, Standing
from reporting.funnel_counts import STUCK_AFTER, WAITS, stuck
from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import leads_then
from smarketing.foundation.models import User

OLDEST = 3  # leads of a stage that are named


def whenever_born(scope: Scope) -> Scope:
    """The same question of all leads: what waits, waits whenever it was born."""
    return replace(scope, since=None, until=None)


def limits_of(document: Document) -> dict[str, int]:
    """Per stage how many days a lead may stand there: as agreed, else a month where sales has to act."""
    found = {
        stage: document.stages[stage].target_days or (STUCK_AFTER if stage in WAITS else 0)
        for stage in LADDER[:-1]
    }
    return {str(stage): days for stage, days in found.items() if days}


def stuck_in(scope: Scope, limits: Mapping[str, int]) -> dict[str, int]:
    """Per stage how many leads nothing has moved for longer than that."""
    scope = whenever_born(scope)
    counts = [
        f'count(*) FILTER (WHERE {stuck(scope, stage, days)}) AS "{stage}"' for stage, days in limits.items()
    ]
    return rows(f"SELECT {', '.join(counts)} FROM ({leads_then(scope)}) l", scope.parameters)[0]


def oldest(user: User, stages: Iterable[str]) -> dict[str, list[Lead]]:
    """Per stage the leads that stand there longest right now, of those this person may read."""
    place = Window(RowNumber(), partition_by="stage", order_by=[F("stage_since").asc(), F("pk").asc()])
    waiting = Lead.objects.visible_to(user).alive().filter(stage__in=list(stages), standing=Standing.ACTIVE)
    found: dict[str, list[Lead]] = {}
    for lead in waiting.annotate(place=place).filter(place__lte=OLDEST).select_related("account", "owner"):
        found.setdefault(lead.stage, []).append(lead)
    return {
        stage: sorted(leads, key=lambda lead: (lead.stage_since, lead.pk)) for stage, leads in found.items()
    }

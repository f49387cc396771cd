"""What waits longest: in each stage where somebody has to act, how many did not move for a month, and the oldest."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from leads.models import Lead
from leads.stages import Standing
from reporting.funnel_counts import WAITS, stuck
from reporting.scope import Scope
from reporting.snapshot import rows
from reporting.standings import leads_then
from smarketing.foundation.models import User

OLDEST = 3  # leads of a stage that are named


def whenever_born(scope: Scope) -> Scope:
    """The same question of all leads: what waits, waits whenever it was born."""
    return replace(scope, since=None, until=None)


def stuck_in(scope: Scope) -> dict[str, int]:
    """Per stage how many leads nothing has moved for a month."""
    scope = whenever_born(scope)
    counts = [f'count(*) FILTER (WHERE {stuck(scope, stage)}) AS "{stage}"' for stage in WAITS]
    return rows(f"SELECT {', '.join(counts)} FROM ({leads_then(scope)}) l", scope.parameters)[0]


def oldest(user: User) -> dict[str, list[Lead]]:
    """Per stage the leads that stand there longest right now, of those this person may read."""
    place = Window(RowNumber(), partition_by="stage", order_by=[F("stage_since").asc(), F("pk").asc()])
    waiting = Lead.objects.visible_to(user).alive().filter(stage__in=WAITS, standing=Standing.ACTIVE)
    found: dict[str, list[Lead]] = {}
    for lead in waiting.annotate(place=place).filter(place__lte=OLDEST).select_related("account", "owner"):
        found.setdefault(lead.stage, []).append(lead)
    return {
        stage: sorted(leads, key=lambda lead: (lead.stage_since, lead.pk)) for stage, leads in found.items()
    }

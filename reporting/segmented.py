"""Leads with the segment that each is in: by the definitions in force at the as-of, over facts as known now."""

from __future__ import annotations

from leads import segments
from leads.models import Lead
from reporting.compiled import compiled
from reporting.scope import Scope


def lead_rows(scope: Scope) -> str:
    """What reports read as `leads_lead`; by segment each row also has its `segment`."""
    if scope.by != "segment":
        return "leads_lead"
    rule = segments.exclusive(scope.as_of)
    found = Lead.objects.order_by().annotate(segment=rule).values("pk", "segment")
    return f"""(
        SELECT x.*, g.segment FROM leads_lead x LEFT JOIN ({compiled(found)}) g (id, segment) ON g.id = x.id
    )"""

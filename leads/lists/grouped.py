"""The filter and the column of segments, as the definitions in force have them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.timezone import now

from leads import segments
from leads.lists.filters import NONE, Asker, Filter, OneOf


def filters() -> list[Filter]:
    choices = (*segments.names(now()), (NONE, "None"))
    return [OneOf("segment", "Segment", _condition, choices)] if len(choices) > 1 else []


def _condition(values: list[str], asker: Asker) -> Q:
    found = segments.condition(values, asker.moment)
    return found | segments.none(asker.moment) if NONE in values else found

"""The probability to close of one lead, for its page: an estimate with its reasons."""

from __future__ import annotations

from typing import Any

from django import template

from leads.models import Lead
from leads.prediction.assessing import chance
from leads.prediction.words import Words

register = template.Library()


@register.simple_tag
def probability(lead: Lead) -> dict[str, Any] | None:
    """None for leads that have none: sales has not got them, or nothing was learned that can be trusted."""
    found = chance(lead)
    if found is None:
        return None
    channel = {str(lead.channel_id): str(lead.channel)} if lead.channel_id else {}
    model = found.model
    return {
        "percent": _percent(found.probability),
        "usual": _percent(model.won / model.outcomes),
        "days": model.weights["days"],
        **Words(channel).reasons(found),
    }


def _percent(share: float) -> str:
    """Whole percents; what is next to nothing is not called nothing."""
    return "under 1%" if share < 0.005 else f"{100 * share:.0f}%"

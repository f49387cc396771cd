"""What the closed loop knows, on pages that the reports do not own."""

from __future__ import annotations

from django import template

from leads.models import Campaign
from reporting.pages.campaign_story import Story, story_of

register = template.Library()


@register.simple_tag
def campaign_story(campaign: Campaign) -> Story:
    """What became of the campaign's leads and money: `{% campaign_story campaign as story %}`."""
    return story_of(campaign.pk)

"""What happened with all people of a company, in one list: touches, moves and work, each with its person."""

from __future__ import annotations

from collections.abc import Sequence

from leads.definitions import label
from leads.models import Activity, Lead, StageChange, Touch
from leads.pages.entries import TOUCHED, WORKED, moved
from leads.pages.phrases import act_words
from leads.pages.sources import Entry
from leads.stages import Move


def story_of(people: Sequence[Lead], *, limit: int) -> list[tuple[Entry, Lead]]:
    """The newest entries, at most `limit`, in three queries."""
    by_pk = {lead.pk: lead for lead in people}
    if not by_pk:
        return []
    touches = Touch.objects.filter(lead__in=by_pk).select_related("campaign").order_by("-at", "-id")
    history = StageChange.objects.counted().filter(lead__in=by_pk).select_related("by").order_by("-at", "-id")
    work = Activity.objects.filter(lead__in=by_pk).select_related("by").order_by("-at", "-id")
    found = [(_touch(row, by_pk[row.lead_id]), by_pk[row.lead_id]) for row in touches[:limit]]
    found += [(_move(row), by_pk[row.lead_id]) for row in history[:limit]]
    found += [(_work(row), by_pk[row.lead_id]) for row in work[:limit]]
    return sorted(found, key=lambda pair: (pair[0].at, *pair[0].order), reverse=True)[:limit]


def _touch(row: Touch, lead: Lead) -> Entry:
    icon, tone = TOUCHED[Touch.Kind(row.kind)]
    campaign = str(row.campaign) if row.campaign_id else ""
    title = act_words(row.kind, row.content, row.url, campaign)
    at = lead.born_at if row.is_origin else row.at
    return Entry(at, (0, row.pk), icon, title, "" if campaign in title else campaign, tone)


def _move(row: StageChange) -> Entry:
    icon, title, tone = moved(Move(row.move), row.state)
    if row.reason and row.move != Move.REOPEN:
        title = f"{title}: {label(row.reason).lower()}"
    return Entry(row.at, (1, row.pk), icon, title, f"by {row.by}" if row.by_id else "", tone)


def _work(row: Activity) -> Entry:
    icon, title, tone = WORKED[Activity.Outcome(row.outcome)]
    return Entry(row.at, (2, row.pk), icon, title, f"by {row.by}" if row.by_id else "", tone)

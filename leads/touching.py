"""Many touches at once: found and stored by the set, each told what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now
from psycopg2.extras import execute_values

from leads import bars
from leads.identity import normalise_email
from leads.models import Campaign, Channel, ExternalId, Lead, Suppression, SuppressionHit, Touch
from smarketing.foundation.models import User

RESULTS = ["created", "duplicate", "rejected"]
COLUMNS = ["lead_id", "at", "kind", "team", "campaign_id", "channel_id", "medium", "content", "url"]
COLUMNS += ["source", "event_id", "is_origin"]


@dataclass
class Taken:
    row: int
    result: str
    lead: int | None = None
    touch: int | None = None
    detail: str = ""


@transaction.atomic
def record(touches: Sequence[dict[str, Any]], *, source: str, by: User) -> list[Taken]:
    """Store touches of leads that `by` may see, one for each (source, event id); answers one result for each.

    A touch names its lead by `lead`, by `external_id` in that source, or by `email`. Eight statements at most
    however many touches there are.
    """
    found = _Known(touches, source, by)
    barred = bars.barred(found.leads, now())
    stopped: list[tuple[Suppression, dict[str, Any], int]] = []
    taken: list[Taken] = []
    fresh: dict[str, tuple[Taken, tuple]] = {}
    for row, touch in enumerate(touches):
        lead_id, wrong = found.lead_of(touch), found.wrong_with(touch)
        if lead_id is None or wrong:
            taken.append(Taken(row, "rejected", lead_id, detail=wrong or "There is no such lead."))
            continue
        entry = barred.get(lead_id)
        if entry is not None and touch["at"] >= entry.created_at:
            stopped.append((entry, touch, lead_id))
            taken.append(Taken(row, "rejected", lead_id, detail=str(bars.Suppressed(entry, way="touch"))))
            continue
        taken.append(Taken(row, "duplicate", lead_id))
        fresh.setdefault(touch["event_id"], (taken[-1], found.values(touch, lead_id, source)))
    _log_stopped(stopped)
    stored = _insert([values for _, values in fresh.values()])
    for event_id, touch_id in stored.items():
        fresh[event_id][0].result, fresh[event_id][0].touch = "created", touch_id
    _name_duplicates(taken, touches, source, stored)
    return taken


def _log_stopped(stopped: Sequence[tuple[Suppression, dict[str, Any], int]]) -> None:
    """Each touch that the register stopped is a line of its log, with the campaign that sent it."""
    SuppressionHit.objects.bulk_create(
        SuppressionHit(suppression=entry, lead_id=lead, way="touch", campaign_id=touch.get("campaign"))
        for entry, touch, lead in stopped
    )


class _Known:
    """The leads, campaigns and channels that these touches name."""

    def __init__(self, touches: Sequence[dict[str, Any]], source: str, by: User) -> None:
        leads = Lead.objects.visible_to(by).alive()
        self.emails = {
            touch["email"]: normalise_email(touch["email"]) for touch in touches if "email" in touch
        }
        norms = [norm for norm in self.emails.values() if norm]
        names = {touch["external_id"] for touch in touches if "external_id" in touch}
        numbers = {touch["lead"] for touch in touches if "lead" in touch}
        self.by_id = set(leads.filter(pk__in=numbers).values_list("pk", flat=True)) if numbers else set()
        self.by_email = (
            dict(leads.filter(email_norm__in=norms).values_list("email_norm", "pk")) if norms else {}
        )
        named = ExternalId.objects.filter(source=source, external_id__in=names, lead__in=leads)
        self.by_name = dict(named.values_list("external_id", "lead_id")) if names else {}
        campaigns = {touch["campaign"] for touch in touches if touch.get("campaign")}
        channels = {touch["channel"] for touch in touches if touch.get("channel")}
        self.campaigns = _channels_of(campaigns) if campaigns else {}
        known = Channel.objects.filter(pk__in=channels).values_list("pk", flat=True)
        self.channels = set(known) if channels else set()

    @property
    def leads(self) -> list[int]:
        return list({*self.by_id, *self.by_email.values(), *self.by_name.values()})

    def lead_of(self, touch: dict[str, Any]) -> int | None:
        if "lead" in touch:
            return touch["lead"] if touch["lead"] in self.by_id else None
        if "external_id" in touch:
            return self.by_name.get(touch["external_id"])
        return self.by_email.get(self.emails[touch["email"]] or "")

    def wrong_with(self, touch: dict[str, Any]) -> str:
        if touch.get("campaign") and touch["campaign"] not in self.campaigns:
            return f"There is no campaign {touch['campaign']}."
        if touch.get("channel") and touch["channel"] not in self.channels:
            return f"There is no channel {touch['channel']}."
        return ""

    def values(self, touch: dict[str, Any], lead_id: int, source: str) -> tuple:
        campaign = touch.get("campaign")
        channel = touch.get("channel") or (self.campaigns[campaign] if campaign else None)
        words = [touch.get(name, "") for name in ("medium", "content", "url")]
        return (
            *(lead_id, touch["at"], touch["kind"], touch["team"], campaign, channel),
            *(*words, source, touch["event_id"], False),
        )


def _channels_of(campaigns: set[int]) -> dict[int, int | None]:
    return dict(Campaign.objects.filter(pk__in=campaigns).values_list("pk", "channel_id"))


def _insert(rows: list[tuple]) -> dict[str, int]:
    """Event id → touch, of those that were not there; a rival who stores the same event is waited for."""
    if not rows:
        return {}
    rows = sorted(rows, key=lambda row: row[-2])  # two requests with the same events meet them in one order
    with connection.cursor() as cursor:
        stored = execute_values(
            cursor,
            f"INSERT INTO {Touch._meta.db_table} ({', '.join(COLUMNS)}) VALUES %s "  # noqa: S608 - own names
            "ON CONFLICT DO NOTHING RETURNING event_id, id",
            rows,
            page_size=len(rows),
            fetch=True,
        )
    return dict(stored)


def _name_duplicates(
    taken: list[Taken], touches: Sequence[dict[str, Any]], source: str, stored: dict[str, int]
) -> None:
    twice = {touches[one.row]["event_id"] for one in taken if one.result == "duplicate"}
    if not twice:
        return
    before = Touch.objects.filter(source=source, event_id__in=twice).values_list("event_id", "pk", "lead_id")
    known = {event_id: (touch_id, lead_id) for event_id, touch_id, lead_id in before}
    for one in taken:
        if one.result == "duplicate":
            touch_id, lead_id = known[touches[one.row]["event_id"]]
            # Of a lead that may be somebody else's only what the sender said of it is told.
            one.touch = touch_id if lead_id == one.lead else None

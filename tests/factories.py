"""Plain functions that make believable rows; each argument is what the test at hand is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

from django.utils.timezone import now

from leads import deals, funnel, handover, routing
from leads.definitions import unsigned
from leads.models import Campaign, Channel, Definition, FactChange, Lead, name_key
from leads.stages import Stage
from smarketing.foundation.models import Team, User

MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALL_HOURS = {str(day): [["00:00", "00:00"]] for day in range(7)}
_numbers = count(1)


def make_team(name: str = "Sales", function: str = "sales") -> Team:
    return Team.objects.get_or_create(name=name, defaults={"function": function})[0]


def make_user(role: str = "rep", *, team: str | None = None, **fields) -> User:
    n = next(_numbers)
    function = "marketing" if role.startswith("market") else "sales"
    fields.setdefault("name", f"{role.replace('_', ' ').title()} {n}")
    fields.setdefault(
        "team", make_team(team or function.title(), function) if role != "administrator" else None
    )
    return User.objects.create_user(fields.pop("email", f"{role}{n}@loadline.example"), role=role, **fields)


def make_campaign(name: str = "Spring webinar", channel: str | None = None) -> Campaign:
    defaults = {"name": name, "channel": make_channel(channel) if channel else None}
    return Campaign.objects.get_or_create(key=name_key(name), defaults=defaults)[0]


def make_signed(
    document: dict | None = None, *, since: datetime = MONDAY_9, version: int | None = None
) -> Definition:
    """Definitions that both heads signed: the default ones, changed by nothing but `document`'s own parts."""
    heads = {"marketing_by": make_user("marketing_head"), "sales_by": make_user("sales_head")}
    return Definition.objects.create(
        version=version or Definition.objects.exclude(version=None).count() + 1,
        status=Definition.Status.SIGNED,
        document=unsigned().json() | (document or {}),
        in_force_from=since,
        marketing_at=since,
        sales_at=since,
        **heads,
    )


def make_channel(name: str = "email") -> Channel:
    return Channel.objects.get_or_create(key=name.casefold(), defaults={"name": name})[0]


def make_lead(
    *, stage: Stage = Stage.VISITOR, owner: User | None = None, since: datetime | None = None, **fields
) -> Lead:
    """A lead that walked the road to `stage` by real moves, an hour apart, the last one at `since`."""
    n = next(_numbers)
    at = since or now() - timedelta(days=1)
    values = {"first_name": "Ada", "last_name": f"Byron {n}", "email": f"ada{n}@example.com", **fields}
    values.setdefault("email_norm", values["email"].lower() or None)
    values.setdefault("name_key", f"{values['first_name']} {values['last_name']}".casefold())
    lead = funnel.capture(by=None, moment=at - timedelta(hours=stage.rank), **values)
    if owner is not None:
        routing.assign(lead, owner, rule="imported", by=None, moment=at - timedelta(hours=stage.rank))
    for step, move in enumerate(ROAD[: stage.rank], start=1):
        move(lead.pk, by=None, moment=at - timedelta(hours=stage.rank - step))
    lead.refresh_from_db()
    return lead


ROAD: list[Callable] = [
    handover.qualify,
    handover.accept,
    partial(deals.advance, amount=Decimal("12000.00")),
    deals.win,
]


def news_of(lead: Lead, at: datetime | None = None) -> FactChange:
    """Something that is newer than a lead's return: a fact that was corrected then."""
    return FactChange.objects.create(lead=lead, field="job_title", after="CEO", way="hand", at=at or now())

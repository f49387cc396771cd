"""Campaigns and what they cost: made by marketing, read by every report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate

from leads.limits import same_day, too_fine
from leads.models import Campaign, Channel, Cost, name_key
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

# Days of a cost that somebody alive planned; a slip in the year would fill a report with empty months.
FIRST_YEAR, YEARS_AHEAD, LONGEST_YEARS = 2000, 5, 10


class NameTaken(Refusal):
    """A campaign of that name exists, in any spelling of it."""

    code = "already_known"


def ensure_may_write(user: User) -> None:
    if not user.may("campaigns.write"):
        raise Forbidden("Campaigns and costs are marketing's to write. Ask a marketer or a head of team.")


def ensure_new(name: str, *, but: int | None = None) -> None:
    """Raise `NameTaken` where a campaign has this name already, another one than `but`."""
    if Campaign.objects.filter(key=name_key(name)).exclude(pk=but or 0).exists():
        raise NameTaken(f"There is a campaign of the name “{name}” already.")


@transaction.atomic
def create(*, name: str, channel: str = "", by: User) -> Campaign:
    """Name a campaign; a channel that nobody named before is made. Raises `NameTaken`."""
    ensure_may_write(by)
    ensure_new(name)
    of = _channel(channel)
    campaign, made = Campaign.objects.get_or_create(
        key=name_key(name), defaults={"name": name, "channel": of}
    )
    if not made:
        raise NameTaken(f"There is a campaign of the name “{name}” already.")  # named in the same moment
    audit.record("campaign.created", by=by, about=campaign)
    return campaign


@transaction.atomic
def change(campaign_id: int, *, name: str, channel: str, by: User) -> Campaign:
    """Another name or channel. Leads and costs keep the channel they came under.

    The old name no longer finds the campaign: a file that still says it makes a new one. Raises `NameTaken`.
    """
    ensure_may_write(by)
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    ensure_new(name, but=campaign.pk)
    before, of = (campaign.name, campaign.channel_id), _channel(channel)
    campaign.name, campaign.channel = name, of
    if before != (name, of and of.pk):
        campaign.save()
        audit.record("campaign.changed", by=by, about=campaign)
    return campaign


def _channel(name: str) -> Channel | None:
    """The channel of this name; one that nobody named before is made."""
    return Channel.objects.get_or_create(key=name_key(name), defaults={"name": name})[0] if name else None


def wrong_with_cost(
    *, starts_on: date | None, ends_on: date | None, amount: Decimal | None, currency: str
) -> dict[str, str]:
    """Field → what is wrong with this cost as a whole; empty where nothing is."""
    wrong = {}
    if starts_on and ends_on and ends_on < starts_on:
        wrong["ends_on"] = "The last day is before the first. Both days are included."
    elif starts_on and ends_on and ends_on >= same_day(starts_on, starts_on.year + LONGEST_YEARS):
        wrong["ends_on"] = f"A cost covers at most {LONGEST_YEARS} years. Split a longer one."
    if fault := too_fine(amount, currency):
        wrong["amount"] = fault
    return wrong


def in_reach(day: date) -> date:
    latest = localdate().year + YEARS_AHEAD
    if not FIRST_YEAR <= day.year <= latest:
        raise ValidationError(f"Choose a day from {FIRST_YEAR} to {latest}.")
    return day


@transaction.atomic
def add_cost(
    campaign_id: int, *, starts_on: date, ends_on: date, amount: Decimal, currency: str, by: User
) -> Cost:
    """A second cost of the same span and currency is another invoice, not the same one again."""
    ensure_may_write(by)
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    same = {
        "campaign": campaign,
        "channel_id": campaign.channel_id,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "currency": currency,
    }
    last = Cost.objects.filter(**same).order_by("-ordinal").values_list("ordinal", flat=True).first()
    cost = Cost.objects.create(**same, amount=amount, ordinal=(last or 0) + 1)
    audit.record("cost.added", by=by, about=cost)
    return cost

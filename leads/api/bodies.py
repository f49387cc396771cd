"""What the API takes: shapes and the limits that forms have too. Every rule beyond these is the act's own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.timezone import now
from rest_framework import serializers

from leads import definitions
from leads.api.own import OwnValues
from leads.campaigns import in_reach, wrong_with_cost
from leads.limits import (
    MOST,
    NOTE_LENGTH,
    a_day_to_come,
    a_real_currency,
    a_real_email,
    a_real_phone,
)
from leads.models import Activity, Campaign, Channel, Lead, Touch
from leads.reasons import Churning
from smarketing.foundation.api.fields import Day, Existing, Moment, Money, Strict, Text, Whole, checked
from smarketing.foundation.models import Organisation, User

MOST_TOUCHES = 1_000  # of one request
CLOCKS_DIFFER = timedelta(minutes=5)  # how far another system's clock may run ahead of ours


def words(length: int = NOTE_LENGTH, **options: Any) -> Text:
    return Text(max_length=length, **options)


def maybe(length: int, **options: Any) -> Text:
    return Text(max_length=length, required=False, allow_blank=True, **options)


class Currency(Text):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=3, max_length=3, help_text="ISO 4217, such as EUR.", **options)

    def to_internal_value(self, data: Any) -> str:
        return checked(a_real_currency, super().to_internal_value(data))


class Reason(Text):
    """A code of this list of the definitions in force."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        said = f"A code of `reasons.{kind}` of the definitions in force, such as `{EXAMPLES[kind]}`."
        super().__init__(max_length=40, help_text=said, **options)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        known = [reason.code for reason in definitions.agreed(self.kind, now())]
        if code not in known:
            raise serializers.ValidationError(f"“{code}” is not agreed. There are: {', '.join(known)}.")
        return code


EXAMPLES = {
    "rejection": "wrong_person",
    "recycling": "timing",
    "disqualification": "competitor",
    "loss": "price",
}


class DayToCome(Day):
    def to_internal_value(self, data: Any) -> date:
        today = now().astimezone(Organisation.get().zone).date()
        return checked(a_day_to_come, super().to_internal_value(data), today)


# --- Leads -------------------------------------------------------------------------------------------------------
class Facts(Strict):
    first_name = maybe(120)
    last_name = maybe(120)
    email = maybe(254)
    phone = maybe(60)
    company = maybe(200, help_text="Found by its name in any spelling, else made.")
    job_title = maybe(160)
    buying_role = maybe(60)
    country = maybe(80)
    consent = serializers.ChoiceField(Lead.Consent.choices, required=False)
    custom = OwnValues("lead")

    def validate_email(self, text: str) -> str:
        return checked(a_real_email, text)

    def validate_phone(self, text: str) -> str:
        return checked(a_real_phone, text)


class NewLead(Facts):
    """A person; an e-mail address, a phone number or an external id is how they will be recognised."""

    campaign = Existing(queryset=Campaign.objects.all(), required=False, allow_null=True)
    channel = Existing(
        queryset=Channel.objects.all(), required=False, allow_null=True, help_text="Else the campaign's."
    )
    medium = maybe(120)
    content = maybe(200)
    source = maybe(80, help_text="The system that knows the lead by `external_id`.")
    external_id = maybe(200)
    note = maybe(NOTE_LENGTH)


class Correction(Facts):
    """The facts that shall change; what is left out stays."""

    version = Whole(
        required=False, min_value=0, help_text="The version you read; the header If-Match says the same."
    )


# --- Moves -------------------------------------------------------------------------------------------------------
class Nothing(Strict):
    """No member at all: the address says everything."""


class Qualify(Strict):
    why = maybe(
        NOTE_LENGTH,
        help_text="The rep reads it before calling. Needed where the lead does not meet every criterion of an MQL.",
    )


class Reject(Strict):
    reason = Reason("rejection")
    return_on = DayToCome(
        required=False, allow_null=True, help_text="Needed for reasons that ask for a date."
    )
    note = maybe(NOTE_LENGTH, help_text="What should marketing change?")


class Advance(Strict):
    name = maybe(200, help_text="Of the deal; else the company's.")
    amount = Money(
        most=MOST, required=False, allow_null=True, help_text="Needed unless the lead has an open deal."
    )
    currency = Currency(required=False)


class Win(Strict):
    amount = Money(
        most=MOST, required=False, allow_null=True, help_text="Else the amount of the open deal stays."
    )


class Lose(Strict):
    reason = Reason("loss")


class Recycle(Strict):
    reason = Reason("recycling")
    return_on = DayToCome()


class Disqualify(Strict):
    reason = Reason("disqualification")


class Churn(Strict):
    reason = serializers.ChoiceField(Churning.choices)


class Reassign(Strict):
    to = Existing(queryset=User.objects.all(), help_text="Somebody active in sales.")


class Undo(Strict):
    seq = Whole(
        required=False,
        min_value=1,
        help_text="The row you mean: if another is the last one by now, nothing is taken back.",
    )


# --- Work and touches --------------------------------------------------------------------------------------------
OUTCOMES = [choice for choice in Activity.Outcome.choices if choice[0]]
TOUCH_KINDS = [choice for choice in Touch.Kind.choices if choice[0] != Touch.Kind.ORIGIN]


class NewActivity(Strict):
    kind = serializers.ChoiceField(Activity.Kind.choices)
    outcome = serializers.ChoiceField(
        OUTCOMES,
        required=False,
        help_text="Needed for everything but a note.",
    )
    text = maybe(NOTE_LENGTH)


class NewTouch(Strict):
    """One interaction; `event_id` is its name in your system, and the same one is never stored twice."""

    lead = Whole(required=False, min_value=1, help_text="Its number here.")
    external_id = Text(max_length=200, required=False, help_text="Or its name in `source`.")
    email = Text(max_length=254, required=False, help_text="Or its e-mail address.")
    event_id = Text(max_length=200)
    at = Moment()
    kind = serializers.ChoiceField(TOUCH_KINDS)
    team = serializers.ChoiceField(Touch.Team.choices, default=Touch.Team.MARKETING)
    campaign = Whole(required=False, allow_null=True, min_value=1)
    channel = Whole(required=False, allow_null=True, min_value=1, help_text="Else the campaign's.")
    medium = maybe(120)
    content = maybe(200)
    url = maybe(2000)

    def validate_at(self, at: Any) -> Any:
        if at > now() + CLOCKS_DIFFER:
            raise serializers.ValidationError("This is in the future. A touch has happened.")
        return at

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if sum(name in given for name in ("lead", "external_id", "email")) != 1:
            raise serializers.ValidationError("Name the lead in one way: lead, external_id or email.")
        return given


class NewTouches(Strict):
    source = maybe(80, default="", help_text="Your system. `external_id` and `event_id` are names in it.")
    touches = serializers.ListField(
        child=NewTouch(), min_length=1, max_length=MOST_TOUCHES, help_text=f"At most {MOST_TOUCHES:,}."
    )


# --- Campaigns ---------------------------------------------------------------------------------------------------
class NewCampaign(Strict):
    name = words(200)
    channel = maybe(200, help_text="By name; a new name makes a new channel.")


class NewCost(Strict):
    starts_on = Day()
    ends_on = Day(help_text="The last day that is covered.")
    amount = Money(most=MOST)
    currency = Currency()

    def validate_starts_on(self, day: date) -> date:
        return checked(in_reach, day)

    def validate_ends_on(self, day: date) -> date:
        return checked(in_reach, day)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if wrong := wrong_with_cost(**given):
            raise serializers.ValidationError(wrong)
        return given

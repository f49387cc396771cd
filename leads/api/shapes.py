"""What the API says of a lead and of what belongs to it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads import access, undo
from leads.api.own import OwnValuesShown
from leads.models import Activity, Deal, Lead, StageChange, Touch
from leads.models.account import RevenueBand
from leads.stages import STATES, Move, Stage, Standing
from smarketing.foundation.api.fields import Day, Moment, Money, NamedSerializer


class AccountSerializer(NamedSerializer):
    domain = serializers.CharField(allow_null=True)


class WholeAccountSerializer(AccountSerializer):
    """A company with all that is known of it."""

    industry = serializers.CharField()
    employees = serializers.IntegerField(allow_null=True)
    revenue_band = serializers.ChoiceField([("", "Not known"), *RevenueBand.choices])
    country = serializers.CharField()
    custom = OwnValuesShown("account")


class PositionSerializer(serializers.Serializer):
    stage = serializers.ChoiceField(Stage.choices)
    standing = serializers.ChoiceField(Standing.choices)


class DatesSerializer(serializers.Serializer):
    """When the lead was born, and when it first entered each stage."""

    born = Moment(source="born_at")
    visitor = Moment(source="visitor_at", allow_null=True)
    mql = Moment(source="mql_at", allow_null=True)
    sal = Moment(source="sal_at", allow_null=True)
    sql = Moment(source="sql_at", allow_null=True)
    customer = Moment(source="customer_at", allow_null=True)
    returned = Moment(source="returned_at", allow_null=True)
    entered_by_us = Moment(source="created_at")


class OriginSerializer(serializers.Serializer):
    """Where the lead came from; written once."""

    campaign = NamedSerializer(allow_null=True)
    channel = NamedSerializer(allow_null=True)
    medium = serializers.CharField()
    content = serializers.CharField()


class ScoreSerializer(serializers.Serializer):
    """What a lead is worth by the definitions that were in force then."""

    total = serializers.IntegerField()
    fit = serializers.IntegerField()
    engagement = serializers.IntegerField()
    grade = serializers.CharField(help_text="Such as B2: who they are, A to D, and what they did, 1 to 4.")
    parts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Points by rule; they add up to the total."
    )
    definition_version = serializers.IntegerField()
    computed_at = Moment()


class LeadSerializer(serializers.Serializer):
    """A lead as it stands now."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    job_title = serializers.CharField()
    buying_role = serializers.CharField()
    country = serializers.CharField()
    consent = serializers.ChoiceField(Lead.Consent.choices)
    custom = OwnValuesShown("lead")
    account = WholeAccountSerializer(allow_null=True)
    owner = NamedSerializer(allow_null=True)
    origin = OriginSerializer(source="*")
    stage = serializers.ChoiceField(Stage.choices)
    standing = serializers.ChoiceField(Standing.choices)
    state = serializers.ChoiceField(
        STATES, help_text="The standing where it takes the lead off the road, else the stage."
    )
    highest_stage = serializers.ChoiceField(Stage.choices)
    since = Moment(source="stage_since", help_text="Since when the lead stands where it stands.")
    return_on = Day(allow_null=True)
    dates = DatesSerializer(source="*")
    score = ScoreSerializer(allow_null=True, help_text="null until the first sweep after the lead was made.")
    version = serializers.IntegerField(help_text="Counts changes; give it back when you correct facts.")
    seq = serializers.IntegerField(allow_null=True, help_text="Number of the last row of its history.")
    next_moves = serializers.SerializerMethodField(help_text="The moves that you may make with it now.")

    def get_next_moves(self, lead: Lead) -> list[str]:
        return [str(move) for move in access.moves_open_to(self.context["user"], lead)]


class ExternalIdSerializer(serializers.Serializer):
    source = serializers.CharField()
    external_id = serializers.CharField()


class AllowedSerializer(serializers.Serializer):
    """What else you may do with it now."""

    claim = serializers.BooleanField()
    reassign = serializers.BooleanField()
    undo = serializers.BooleanField()
    edit = serializers.BooleanField()


class WholeLeadSerializer(LeadSerializer):
    """A lead with the names that other systems have for it, and what you may do."""

    external_ids = ExternalIdSerializer(many=True, source="external_names")
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    allowed = serializers.SerializerMethodField()

    def get_allowed(self, lead: Lead) -> AllowedSerializer:
        user, merged = self.context["user"], lead.merged_into_id is not None
        return {  # type: ignore[return-value]  # the annotation is the schema's
            "claim": not merged and access.may_claim(user, lead),
            "reassign": not merged and user.may("leads.act_on_any"),
            "undo": not merged and undo.may_undo(lead, by=user, moment=self.context["moment"]),
            "edit": not merged and access.may_edit_facts(user, lead),
        }


class ChangeSerializer(serializers.Serializer):
    """One row of a lead's history."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(StageChange.Kind.choices)
    seq = serializers.IntegerField(allow_null=True)
    move = serializers.ChoiceField(Move.choices)
    before = PositionSerializer(allow_null=True)
    after = PositionSerializer(source="position")
    at = Moment(help_text="When it happened.")
    recorded_at = Moment(help_text="When it was written down.")
    reason = serializers.CharField()
    by = NamedSerializer(allow_null=True)
    owner = NamedSerializer(allow_null=True, help_text="Who owned the lead at that moment.")
    return_on = Day(allow_null=True)
    note = serializers.SerializerMethodField()
    undone = serializers.SerializerMethodField(help_text="Whether a later row took this one back.")

    def get_note(self, row: StageChange) -> str:
        return _text(row)

    def get_undone(self, row: StageChange) -> bool:
        return getattr(row, "undone_by", None) is not None


class ActivitySerializer(serializers.Serializer):
    """What staff did for a lead."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Activity.Kind.choices)
    outcome = serializers.ChoiceField(Activity.Outcome.choices)
    connected = serializers.BooleanField(help_text="Whether somebody was reached.")
    at = Moment()
    by = NamedSerializer(allow_null=True)
    text = serializers.SerializerMethodField()

    def get_text(self, work: Activity) -> str:
        return _text(work)


def _text(row: Any) -> str:
    """The words beside a row; none where an undone import took them along."""
    note = getattr(row, "note", None)
    return note.text if note is not None and note.voided_at is None else ""


class TouchSerializer(serializers.Serializer):
    """One interaction of a lead."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Touch.Kind.choices)
    team = serializers.ChoiceField(Touch.Team.choices)
    at = serializers.SerializerMethodField()
    recorded_at = Moment()
    campaign = NamedSerializer(allow_null=True)
    channel = NamedSerializer(allow_null=True)
    medium = serializers.CharField()
    content = serializers.CharField()
    url = serializers.CharField()
    source = serializers.CharField()
    event_id = serializers.CharField(allow_null=True)

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_at(self, touch: Touch) -> str:
        """The origin stands for the birth, which a later import may move back."""
        at = self.context["born_at"] if touch.is_origin else touch.at
        return Moment().to_representation(at)


class DealSerializer(serializers.Serializer):
    """An amount that may be won."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="__str__")
    amount = Money(allow_null=True)
    currency = serializers.CharField()
    refunded = Money(help_text="What was given back of it.")
    outcome = serializers.ChoiceField(Deal.Outcome.choices)
    opened_at = Moment(allow_null=True)
    expected_on = Day(allow_null=True)
    closed_at = Moment(allow_null=True)
    lost_reason = serializers.CharField()


class CampaignSerializer(serializers.Serializer):
    """Something that marketing runs."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    channel = NamedSerializer(allow_null=True)
    created_at = Moment()


class CostSerializer(serializers.Serializer):
    """What was spent over a span of days, both ends included."""

    id = serializers.IntegerField()
    starts_on = Day()
    ends_on = Day()
    amount = Money()
    currency = serializers.CharField()
    channel = NamedSerializer(allow_null=True)

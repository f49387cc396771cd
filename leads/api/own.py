"""A company's own fields over the API: what there are, and their values by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import custom_fields
from leads.models import Account, CustomField, Lead
from smarketing.foundation.api.fields import checked
from smarketing.foundation.api.views import Endpoint

VALUE = {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
OBJECT = {"type": "object", "additionalProperties": {**VALUE, "nullable": True}}


@extend_schema_field({**OBJECT, "example": {"budget": 12000, "tier": "Gold", "renewal": "2027-01-31"}})
class OwnValues(serializers.Field):
    """Values by the keys of `GET /api/v1/fields`; null forgets one, and what is left out stays."""

    def __init__(self, entity: str, **options: Any) -> None:
        self.entity = entity
        super().__init__(
            required=False,
            help_text="By the keys of `GET /api/v1/fields`: text and choice as text, number as a number, a day as "
            "2026-03-31, yes/no as true or false; null forgets.",
            **options,
        )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Write this as an object of keys and values.")
        known, wrong, given = custom_fields.by_key(self.entity), {}, {}
        for key, value in data.items():
            if key not in known:
                there = ", ".join(known) or "none yet"
                wrong[str(key)[:60]] = [f"There is no such field. There are: {there}."]
                continue
            try:
                given[key] = checked(custom_fields.check, known[key], value)
            except serializers.ValidationError as error:
                wrong[key] = error.detail
        if wrong:
            raise serializers.ValidationError(wrong)
        return given


@extend_schema_field(OBJECT)
class OwnValuesShown(serializers.Field):
    """What is known, by the keys of the fields in use."""

    def __init__(self, entity: str, **options: Any) -> None:
        self.entity = entity
        super().__init__(source="*", read_only=True, **options)

    def to_representation(self, row: Lead | Account) -> dict[str, Any]:
        keys = custom_fields.by_key(self.entity) if row.custom else ()
        return {key: row.custom[key] for key in keys if key in row.custom}


class FieldSerializer(serializers.Serializer):
    """A fact that this company asks for."""

    name = serializers.SerializerMethodField(
        help_text="How rules and files call it, such as `custom.budget`."
    )
    entity = serializers.ChoiceField(CustomField.Entity.choices)
    key = serializers.CharField(help_text="Its member in `custom`.")
    label = serializers.CharField()
    kind = serializers.ChoiceField(CustomField.Kind.choices)
    choices = serializers.ListField(
        child=serializers.CharField(), help_text="Of a choice: the values, in order."
    )
    help = serializers.CharField()

    def get_name(self, field: CustomField) -> str:
        return custom_fields.name_of(field)


class Fields(Endpoint):
    @extend_schema(
        operation_id="fields_list",
        tags=["leads"],
        summary="Your own fields",
        description="Those in use, of leads first, in the order of the settings. Values are members of `custom`.",
        responses=FieldSerializer(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        rows = [*custom_fields.fields("lead"), *custom_fields.fields("account")]
        return Response(FieldSerializer(rows, many=True).data)

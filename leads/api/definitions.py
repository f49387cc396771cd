"""What both teams agree on, over the API: the version in force now."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import definitions
from leads.definitions import InForce
from leads.models import Definition
from smarketing.foundation.api.fields import Moment
from smarketing.foundation.api.views import Endpoint
from smarketing.foundation.moments import database_now


@extend_schema_field({"type": "object", "additionalProperties": True})
class Whole(serializers.JSONField):
    """The document, as it was signed."""


class DefinitionsSerializer(serializers.Serializer):
    """The definitions in force; version 0 is the default that nobody has signed."""

    version = serializers.IntegerField()
    in_force_from = Moment(allow_null=True)
    summary = serializers.CharField(help_text="Why, in the words of who proposed it.")
    marketing_by = serializers.CharField(allow_null=True, help_text="Who signed for marketing.")
    sales_by = serializers.CharField(allow_null=True, help_text="Who signed for sales.")
    sole_head = serializers.BooleanField(
        help_text="Whether one person signed for both, as the company declared."
    )
    document = Whole(help_text="Stages, profile, scoring and reasons; moves take the codes of `reasons`.")


_SIGNERS = Definition.objects.select_related("marketing_by", "sales_by").defer("document")


def said(now: InForce) -> dict[str, Any]:
    row = now.row and _SIGNERS.get(pk=now.row.pk)
    return {
        "version": now.version,
        "in_force_from": row.in_force_from if row else None,
        "summary": row.summary if row else "",
        "marketing_by": str(row.marketing_by) if row else None,
        "sales_by": str(row.sales_by) if row else None,
        "sole_head": row.sole_head if row else False,
        "document": now.document.json(),
    }


class InForceNow(Endpoint):
    @extend_schema(
        operation_id="definitions_now",
        tags=["definitions"],
        summary="What both teams agree on",
        description="The definitions in force now: what each stage means, who fits, how scores come about, and the "
        "agreed reasons.",
        responses=DefinitionsSerializer,
    )
    def get(self, request: ApiRequest) -> Response:
        return Response(DefinitionsSerializer(said(definitions.in_force(database_now()))).data)

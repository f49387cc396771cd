"""Why a lead stands where it stands, over the API."""

from __future__ import annotations

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads.api.leads import visible
from leads.why import why
from smarketing.foundation.api.fields import Moment
from smarketing.foundation.api.views import Endpoint


class LineSerializer(serializers.Serializer):
    """One thing that was looked at."""

    words = serializers.CharField()
    found = serializers.CharField()
    met = serializers.BooleanField(allow_null=True, help_text="null: nothing was asked of it.")
    at = Moment(allow_null=True)


class WhySerializer(serializers.Serializer):
    """One answer, read from the log."""

    of = serializers.CharField(help_text="`stage`, `score`, `owner`, `deadline` or `consent`.")
    answer = serializers.CharField()
    decided_by = serializers.CharField(source="decided")
    at = Moment(allow_null=True)
    definition_version = serializers.IntegerField(
        source="version",
        allow_null=True,
        help_text="0 is the unsigned default; null where none decides this.",
    )
    rule = serializers.CharField()
    note = serializers.CharField()
    found = LineSerializer(many=True)
    would_change = serializers.ListField(child=serializers.CharField(), source="change")


class WhysSerializer(serializers.Serializer):
    results = WhySerializer(many=True)


class Whys(Endpoint):
    @extend_schema(
        operation_id="leads_why",
        tags=["leads"],
        summary="Why a lead stands where it stands",
        description="Why this stage, score, owner, deadline and consent: who or what decided, by which rule of which "
        "version of the definitions, on what, and what would have to change.",
        responses=WhysSerializer,
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        lead = visible(request.user, id)
        return Response(WhysSerializer({"results": why(lead, now())}).data)

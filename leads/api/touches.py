"""Touches in bulk, as a tracker or a mailing system sends them."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import touching
from leads.api.bodies import NewTouches
from smarketing.foundation.api.idempotency import idempotent
from smarketing.foundation.api.views import Endpoint, body
from smarketing.foundation.models import ApiKey


class TakenSerializer(serializers.Serializer):
    """What became of one touch of the request."""

    row = serializers.IntegerField(help_text="Its place in `touches`, from 0.")
    result = serializers.ChoiceField(touching.RESULTS)
    lead = serializers.IntegerField(allow_null=True)
    touch = serializers.IntegerField(allow_null=True, help_text="Its number; of a duplicate, the one before.")
    detail = serializers.CharField(help_text="Why it was rejected.")


class ReceiptSerializer(serializers.Serializer):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = TakenSerializer(many=True, help_text="One for each touch, in the order they came.")


class NewTouchesView(Endpoint):
    scopes: ClassVar = {"POST": ApiKey.Scope.WRITE_TOUCHES}
    needs: ClassVar = {"POST": "touches.record"}

    @extend_schema(
        operation_id="touches_record",
        tags=["touches"],
        summary="Record touches",
        description="Up to 1,000 at once. A body that is not as described is refused whole; a touch of a lead or "
        "campaign that is not there is rejected alone. The same `event_id` of a source is stored once, so that a "
        "repeated request changes nothing.",
        request=NewTouches,
        responses=ReceiptSerializer,
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        given = body(NewTouches, request)
        taken = touching.record(given["touches"], source=given["source"], by=request.user)
        return Response(receipt(taken))


def receipt(taken: list[touching.Taken]) -> dict[str, Any]:
    counts = {name: sum(one.result == name for one in taken) for name in touching.RESULTS}
    return {
        "created": counts["created"],
        "duplicates": counts["duplicate"],
        "rejected": counts["rejected"],
        "results": TakenSerializer(taken, many=True).data,
    }

"""What happened with a lead: history, work, touches, deals."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db.models import DecimalField, Sum, Value
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import activities
from leads.api.bodies import NewActivity
from leads.api.leads import visible
from leads.api.shapes import ActivitySerializer, ChangeSerializer, DealSerializer, TouchSerializer
from smarketing.foundation.api.idempotency import idempotent
from smarketing.foundation.api.views import Endpoint, PageQuery, body, page, page_of, query
from smarketing.foundation.models import ApiKey

NOTHING = Value(Decimal(0), DecimalField(max_digits=19, decimal_places=4))


class History(Endpoint):
    @extend_schema(
        operation_id="leads_history",
        tags=["leads"],
        summary="The history of a lead",
        description="Newest first. Rows are never changed; a move taken back has `undone`, and the row that did it "
        "follows it.",
        parameters=[PageQuery],
        responses=page_of(ChangeSerializer, "ChangePage"),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        given = query(PageQuery, request)
        rows = visible(request.user, id).history.select_related("by", "owner", "undone_by", "note")
        return page(rows, "at", given, ChangeSerializer)


class Activities(Endpoint):
    scopes: ClassVar = {"GET": ApiKey.Scope.READ, "POST": ApiKey.Scope.WRITE_LEADS}

    @extend_schema(
        operation_id="leads_activities",
        tags=["leads"],
        summary="What staff did for a lead",
        description="Newest first.",
        parameters=[PageQuery],
        responses=page_of(ActivitySerializer, "ActivityPage"),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        given = query(PageQuery, request)
        rows = visible(request.user, id).activities.select_related("by", "note")
        return page(rows, "at", given, ActivitySerializer)

    @extend_schema(
        operation_id="leads_log",
        tags=["leads"],
        summary="Log work on a lead",
        description="A call, an e-mail or a meeting and how it ended, or a note in words.",
        request=NewActivity,
        responses={201: ActivitySerializer},
    )
    @idempotent
    def post(self, request: ApiRequest, id: int) -> Response:
        lead = visible(request.user, id)
        given = body(NewActivity, request)
        logged = activities.log(lead.pk, by=request.user, **given)
        return Response(ActivitySerializer(logged).data, status=201)


class Touches(Endpoint):
    @extend_schema(
        operation_id="leads_touches",
        tags=["leads"],
        summary="The touches of a lead",
        description="Newest first. The one of kind `origin` stands for the first contact.",
        parameters=[PageQuery],
        responses=page_of(TouchSerializer, "TouchPage"),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        given = query(PageQuery, request)
        lead = visible(request.user, id)
        rows = lead.touches.select_related("campaign", "channel")
        return page(rows, "at", given, TouchSerializer, born_at=lead.born_at)


class Deals(Endpoint):
    @extend_schema(
        operation_id="leads_deals",
        tags=["leads"],
        summary="The deals of a lead",
        description="Newest first: those whose primary contact the lead is.",
        parameters=[PageQuery],
        responses=page_of(DealSerializer, "DealPage"),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        given = query(PageQuery, request)
        rows = visible(request.user, id).deals.annotate(refunded=Coalesce(Sum("refunds__amount"), NOTHING))
        return page(rows, "recorded_at", given, DealSerializer)

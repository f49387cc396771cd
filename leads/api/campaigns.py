"""Campaigns and their costs over the API."""

from __future__ import annotations

from typing import ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import campaigns
from leads.api.bodies import NewCampaign, NewCost
from leads.api.shapes import CampaignSerializer, CostSerializer
from leads.models import Campaign, name_key
from smarketing.foundation.api.fields import Text
from smarketing.foundation.api.idempotency import idempotent
from smarketing.foundation.api.views import Endpoint, PageQuery, body, page, page_of, query
from smarketing.foundation.models import ApiKey

BOTH = {"GET": ApiKey.Scope.READ, "POST": ApiKey.Scope.WRITE_CAMPAIGNS}


class CampaignQuery(PageQuery):
    q = Text(required=False, max_length=200, help_text="What the name begins with.")


def existing(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.select_related("channel").filter(pk=campaign_id).first()
    if campaign is None:
        raise Http404
    return campaign


class Campaigns(Endpoint):
    scopes: ClassVar = BOTH
    needs: ClassVar = {"GET": "campaigns.read", "POST": "campaigns.write"}

    @extend_schema(
        operation_id="campaigns_list",
        tags=["campaigns"],
        summary="Find campaigns",
        description="Newest first.",
        parameters=[CampaignQuery],
        responses=page_of(CampaignSerializer, "CampaignPage"),
    )
    def get(self, request: ApiRequest) -> Response:
        given = query(CampaignQuery, request)
        rows = Campaign.objects.select_related("channel")
        if given.get("q"):
            rows = rows.filter(key__startswith=name_key(given["q"]))
        return page(rows, "created_at", given, CampaignSerializer)

    @extend_schema(
        operation_id="campaigns_create",
        tags=["campaigns"],
        summary="Make a campaign",
        description="A name that a campaign has already, in any spelling, is refused.",
        request=NewCampaign,
        responses={201: CampaignSerializer},
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        made = campaigns.create(by=request.user, **body(NewCampaign, request))
        location = reverse("api:campaign", args=[made.pk])
        return Response(CampaignSerializer(made).data, status=201, headers={"Location": location})


class OneCampaign(Endpoint):
    needs: ClassVar = {"GET": "campaigns.read"}

    @extend_schema(
        operation_id="campaigns_read",
        tags=["campaigns"],
        summary="Read a campaign",
        description="Its leads are found by `GET /api/v1/leads?campaign=`.",
        responses=CampaignSerializer,
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        return Response(CampaignSerializer(existing(id)).data)


class Costs(Endpoint):
    scopes: ClassVar = BOTH
    needs: ClassVar = {"GET": "campaigns.read", "POST": "campaigns.write"}

    @extend_schema(
        operation_id="campaigns_costs",
        tags=["campaigns"],
        summary="What a campaign has cost",
        description="The latest 500, the last day first.",
        responses=CostSerializer(many=True),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        rows = existing(id).costs.select_related("channel").order_by("-starts_on", "-id")[:500]
        return Response(CostSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="campaigns_add_cost",
        tags=["campaigns"],
        summary="Enter a cost",
        description="Spread evenly over its days. A second one of the same days is another invoice: send an "
        "Idempotency-Key, so that a repeated request is not.",
        request=NewCost,
        responses={201: CostSerializer},
    )
    @idempotent
    def post(self, request: ApiRequest, id: int) -> Response:
        campaign = existing(id)
        made = campaigns.add_cost(campaign.pk, by=request.user, **body(NewCost, request))
        return Response(CostSerializer(made).data, status=201)

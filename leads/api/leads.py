"""Leads over the API: found, read, entered and corrected."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import capture, custom_fields, facts
from leads.api.bodies import Correction, NewLead
from leads.api.shapes import LeadSerializer, WholeLeadSerializer
from leads.finding import beginning, in_state
from leads.models import FactChange, Lead
from leads.stages import STATES, Stage, Standing
from smarketing.foundation.api.fields import DayOrMoment, Text
from smarketing.foundation.api.idempotency import idempotent
from smarketing.foundation.api.problems import Problem
from smarketing.foundation.api.views import Endpoint, PageQuery, body, page, page_of, query
from smarketing.foundation.models import ApiKey, User

NONE = "none"
ID_OR_NONE = rf"^({NONE}|[0-9]{{1,18}})$"
SHOWN_WITH = ("account", "owner", "campaign", "channel", "score")
OF_ANOTHER_TEAM = "Somebody with this e-mail, phone or external id is already a lead of another team."
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The version you read, as the ETag had it. Or say `version` in the body.",
)


def visible(user: User, lead_id: int) -> Lead:
    """The lead, if this person may see it; else there is nothing at this address."""
    lead = Lead.objects.visible_to(user).select_related(*SHOWN_WITH).filter(pk=lead_id).first()
    if lead is None:
        raise Http404
    return lead


def shown(lead_id: int, user: User) -> dict[str, Any]:
    """A lead as it stands after an act of this person."""
    lead = Lead.objects.select_related(*SHOWN_WITH).get(pk=lead_id)
    return LeadSerializer(lead, context={"user": user}).data


def known_to(user: User, error: capture.AlreadyKnown) -> Problem:
    """Who is a lead already is named only to those who may see that lead."""
    if Lead.objects.visible_to(user).filter(pk=error.lead.pk).exists():
        return Problem(409, str(error), code=error.code, lead=error.lead.pk)
    return Problem(409, f"{OF_ANOTHER_TEAM} Ask your head of team.", code=error.code)


class LeadQuery(PageQuery):
    q = Text(required=False, max_length=254, help_text="What name, company, e-mail or phone begins with.")
    stage = serializers.ChoiceField(Stage.choices, required=False)
    standing = serializers.ChoiceField(Standing.choices, required=False)
    state = serializers.ChoiceField(STATES, required=False)
    owner = serializers.RegexField(ID_OR_NONE, required=False, help_text="A number, or `none`.")
    campaign = serializers.RegexField(ID_OR_NONE, required=False, help_text="A number, or `none`.")
    channel = serializers.RegexField(ID_OR_NONE, required=False, help_text="A number, or `none`.")
    since = DayOrMoment(required=False, help_text="Born at this moment, or on this local day, or later.")
    until = DayOrMoment(required=False, help_text="Born before this moment, or before this local day.")


def found(user: User, given: dict[str, Any]) -> QuerySet[Lead]:
    """What this person may see of what is asked for."""
    leads = Lead.objects.visible_to(user).alive().select_related(*SHOWN_WITH)
    for name in ("stage", "standing"):
        if name in given:
            leads = leads.filter(**{name: given[name]})
    for name in ("owner", "campaign", "channel"):
        if name in given:
            value = given[name]
            leads = leads.filter(**({name: None} if value == NONE else {f"{name}_id": int(value)}))
    if "state" in given:
        leads = leads.filter(in_state(given["state"]))
    if given.get("q"):
        leads = leads.filter(beginning(given["q"]))
    if "since" in given:
        leads = leads.filter(born_at__gte=given["since"])
    if "until" in given:
        leads = leads.filter(born_at__lt=given["until"])
    return leads


class Leads(Endpoint):
    scopes: ClassVar = {"GET": ApiKey.Scope.READ, "POST": ApiKey.Scope.WRITE_LEADS}
    needs: ClassVar = {"POST": "leads.create"}

    @extend_schema(
        operation_id="leads_list",
        tags=["leads"],
        summary="Find leads",
        description="Newest first by birth, those that you may see. Filters are combined.",
        parameters=[LeadQuery],
        responses=page_of(LeadSerializer, "LeadPage"),
    )
    def get(self, request: ApiRequest) -> Response:
        given = query(LeadQuery, request)
        return page(found(request.user, given), "born_at", given, LeadSerializer, user=request.user)

    @extend_schema(
        operation_id="leads_create",
        tags=["leads"],
        summary="Enter a lead",
        description="The lead starts as a visitor. Somebody who is a lead already, and whoever the never-again "
        "register bars, is refused.",
        request=NewLead,
        responses={201: LeadSerializer},
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        given = body(NewLead, request)
        given["custom"] = custom_fields.with_changes({}, given.get("custom", {}))
        try:
            lead = capture.create(by=request.user, way="api", **given)
        except capture.AlreadyKnown as error:
            raise known_to(request.user, error) from None
        return Response(
            LeadSerializer(lead, context={"user": request.user}).data,
            status=201,
            headers={"Location": reverse("api:lead", args=[lead.pk])},
        )


class OneLead(Endpoint):
    scopes: ClassVar = {"GET": ApiKey.Scope.READ, "PATCH": ApiKey.Scope.WRITE_LEADS}

    @extend_schema(
        operation_id="leads_read",
        tags=["leads"],
        summary="Read a lead",
        description="The ETag is its version.",
        responses=OpenApiResponse(WholeLeadSerializer),
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        lead = visible(request.user, id)
        context = {"user": request.user, "moment": now()}
        return _tagged(WholeLeadSerializer(_with_names(lead), context=context).data)

    @extend_schema(
        operation_id="leads_correct",
        tags=["leads"],
        summary="Correct facts",
        description="Nobody's correction is overwritten unseen: with a version that is no longer the present one, "
        "the answer is 409 and has the lead as it stands under `current`. Sending the same again changes nothing.",
        parameters=[IF_MATCH],
        request=Correction,
        responses=LeadSerializer,
    )
    def patch(self, request: ApiRequest, id: int) -> Response:
        visible(request.user, id)
        given = body(Correction, request)
        version = _version(request, given.pop("version", None))
        own = {f"{facts.OWN}{key}": custom_fields.typed(v) for key, v in given.pop("custom", {}).items()}
        typed = {name: (None, new) for name, new in (given | own).items()}
        try:
            facts.correct(id, typed, version=version, by=request.user, way=FactChange.Way.API)
        except facts.ChangedMeanwhile as error:
            raise Problem(
                409,
                f"Somebody changed this lead since version {version}. Read what it says now, then decide again.",
                code=error.code,
                current=shown(id, request.user),
            ) from None
        except capture.AlreadyKnown as error:
            raise known_to(request.user, error) from None
        return _tagged(shown(id, request.user))


def _with_names(lead: Lead) -> Lead:
    # One query with the names, not one for each way the serializer looks at them.
    lead.external_names = list(lead.external_ids.order_by("id"))  # type: ignore[attr-defined]
    return lead


def _tagged(data: dict[str, Any]) -> Response:
    return Response(data, headers={"ETag": f'"{data["version"]}"'})


def _version(request: ApiRequest, given: int | None) -> int:
    """The version that was read, from the body or from If-Match; one of them is needed."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if given is None and not tag:
        raise serializers.ValidationError(
            {"version": ["Say which version you read: here, or in If-Match as the ETag had it."]}
        )
    if tag and not (tag.isascii() and tag.isdigit() and len(tag) < 10):
        raise serializers.ValidationError(
            {"If-Match": ['Send the ETag of the lead as it came, such as "3".']}
        )
    if given is not None and tag and int(tag) != given:
        raise serializers.ValidationError({"version": ["This differs from If-Match. Send one of them."]})
    return int(tag) if given is None else given

"""Companies over the API: one is read, and its facts are corrected."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import accounts, custom_fields
from leads.api.bodies import maybe
from leads.api.own import OwnValues
from leads.api.shapes import WholeAccountSerializer
from leads.models import Account, FactChange
from leads.models.account import RevenueBand
from smarketing.foundation.api.fields import Strict, Whole
from smarketing.foundation.api.views import Endpoint, body
from smarketing.foundation.models import ApiKey, User

MOST_EMPLOYEES = 2**31 - 1


class AccountFacts(Strict):
    """The facts that shall change; what is left out stays."""

    name = maybe(200)
    industry = maybe(120)
    employees = Whole(required=False, allow_null=True, min_value=0, max_value=MOST_EMPLOYEES)
    revenue_band = serializers.ChoiceField([("", "Not known"), *RevenueBand.choices], required=False)
    country = maybe(80)
    custom = OwnValues("account")


def visible(user: User, pk: int) -> Account:
    """The company, if this person may see anybody there; else there is nothing at this address."""
    account = accounts.visible_to(user).filter(pk=pk).first()
    if account is None:
        raise Http404
    return account


class OneAccount(Endpoint):
    scopes: ClassVar = {"GET": ApiKey.Scope.READ, "PATCH": ApiKey.Scope.WRITE_LEADS}

    @extend_schema(
        operation_id="accounts_read",
        tags=["leads"],
        summary="Read a company",
        description="Those of which you may see a lead.",
        responses=WholeAccountSerializer,
    )
    def get(self, request: ApiRequest, id: int) -> Response:
        return Response(WholeAccountSerializer(visible(request.user, id)).data)

    @extend_schema(
        operation_id="accounts_correct",
        tags=["leads"],
        summary="Correct the facts of a company",
        description="The owners of its leads, marketing and heads may. Sending the same again changes nothing.",
        request=AccountFacts,
        responses=WholeAccountSerializer,
    )
    def patch(self, request: ApiRequest, id: int) -> Response:
        account = visible(request.user, id)
        given: dict[str, Any] = body(AccountFacts, request)
        own = {f"{accounts.OWN}{key}": custom_fields.typed(v) for key, v in given.pop("custom", {}).items()}
        typed = given | own
        there = accounts.stored(account)
        before = {name: there.get(name) for name in typed}
        saved = accounts.correct(id, typed, before=before, by=request.user, way=FactChange.Way.API)
        return Response(WholeAccountSerializer(saved).data)

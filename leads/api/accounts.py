"""Companies over the API: found, one of them read, and its facts corrected."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import accounts, custom_fields
from leads.api.bodies import maybe
from leads.api.own import OwnValues
from leads.api.shapes import WholeAccountSerializer
from leads.lists import own
from leads.lists.filters import Asker, Filter, Reading, read_by
from leads.models import Account, FactChange
from leads.models.account import RevenueBand
from smarketing.foundation.api.fields import Strict, Text, Whole
from smarketing.foundation.api.views import Endpoint, PageQuery, body, page, page_of, query
from smarketing.foundation.models import ApiKey, User

MOST_EMPLOYEES = 2**31 - 1
LONGEST = 200  # of the value of one filter


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


class AccountQuery(PageQuery):
    """Beside what every company list takes: the parameters of a filter for each own field in use."""

    q = Text(required=False, max_length=200, help_text="What the name or the domain begins with.")
    industry = Text(required=False, max_length=120)

    def get_fields(self) -> dict[str, serializers.Field]:
        known = super().get_fields()
        if hasattr(self, "initial_data"):  # the schema is the same for every company
            for one in own.filters_of_companies():
                known |= {name: _given(one, name) for name in one.params}
        return known


def _given(one: Filter, name: str) -> serializers.Field:
    if name == f"{one.name}_never":
        return serializers.ChoiceField([("1", "1")], required=False)
    return Text(required=False, max_length=LONGEST)


def found(user: User, given: dict[str, Any], data: QueryDict) -> QuerySet[Account]:
    """What this person may see of what is asked for; raises ValidationError for a value that no filter reads."""
    rows = accounts.visible_to(user)
    if given.get("q"):
        rows = rows.filter(accounts.beginning(given["q"]))
    if given.get("industry"):
        rows = rows.filter(industry__iexact=given["industry"])
    for one in own.filters_of_companies():
        reading = read_by([one], data, Asker(user, now()))
        for name in one.params:
            if name in data and name not in reading.params:
                raise serializers.ValidationError({name: [_unread(reading)]})
        rows = reading.narrow(rows)
    return rows


def _unread(reading: Reading) -> str:
    """On a page a wrong value is left out and told; here it is refused."""
    if reading.notices:
        return f"{reading.notices[0].partition(', so it was left out')[0]}."
    return f"Leave this out, or {' and '.join(reading.params)}: together they ask for two things."


class Accounts(Endpoint):
    @extend_schema(
        operation_id="accounts_list",
        tags=["leads"],
        summary="Find companies",
        description="Those of which you may see a lead, newest first. Filters are combined. Each of your own fields "
        "of companies (`GET /api/v1/fields`) is a filter under its name: a text and a choice as `account.custom.tier`, "
        "a number as `account.custom.sites_min` and `_max`, a day as `_from` and `_to`, `_last` and `_over` so many "
        "days, yes/no as `yes` or `no`. What is not known: `_never=1`, of a choice and yes/no `none`.",
        parameters=[AccountQuery],
        responses=page_of(WholeAccountSerializer, "AccountPage"),
    )
    def get(self, request: ApiRequest) -> Response:
        given = query(AccountQuery, request)
        rows = found(request.user, given, request.query_params)
        return page(rows, "created_at", given, WholeAccountSerializer)


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

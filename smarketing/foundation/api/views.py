"""What every address of the API has in common; who is let in, read and limited how, settings.REST_FRAMEWORK says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from smarketing.foundation.api.fields import Query, Text, Whole
from smarketing.foundation.models import ApiKey
from smarketing.foundation.paging import is_cursor, page_by_time

VERSION = "1"
PAGE, LARGEST_PAGE = 50, 200


class Endpoint(APIView):
    """One address: closed by default, JSON only, stored nowhere on the way."""

    http_method_names: ClassVar[list[str]] = ["get", "post", "patch", "delete", "head"]
    scopes: ClassVar[Mapping[str, str]] = {"GET": ApiKey.Scope.READ}  # of a key, by method
    needs: ClassVar[Mapping[str, str]] = {}  # capability of the person, by method

    def finalize_response(
        self, request: HttpRequest, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["API-Version"] = VERSION
        return response


class PageQuery(Query):
    cursor = Text(required=False, max_length=200, help_text="`next` or `previous` of a page.")
    limit = Whole(
        required=False, default=PAGE, min_value=1, max_value=LARGEST_PAGE, help_text="Rows on a page."
    )

    def validate_cursor(self, cursor: str) -> str:
        if not is_cursor(cursor):
            raise serializers.ValidationError(
                "This is no cursor of ours. Take “next” or “previous” of a page as it came."
            )
        return cursor


def query(form: type[Query], request: ApiRequest) -> dict[str, Any]:
    """The checked parameters of the address; raises ValidationError."""
    read = form(data=request.query_params)
    read.is_valid(raise_exception=True)
    return read.validated_data


def body(form: type[serializers.Serializer], request: ApiRequest) -> dict[str, Any]:
    """The checked body; raises ValidationError."""
    read = form(data=request.data)
    read.is_valid(raise_exception=True)
    return read.validated_data


def page(
    rows: QuerySet, field: str, given: dict[str, Any], form: type[serializers.Serializer], **context: Any
) -> Response:
    """One page of rows, newest first, with the cursors of its neighbours."""
    found = page_by_time(rows, field, cursor=given.get("cursor"), size=given["limit"])
    return Response(
        {
            "results": form(found.rows, many=True, context=context).data,
            "next": found.older,
            "previous": found.newer,
        }
    )


def page_of(form: type[serializers.Serializer], name: str) -> Any:
    """The schema of a page of these."""
    return inline_serializer(
        name,
        {
            "results": form(many=True),
            "next": serializers.CharField(allow_null=True, help_text="Cursor of the older rows, if any."),
            "previous": serializers.CharField(allow_null=True, help_text="Cursor of the newer rows, if any."),
        },
    )

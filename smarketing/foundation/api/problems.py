"""Every no of the API as one shape: RFC 9457, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException, MethodNotAllowed, Throttled, ValidationError
from rest_framework.response import Response

from smarketing.foundation.refusals import Refusal

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request is not valid",
    401: "Nobody is signed in",
    403: "Not allowed",
    404: "Not found",
    405: "No such method here",
    409: "Refused",
    413: "The request is too large",
    415: "Not JSON",
    422: "The key was used for another request",
    428: "A version is needed",
    429: "Too many requests",
    500: "Something broke on our side",
}
CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "refused",
    413: "too_large",
    415: "unsupported_media_type",
    429: "throttled",
    500: "error",
}
SENTENCES = {
    400: "The request could not be read.",
    404: "There is nothing at this address, or nothing that you may see.",
    413: "The request is larger than this server takes. Send it in parts.",
    500: "This was not your fault. Try again; if it stays, tell an administrator the instance.",
}


class Problem(APIException):
    """A no with its status and code; `more` are further members of the answer."""

    def __init__(self, status: int, detail: str, *, code: str = "", **more: Any) -> None:
        super().__init__(detail, code or CODES[status])
        self.status_code, self.code, self.more = status, code or CODES[status], more


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Where in the request: `email`, or `touches.3.at`.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """What is wrong, for a program (`code`, `status`, `errors`) and for a person (`detail`)."""

    type = serializers.CharField(
        help_text="A name for this kind of problem, `urn:smarketing:problem:<code>`."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One sentence: what, why, and what would help.")
    instance = serializers.CharField(help_text="This occurrence: `urn:uuid:` and the X-Request-ID.")
    code = serializers.CharField(help_text="For programs. Codes are added, never renamed.")
    errors = FieldErrorSerializer(many=True, required=False)


def problem(request: HttpRequest, status: int, detail: str, *, code: str = "", **more: Any) -> dict[str, Any]:
    """The body of one problem."""
    code = code or CODES[status]
    return {
        "type": f"urn:smarketing:problem:{code}",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{getattr(request, 'request_id', '')}",
        "code": code,
        **more,
    }


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The one exception handler of the API; None means a bug, which shall crash."""
    said = _read(error)
    if said is None:
        return None
    status, detail, code, more = said
    request = context["request"]
    response = Response(
        problem(request, status, detail, code=code, **more), status=status, content_type=MEDIA_TYPE
    )
    for name, value in _headers(error, context["view"]).items():
        response[name] = value
    return response


def bare(request: HttpRequest, status: int) -> JsonResponse:
    """A problem from outside the API's views: an unknown address, or a crash."""
    response = JsonResponse(problem(request, status, SENTENCES[status]), status=status)
    response["Content-Type"] = MEDIA_TYPE
    response["Cache-Control"] = "no-store"
    return response


def _read(error: Exception) -> tuple[int, str, str, dict[str, Any]] | None:
    if isinstance(error, Refusal):
        return 409, str(error), error.code, {}
    if isinstance(error, Problem):
        return error.status_code, str(error.detail), error.code, error.more
    if isinstance(error, ValidationError):
        errors = list(_flat(error.detail, ""))
        return 400, _summary(errors), "invalid", {"errors": errors}
    if isinstance(error, Http404):
        return 404, SENTENCES[404], "not_found", {}
    if isinstance(error, PermissionDenied):
        return 403, str(error) or "You may not do this.", "forbidden", {}
    if isinstance(error, RequestDataTooBig):
        return 413, SENTENCES[413], "too_large", {}
    if isinstance(error, SuspiciousOperation):
        return 400, SENTENCES[400], "invalid", {}
    if isinstance(error, APIException):
        code = CODES.get(error.status_code) or str(error.get_codes())
        return error.status_code, str(error.detail), code, {}
    return None


def _flat(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """The nested errors of serializers as a list of places and sentences."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from _flat(inner, here)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, dict | list):
                yield from _flat(inner, f"{path}.{index}" if path else str(index))
            else:
                yield {"field": path, "detail": str(inner)}
    else:
        yield {"field": path, "detail": str(detail)}


def _summary(errors: list[dict[str, str]]) -> str:
    if not errors:
        return SENTENCES[400]
    first = errors[0]
    where = f"{first['field']}: " if first["field"] else ""
    more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
    return f"{where}{first['detail']}{more}"


def _headers(error: Exception, view: Any) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if isinstance(error, Throttled) and error.wait is not None:
        headers["Retry-After"] = str(max(1, int(error.wait)))
    if isinstance(error, Problem) and error.code == "busy":
        headers["Retry-After"] = "1"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(view.allowed_methods)
    return headers

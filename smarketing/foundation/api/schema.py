"""The OpenAPI of the API: every operation names its problems, its keys and what a person may need to know."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from smarketing.foundation.api.idempotency import HEADER
from smarketing.foundation.api.problems import CODES, MEDIA_TYPE, TITLES, ProblemSerializer
from smarketing.foundation.api.views import Endpoint

EXAMPLES = {
    400: "email: “ada” is not an e-mail address. It looks like name@company.com.",
    401: "Sign in, or send an API key: “Authorization: Bearer smk_…”.",
    403: "Ada Byron belongs to Ben Young; your role does not allow this move on it.",
    404: "There is nothing at this address, or nothing that you may see.",
    409: "Ada Byron was just claimed by Ben Young.",
    413: "The request is larger than this server takes. Send it in parts.",
    415: "Unsupported media type “text/plain” in request.",
    422: "This Idempotency-Key came with another request before. Use a new key for a new request.",
    429: "Request was throttled. Expected available in 12 seconds.",
}
Direction = Literal["request", "response"]
IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A name of your own for this request, such as a UUID. The same request with the same key is done "
    "once and answered alike for 48 hours, however often and from wherever it comes.",
)


class Described(AutoSchema):
    """Adds to each operation what all have in common."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        return [*parameters, IDEMPOTENCY] if self._is_idempotent() else parameters

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemSerializer, direction).ref
        for status in self._problems():
            bodies.setdefault(str(status), _problem(status, problem))
        return bodies

    def _problems(self) -> list[int]:
        found = {400, 401, 403, 429}
        if "{" in self.path:
            found.add(404)
        if self.method != "GET":
            found |= {409, 413, 415}
        return sorted(found | {422} if self._is_idempotent() else found)

    def _is_idempotent(self) -> bool:
        method = getattr(self.view, self.method.lower(), None)
        return bool(getattr(method, "idempotent", False))


def _problem(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    code = CODES.get(status, "key_reused")
    example = {
        "type": f"urn:smarketing:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": EXAMPLES[status],
        "instance": "urn:uuid:0f0d3c1e-5b7e-4c59-9a07-0a4b3d1f6c11",
        "code": code,
    }
    if status == 400:
        example["errors"] = [
            {"field": "email", "detail": "“ada” is not an e-mail address. It looks like name@company.com."}
        ]
    content = {MEDIA_TYPE: {"schema": schema, "examples": {code: {"value": example}}}}
    return {"description": TITLES[status], "content": content}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "smarketing.foundation.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "smk_<8>_<32>",
            "description": "A key made under Settings, API keys. It may do what its scopes say and its person may.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "smarketing.foundation.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        from django.conf import settings

        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of a browser. Unsafe methods also need the header X-CSRFToken.",
        }


def closed_bodies(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing: a request has no members but those named, as `fields.Strict` insists."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return result


@cache
def document() -> dict[str, Any]:
    """The whole schema, made once: it depends on code alone."""
    return SchemaGenerator().get_schema(request=None, public=True)


@extend_schema(exclude=True)
class Schema(Endpoint):
    """The OpenAPI of everything under /api/v1/, as JSON."""

    def get(self, request: ApiRequest) -> Response:
        return Response(document(), content_type="application/vnd.oai.openapi+json")

"""Who calls: a person with a session (and CSRF), or a program with a person's key.

Rest framework's views load this module while they are made, so it must not import them.
"""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request as ApiRequest

from smarketing.foundation.api import keys
from smarketing.foundation.api.problems import Problem
from smarketing.foundation.models import ApiKey, User
from smarketing.foundation.refusals import Forbidden


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer smk_…`. Stands first, so that what is missing is answered with 401."""

    def authenticate(self, request: ApiRequest) -> tuple[User, ApiKey] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.find(token.strip(), now())
        if key is None:
            raise AuthenticationFailed(
                "This API key does not open anything: it is mistyped, expired or revoked, or its person left. "
                "Make a new one under Settings, API keys."
            )
        return key.person, key

    def authenticate_header(self, request: ApiRequest) -> str:
        return 'Bearer realm="Smarketing"'


class BrowserSession(SessionAuthentication):
    """The session of somebody signed in on the pages; unsafe methods need the CSRF token."""


class MayCall(BasePermission):
    """The door of every address: somebody known, a key of the right scope, a person of the right role."""

    def has_permission(self, request: ApiRequest, view: Any) -> bool:
        if not request.user.is_authenticated:
            raise NotAuthenticated("Sign in, or send an API key: “Authorization: Bearer smk_…”.")
        scope = view.scopes.get(_read_as(request.method))
        if isinstance(request.auth, ApiKey) and scope is not None and scope not in request.auth.scopes:
            raise Problem(
                403,
                f"This key lacks the scope “{scope}”. Make a key that has it.",
                code="missing_scope",
            )
        capability = view.needs.get(_read_as(request.method))
        if capability is not None and not request.user.may(capability):
            raise Forbidden
        return True


def _read_as(method: str | None) -> str:
    return "GET" if method == "HEAD" else method or ""

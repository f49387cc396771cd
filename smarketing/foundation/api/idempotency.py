"""`Idempotency-Key`: a request that may be sent twice and is done once.

The row of the key is written in the transaction of what it does. Whoever comes second waits for that
transaction on the unique index: then there is an answer to repeat, or nothing happened and it is their turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import Http404
from psycopg2.errors import LockNotAvailable
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from smarketing.foundation.api.problems import Problem
from smarketing.foundation.models import IdempotencyKey
from smarketing.foundation.refusals import Refusal

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=48)
PATIENCE = "5s"  # how long a second request waits for the first, and an act for a lock
Act = Callable[[], Response]
# An act that says no has changed nothing but its own log of hits: asking again later may be answered with yes.
SAYS_NO = (Refusal, PermissionDenied, Http404, APIException)


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a view's method so that the same key, person and request do the work once."""

    @wraps(method)
    def once(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        act = partial(method, view, request, *args, **kwargs)
        if key is None:
            return act()
        if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
            raise ValidationError({HEADER: ["Send 1 to 255 printable ASCII characters, such as a UUID."]})
        return _once(request, key, act)

    once.idempotent = True  # type: ignore[attr-defined]  # the schema names the header
    return once


def purge(moment: datetime) -> None:
    """Forget the answers that are older than any sensible repetition."""
    IdempotencyKey.objects.filter(created_at__lt=moment - KEPT).delete()


def _once(request: ApiRequest, key: str, act: Act) -> Response:
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    try:
        with transaction.atomic():
            answer = _claimed(request, key, digest, act)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Problem(
                409, "The same thing is being done right now. Ask again in a moment.", code="busy"
            ) from None
        raise
    if isinstance(answer, Exception):
        raise answer
    return answer


def _claimed(request: ApiRequest, key: str, digest: str, act: Act) -> Response | Exception:
    """Do the act under its key, or repeat its answer; a no is handed back, so that its key is free again."""
    row_id = _claim(request.user.pk, key, digest)
    if row_id is None:
        return _repeat(request.user.pk, key, digest)
    try:
        response = act()
    except SAYS_NO as no:
        IdempotencyKey.objects.filter(pk=row_id).delete()
        return no
    IdempotencyKey.objects.filter(pk=row_id).update(
        status=response.status_code,
        body=JSONRenderer().render(response.data).decode(),
        location=response.get("Location", ""),
    )
    return response


def _claim(actor_id: int, key: str, digest: str) -> int | None:
    """The id of a new row, or None where another request has had this key; waits while one has it in hand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        cursor.execute(
            "INSERT INTO foundation_idempotencykey (actor_id, key, request_sha256, body, location) "
            "VALUES (%s, %s, %s, '', '') ON CONFLICT (actor_id, key) DO NOTHING RETURNING id",
            [actor_id, key, digest],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _repeat(actor_id: int, key: str, digest: str) -> Response:
    row = IdempotencyKey.objects.get(actor_id=actor_id, key=key)
    if row.request_sha256 != digest:
        raise Problem(
            422,
            "This Idempotency-Key came with another request before. Use a new key for a new request.",
            code="key_reused",
        )
    headers = {"Idempotent-Replayed": "true"} | ({"Location": row.location} if row.location else {})
    return Response(json.loads(row.body), status=row.status, headers=headers)

"""The audit log: who did what. Codes, ids and field names only."""

from collections.abc import Sequence
from contextvars import ContextVar

from django.db import models

from smarketing.foundation.models import AuditEvent, User

# Set by the middleware for the request at hand: (request id, client address)
request_origin: ContextVar[tuple[str, str | None]] = ContextVar("request_origin", default=("", None))


def record(
    action: str, *, by: User | None, about: models.Model | None = None, fields: Sequence[str] = ()
) -> None:
    request_id, ip = request_origin.get()
    AuditEvent.objects.create(
        action=action,
        by=by,
        object_type=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        fields=list(fields),
        ip=ip,
        request_id=request_id,
    )

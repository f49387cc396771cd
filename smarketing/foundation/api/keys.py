"""API keys: made once, shown once, found again by their prefix and the hash of the whole."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from smarketing.foundation import audit
from smarketing.foundation.models import ApiKey, User
from smarketing.foundation.refusals import Refusal

LIFETIMES = {30: "30 days", 90: "90 days", 365: "a year"}
MOST_KEYS = 50  # of one person: more is a program that makes keys instead of keeping one
PREFIX = string.ascii_lowercase + string.digits
SECRET = string.ascii_letters + string.digits
SHAPE = re.compile(r"smk_([a-z0-9]{8})_[A-Za-z0-9]{32}", re.ASCII)
USE_NOTED_EVERY = timedelta(minutes=1)  # a busy program would otherwise rewrite the row with every request


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def hashed(token: str) -> str:
    """Plain SHA-256: 32 random characters cannot be guessed, so a slow hash would protect nothing."""
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def issue(
    *, person: User, name: str, scopes: Collection[str], days: int, moment: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key in this person's own name; the token that is returned can never be read again."""
    moment = moment or now()
    User.objects.select_for_update().get(pk=person.pk)
    if ApiKey.objects.filter(person=person, revoked_at=None, expires_at__gt=moment).count() >= MOST_KEYS:
        raise Refusal(f"You have {MOST_KEYS} keys already. Revoke those that no program uses any more.")
    if not scopes or not set(scopes) <= set(ApiKey.Scope.values):
        raise Refusal(f"Choose what the key may do: {', '.join(ApiKey.Scope.values)}.")
    prefix = _random(PREFIX, 8)
    token = f"smk_{prefix}_{_random(SECRET, 32)}"
    key = ApiKey.objects.create(
        person=person,
        name=name,
        prefix=prefix,
        sha256=hashed(token),
        scopes=[scope for scope in ApiKey.Scope.values if scope in scopes],
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    audit.record("api_key.issued", by=person, about=key, fields=key.scopes)
    return key, token


@transaction.atomic
def revoke(key_id: int, *, by: User, moment: datetime | None = None) -> ApiKey:
    """End a key at once and for good; ending an ended one changes nothing."""
    key = ApiKey.objects.select_for_update().get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = moment or now(), by
        key.save(update_fields=["revoked_at", "revoked_by"])
        audit.record("api_key.revoked", by=by, about=key)
    return key


def find(token: str, moment: datetime) -> ApiKey | None:
    """The key with this token, if it still opens the door; notes at most once a minute that it was used."""
    shape = SHAPE.fullmatch(token)
    if shape is None:
        return None
    key = ApiKey.objects.select_related("person").filter(prefix=shape[1]).first()
    if key is None or not compare_digest(key.sha256, hashed(token)) or not key.opens(moment):
        return None
    _note_use(key, moment)
    return key


def _note_use(key: ApiKey, moment: datetime) -> None:
    due = moment - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= due:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=due)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=moment)

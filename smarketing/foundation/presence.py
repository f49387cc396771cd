"""When somebody was here last: noted with every request in Redis, which no request waits for or fails by."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.core.cache import cache
from redis.exceptions import RedisError

from smarketing.foundation.models import User

logger = logging.getLogger(__name__)
KEPT = timedelta(days=400)
NOTED_EVERY = 60.0  # seconds, in each process: nobody asks for it to the second
_noted: dict[int, float] = {}


def note(person: User, moment: datetime) -> None:
    """This person is here now. Without Redis nothing is noted: the last sign-in still stands in the database."""
    if monotonic() - _noted.get(person.pk, -NOTED_EVERY) < NOTED_EVERY:
        return
    _noted[person.pk] = monotonic()
    try:
        cache.set(_key(person.pk), int(moment.timestamp()), timeout=int(KEPT.total_seconds()))
    except (RedisError, OSError) as error:
        logger.info("Nobody's presence is noted: %s", type(error).__name__)


def seen(people: Iterable[User]) -> dict[int, datetime]:
    """When each of these people was here last, as far as anybody knows; who never came is left out."""
    people = list(people)
    try:
        noted = cache.get_many([_key(person.pk) for person in people])
    except (RedisError, OSError):
        noted = {}
    found = {}
    for person in people:
        stamp = noted.get(_key(person.pk))
        moments = [person.last_login, datetime.fromtimestamp(stamp, UTC) if stamp else None]
        if known := [moment for moment in moments if moment is not None]:
            found[person.pk] = max(known)
    return found


def _key(pk: int) -> str:
    return f"seen:{pk}"

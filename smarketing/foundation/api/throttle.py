"""One exact limit: Redis counts, so that all processes together let through what one would."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request as ApiRequest
from rest_framework.throttling import BaseThrottle

from smarketing.foundation.models import ApiKey

logger = logging.getLogger(__name__)
WINDOW = 60


def let_through(name: str, *, limit: int, window: int = WINDOW, moment: float | None = None) -> float | None:
    """Count one use of `name`; None lets it through, else the seconds until the next window begins.

    `add` and `incr` are each one command of Redis. Without Redis everybody is let through: all callers
    are known people, and work goes before counting.
    """
    moment = time.time() if moment is None else moment
    number, passed = divmod(moment, window)
    key = f"limit:{name}:{int(number)}"
    try:
        cache.add(key, 0, timeout=2 * window)
        count = cache.incr(key)
    except (RedisError, OSError, ValueError) as error:  # ValueError: evicted between the two
        logger.info("Requests are not counted: %s", type(error).__name__)
        return None
    return None if count <= limit else window - passed


class RequestLimit(BaseThrottle):
    """`API_REQUESTS_PER_MINUTE` for each key, and for each person in a browser."""

    wait_for: float | None = None

    def allow_request(self, request: ApiRequest, view: Any) -> bool:
        who = f"key:{request.auth.pk}" if isinstance(request.auth, ApiKey) else f"user:{request.user.pk}"
        self.wait_for = let_through(f"api:{who}", limit=settings.API_REQUESTS_PER_MINUTE)
        return self.wait_for is None

    def wait(self) -> float | None:
        return self.wait_for

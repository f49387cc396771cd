"""Is the process alive, and is it ready to serve? Both are public and tell no secret."""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from smarketing.foundation.models import Heartbeat

SILENT_AFTER = timedelta(seconds=60)
SWEEP = ("sla", "tick")  # clocks and alerts; mail
OWNS = "SELECT 1 FROM pg_tables WHERE tablename = %s AND pg_has_role(current_user, tableowner, 'USAGE')"
CLOCK_WARN, CLOCK_LIMIT = 2, 30  # seconds between this host's clock and the database's


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served; Redis or the tick being away is a warning, for pages work without."""
    checks = {"database": _database(), "redis": _redis(), "tick": _tick(), "roles": _roles()}
    failed = checks["database"] not in ("ok", "clock differs")
    return JsonResponse(
        {"status": "failed" if failed else "ok", "checks": checks}, status=503 if failed else 200
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            skew = abs((cursor.fetchone()[0] - now()).total_seconds())
    except DatabaseError:
        return "does not answer"
    if skew > CLOCK_LIMIT:
        return "clock is wrong by more than 30 s"
    return "clock differs" if skew > CLOCK_WARN else "ok"


def _redis() -> str:
    try:
        cache.get("health")
    except (RedisError, OSError):
        return "does not answer"
    return "ok"


def _tick() -> str:
    try:
        beats = beats_of_the_sweep()
    except DatabaseError:
        return "unknown"
    if len(beats) < len(SWEEP):
        return "has not run yet"
    return "ok" if now() - min(beats.values()) < SILENT_AFTER else "silent"


def beats_of_the_sweep() -> dict[str, datetime]:
    """When each part of the sweep last came to its end; one that never did is missing."""
    return dict(Heartbeat.objects.filter(pk__in=SWEEP).values_list("name", "at"))


def _roles() -> str:
    """Asked of the database: a web process need not know the owner's name to be another one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(OWNS, ["leads_stagechange"])
            owns = cursor.fetchone()
    except DatabaseError:
        return "unknown"
    return "one role does everything: history is less protected" if owns else "separate"

"""Effects outside the database: written with the change, delivered after it, at least once."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.timezone import now

from smarketing.foundation.models import OutboxItem
from smarketing.foundation.nudges import nudge

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=120)
HOLD = timedelta(seconds=15)  # mail caused by an act waits, so that an undo can take it back

PUT = """
INSERT INTO foundation_outboxitem (topic, dedupe_key, payload, attempts, available_at, last_error)
SELECT %s, key, payload::jsonb, 0, %s, '' FROM unnest(%s::text[], %s::text[]) AS effect (key, payload)
ON CONFLICT (dedupe_key) DO NOTHING
"""
Handler = Callable[[dict, str], None]
_handlers: dict[str, Handler] = {}


def delivers(topic: str) -> Callable[[Handler], Handler]:
    """Register the function that performs one topic: it gets the payload and the item's stable key."""

    def register(handler: Handler) -> Handler:
        assert topic not in _handlers, topic
        _handlers[topic] = handler
        return handler

    return register


def put(topic: str, key: str, payload: dict, *, available_at: datetime | None = None) -> None:
    """Plan one effect inside the caller's transaction; the same key is planned once."""
    put_many(topic, [(key, payload)], available_at=available_at or now())


def put_many(topic: str, effects: Sequence[tuple[str, dict]], *, available_at: datetime) -> None:
    """Plan many effects of one topic, each with its key."""
    assert topic in _handlers, topic
    keys, payloads = [key for key, _ in effects], [json.dumps(payload) for _, payload in effects]
    with connection.cursor() as cursor:
        cursor.execute(PUT, [topic, available_at, keys, payloads])
    if effects:
        nudge("smarketing.foundation.tasks.tick")


def take_back(key: str) -> None:
    """Cancel an effect that has not been delivered yet."""
    OutboxItem.objects.filter(dedupe_key=key, done_at=None).delete()


def deliver(moment: datetime, *, limit: int = 200) -> int:
    """Deliver what is due, one item at a time, each with its own commit; answers how many were done."""
    done = 0
    for _ in range(limit):
        item = _take_one(moment)
        if item is None:
            break
        done += _deliver_one(item)
    return done


def is_waiting(moment: datetime) -> bool:
    """Whether something is due and in nobody's hands."""
    return OutboxItem.objects.filter(done_at=None, dead_at=None, available_at__lte=moment).exists()


@transaction.atomic
def _take_one(moment: datetime) -> OutboxItem | None:
    """Lease the oldest due item and count the attempt before the work, so that poison is bounded."""
    item = (
        OutboxItem.objects.select_for_update(skip_locked=True)
        .filter(done_at=None, dead_at=None, available_at__lte=moment)
        .order_by("available_at")
        .first()
    )
    if item is None:
        return None
    item.attempts += 1
    item.available_at = moment + LEASE * item.attempts
    item.save(update_fields=["attempts", "available_at"])
    return item


def _deliver_one(item: OutboxItem) -> int:
    try:
        _handlers[item.topic](item.payload, item.dedupe_key)
    except Exception as error:  # kept in the row, tried again, dead and visible after the last attempt
        dead = now() if item.attempts >= MAX_ATTEMPTS else None
        OutboxItem.objects.filter(pk=item.pk).update(
            last_error=f"{type(error).__name__}: {error}", dead_at=dead
        )
        return 0
    OutboxItem.objects.filter(pk=item.pk).update(done_at=now(), last_error="")
    return 1

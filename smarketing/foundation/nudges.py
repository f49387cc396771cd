"""A nudge asks a worker to look at the rows now. Losing it, or sending it twice, changes nothing."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


@cache
def _sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="nudge")


def nudge(task: str, *, queue: str = "tick") -> None:
    """After the commit, ask for `task` (its full name). Never waits for the broker, never raises."""
    transaction.on_commit(lambda: _sender().submit(_send, task, queue), robust=True)


def _send(task: str, queue: str) -> None:
    try:
        current_app.send_task(task, queue=queue, expires=20, retry=False, ignore_result=True)
    except Exception as error:  # the periodic tick finds the work anyway
        logger.warning("Nudge of %s not sent: %s", task, error)

"""A nudge asks a worker to look at the rows now. Losing it, or sending it twice, changes nothing."""

import logging
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, sleep

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

PAUSE = (
    0.1  # seconds in which further nudges become one: under load, sending costs as much as what is told of
)
QUIET_AFTER_FAILURE = 5.0  # seconds in which a broker that is away is left alone; the tick goes on without it


class Sender:
    """One daemon thread that talks to the broker, so that no request ever waits for it.

    Nudges that wait to be sent are one per task, however many were asked for meanwhile.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: set[tuple[str, str]] = set()
        self._queue: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._quiet_until = 0.0
        Thread(target=self._run, name="nudge", daemon=True).start()

    def ask(self, task: str, queue: str) -> None:
        with self._lock:
            if (task, queue) in self._waiting or monotonic() < self._quiet_until:
                return
            self._waiting.add((task, queue))
        self._queue.put((task, queue))

    def _run(self) -> None:
        while True:
            task, queue = self._queue.get()
            with self._lock:
                self._waiting.discard((task, queue))
            self._send(task, queue)
            sleep(PAUSE)

    def _send(self, task: str, queue: str) -> None:
        try:
            current_app.send_task(task, queue=queue, expires=20, retry=False, ignore_result=True)
        except Exception as error:  # whatever the broker suffers from, the periodic tick finds the work
            self._quiet_until = monotonic() + QUIET_AFTER_FAILURE
            logger.info("Nudge of %s not sent: %s", task, error)


def nudge_now(task: str, *, queue: str = "tick") -> None:
    """The same for a process that is about to end: sent before this returns, or given up; never raises."""
    try:
        current_app.send_task(task, queue=queue, expires=20, retry=False, ignore_result=True)
    except Exception as error:  # the periodic tick finds the work
        logger.info("Nudge of %s not sent: %s", task, error)


@cache
def _sender() -> Sender:
    return Sender()


def nudge(task: str, *, queue: str = "tick") -> None:
    """After the commit, ask for `task` (its full name). Never waits for the broker, never raises."""
    transaction.on_commit(lambda: _sender().ask(task, queue), robust=True)

"""After something may have changed, ask for a sweep at once, so that a rep sees the countdown without waiting.

Three places where changes end: an unsafe request, a task that did something, a command. And a worker that has just
started, as the one before may have died with a sweep in its hands. A lost hint costs nothing but the seconds until
the next periodic tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery.signals import task_postrun, worker_ready
from django.http import HttpResponse

from sla.tasks import TICK
from smarketing.foundation.nudges import nudge, nudge_now
from smarketing.foundation.requests import Request

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
DELIVERY = "smarketing.foundation.tasks.tick"
LEARN = "leads.tasks.learn"  # a first training should not wait for the night
CHANGING_TASKS = {"leads.tasks.sweep_scores", "smarketing.foundation.tasks.run_jobs"}
CHANGING_COMMANDS = {
    "import_leads",
    "import_touches",
    "import_history",
    "undo_import",
    "seed_demo",
    "tick",
}


def after_request(request: Request, response: HttpResponse) -> None:
    if request.method not in SAFE and response.status_code < 400:
        nudge(TICK)


@task_postrun.connect
def after_task(task: Any = None, retval: object = None, **_: Any) -> None:
    """Only after tasks that say they did something: the periodic ones mostly find nothing."""
    if task is not None and task.name in CHANGING_TASKS and retval:
        nudge(TICK)


@worker_ready.connect
def after_start(**_: Any) -> None:
    for task in (TICK, DELIVERY):
        nudge_now(task)
    nudge_now(LEARN, queue="bulk")


def after_command(argv: Sequence[str]) -> None:
    """The process is about to end, so the hint is sent here and not by a thread that would end with it."""
    if len(argv) > 1 and argv[1] in CHANGING_COMMANDS:
        nudge_now(TICK)

"""Jobs in chunks: each chunk commits its work and its counters together, so a kill loses only one chunk's effort.

A job runs in one place at a time and its chunks in order. Its `kind` is the dotted name of the module that owns
it, which has `do_chunk(job, chunk)`, answering the chunk's counters, and `finish(job)`. A name in the row instead
of a registration: whichever process takes the job up finds its owner.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol, cast

from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError, InterfaceError, OperationalError
from django.utils.timezone import now

from smarketing.foundation.models import Job, JobChunk

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
WAITS = (0.1, 0.5, 1, 2, 5, 10)  # seconds before a chunk is tried again in the same run
# A rival's row, a deadlock, a server that restarts. PostgreSQL's death during COPY surfaces as SystemError.
PASSING = (OperationalError, InterfaceError, IntegrityError, SystemError)


class Busy(Exception):
    """Another process is running this job at the moment, or it has ended."""


class Failed(Exception):
    """A chunk failed too often; the job is given up and says why."""


class Owner(Protocol):
    """What the module named by a job's kind has."""

    def do_chunk(self, job: Job, chunk: JobChunk) -> dict[str, Any]: ...

    def finish(self, job: Job) -> None: ...


def run(job_id: int) -> Iterator[JobChunk]:
    """Do the chunks that are not done, in order, yielding each after its commit; raises `Busy` or `Failed`."""
    _hold(job_id)
    try:
        job = Job.objects.get(pk=job_id)
        owner = cast(Owner, import_module(job.kind))
        for pk in list(job.chunks.filter(done_at=None).values_list("pk", flat=True)):
            yield _persist(owner, job, pk)
        with transaction.atomic():
            owner.finish(job)
            Job.objects.filter(pk=job_id).update(state=Job.State.DONE, finished_at=now())
    finally:
        _let_go(job_id)


def run_waiting() -> int:
    """Take up jobs whose runner died; called periodically and after a nudge. Answers how many were run."""
    done = 0
    for job_id in list(
        Job.objects.filter(state=Job.State.RUNNING).order_by("id").values_list("pk", flat=True)
    ):
        try:
            for _ in run(job_id):
                pass
            done += 1
        except Busy:
            continue
        except Failed as error:
            logger.error("Job %s is given up: %s", job_id, error)
    return done


def _hold(job_id: int) -> None:
    """Take the job. PostgreSQL lets go of it by itself the moment its runner dies, without any time-out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('foundation.job', %s))", [job_id])
        held = cursor.fetchone()[0]
    if held and Job.objects.filter(pk=job_id, state=Job.State.RUNNING).exists():
        return
    if held:
        _let_go(job_id)
    raise Busy(f"Job {job_id} is being done elsewhere or has ended.")


def _let_go(job_id: int) -> None:
    # A broken connection has let go already.
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended('foundation.job', %s))", [job_id])


def _persist(owner: Owner, job: Job, chunk_id: int) -> JobChunk:
    """One chunk, tried again after faults that pass."""
    waits = iter(WAITS)
    while True:
        try:
            _count_attempt(job, chunk_id)
            return _do_one(owner, job, chunk_id)
        except PASSING as error:
            wait = next(waits, None)
            if wait is None or connection.in_atomic_block:
                raise
            logger.warning("Chunk %s of job %s is tried again: %s", chunk_id, job.pk, error)
            _reconnect(job.pk, wait)


def _reconnect(job_id: int, wait: float) -> None:
    """A fresh connection, and the job held again over it; the old one may take a moment to let go."""
    connection.close()
    time.sleep(wait)
    with suppress(OperationalError, InterfaceError, Busy):
        _hold(job_id)


def _count_attempt(job: Job, chunk_id: int) -> None:
    """Before the work, so that a chunk that kills its worker is given up after a few tries."""
    chunk = JobChunk.objects.get(pk=chunk_id)
    if chunk.attempts >= MAX_ATTEMPTS:
        error = f"Part {chunk.number + 1} failed {chunk.attempts} times."
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error=error, finished_at=now())
        raise Failed(error)
    JobChunk.objects.filter(pk=chunk_id).update(attempts=chunk.attempts + 1)


@transaction.atomic
def _do_one(owner: Owner, job: Job, chunk_id: int) -> JobChunk:
    """The row's lock settles it should two processes ever hold one job."""
    chunk = JobChunk.objects.select_for_update().get(pk=chunk_id)
    if chunk.done_at is None:
        chunk.counters = owner.do_chunk(job, chunk)
        chunk.done_at = now()
        chunk.save(update_fields=["counters", "done_at"])
    return chunk

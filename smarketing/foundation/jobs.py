"""Jobs in chunks: each chunk commits its work and its counters together, so a kill loses only one chunk's effort.

A job runs in one place at a time (a lease on its row) and its chunks in order. A module that owns a kind of
job registers the function that does one chunk.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from smarketing.foundation.models import Job, JobChunk

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8

DoChunk = Callable[[Job, JobChunk], dict[str, int]]
Finish = Callable[[Job], None]
_kinds: dict[str, tuple[DoChunk, Finish]] = {}


class Busy(Exception):
    """Another process is running this job at the moment."""


def runs(kind: str, *, finish: Finish) -> Callable[[DoChunk], DoChunk]:
    """Register the function that does one chunk of `kind` and answers its counters, and what ends the job."""

    def register(do_chunk: DoChunk) -> DoChunk:
        _kinds[kind] = (do_chunk, finish)
        return do_chunk

    return register


def run(job_id: int) -> Iterator[JobChunk]:
    """Do the chunks that are not done, in order, yielding each after its commit; raises `Busy`."""
    _lease(job_id)
    try:
        job = Job.objects.get(pk=job_id)
        waiting = list(job.chunks.filter(done_at=None).values_list("pk", flat=True))
        for pk in waiting:
            _count_attempt(job, pk)
            yield _do_one(job, pk)
        with transaction.atomic():
            _kinds[job.kind][1](job)
            Job.objects.filter(pk=job_id).update(state=Job.State.DONE, finished_at=now(), leased_until=None)
    finally:
        Job.objects.filter(pk=job_id).update(leased_until=None)


def run_waiting(moment: datetime) -> None:
    """Take up jobs whose runner died; called periodically and after a nudge."""
    idle = Q(leased_until=None) | Q(leased_until__lt=moment)
    for job_id in (
        Job.objects.filter(idle, state=Job.State.RUNNING).order_by("id").values_list("pk", flat=True)
    ):
        try:
            for _ in run(job_id):
                pass
        except Busy:
            continue


@transaction.atomic
def _lease(job_id: int) -> None:
    free = Q(leased_until=None) | Q(leased_until__lt=now())
    mine = Job.objects.filter(free, pk=job_id, state=Job.State.RUNNING).update(leased_until=now() + LEASE)
    if not mine:
        raise Busy(f"Job {job_id} is being done elsewhere or has ended.")


def _count_attempt(job: Job, chunk_id: int) -> None:
    """Before the work, so that a chunk that kills its worker is given up after a few tries."""
    chunk = JobChunk.objects.get(pk=chunk_id)
    if chunk.attempts >= MAX_ATTEMPTS:
        error = f"Chunk {chunk.number} failed {chunk.attempts} times."
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error=error, finished_at=now())
        raise RuntimeError(error)
    JobChunk.objects.filter(pk=chunk_id).update(attempts=chunk.attempts + 1)
    Job.objects.filter(pk=job.pk).update(leased_until=now() + LEASE)


@transaction.atomic
def _do_one(job: Job, chunk_id: int) -> JobChunk:
    chunk = JobChunk.objects.select_for_update().get(pk=chunk_id)
    if chunk.done_at is None:
        chunk.counters = _kinds[job.kind][0](job, chunk)
        chunk.done_at = now()
        chunk.save(update_fields=["counters", "done_at"])
    return chunk

"""Jobs in chunks: done once, in order, by one process, whatever happens to that process."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import connection
from django.db.utils import OperationalError

from smarketing.foundation import jobs
from smarketing.foundation.models import Job, JobChunk
from smarketing.foundation.tasks import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(monkeypatch):
    """A module that owns jobs, as `kind` names it; `did` is what it was asked to do, `faults` what it raises."""
    owner = SimpleNamespace(did=[], finished=[], faults=[])

    def do_chunk(job: Job, chunk: JobChunk) -> dict:
        if owner.faults:
            raise owner.faults.pop(0)
        owner.did.append(chunk.number)
        return {"rows": 10}

    owner.do_chunk, owner.finish = do_chunk, lambda job: owner.finished.append(job.pk)
    monkeypatch.setitem(sys.modules, "tests.made_up_owner", owner)
    monkeypatch.setattr(jobs, "WAITS", (0, 0))
    return owner


def make_job(chunks: int = 3) -> Job:
    job = Job.objects.create(kind="tests.made_up_owner")
    JobChunk.objects.bulk_create(JobChunk(job=job, number=number) for number in range(chunks))
    return job


def test_chunks_are_done_in_order_and_then_the_job_is_done(owner):
    job = make_job()
    assert [chunk.counters for chunk in jobs.run(job.pk)] == [{"rows": 10}] * 3
    job.refresh_from_db()
    assert (owner.did, owner.finished, job.state) == ([0, 1, 2], [job.pk], "done")


def test_what_a_dead_runner_left_is_done_by_the_worker(owner):
    job = make_job()
    running = jobs.run(job.pk)
    next(running)
    running.close()  # the runner is gone after its first chunk

    run_jobs()

    assert (owner.did, owner.finished) == ([0, 1, 2], [job.pk])


def test_a_job_that_has_ended_is_not_run_again(owner):
    job = make_job()
    list(jobs.run(job.pk))
    with pytest.raises(jobs.Busy):
        list(jobs.run(job.pk))
    assert len(owner.did) == 3


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_not_run_one_job(owner):
    job = make_job()
    rival = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with rival.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('foundation.job', %s))", [job.pk])

    with pytest.raises(jobs.Busy):
        list(jobs.run(job.pk))
    rival.close()  # as its death would
    wait_until_free(job)

    list(jobs.run(job.pk))
    assert owner.did == [0, 1, 2]


def wait_until_free(job: Job) -> None:
    """PostgreSQL notices a little later that a connection is gone."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_fault_that_passes_is_tried_again(owner):
    owner.faults = [OperationalError("deadlock detected"), SystemError("error return without exception set")]
    job = make_job()
    list(jobs.run(job.pk))
    assert owner.did == [0, 1, 2]
    assert job.chunks.get(number=0).attempts == 3


def test_a_chunk_that_always_fails_is_given_up(owner):
    job = make_job()
    owner.faults = [ValueError("boom")] * 20
    for _ in range(jobs.MAX_ATTEMPTS):
        with pytest.raises(ValueError):
            list(jobs.run(job.pk))
    with pytest.raises(jobs.Failed, match="Part 1 failed 8 times"):
        list(jobs.run(job.pk))
    job.refresh_from_db()
    assert job.state == "failed"

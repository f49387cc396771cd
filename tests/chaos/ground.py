"""A PostgreSQL and a Redis of the run's own, a mail sink, and the product's worker and beat as children."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import django
import redis

from smarketing import programs
from smarketing.embedded.application import GENTLE, WORKER, Process
from smarketing.embedded.datadir import DataDir
from smarketing.embedded.pair import Pair, addresses, published, services_lock
from tests.smtp_sink import Sink

PREFIX = "smarketing-chaos-"
# What a caller has set for another installation has no say here.
FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SMARKETING_URL", "SMARKETING_PG_PORT", "DEBUG")


class Ground:
    """The servers of one run, and what is started on them."""

    def __init__(self, data: DataDir, seed: int) -> None:
        self.data, self.random = data, random.Random(seed)
        self.pair = Pair(
            data, {"PATH": os.environ["PATH"]}, by="make chaos", scratch=True, say=lambda _: None
        )
        self.letters = data.root / "letters"
        self.workers: list[Process] = []
        self.beats: list[Process] = []
        self.kills = 0

    def start(self) -> None:
        self.pair.start()
        self.sink = Sink(self.letters)
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{self.sink.port}"
        os.environ.update(addresses(published(self.data), {}))
        os.environ["SMARKETING_DATA_DIR"] = str(self.data.root)
        os.environ["TMPDIR"] = str(self.data.temporary)
        os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
        os.environ["DJANGO_SETTINGS_MODULE"] = "smarketing.settings"
        django.setup()
        from django.core.management import call_command

        import smarketing.celery  # noqa: F401 so that nudges find the broker

        call_command("migrate", interactive=False, verbosity=0)

    def work(self, *, workers: int, beats: int, apart: float = 5.0) -> None:
        """Start workers and beats as `manage.py up` starts them, the beats `apart` seconds one after another."""
        for number in range(workers):
            self.workers.append(Process(f"worker{number}", programs.worker(), self.data, os.environ, WORKER))
            self.workers[-1].start()
        for number in range(beats):
            run = self.data.run / f"beat{number}"
            run.mkdir(exist_ok=True)
            self.beats.append(Process(f"beat{number}", programs.beat(run), self.data, os.environ, GENTLE))
            sleep(apart if number else 0)
            self.beats[-1].start()

    def kill(self) -> None:
        """Kill -9 one worker with its children, as running out of memory does; another takes its place."""
        worker = self.random.choice(self.workers)
        assert worker.child is not None
        with suppress(ProcessLookupError):
            os.killpg(worker.child.pid, signal.SIGKILL)
        worker.start()
        self.kills += 1

    def flush(self) -> None:
        """FLUSHALL: every hint in the queues is gone."""
        client = redis.Redis.from_url(os.environ["REDIS_URL"])
        client.flushall()
        client.close()

    def wipe(self) -> None:
        """Kill -9 Redis; it comes back empty."""
        broker = self.pair.redis
        assert broker is not None and broker.child is not None
        os.kill(broker.pid, signal.SIGKILL)
        broker.child.wait()
        broker.start()

    def rest(self) -> None:
        """Stop workers and beats in order."""
        while self.beats or self.workers:
            (self.beats or self.workers).pop().stop()

    def stop(self) -> None:
        self.rest()
        with suppress(AttributeError):
            self.sink.stop()
        self.pair.stop()


@contextmanager
def ground(seed: int) -> Iterator[Ground]:
    for name in FOREIGN:
        os.environ.pop(name, None)
    sweep()
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    made = Ground(DataDir(root), seed)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(root, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of runs that were killed; their servers died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = services_lock(DataDir(folder))
        if folder.stat().st_uid == os.geteuid() and lock.path.exists() and lock.holder() is None:
            shutil.rmtree(folder, ignore_errors=True)


def at_random(
    ground: Ground, seconds: float, faults: dict[Callable[[], None], int], between: Callable[[], None]
) -> None:
    """For so many seconds call each fault as often as told, at random moments, and `between` in between."""
    plan = sorted(
        (ground.random.uniform(0, seconds), number, fault)
        for number, fault in enumerate(fault for fault, times in faults.items() for _ in range(times))
    )
    start = monotonic()
    while (passed := monotonic() - start) < seconds or plan:
        while plan and plan[0][0] <= passed:
            plan.pop(0)[2]()
        between()
        sleep(0.2)

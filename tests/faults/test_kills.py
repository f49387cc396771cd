"""Kill -9 of the keeper, of the servers, of all, while somebody writes: what was acknowledged stays."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from smarketing.embedded import keeper
from smarketing.embedded.binaries import find_postgres, find_redis
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.pair import published, services_lock
from tests.faults.company import ask, clean_environment, client, folder, living_in

pytestmark = pytest.mark.slow
ROUNDS = 10


class Writer(threading.Thread):
    """Writes numbers to both servers for as long as it runs and remembers those that were acknowledged."""

    def __init__(self, data: DataDir) -> None:
        super().__init__(daemon=True)
        self.data, self.ended = data, threading.Event()
        self.rows: list[int] = []
        self.pushes: list[int] = []

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            try:
                number = self.write(number)
            except (psycopg2.Error, redis.RedisError, OSError, KeyError, ValueError):
                time.sleep(0.02)  # a server is down: the test is about what it said before
            number += 1

    def write(self, number: int) -> int:
        connection, queue = psycopg2.connect(published(self.data)["database_owner_url"]), client(self.data)
        try:
            while not self.ended.is_set():
                number += 1
                with connection, connection.cursor() as cursor:
                    cursor.execute("INSERT INTO written VALUES (%s)", [number])
                self.rows.append(number)
                queue.lpush("written", number)
                self.pushes.append(number)
        finally:
            connection.close()
            queue.close()
        return number

    def lost(self) -> tuple[set[int], set[int]]:
        self.ended.set()
        self.join(10)
        stored = ask(self.data, "SELECT array_agg(n) FROM written")
        pushed = {int(value) for value in client(self.data).lrange("written", 0, -1)}
        return set(self.rows) - set(stored), set(self.pushes) - pushed


def kill(*processes: int) -> None:
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


def servers(data: DataDir) -> list[int]:
    return [published(data)[name]["pid"] for name in ("postgres", "redis")]


def strike(data: DataDir, number: int, start: Callable[[], None]) -> None:
    """One round: kill some or all, and wait until everything answers again."""
    holder, before = services_lock(data).holder(), servers(data)
    victims = [[holder.pid], before, [holder.pid, *before]][number % 3]
    kill(*victims)
    if holder.pid in victims:
        while services_lock(data).holder():
            time.sleep(0.01)
        start()
        return
    deadline = time.monotonic() + 30
    while set(before) & set(servers(data)):
        assert time.monotonic() < deadline, data.log("services").read_text()
        time.sleep(0.02)


def survive(data: DataDir, start: Callable[[], None]) -> None:
    start()
    ask(data, "CREATE TABLE written (n bigint)")
    writer = Writer(data)
    writer.start()
    for number in range(ROUNDS):
        time.sleep(0.3)
        strike(data, number, start)
    lost = writer.lost()

    assert lost == (set(), set())
    assert len(writer.rows) > 100
    keeper.halt(data)
    assert living_in(data) == []


def test_nothing_acknowledged_is_lost():
    with folder("with space") as data:
        outside = {path.name for path in data.root.parent.iterdir()}

        survive(data, lambda: keeper.launch(data, clean_environment()))

        assert {path.name for path in data.root.parent.iterdir()} - outside == {data.root.name}


# The interpreter and the wheels may lie where only root reads: everything is loaded before root is given up.
AS_ANOTHER = """
import os, sys
from pathlib import Path
import redis
from smarketing.embedded import keeper
from smarketing.embedded.datadir import DataDir
redis.Redis(unix_socket_path="x", protocol=2).close()
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[2]))
sys.exit(keeper.keep(DataDir(Path(sys.argv[1])), os.environ))
"""


@contextmanager
def readable_servers() -> Iterator[dict[str, str]]:
    """The servers' programs where any account may run them, as settings."""
    place = Path(tempfile.mkdtemp(prefix="sm-bin-"))
    postgres, valkey = find_postgres({}).path, find_redis({}).path
    package = postgres.parents[2]
    try:
        place.chmod(0o755)
        shutil.copytree(postgres.parents[1], place / package.name / postgres.parents[1].name)
        for libraries in package.parent.glob(f"{package.name}*.libs"):
            shutil.copytree(libraries, place / libraries.name)
        shutil.copy(valkey, place / valkey.name)
        programs = place / package.name / postgres.parents[1].name / "bin"
        yield {"SMARKETING_PG_BIN": str(programs), "SMARKETING_REDIS_BIN": str(place / valkey.name)}
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.root
def test_nothing_acknowledged_is_lost_by_an_ordinary_user():
    nobody = pwd.getpwnam("nobody")
    line = [sys.executable, "-c", AS_ANOTHER]
    with folder() as data, readable_servers() as programs:
        os.chown(data.root.parent, nobody.pw_uid, nobody.pw_gid)
        started: list[subprocess.Popen[str]] = []

        def start() -> None:
            process = subprocess.Popen(
                [*line, str(data.root), str(nobody.pw_uid), str(nobody.pw_gid)],
                cwd=PROJECT,
                env=clean_environment(**programs, HOME=str(data.root.parent)),
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            started.append(process)
            keeper.await_ready(process, data)

        survive(data, start)

        assert data.root.stat().st_uid == nobody.pw_uid
        assert {path.name for path in data.root.parent.iterdir()} == {data.root.name}
        for process in started:
            process.wait(10)

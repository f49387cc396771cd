"""Web servers of floor and product, with the options of `manage.py up`, and a client that keeps them busy."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, perf_counter, sleep
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from benchmarks.company import signed_in
from benchmarks.databases import url
from smarketing import programs
from smarketing.embedded.datadir import PROJECT
from smarketing.foundation.models import User

CONNECTIONS = 8
CSRF = "c" * 32  # of a form and of its cookie, as Django compares them
PATIENCE = 30  # seconds until a server answers
FLOOR, PRODUCT = "benchmarks.floor:application", "smarketing.wsgi:application"


@dataclass(frozen=True)
class Web:
    """A server that runs."""

    port: int

    def rate(self, requests: Iterable[bytes]) -> float:
        """Answers a second over eight connections, each of which asks again as soon as it has its answer."""
        waiting: SimpleQueue[bytes] = SimpleQueue()
        for request in requests:
            waiting.put(request)
        asked = waiting.qsize()
        workers = [_Worker(self.port, waiting) for _ in range(CONNECTIONS)]
        start = perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        taken = perf_counter() - start
        if wrong := [fault for worker in workers for fault in worker.faults]:
            raise RuntimeError(f"{len(wrong)} of {asked} requests failed, as this one: {wrong[0]}")
        return asked / taken

    def times(self, requests: Iterable[bytes]) -> list[float]:
        """Milliseconds of each request, one after another over one connection."""
        found = []
        with Connection(self.port) as link:
            for request in requests:
                start = perf_counter()
                link.ask(request)
                found.append(1000 * (perf_counter() - start))
        return found


@contextmanager
def serving(application: str) -> Iterator[Web]:
    """A server of its own for this application on the database that Django is connected to, warmed up by nobody."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = connection.settings_dict["NAME"]
    variables = {
        "DATABASE_URL": url("DATABASE_URL", name),
        "DATABASE_OWNER_URL": url("DATABASE_OWNER_URL", name),
    }
    with tempfile.TemporaryDirectory() as scratch:
        command = programs.web(f"127.0.0.1:{port}", Path(scratch))
        process = subprocess.Popen(
            [*command[:-1], "--log-level", "warning", application],
            cwd=PROJECT,
            env={key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
            | variables,
            stdout=sys.stderr,
        )
        try:
            _wait_for(port, process)
            yield Web(port)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    until = monotonic() + PATIENCE
    while process.poll() is None and monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.1)
        else:
            return
    raise RuntimeError("the web server did not start")


# --- Requests ------------------------------------------------------------------------------------------------
def get(path: str, session: str = "") -> bytes:
    return _request("GET", path, session)


def post(path: str, session: str = "", *, htmx: bool = False, **form: object) -> bytes:
    return _request("POST", path, session, urlencode(form).encode(), htmx=htmx)


def session_of(person: User) -> str:
    """The key of a session of this person, in the database that Django is connected to."""
    return signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value


def _request(method: str, path: str, session: str, body: bytes = b"", *, htmx: bool = False) -> bytes:
    cookies = f"{settings.CSRF_COOKIE_NAME}={CSRF}; {settings.SESSION_COOKIE_NAME}={session}"
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookies}", f"X-CSRFToken: {CSRF}"]
    head += ["HX-Request: true"] if htmx else []
    if method == "POST":
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


class Connection:
    """One connection that is kept; an answer of another status than 200, 204 or 302 is a fault."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port, self.rest = port, b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, request: bytes) -> bytes:
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.rest:
            self._receive()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if " 204 " in status else int(headers.get("content-length", "-1"))
        if length < 0:
            raise RuntimeError("the server did not say how long its answer is")
        while len(self.rest) < length:
            self._receive()
        body, self.rest = self.rest[:length], self.rest[length:]
        if status.split()[1] not in ("200", "204", "302"):
            raise RuntimeError(f"{request.split(b' HTTP')[0].decode()} answered {status}")
        if headers.get("connection", "").lower() == "close":
            self.socket.close()
            self.__init__(self.port)  # type: ignore[misc]
        return body

    def _receive(self) -> None:
        part = self.socket.recv(1 << 18)
        if not part:
            raise RuntimeError("the server closed the connection")
        self.rest += part


class _Worker(Thread):
    """One connection and the requests that it takes until none is left."""

    def __init__(self, port: int, waiting: SimpleQueue[bytes]) -> None:
        super().__init__(daemon=True)
        self.port, self.waiting, self.faults = port, waiting, list[str]()

    def run(self) -> None:
        try:
            with Connection(self.port) as link:
                while True:
                    link.ask(self.waiting.get_nowait())
        except Empty:
            return
        except (OSError, RuntimeError) as error:
            self.faults.append(str(error))

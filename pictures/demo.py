"""A demo company of one's own, started for the pictures and taken away afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds for database, migrations and the demo company
READY = "/health/ready"


@contextmanager
def started() -> Iterator[tuple[str, str]]:
    """Address and password of a fresh demo; its seed is the default one, its year ends now."""
    with tempfile.TemporaryDirectory(prefix="smarketing-pictures-") as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.endswith(("DATABASE_URL", "REDIS_URL"))
        }
        env |= {"SMARKETING_DATA_DIR": data}
        command = [sys.executable, "manage.py", "up", "--bind", address]
        log = Path(data) / "up.txt"
        with log.open("w") as told:
            up = subprocess.Popen(command, cwd=ROOT, env=env, stdout=told, stderr=told)
            try:
                wait_for(f"http://{address}", up, log)
                yield f"http://{address}", password_in(Path(data))
            finally:
                up.send_signal(signal.SIGINT)
                up.wait()


def wait_for(url: str, up: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if up.poll() is not None:
            raise SystemExit(f"The demo did not start:\n{log.read_text()}")
        try:
            if urlopen(url + READY, timeout=5).status == 200:
                return
        except (URLError, OSError):
            time.sleep(1)
    raise SystemExit(f"The demo was not ready within {PATIENCE} s:\n{log.read_text()}")


def password_in(data: Path) -> str:
    return json.loads((data / "run" / "demo.json").read_text())["logins"][0]["password"]

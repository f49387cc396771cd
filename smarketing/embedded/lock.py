"""Who holds a data folder: one process at a time, known by name to the others."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock. `pid` is 0 in the instant before it has signed."""

    by: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"`{self.by}` (process {self.pid}, since {self.since})"


class Held(Exception):
    """Somebody else holds the lock."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(str(holder))
        self.holder = holder


class Lock:
    """A lock on a file that the system itself releases, however its holder dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: int | None = None

    def acquire(self, by: str) -> None:
        """Take the lock or raise `Held`; taking it twice is harmless."""
        if self.file is not None:
            return
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if not taken(file):
            os.close(file)
            raise Held(self.signature())
        self.file = file
        holder = Holder(by, os.getpid(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))
        os.truncate(file, 0)
        os.pwrite(file, json.dumps(asdict(holder)).encode(), 0)

    def release(self) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self.file is not None

    def holder(self) -> Holder | None:
        """Who holds it now; None when nobody does."""
        if not self.path.exists():
            return None
        file = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            return self.signature()
        finally:
            os.close(file)

    def signature(self) -> Holder:
        for _ in range(20):
            try:
                return Holder(**json.loads(self.path.read_text()))
            except ValueError:
                time.sleep(0.05)  # between taking the lock and signing it
        return Holder("another process", 0, "this moment")


def taken(file: int) -> bool:
    for _ in range(3):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)  # `holder` of a passer-by asks with the lock itself, for an instant
    return False

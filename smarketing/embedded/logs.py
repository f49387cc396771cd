"""Log files of the children: appended by them, rotated by whoever supervises them."""

import os
import shutil
from pathlib import Path

ROTATE_AT = 10_000_000
KEPT = 5


def open_append(path: Path) -> int:
    """A descriptor for a child's output. O_APPEND, so that the file may be emptied under the child's hand."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def rotate(path: Path, limit: int = ROTATE_AT) -> None:
    """Keep at most five files of `limit` bytes.

    Copied and emptied, not renamed: the child keeps its descriptor and needs neither a signal nor a pipe,
    which would block it as soon as the supervisor hangs.
    """
    if not path.exists() or path.stat().st_size < limit:
        return
    for number in range(KEPT - 2, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    path.with_name(f"{path.name}.1").chmod(0o600)
    os.truncate(path, 0)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def tail(path: Path, *, lines: int = 20, since: int = 0) -> str:
    """The last lines of a log, of those written after the byte `since`."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(since, size(path) - 200_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

"""The one folder that holds everything an installation writes."""

import hashlib
import os
import pwd
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smarketing.embedded.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("redis", "media", "backups", "logs", "run", "tmp")  # pg is made by initdb
LEAST_FREE = 1_000_000_000
# A socket's path has 108 bytes on Linux and 104 on macOS, the last one a NUL; "/.s.PGSQL.65535.lock" is the
# longest name behind the folder.
LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
LONGEST_SOCKET_NAME = 21


@dataclass(frozen=True)
class DataDir:
    """Names of what lies in the data folder. `prepare` makes the folders or says why it cannot."""

    root: Path

    @property
    def pg(self) -> Path:
        return self.root / "pg"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def temporary(self) -> Path:
        """What our processes leave behind when they are killed; empty whenever none of them runs."""
        return self.root / "tmp"

    @property
    def published(self) -> Path:
        """Where other commands find the running services."""
        return self.run / "services.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        refuse_foreign(self.root, os.geteuid())
        try:
            for folder in (self.root, *(self.root / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
        except OSError as error:
            raise not_writable(self.root, error) from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise not_writable(self.root, PermissionError("permission denied"))
        refuse_full(self.root, shutil.disk_usage(self.root).free)

    def empty_temporary(self) -> None:
        for left in self.temporary.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()

    def sockets(self) -> Path:
        """The folder for the servers' sockets: `run`, or a private one in the system's temporary folder."""
        if fits_socket(self.run):
            return self.run
        return private_folder(temporary_sockets(self.root))


def locate(environment: Mapping[str, str]) -> DataDir:
    """The data folder named by SMARKETING_DATA_DIR, else `.data` beside manage.py."""
    named = environment.get("SMARKETING_DATA_DIR")
    return DataDir(Path(named).expanduser().absolute() if named else PROJECT / ".data")


def fits_socket(folder: Path) -> bool:
    # A comma would end the path: PostgreSQL and its clients both read a list there.
    return len(os.fsencode(folder)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH and "," not in str(folder)


def temporary_sockets(root: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"smarketing-{os.geteuid()}-{digest}"


def private_folder(folder: Path) -> Path:
    """Make `folder` for ourselves alone. Where everybody may write, a found one is not trusted."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Trouble(
            f"{folder} is not a private folder of yours, so the servers' sockets cannot live there. "
            f"Remove it, or set SMARKETING_DATA_DIR to a shorter path."
        )
    return folder


def refuse_foreign(root: Path, uid: int) -> None:
    """Refuse a data folder of somebody else; root may use anybody's."""
    if uid == 0 or not root.exists() or root.stat().st_uid == uid:
        return
    owner, you = account(root.stat().st_uid), account(uid)
    raise Trouble(
        f"{root} belongs to {owner}, but you are {you}. Run as {owner}, give it to yourself with "
        f"`sudo chown -R {you} {root}`, or set SMARKETING_DATA_DIR to a folder of your own."
    )


def refuse_full(root: Path, free: int) -> None:
    if free < LEAST_FREE:
        raise Trouble(
            f"Only {free / 1e6:,.0f} MB are free where {root} lies; PostgreSQL needs at least 1 GB. "
            f"Free some space, or set SMARKETING_DATA_DIR to a folder on a larger disk."
        )


def not_writable(root: Path, error: OSError) -> Trouble:
    return Trouble(
        f"{root} cannot be written: {(error.strerror or str(error)).lower()}. "
        f"Change its permissions, or set SMARKETING_DATA_DIR to a folder that you may write."
    )


def account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def write_private(path: Path, text: str) -> None:
    """Put `text` into `path`, for us alone; a reader sees the old text or the new one, never half of it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)

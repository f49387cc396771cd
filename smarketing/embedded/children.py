"""Child processes: started so that they cannot outlive us, stopped in order, found again after a crash."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smarketing.embedded.logs import open_append

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
LINUX = sys.platform == "linux"
# Loaded here, not between fork and exec: there the loader's lock may belong to a thread that is gone.
LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None
OURS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

Pause = Callable[[float], None]


@dataclass(frozen=True)
class Identity:
    """Under which account a child runs: ours, one inside a user namespace of its own, or a real other one."""

    kind: str = "ours"
    uid: int = 0
    gid: int = 0

    def assume(self) -> None:
        """Become it. Runs in the child, between fork and exec."""
        if self.kind == "namespace":
            enter_namespace(self.uid)
        elif self.kind == "account":
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def give(self, path: Path) -> None:
        """Let the child read a file that we have written for it."""
        if self.kind == "account":
            os.chown(path, self.uid, self.gid)


def enter_namespace(uid: int) -> None:
    """Look like `uid` from inside, stay ourselves on disk: the system is not touched, no account is made."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    if LIBC is None or LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{uid} {outside_gid} 1")


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    identity: Identity | None = None,
    on_our_death: signal.Signals = signal.SIGTERM,
    output: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that leads a session of its own and is signalled when we die, however we die.

    What it says goes to `log`; with `output` its standard output goes there instead.
    """
    parent, who = os.getpid(), identity or Identity()

    def before_exec() -> None:
        who.assume()
        # After the change of account: the kernel forgets the signal with it.
        if (
            LIBC is not None
            and LIBC.prctl(PR_SET_PDEATHSIG, int(on_our_death)) == 0
            and os.getppid() != parent
        ):
            os._exit(1)
        for number in OURS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, OURS)

    errors = open_append(log)
    told = errors if output is None else os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with signals_held():  # a Ctrl-C in here would lose the child's number
            return subprocess.Popen(
                [str(part) for part in argv],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=errors,
                start_new_session=True,
                preexec_fn=before_exec,
            )
    finally:
        for descriptor in {errors, told}:
            os.close(descriptor)


@contextmanager
def signals_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OURS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop(child: subprocess.Popen[bytes] | None, steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """Ask with each signal in turn, wait so many seconds after it; then end what is left of its group."""
    if child is None:
        return
    for number, patience in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    end_group(child)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the children of a child that has died: a web worker without its master would keep the port."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def working_in(folder: Path, *programs: str) -> list[int]:
    """Live processes whose current directory is `folder` and whose program is one of `programs`.

    Safer than a stored process number, which after a restart of the machine belongs to somebody else.
    """
    target = os.path.realpath(folder)
    if LINUX:
        return [
            pid for pid in pids() if link(pid, "cwd") == target and Path(link(pid, "exe")).name in programs
        ]
    names = [part for name in programs for part in ("-c", name)]
    told = subprocess.run(
        ["lsof", "-w", "-a", "-d", "cwd", *names, "-Fpn"], capture_output=True, text=True, check=False
    )
    return pids_told_by_lsof(told.stdout, target)


def pids_told_by_lsof(text: str, folder: str) -> list[int]:
    found, pid = [], 0
    for line in text.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line == f"n{folder}":
            found.append(pid)
    return found


def marked(marker: str) -> list[int]:
    """Live processes, other than this one, that carry `NAME=value` in their environment."""
    if LINUX:
        needle = b"\0" + os.fsencode(marker) + b"\0"
        found = [pid for pid in pids() if needle in b"\0" + read(pid, "environ") + b"\0"]
    else:
        told = subprocess.run(
            ["ps", "-axEww", "-o", "pid=,command="], capture_output=True, text=True, check=False
        )
        found = [int(line.split()[0]) for line in told.stdout.splitlines() if f" {marker} " in f"{line} "]
    return [pid for pid in found if pid != os.getpid()]


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}").removesuffix(" (deleted)")
    except OSError:
        return ""  # gone, a zombie, or somebody else's


def read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def end_all(
    find: Callable[[], list[int]], steps: Iterable[tuple[signal.Signals, float]], pause: Pause = time.sleep
) -> int:
    """Signal whatever `find` finds, step by step, until that is nothing. Returns how many there were."""
    first = remaining = find()
    for number, patience in steps:
        for pid in remaining:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while remaining and time.monotonic() < deadline:
            pause(0.05)
            remaining = find()
        if not remaining:
            break
    return len(first)

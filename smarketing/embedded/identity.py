"""PostgreSQL refuses to run as root: which other account it takes here, without changing the system."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

from smarketing.embedded.children import Identity
from smarketing.embedded.trouble import Trouble

STAND_INS = ("postgres", "nobody")


def identity_for(program: Path, root: Path) -> Identity:
    """The identity under which `program` may work in `root`; ours, where nothing speaks against it."""
    if os.geteuid() != 0 and has_account(os.geteuid()):
        return Identity()
    tried = [Identity("namespace", any_account())]
    if os.geteuid() == 0:
        tried += [Identity("account", entry.pw_uid, entry.pw_gid) for entry in stand_ins()]
    for identity in tried:
        if identity.kind == "account" and not hand_over(root, identity):
            continue
        if works(program, root, identity):
            return identity
    hand_over(root, Identity("account", os.geteuid(), os.getegid()))
    us = "root" if os.geteuid() == 0 else "an account without a name"
    raise Trouble(
        f"PostgreSQL does not run as {us}, and here it cannot run as anybody else: user namespaces are not "
        f"allowed, and no other account reaches {program.parent} and {root}. Run as an ordinary user, put "
        f"the project where others may read it, or set DATABASE_URL."
    )


def works(program: Path, root: Path, identity: Identity) -> bool:
    """Whether the program starts under this identity and reaches the data folder."""

    def before_exec() -> None:
        identity.assume()
        os.chdir(root)

    try:
        subprocess.run([program, "--version"], capture_output=True, check=True, preexec_fn=before_exec)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def hand_over(root: Path, identity: Identity) -> bool:
    """Give the folders that the server works in to its account; False where that is not allowed."""
    try:
        for path in given(root, identity.uid):
            os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
    except OSError:
        return False
    return True


def given(root: Path, uid: int) -> Iterator[Path]:
    """What must belong to `uid` and does not yet; `pg` after its contents, so that a crash is made good."""
    for path in (root, root / "run", root / "run" / "pg.password", root / "pg"):
        if path.exists() and path.stat().st_uid != uid:
            if path.name == "pg":
                yield from path.rglob("*")
            yield path


def stand_ins() -> list[pwd.struct_passwd]:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return [known[name] for name in STAND_INS if name in known]


def any_account() -> int:
    """A number other than 0 that has a name: initdb asks for the name."""
    return next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0), 65534)


def has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True

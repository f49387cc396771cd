"""The files of a PostgreSQL cluster: made once, of the right version, with its passwords."""

import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from smarketing.embedded.binaries import POSTGRES_MAJOR, Binary
from smarketing.embedded.children import Identity, Pause, spawn, stop
from smarketing.embedded.datadir import DataDir, write_private
from smarketing.embedded.logs import size, tail
from smarketing.embedded.trouble import Trouble

OWNER = "smarketing_owner"
APPLICATION = "smarketing_app"
DATABASE = "smarketing"
# Nothing of the caller's environment reaches the server: a PGDATA or PGPORT in there would win over ours.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
# Equal to the arguments of the container image, so that text sorts the same there.
INITDB = ["-U", OWNER, "-A", "scram-sha-256", "--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8"]


@dataclass(frozen=True)
class Passwords:
    owner: str
    application: str


def refuse_other_version(data: DataDir) -> None:
    stamp = data.pg / "PG_VERSION"
    if not stamp.exists():
        return
    made_by = stamp.read_text().strip()
    if made_by != str(POSTGRES_MAJOR):
        raise Trouble(
            f"{data.pg} was made by PostgreSQL {made_by}, but this is PostgreSQL {POSTGRES_MAJOR}, "
            f"which cannot read it. Write it out with `pg_dumpall` of PostgreSQL {made_by}, move the folder "
            f"away, start again and load the dump."
        )


def exists(data: DataDir) -> bool:
    return (data.pg / "PG_VERSION").exists()


def passwords(data: DataDir, postgres: Binary, identity: Identity) -> Passwords:
    """The passwords of both roles, made on the first start, and again when their file was deleted."""
    stored = data.run / "pg.password"
    if not stored.exists():
        fresh = Passwords(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        if exists(data):
            reset_owner_password(data, postgres, identity, fresh.owner)
        write_private(stored, f"{fresh.owner}\n{fresh.application}\n")
        identity.give(stored)
    owner, application = stored.read_text().split()
    return Passwords(owner, application)


def make_cluster(data: DataDir, postgres: Binary, identity: Identity, *, scratch: bool, pause: Pause) -> None:
    """initdb beside the final place, then rename: a crash in between leaves no half cluster behind."""
    for half in data.root.glob("pg.init-*"):
        shutil.rmtree(half)
    if exists(data):
        return
    fresh = data.root / f"pg.init-{secrets.token_hex(4)}"
    log = data.log("postgres")
    written = size(log)
    options: list[str | Path] = [
        *INITDB,
        f"--pwfile={data.run / 'pg.password'}",
        *(["--no-sync"] if scratch else []),
        "-D",
        fresh,
    ]
    child = spawn(
        [postgres.path.with_name("initdb"), *options],
        log=log,
        env=SERVER_ENVIRONMENT,
        cwd=data.root,
        identity=identity,
    )
    try:
        while child.poll() is None:
            pause(0.02)
    finally:
        stop(child, [(signal.SIGKILL, 5)])
    if child.returncode != 0:
        said = tail(log, lines=8, since=written)
        raise Trouble(f"The database could not be made in {data.root}. initdb says:\n{said}")
    fresh.replace(data.pg)


def reset_owner_password(data: DataDir, postgres: Binary, identity: Identity, password: str) -> None:
    """Set the owner's password without knowing it: `run/` may be deleted by hand, the cluster stays."""
    statement = f"ALTER ROLE {OWNER} PASSWORD '{password}';\n"
    done = subprocess.run(
        [postgres.path, "--single", "-D", data.pg, "postgres"],
        input=statement.encode(),
        cwd=data.root,
        env=SERVER_ENVIRONMENT,
        preexec_fn=identity.assume,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0 or b"ERROR" in done.stderr:
        said = done.stderr.decode(errors="replace").strip()[-600:]
        raise Trouble(
            f"{data.run}/pg.password is gone and the database takes no new password. It says:\n{said}"
        )


def make_roles(connection: psycopg2.extensions.connection, application_password: str) -> None:
    """The application's role and the database. Run on every start: a crash may have come between the two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = (
            verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %s"
        )
        cursor.execute(sql.SQL(statement).format(sql.Identifier(APPLICATION)), [application_password])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

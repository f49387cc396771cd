"""`manage.py up`: everything, in order, until Ctrl-C."""

import hashlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg2

from smarketing.embedded.address import Address
from smarketing.embedded.application import Command, Process, processes
from smarketing.embedded.children import end_all, marked
from smarketing.embedded.datadir import PROJECT, DataDir, write_private
from smarketing.embedded.interruption import Interruption, Stopped
from smarketing.embedded.lock import Held, Lock
from smarketing.embedded.logs import size, tail
from smarketing.embedded.pair import Pair, addresses, describe, published, services_lock
from smarketing.embedded.supervisor import Program, supervise
from smarketing.embedded.trouble import Trouble

BY = "manage.py up"
WEB_SECONDS = 60
SETUP = 'manage.py setup --name "Your company" --zone Europe/Berlin --currency EUR --admin you@example.com'
ORGANISATIONS = "SELECT count(*) FROM foundation_organisation"


def up_lock(data: DataDir) -> Lock:
    return Lock(data.run / "up.lock")


class Up:
    """One run of Smarketing in the foreground."""

    def __init__(
        self, data: DataDir, environment: Mapping[str, str], address: Address, say: Callable[[str], None]
    ) -> None:
        self.data, self.environment, self.address, self.say = data, environment, address, say
        self.interruption = Interruption()
        self.pause = self.interruption.pause
        self.lock = up_lock(data)
        self.pair = Pair(data, environment, by=BY, say=say, pause=self.pause)
        self.facts: dict[str, Any] = {}
        self.processes: list[Process] = []
        self.founded = False  # whether there is a company

    def run(self, *, empty: bool) -> None:
        """Start all, tell where it is, keep it alive. Returns after Ctrl-C; Trouble when it cannot start."""
        self.interruption.listen()
        try:
            self.take_place()
            self.start_services()
            self.prepare_database(empty=empty)
            self.start_processes()
            self.say(self.banner())
            self.watch()
        except Stopped:
            self.say("Stopping …")
        finally:
            self.stop()

    def take_place(self) -> None:
        """Be the only one in this folder and on this port, before anything is started."""
        self.data.prepare()
        try:
            self.lock.acquire(BY)
        except Held as held:
            raise Trouble(
                f"Smarketing already runs in {self.data.root} under {held.holder}. Use that one, stop it by "
                f"Ctrl-C or `kill {held.holder.pid}`, or give a second one its own SMARKETING_DATA_DIR."
            ) from held
        end_all(lambda: marked(self.marker), [(signal.SIGTERM, 3), (signal.SIGKILL, 5)], self.pause)
        self.data.empty_temporary()
        self.address.refuse_unusable()

    def start_services(self) -> None:
        """Start PostgreSQL and Redis, or use those that `services start` holds."""
        try:
            self.pair.start()
        except Held as held:
            self.say(f"Using the PostgreSQL and Redis of {held.holder}.")
            self.await_published()
        self.facts = published(self.data)

    def await_published(self) -> None:
        while services_lock(self.data).holder():
            if published(self.data):
                return
            self.pause(0.1)
        raise Trouble("The services have stopped meanwhile. Start again.")

    @property
    def marker(self) -> str:
        """What our processes carry in their environment, so that the next start finds those a crash left."""
        return f"SMARKETING_UP={os.path.realpath(self.data.root)}"

    def child_environment(self) -> dict[str, str]:
        name, _, root = self.marker.partition("=")
        return {
            **self.environment,
            **addresses(self.facts, self.environment),
            name: root,
            "SMARKETING_DATA_DIR": str(self.data.root),
            "TMPDIR": str(self.data.temporary),
            "SMARKETING_URL": self.environment.get("SMARKETING_URL") or self.address.url,
            "SECRET_KEY": self.environment.get("SECRET_KEY") or secret_key(self.data),
            "DJANGO_SETTINGS_MODULE": "smarketing.settings",
            "DEBUG": "false",
            "PYTHONUNBUFFERED": "1",
        }

    def prepare_database(self, *, empty: bool) -> None:
        env = self.child_environment()
        print_of_files = fingerprint()
        stamp = self.data.run / "static.fingerprint"
        fresh = stamp.exists() and stamp.read_text() == print_of_files and self.data.static.exists()
        collecting = None if fresh else Command(["collectstatic", "--noinput", "-v", "0"], self.data, env)
        Command(["migrate", "--noinput", "-v", "1"], self.data, env).wait(
            self.pause, "The database could not be brought up to date."
        )
        if collecting:
            collecting.wait(self.pause, "The style sheets and scripts could not be gathered.")
            write_private(stamp, print_of_files)
        self.founded = organisations(env.get("DATABASE_OWNER_URL") or env["DATABASE_URL"]) > 0
        if not self.founded and not empty:
            self.say("First start: making a demo company …")
            self.seed(env)

    def seed(self, env: Mapping[str, str]) -> None:
        told = Command(["seed_demo", "--json"], self.data, env).wait(
            self.pause, "The demo company could not be made."
        )
        self.founded = True
        logins = json.loads(told).get("logins", [])
        if logins:
            write_private(self.data.run / "demo.json", json.dumps({"logins": logins}, indent=1))

    def start_processes(self) -> None:
        written = size(self.data.log("web"))
        self.processes = processes(self.data, self.child_environment(), self.address)
        for process in self.processes:
            process.start()
        deadline = time.monotonic() + WEB_SECONDS
        while (status := self.address.status()) is None:
            if self.processes[0].poll() is not None or time.monotonic() > deadline:
                raise self.broken_web("does not answer", written)
            self.pause(0.05)
        if status >= 500:
            raise self.broken_web(f"answers with an error ({status})", written)

    def broken_web(self, what: str, written: int) -> Trouble:
        log = self.data.log("web")
        said = tail(log, lines=12, since=written)
        return Trouble(f"The web server on {self.address} {what}. Its log {log} says:\n{said}")

    def banner(self) -> str:
        services = "\n".join(f"  {line}" for line in describe(self.facts, self.environment))
        place = f"{services}\n  data and logs in {self.data.root}"
        url = self.child_environment()["SMARKETING_URL"]
        return f"\nSmarketing is ready: {url}\n\n{place}\n\n{self.entrance()}\n\nCtrl-C stops everything."

    def entrance(self) -> str:
        """How to get in: the demo's logins, or the command that makes a company."""
        if not self.founded:
            return f"There is no company yet. Make yours in another terminal:\n  {python()} {SETUP}"
        stored = self.data.run / "demo.json"
        if not stored.exists():
            return "Sign in with your own account."
        logins = json.loads(stored.read_text())["logins"]
        return "\n".join(f"  {login['role']:16} {login['email']:34} {login['password']}" for login in logins)

    def watch(self) -> None:
        programs: list[Program] = [*self.pair.programs, *self.processes]
        supervise(programs, self.data, pause=self.pause, say=self.say, restarted=self.publish)

    def publish(self) -> None:
        if self.pair.lock.held:
            self.pair.publish()

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        if self.lock.held:
            self.data.empty_temporary()
        self.pair.stop()
        self.lock.release()


def python() -> str:
    """How a person in the project's folder calls the Python that runs us."""
    ours = Path(sys.executable)
    return str(ours.relative_to(PROJECT)) if ours.is_relative_to(PROJECT) else "python"


def secret_key(data: DataDir) -> str:
    stored = data.run / "secret_key"
    if not stored.exists():
        write_private(stored, secrets.token_urlsafe(50))
    return stored.read_text().strip()


def organisations(database_url: str) -> int:
    connection = psycopg2.connect(database_url, connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(ORGANISATIONS)
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def fingerprint() -> str:
    """Changes when a static file, of ours or of an installed package, may have changed."""
    digest = hashlib.sha256(f"{sys.prefix} {(PROJECT / 'requirements.txt').stat().st_mtime_ns}".encode())
    for path in sorted(static_files()):
        seen = path.stat()
        digest.update(f"{path} {seen.st_size} {seen.st_mtime_ns}".encode())
    return digest.hexdigest()


def static_files() -> list[Path]:
    folders = [*PROJECT.glob("*/static"), *PROJECT.glob("smarketing/*/static")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]

"""PostgreSQL and Redis of one data folder, held together under one lock."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from smarketing.embedded import cluster
from smarketing.embedded.binaries import Binary, find_postgres, find_redis
from smarketing.embedded.broker import Broker
from smarketing.embedded.children import Pause
from smarketing.embedded.datadir import DataDir, fits_socket, temporary_sockets, write_private
from smarketing.embedded.external import place, refuse_silent_postgres, refuse_silent_redis
from smarketing.embedded.lock import Lock
from smarketing.embedded.postgres import Postgres
from smarketing.embedded.trouble import Trouble


class Pair:
    """Both servers as children of this process. One that the environment names is checked and left alone."""

    def __init__(
        self,
        data: DataDir,
        environment: Mapping[str, str],
        *,
        by: str,
        scratch: bool = False,
        say: Callable[[str], None] = print,
        pause: Pause = time.sleep,
    ) -> None:
        self.data, self.environment, self.by, self.scratch = data, environment, by, scratch
        self.say, self.pause = say, pause
        self.lock = services_lock(data)
        self.postgres: Postgres | None = None
        self.redis: Broker | None = None

    def start(self) -> None:
        """Start what is ours and publish where it is; raises Held when another process holds the folder."""
        refuse_silent_externals(self.environment)
        self.data.prepare()
        self.lock.acquire(self.by)
        try:
            self.start_postgres()
            self.start_redis()
            self.publish()
        except BaseException:
            self.stop()
            raise

    def start_postgres(self) -> None:
        if self.environment.get("DATABASE_URL"):
            return
        binary, port = find_postgres(self.environment), wanted_port(self.environment)
        self.postgres = Postgres(
            self.data, binary, port=port, scratch=self.scratch, say=self.say, pause=self.pause
        )
        self.postgres.start()

    def start_redis(self) -> None:
        if self.environment.get("REDIS_URL"):
            return
        binary = find_redis(self.environment)
        self.redis = Broker(self.data, binary, scratch=self.scratch, say=self.say, pause=self.pause)
        self.redis.start()

    @property
    def programs(self) -> list[Postgres | Broker]:
        return [server for server in (self.postgres, self.redis) if server]

    def stop(self) -> None:
        """Stop both, Redis first, and let go of the folder; nothing, where we do not hold it."""
        if not self.lock.held:
            return
        self.data.published.unlink(missing_ok=True)
        for server in reversed(self.programs):
            server.stop()
        remove_temporary_sockets(self.data)
        self.lock.release()

    def publish(self) -> None:
        """Tell other commands where the servers are. Also after a restart: process numbers change."""
        holder = self.lock.holder()
        facts: dict[str, Any] = asdict(holder) if holder else {}
        facts |= {server.name: server_facts(server.binary, server.pid) for server in self.programs}
        if self.postgres:
            facts["database_url"] = self.postgres.url(cluster.APPLICATION)
            facts["database_owner_url"] = self.postgres.url(cluster.OWNER)
        if self.redis:
            facts["redis_url"] = self.redis.url()
        write_private(self.data.published, json.dumps(facts, indent=1))


def services_lock(data: DataDir) -> Lock:
    return Lock(data.run / "services.lock")


def remove_temporary_sockets(data: DataDir) -> None:
    """Leave nothing outside the data folder. One that is not empty waits for the next start."""
    if not fits_socket(data.run):
        with suppress(OSError):
            temporary_sockets(data.root).rmdir()


def published(data: DataDir) -> dict[str, Any]:
    """What the running services told; empty when nobody holds the folder (a crash leaves the file behind)."""
    if services_lock(data).holder() is None or not data.published.exists():
        return {}
    return json.loads(data.published.read_text())


def addresses(facts: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables by which children find the servers; the given environment wins."""
    told = {
        name: str(facts[key])
        for name, key in (
            ("DATABASE_URL", "database_url"),
            ("DATABASE_OWNER_URL", "database_owner_url"),
            ("REDIS_URL", "redis_url"),
        )
        if key in facts and not environment.get(name)
    }
    if environment.get("DATABASE_URL"):
        told.pop("DATABASE_OWNER_URL", None)  # the owner of another server
    return told


def describe(facts: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """One line a server: version and origin, or where the external one is."""
    lines = []
    for name, key, setting in (("PostgreSQL", "postgres", "DATABASE_URL"), ("Redis", "redis", "REDIS_URL")):
        if environment.get(setting):
            lines.append(f"{name} at {place(environment[setting])}, from {setting}")
        elif key in facts:
            lines.append("{program} {version}, from {origin}".format(**facts[key]))
    return lines


def server_facts(binary: Binary, pid: int) -> dict[str, Any]:
    names = {"postgres": "PostgreSQL", "valkey-server": "Valkey"}
    return {
        "program": names.get(binary.path.name, "Redis"),
        "version": binary.version,
        "origin": binary.origin,
        "path": str(binary.path),
        "pid": pid,
    }


def refuse_silent_externals(environment: Mapping[str, str]) -> None:
    for setting in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if environment.get(setting):
            refuse_silent_postgres(environment[setting], setting)
    if environment.get("REDIS_URL"):
        refuse_silent_redis(environment["REDIS_URL"])


def wanted_port(environment: Mapping[str, str]) -> int | None:
    wanted = environment.get("SMARKETING_PG_PORT", "")
    if not wanted:
        return None
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise Trouble(f"SMARKETING_PG_PORT must be a port number between 1 and 65535, not {wanted!r}.")
    return int(wanted)

"""What the tests of the services share: folders of their own, a clean environment, a look at processes."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis

from smarketing.embedded import keeper
from smarketing.embedded.children import link, pids
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.pair import published

OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SMARKETING_DATA_DIR", "SECRET_KEY")


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without the servers that the tests themselves run on."""
    return {key: value for key, value in os.environ.items() if key not in OURS} | more


@contextmanager
def folder(name: str = "data") -> Iterator[DataDir]:
    """A data folder on a short path; whatever still runs in it at the end is stopped."""
    parent = Path(tempfile.mkdtemp(prefix="sm-"))
    data = DataDir(parent / name)
    try:
        yield data
    finally:
        if data.root.exists():
            keeper.halt(data)
        shutil.rmtree(parent, ignore_errors=True)


@contextmanager
def services(name: str = "data") -> Iterator[DataDir]:
    """Running services in a folder of their own."""
    with folder(name) as data:
        keeper.launch(data, clean_environment())
        yield data


def manage(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *argv],
        cwd=PROJECT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def ask(data: DataDir, statement: str, url: str = "database_owner_url") -> Any:
    """The first column of the first row that PostgreSQL answers."""
    connection = psycopg2.connect(published(data)[url])
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def client(data: DataDir) -> redis.Redis:
    return redis.Redis.from_url(published(data)["redis_url"])


def living_in(data: DataDir) -> list[str]:
    """Programs whose current directory lies in the data folder."""
    inside = f"{os.path.realpath(data.root)}/"
    return [link(pid, "exe") for pid in pids() if f"{link(pid, 'cwd')}/".startswith(inside)]

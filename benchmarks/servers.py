"""A PostgreSQL and a Valkey of our own, as durable as those of `up`, gone when the run ends."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from smarketing.embedded.datadir import DataDir
from smarketing.embedded.lock import Lock
from smarketing.embedded.pair import Pair, addresses, published

PREFIX = "smarketing-bench-"
# What a caller has set for another installation would change what is measured here.
FOREIGN = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SMARKETING_URL",
    "SMARKETING_PG_PORT",
    "STATIC_UNHASHED",
    "DEBUG",
    "EMAIL_URL",
)


@contextmanager
def servers() -> Iterator[None]:
    """Start both and point Django at them: migrated, assets collected, nothing in it yet."""
    sweep()
    for name in FOREIGN:
        os.environ.pop(name, None)
    data = DataDir(Path(tempfile.mkdtemp(prefix=PREFIX)))
    pair = Pair(data, os.environ, by="the benchmarks", say=lambda text: None)
    try:
        pair.start()
        prepare(data)
        yield
    finally:
        pair.stop()
        shutil.rmtree(data.root, ignore_errors=True)


def prepare(data: DataDir) -> None:
    os.environ.update(addresses(published(data), {}))
    os.environ["SMARKETING_DATA_DIR"] = str(data.root)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DJANGO_SETTINGS_MODULE"] = "smarketing.settings"
    django.setup()
    from django.core.management import call_command

    import smarketing.celery  # noqa: F401 so that nudges find the broker

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def sweep() -> None:
    """Remove the folders of runs that were killed; their servers died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = Lock(folder / "run" / "services.lock")
        if folder.stat().st_uid == os.geteuid() and lock.path.exists() and lock.holder() is None:
            shutil.rmtree(folder, ignore_errors=True)

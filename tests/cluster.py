"""Pytest plugin: a PostgreSQL and a Redis of our own for the tests, made before Django reads its settings.

Loaded by `-p tests.cluster`. With DATABASE_URL set nothing is started. Workers of xdist inherit all of it.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from smarketing.embedded.datadir import DataDir
from smarketing.embedded.lock import Lock
from smarketing.embedded.pair import Pair, addresses, published

PREFIX = "smarketing-test-"
running: list[Pair] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper, because pytest-django loads the settings in this very hook."""
    if not os.environ.get("DATABASE_URL") and "PYTEST_XDIST_WORKER" not in os.environ:
        start()
    yield


def pytest_unconfigure() -> None:
    while running:
        pair = running.pop()
        pair.stop()
        shutil.rmtree(pair.data.root, ignore_errors=True)


def start() -> None:
    sweep()
    data = DataDir(Path(tempfile.mkdtemp(prefix=PREFIX)))
    pair = Pair(data, os.environ, by="the tests", scratch=True, say=lambda text: None)
    pair.start()
    running.append(pair)
    os.environ.update(addresses(published(data), os.environ))
    os.environ["SMARKETING_DATA_DIR"] = str(data.root)
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ.setdefault("STATIC_UNHASHED", "1")  # assets straight from their folders: nothing is collected


def sweep() -> None:
    """Remove what killed test runs left: their servers died with them, their folders did not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = Lock(folder / "run" / "services.lock")
        with suppress(FileNotFoundError):  # another run has just removed its own
            if folder.stat().st_uid == os.geteuid() and lock.path.exists() and lock.holder() is None:
                shutil.rmtree(folder, ignore_errors=True)

"""One demo company for all tests of this folder, which only read it; taken back at the end."""

from pathlib import Path

import pytest
from django.db import transaction

from tests.smarketing.demos import seed


@pytest.fixture(scope="package")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="package")
def demo(django_db_setup, django_db_blocker, folder):
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed(folder)
        transaction.set_rollback(True)


@pytest.fixture
def django_db_unblocked(django_db_blocker):
    with django_db_blocker.unblock():
        yield

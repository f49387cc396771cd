"""One demo company for all tests of this folder, taken back at the end."""

import pytest
from django.db import transaction

from tests.smarketing.demos import SIZE, WEDNESDAY, seed
from tests.smarketing.plain.promises import Promises
from tests.smarketing.plain.rows import Raw


@pytest.fixture(scope="package")
def company(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), transaction.atomic():
        seed(tmp_path_factory.mktemp("figures"), leads=SIZE)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def raw(company, django_db_blocker) -> Raw:
    with django_db_blocker.unblock():
        return Raw(WEDNESDAY)


@pytest.fixture(scope="package")
def promises(raw) -> Promises:
    return Promises(raw)


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker):
    with django_db_blocker.unblock():
        yield

"""The test database is made and migrated by the owner; tests run as the application role."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from smarketing.foundation.models import Calendar, Organisation
from tests.factories import ALL_HOURS


def pytest_configure() -> None:
    """A cache of its own for each worker of xdist: they number their people and keys alike, and clear it."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        settings.CACHES["default"]["LOCATION"] += f"?db={1 + int(worker) % 15}"


def leave_out(config: pytest.Config, items: list[pytest.Item], marker: str, reason: str) -> None:
    """Deselect the tests with this marker, and say in a line why they cannot run here."""
    left = [item for item in items if item.get_closest_marker(marker)]
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
        config.issue_config_time_warning(pytest.PytestWarning(f"{len(left)} tests left out. {reason}"), 2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.geteuid() != 0:
        leave_out(config, items, "root", "They ask what happens to root; run them as root.")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup_as_owner) -> Iterator[None]:
    yield


@pytest.fixture(scope="session")
def django_db_setup_as_owner(
    request: pytest.FixtureRequest,
    django_test_environment,
    django_db_blocker,
    django_db_use_migrations,
    django_db_keepdb,
    django_db_createdb,
    django_db_modify_db_settings,
) -> Iterator[None]:
    from django.test.utils import setup_databases, teardown_databases

    application = {key: settings.DATABASES["default"][key] for key in ("USER", "PASSWORD")}
    with django_db_blocker.unblock():
        become(settings.DATABASE_OWNER)
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        become(application)
    yield
    with django_db_blocker.unblock():
        become(settings.DATABASE_OWNER)
        teardown_databases(made, verbosity=0)


def become(login: dict[str, str]) -> None:
    connection.close()
    connection.settings_dict.update(login)


@pytest.fixture
def organisation(db) -> Organisation:
    return make_organisation()


@pytest.fixture
def always_open(organisation) -> Organisation:
    """Somebody is at work at every hour: promises of a test do not depend on the hour it runs at."""
    organisation.calendar.week = ALL_HOURS
    organisation.calendar.save()
    return organisation


def make_organisation(zone: str = "UTC", currency: str = "EUR", **fields) -> Organisation:
    calendar, _ = Calendar.objects.get_or_create(name="Office", defaults={"time_zone": zone})
    values = {"name": "Loadline", "time_zone": zone, "currency": currency, "calendar": calendar, **fields}
    organisation, _ = Organisation.objects.update_or_create(pk=1, defaults=values)
    return organisation

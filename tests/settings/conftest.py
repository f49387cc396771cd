import pytest
from django.test import Client

from tests.factories import make_user
from tests.visits import signed_in


@pytest.fixture
def admin(organisation) -> Client:
    return signed_in(make_user("administrator", name="Robin Vance"))

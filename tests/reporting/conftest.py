"""What several modules of tests of reports begin from."""

import pytest

from tests.factories import make_channel


@pytest.fixture
def email(organisation):
    return make_channel("email")

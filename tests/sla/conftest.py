"""What several modules of tests of promises begin from."""

import pytest

from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.sla.sweeps import FRIDAY_1630


@pytest.fixture
def rep():
    return make_user("rep")


@pytest.fixture
def lead(rep):
    return make_lead(stage=Stage.MQL, owner=rep, since=FRIDAY_1630)

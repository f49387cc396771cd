"""What several modules of tests of promises begin from."""

import pytest
from django.test import Client

from leads.stages import Stage
from smarketing.foundation.models import Calendar
from tests.factories import make_lead, make_user
from tests.sla.sweeps import FRIDAY_1630
from tests.visits import signed_in


@pytest.fixture
def rep():
    return make_user("rep")


@pytest.fixture
def lead(rep):
    return make_lead(stage=Stage.MQL, owner=rep, since=FRIDAY_1630)


@pytest.fixture
def office() -> Calendar:
    return Calendar.objects.get(name="Office")


@pytest.fixture
def administrator() -> Client:
    return signed_in(make_user("administrator"))

"""The definitions in force over the API, and moves that take the codes they agree on."""

import pytest

from leads import definitions
from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import MONDAY_9, make_lead, make_signed, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(organisation):
    return Caller(make_user("rep"))


def test_before_any_signature_the_default_is_told(rep):
    told = rep.read("/definitions").json()

    assert (told["version"], told["in_force_from"], told["marketing_by"]) == (0, None, None)
    assert told["document"] == definitions.unsigned().json()


def test_a_signed_version_is_told_with_who_signed_it(rep):
    row = make_signed(since=MONDAY_9)

    told = rep.read("/definitions").json()

    assert (told["version"], told["in_force_from"]) == (1, "2026-03-02T09:00:00Z")
    assert (told["marketing_by"], told["sales_by"]) == (str(row.marketing_by), str(row.sales_by))


def test_a_move_takes_a_code_that_is_agreed_and_names_those_there_are(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep.person)
    fleet = {"code": "no_fleet", "label": "No fleet", "outcome": "nurture"}
    make_signed({"reasons": definitions.unsigned().json()["reasons"] | {"rejection": [fleet]}})

    refused = rep.do(f"/leads/{lead.pk}/reject", {"reason": "poor_fit"})
    taken = rep.do(f"/leads/{lead.pk}/reject", {"reason": "no_fleet"})

    assert refused.status_code == 400
    assert "There are: no_fleet." in refused.content.decode()
    assert taken.json()["standing"] == "nurturing"

"""A file that was taken in already, or that changes what others rely on: nothing moves that the rows do not move."""

import pytest

from leads.models import Account, Assignment, Deal, Handover, Lead, StageChange, Suppression
from leads.stages import Stage
from smarketing.foundation.models import User
from tests.conftest import make_organisation
from tests.factories import make_lead, make_user
from tests.leads.importing import counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_organisation()


@pytest.mark.parametrize(
    "text",
    [
        "external_id,disqualified.at,deal.name,deal.lost_reason\nx,2024-04-16,N,price\n",
        "external_id,country,domain\nx,BR,\nx,,f.co\n",
        "external_id,industry,company\nx,Steel,\nx,,F\n",
        "external_id,employees,company\nx,10,\nx,20,\nx,,F\n",
    ],
)
def test_a_file_taken_in_twice_updates_nothing(take, text):
    take(text)
    created, updated, _, rejected = counts(take(text))
    assert (created, updated, rejected) == (0, 0, 0)


def test_details_wait_for_the_row_that_names_the_company(take):
    result = take("external_id,industry,country,company\nx,Steel,BR,\ny,Wood,,\nx,,,Forge\n")
    assert Account.objects.values_list("name", "industry", "country").get() == ("Forge", "Steel", "BR")
    assert result["warnings"] == {"facts of a company without a company; left out": 1}


def test_a_deal_lost_later_still_takes_its_reason(take):
    take("external_id,deal.external_id,deal.lost_at\n1,D1,2024-05-01\n")
    take("external_id,deal.external_id,deal.lost_reason\n1,D1,price\n")
    assert Deal.objects.get().lost_reason == "price"


# --- owners ----------------------------------------------------------------------------------------------------------


def test_two_rows_that_differ_on_the_owner_assign_the_last_one_once(take):
    text = "external_id,owner\n1,Bob\n1,Eve\n"
    take(text, "--overwrite")
    before = list(Assignment.objects.order_by("id").values_list("lead_id", "owner_id"))

    assert counts(take(text, "--overwrite")) == (0, 0, 2, 0)
    assert list(Assignment.objects.order_by("id").values_list("lead_id", "owner_id")) == before
    assert Lead.objects.get().owner == User.objects.get(name="Eve")


def test_another_owner_ends_the_hand_over_of_the_first_and_opens_none(take):
    first = make_user()
    lead = make_lead(stage=Stage.MQL, owner=first)
    kept = make_lead(stage=Stage.MQL, owner=first)
    assert Handover.objects.open().filter(rep=first).count() == 2

    result = take(f"email,owner\n{lead.email},Eve\n{kept.email},{first.email}\n", "--overwrite")

    assert counts(result) == (0, 1, 1, 0)
    ended = Handover.objects.get(lead=lead)
    assert (ended.ending, ended.rep) == ("reassigned", first)
    assert ended.ended_at == Assignment.objects.filter(lead=lead).latest("id").at
    assert Handover.objects.get(lead=kept).ended_at is None


# --- customers and the never-again register -------------------------------------------------------------------------


def test_a_customer_who_was_once_rejected_for_good_is_not_barred(take):
    text = "email,reached.customer,rejected.at,rejected.reason\nx@x.co,2024-05-01,2024-01-05,poor_fit\n"
    result = take(text)

    lead = Lead.objects.get()
    assert (lead.stage, lead.standing) == ("customer", "won")
    assert StageChange.objects.values_list("to_standing", "reason").get(move="reject") == (
        "nurturing",
        "poor_fit",
    )
    assert not Suppression.objects.exists()
    assert "a customer cannot be disqualified; the rejection is kept as a return" in result["warnings"]
    assert counts(take(text)) == (0, 0, 1, 0)


def test_somebody_rejected_for_good_who_is_no_customer_is_barred(take):
    take("email,rejected.at,rejected.reason\nx@x.co,2024-01-05,poor_fit\n")
    assert Suppression.objects.exists()

"""Two heads sign in two browsers; a third person goes by the old definitions until the second has signed."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from leads import handover
from leads.models import StageChange
from tests.conftest import make_organisation
from tests.factories import make_lead, make_signed, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_version_2_counts_with_the_second_signature_and_yesterday_stays_version_1(
    transactional_db, screen_of
):
    make_organisation()
    marketing, sales = (
        make_user("marketing_head", name="Elif Kaya"),
        make_user("sales_head", name="Marta Silva"),
    )
    rep = make_user("rep", name="Kofi Mensah")
    make_signed(since=now() - timedelta(days=30))
    lead = make_lead(since=now() - timedelta(days=2))
    handover.qualify(lead.pk, by=sales, why="Asked", moment=now() - timedelta(days=1))
    windows = [screen_of(person) for person in (marketing, sales, rep)]
    first, second, third = (one.open("/definitions/") for one in windows)

    first.get_by_role("button", name="Draft a change").click()
    first.get_by_role("link", name="Edit MQL").click()
    first.get_by_label("What it means").fill("Somebody who asked for a price.")
    first.get_by_role("button", name="Save in the draft").click()
    first.get_by_label("Why is it better?").fill("Interest alone says little")
    first.get_by_role("button", name="Propose to both heads").click()
    first.get_by_role("button", name="Sign for marketing").click()
    expect(first.get_by_text("Not signed yet")).to_be_visible()

    third.reload()
    expect(third.get_by_text("Interest enough that sales should talk to them.")).to_be_visible()
    expect(third.get_by_text("asked for a price")).to_have_count(0)

    second.reload()
    second.get_by_role("link", name="Read it").click()
    expect(second.get_by_text("Somebody who asked for a price.").first).to_be_visible()
    second.get_by_role("button", name="Sign for sales").click()
    expect(second.get_by_role("heading", name="Version 2, signed by both teams")).to_be_visible()

    third.reload()
    expect(third.get_by_role("heading", name="Version 2, signed by both teams")).to_be_visible()
    expect(third.get_by_text("Somebody who asked for a price.")).to_be_visible()
    third.get_by_role("button", name="I have read them").click()
    expect(third.get_by_text("You have not read")).to_have_count(0)
    later = make_lead()
    handover.qualify(later.pk, by=sales, why="Asked too")
    versions = dict(StageChange.objects.filter(move="qualify").values_list("lead", "definition_version"))
    assert versions == {lead.pk: 1, later.pk: 2}

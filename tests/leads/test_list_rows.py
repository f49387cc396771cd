"""A row of the list of leads: every column has a cell, and whatever people type stays text."""

import pytest
from django.utils.timezone import now

from leads.lists import orders
from leads.models import Account
from leads.stages import Stage
from smarketing.templatetags.lists import CELLS, list_row
from tests.factories import make_campaign, make_lead, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_every_column_that_is_offered_has_a_cell():
    assert {column.name for column in orders.COLUMNS.values() if column.cell is None} == CELLS.keys()


def test_what_people_typed_stays_text_in_every_cell():
    evil = "<i>x</i>\"'"
    account = Account.objects.create(name=evil, industry=evil, employees=1200)
    lead = make_lead(
        stage=Stage.MQL,
        owner=make_user("rep", name=evil),
        campaign=make_campaign(evil, evil),
        account=account,
        **dict.fromkeys(
            ["first_name", "last_name", "job_title", "medium", "content", "country", "phone"], evil
        ),
    )
    row = list_row(lead, list(orders.COLUMNS.values()), {"touched": now()}, True)

    assert "<i>" not in row
    assert "x</i>" not in row.replace("x&lt;/i&gt;", "")
    assert "1,200" in row
    assert row.count("<td") == len(orders.COLUMNS)


def test_a_lead_of_which_little_is_known_has_a_row_too():
    lead = make_lead(email="someone@example.com", first_name="", last_name="")

    row = list_row(lead, list(orders.COLUMNS.values()), {}, False)
    assert "someone@example.com</a>" in row
    assert "Nobody" in row
    assert "<input" not in row


def test_what_is_not_known_is_told_as_none_in_every_column():
    lead = make_lead(email="someone@example.com")
    unknown = [
        orders.COLUMNS[name] for name in ("campaign", "channel", "score", "industry", "phone", "deadline")
    ]

    row = list_row(lead, unknown, {}, False)
    assert row.count('<span class="vh">none</span>') == len(unknown)

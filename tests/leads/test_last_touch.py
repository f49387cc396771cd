"""The last touch stands beside the lead and follows every way in which touches come and go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.timezone import now

from leads import capture
from leads.models import LastTouch, Lead, Touch
from smarketing.foundation.roles import as_owner
from tests.factories import make_campaign, make_lead, make_user
from tests.leads.importing import run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def kept() -> dict[int, datetime]:
    return dict(LastTouch.objects.values_list("lead", "at"))


def reckoned() -> dict[int, datetime]:
    """From the touches themselves; the origin counts as of the birth."""
    last: dict[int, datetime] = {}
    for touch in Touch.objects.select_related("lead"):
        at = touch.lead.born_at if touch.is_origin else touch.at
        last[touch.lead_id] = max(at, last.get(touch.lead_id, at))
    return last


def touch(lead: Lead, days_ago: int) -> Touch:
    return Touch.objects.create(lead=lead, kind="visit", at=now() - timedelta(days=days_ago))


def test_the_latest_of_several_touches_counts_in_whatever_order_they_are_stored():
    lead, other = make_lead(), make_lead()
    touch(lead, 5)
    latest = touch(lead, 2)
    touch(lead, 9)

    assert kept() == reckoned() == {lead.pk: latest.at}
    assert other.pk not in kept()


def test_many_touches_stored_at_once_count_each_for_its_lead():
    leads = [make_lead() for _ in range(3)]
    Touch.objects.bulk_create(
        Touch(lead=lead, kind="visit", at=now() - timedelta(days=n)) for lead in leads for n in (3, 1, 2)
    )

    assert len(kept()) == 3
    assert kept() == reckoned()


def test_the_first_contact_counts_as_of_the_birth_and_follows_it_where_history_dates_it_earlier(tmp_path):
    campaign = make_campaign("Fair")
    lead = capture.create(by=make_user("marketer"), email="ada@x.example", campaign=campaign)
    assert kept() == reckoned() == {lead.pk: lead.born_at}

    rows = "email,reached.visitor\nada@x.example,2025-01-10\n"
    batch = run("import_leads", write(tmp_path, rows), "--source", "crm").result["batch"]
    assert kept() == reckoned() == {lead.pk: Lead.objects.get().born_at}
    assert kept()[lead.pk] < datetime(2025, 1, 12, tzinfo=UTC)

    call_command("undo_import", str(batch))
    assert kept() == reckoned() == {lead.pk: lead.born_at}


def test_touches_of_an_undone_import_are_forgotten(tmp_path):
    lead, other = (make_lead(email=f"{name}@x.example") for name in ("ada", "bea"))
    before = touch(lead, 400)
    rows = "email,event_id,at,kind\nada@x.example,1,2026-03-01,visit\nbea@x.example,2,2026-03-02,visit\n"
    batch = run("import_touches", write(tmp_path, rows), "--source", "crm").result["batch"]
    assert kept() == reckoned()
    assert kept()[lead.pk] == datetime(2026, 3, 1, tzinfo=UTC)

    call_command("undo_import", str(batch))

    assert kept() == reckoned() == {lead.pk: before.at}
    assert other.pk not in kept()


@pytest.mark.django_db(transaction=True)
def test_the_migration_fills_what_was_touched_before_it_and_may_be_run_again():
    lead = make_lead()
    touch(lead, 3)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_lasttouch")

    for _ in range(2):
        run_the_fill()

    assert kept() == reckoned() == {lead.pk: kept()[lead.pk]}


@pytest.mark.django_db(transaction=True)
def test_the_migration_leaves_a_later_touch_that_was_stored_while_it_ran():
    lead = make_lead()
    touch(lead, 3)
    later = now() + timedelta(days=1)  # not seen by the statement that fills, but noted by the trigger
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE leads_lasttouch SET at = %s", [later])

    run_the_fill()

    assert kept() == {lead.pk: later}


def run_the_fill() -> None:
    (fill,) = import_module("leads.migrations.0024_last_touches").Migration.operations
    with connection.schema_editor(atomic=False) as editor:
        fill.database_forwards("leads", editor, None, None)

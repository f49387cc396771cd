"""Clocks of imported leads: none until promises are started by hand, and none left of what is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import handover, routing
from leads.importing import undoing
from leads.models import ImportBatch, Lead
from sla import clocks
from sla.models import Clock, Deadline
from sla.statuses import status_of
from smarketing.foundation.models import Heartbeat
from smarketing.foundation.refusals import Refusal
from tests.factories import make_user
from tests.leads.importing import run, write
from tests.sla.sweeps import FRIDAY_1630, HOUR, LATE, MONDAY_1230, clock, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_imported_leads_start_no_clock_until_somebody_starts_their_promises(rep, tmp_path):
    run("import_leads", write(tmp_path, "external_id,email,reached.mql\n1,ada@example.com,2026-03-02\n"))
    lead = Lead.objects.get()
    routing.assign(lead, rep, rule="imported", by=None, moment=FRIDAY_1630)
    sweep(FRIDAY_1630)
    assert not Clock.objects.exists()

    head = make_user("sales_head")
    clocks.start_promises(lead.pk, by=head, moment=FRIDAY_1630)
    sweep(FRIDAY_1630)

    assert (clock().origin_kind, clock().due_at) == ("start", MONDAY_1230)
    with pytest.raises(Refusal, match="was started already"):
        clocks.start_promises(lead.pk, by=head, moment=FRIDAY_1630)

    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)
    sweep(LATE)
    assert status_of(clock(), LATE) == "kept"


def test_promises_started_for_an_import_end_when_it_is_undone(rep, tmp_path):
    run("import_leads", write(tmp_path, "external_id,email,reached.mql\n1,ada@example.com,2026-03-02\n"))
    clocks.start_promises(Lead.objects.get().pk, by=make_user("sales_head"), moment=FRIDAY_1630)
    sweep(FRIDAY_1630)
    assert clock().stopped_at is None

    undoing.undo(ImportBatch.objects.get().pk, by=None)
    sweep(LATE)

    assert not Clock.objects.counted().exists()


def test_a_decision_of_an_import_that_is_undone_was_none(lead, rep, tmp_path):
    run("import_leads", write(tmp_path, f"email,reached.sal\n{lead.email},2026-03-06T16:45:00Z\n"))
    sweep(FRIDAY_1630 + HOUR)
    assert clock().ended == "decided"

    undoing.undo(ImportBatch.objects.get().pk, by=None)
    sweep(FRIDAY_1630 + 2 * HOUR)

    assert (clock().stopped_at, clock().due_at) == (None, MONDAY_1230)
    assert Deadline.objects.filter(skipped_at=None).count() == 2


def test_a_decision_of_one_import_outlives_the_undo_of_another(lead, rep, tmp_path):
    run("import_leads", write(tmp_path, f"email,reached.sal\n{lead.email},2026-03-06T16:45:00Z\n"))
    run("import_leads", write(tmp_path, f"email,reached.sql\n{lead.email},2026-03-06T16:50:00Z\n", "2.csv"))
    undoing.undo(ImportBatch.objects.latest("pk").pk, by=None)

    sweep(FRIDAY_1630 + HOUR)

    assert (clock().ended, clock().stopped_at) == ("decided", FRIDAY_1630 + timedelta(minutes=15))


@pytest.mark.django_db(transaction=True)
def test_what_an_undone_import_said_is_forgotten_by_the_next_sweep(lead, rep, tmp_path):
    ann = make_user("rep", name="Ann")
    handover.accept(lead.pk, by=rep, moment=FRIDAY_1630)
    run(
        "import_touches",
        write(tmp_path, f"email,event_id,at,kind,team\n{lead.email},1,2026-03-06T16:40Z,call,sales\n"),
    )
    run("import_leads", write(tmp_path, f"email,owner\n{lead.email},{ann.email}\n", "2.csv"), "--overwrite")
    sweep(now())
    assert clock("first-contact").ended == "contacted"
    Heartbeat.beat(clocks.NEWS, now() + clocks.LOOK_BACK)  # so that only what is recorded from here on is new

    for batch in ImportBatch.objects.order_by("pk"):
        undoing.undo(batch.pk, by=None)
    sweep(now())

    assert clock("first-contact").stopped_at is None
    assert clock("first-contact").owner == rep

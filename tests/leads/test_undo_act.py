"""The act of taking an import back: who may, which batch, all of it or nothing, and what it says of itself."""

from __future__ import annotations

import io
import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction

from leads import capture
from leads.importing import batches, undoing
from leads.models import ImportBatch, Lead
from leads.models.voidable import Voidable
from smarketing.foundation.models import AuditEvent, Job, JobChunk
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user
from tests.leads.importing import counts
from tests.leads.undoing import LEADS, take, undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def reports() -> list[dict]:
    """What the company's figures say, as far as an import could change them."""
    found = []
    for name in ("funnel", "closed_loop"):
        out = io.StringIO()
        call_command("report", name, "--as-of", "2026-01-31", "--json", stdout=out)
        found.append(json.loads(out.getvalue()))
    return found


def stored() -> dict[str, int]:
    """How many rows of each kind anybody still reads."""
    return {
        model.__name__: model.objects.count() for model in apps.get_models() if issubclass(model, Voidable)
    }


def numbers(result: dict) -> dict:
    return {name: value for name, value in result.items() if name not in ("batch", "seconds")}


def test_after_an_undo_everything_reads_as_before_and_the_same_file_gives_what_it_gave(tmp_path):
    make_user("rep", name="Rita Okafor")
    make_lead(email="live@x.example")
    rows, figures = stored(), reports()
    first = take(tmp_path, LEADS)
    assert counts(first.result) == (5, 0, 0, 0)
    imported, then = stored(), reports()

    undone = undo(first.result["batch"])

    assert undone.status == 0
    assert stored() == rows
    assert [{**one, "rows": []} for one in reports()] == [{**one, "rows": []} for one in figures]
    assert (undone.result["voided"]["leads"], undone.result["kept"]) == (5, 0)
    assert undone.result["voided"]["deals"] == 1

    again = take(tmp_path, LEADS)

    assert numbers(again.result) == numbers(first.result)
    assert stored() == imported
    assert reports() == then


def test_an_undone_import_says_so_and_a_second_undo_is_refused(tmp_path):
    first = take(tmp_path, LEADS)
    undo(first.result["batch"])

    second = undo(first.result["batch"])

    assert second.status == 1
    assert f"Batch {first.result['batch']} was undone" in second.said
    assert AuditEvent.objects.filter(action="import.undone").count() == 1


def test_a_batch_that_nobody_knows_is_refused_with_those_that_there_are(tmp_path):
    first = take(tmp_path, "external_id\nA1\n")
    done = undo(987_654)

    assert done.status == 1
    assert done.said.strip() == f"There is no batch 987654. The last ones are {first.result['batch']}."


def test_an_import_that_still_runs_is_not_undone(tmp_path):
    first = take(tmp_path, LEADS)
    Job.objects.update(state=Job.State.RUNNING)

    done = undo(first.result["batch"])

    assert (done.status, Lead.objects.count()) == (1, 5)
    assert "is still being imported. Wait until it has finished" in done.said


def test_an_import_that_was_given_up_half_way_can_be_undone(tmp_path):
    first = take(tmp_path, LEADS)
    Job.objects.update(state=Job.State.FAILED)
    JobChunk.objects.update(done_at=None)

    assert undo(first.result["batch"]).result["voided"]["leads"] == 5


def test_only_heads_and_administrators_undo(tmp_path):
    first = take(tmp_path, LEADS)

    with pytest.raises(Forbidden):
        undoing.undo(first.result["batch"], by=make_user("marketer"))
    undoing.undo(first.result["batch"], by=make_user("marketing_head"))

    with pytest.raises(Refusal, match="by Marketing Head"):
        undoing.undo(first.result["batch"], by=make_user("administrator"))


def test_an_undo_that_fails_half_way_takes_nothing(tmp_path, monkeypatch):
    first = take(tmp_path, LEADS)
    rows = stored()

    def fail(*given, **more):
        raise RuntimeError("the machine goes down")

    monkeypatch.setattr("leads.importing.undoing.audit.record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        undoing.undo(first.result["batch"], by=None)

    assert stored() == rows
    assert ImportBatch.objects.get().undone_at is None


def test_the_sentence_of_the_command_names_what_went_and_who_stays(tmp_path):
    first = take(tmp_path, LEADS)
    lead = Lead.objects.get(first_name="Cy")
    capture.touch(lead.pk, kind="visit")
    out = io.StringIO()
    call_command("undo_import", str(first.result["batch"]), stdout=out)

    assert "is undone: 4 leads, " in out.getvalue()
    assert "1 lead stays, because something happened with it since:" in out.getvalue()
    assert f"  {lead.pk} Cy" in out.getvalue()
    assert batches.COUNTED  # the counts of imports keep their names

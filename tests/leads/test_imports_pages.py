"""The Imports pages: every batch with what came of it, its rejected rows as a file, and the way back."""

import pytest
from django.test import Client
from django.utils.timezone import now

from leads import capture
from leads.models import ImportBatch, ImportProblem, Lead
from smarketing.foundation.models import Job
from tests.factories import make_user
from tests.leads.importing import run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
ROWS = "external_id,email,job_title,stage\nA1,ada@x.example,Buyer,mql\nA2,bea@x.example,,Simmering\n,,=1+1,\n"


def client(role: str) -> Client:
    browser = Client()
    browser.force_login(make_user(role))
    return browser


@pytest.fixture
def batch(tmp_path) -> ImportBatch:
    done = run("import_leads", write(tmp_path, ROWS, "fair.csv"), "--source", "crm")
    return ImportBatch.objects.get(pk=done.result["batch"])


@pytest.mark.parametrize("role", ["marketer", "sales_head", "marketing_head", "administrator"])
def test_the_list_tells_what_was_imported_by_whom_and_with_what_result(batch, role):
    page = client(role).get("/imports/").content.decode()

    assert "fair.csv" in page
    assert "Command line" in page
    assert "Done" in page


def test_before_the_first_import_the_list_says_how_to_begin():
    assert "Nothing was imported yet." in client("marketer").get("/imports/").content.decode()


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/rejects/", "{pk}/undo/"])
@pytest.mark.parametrize("role", ["rep", "account_manager"])
def test_sales_reads_no_imports(batch, role, path):
    assert client(role).get(f"/imports/{path.format(pk=batch.pk)}").status_code == 403


@pytest.mark.parametrize("path", ["", "rejects/", "undo/"])
def test_a_batch_that_is_not_there_is_not_found(path):
    assert client("administrator").get(f"/imports/4711/{path}").status_code == 404


def test_a_batch_shows_its_result_and_its_first_problems(batch):
    page = client("marketer").get(f"/imports/{batch.pk}/").content.decode()

    assert "Row 3: no external id, e-mail or phone number says who this is" in page
    assert "Unknown stage &quot;Simmering&quot;; default used" in page
    assert f"/imports/{batch.pk}/undo/" not in page  # a marketer reads only


def test_the_rejected_rows_are_a_file_that_no_spreadsheet_runs(batch):
    answer = client("marketer").get(f"/imports/{batch.pk}/rejects/")

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Disposition"] == f'attachment; filename="rejects-{batch.pk}.csv"'
    assert lines[0] == "row,reason,message,external_id,email,job_title,stage"
    assert lines[1].startswith("3,no identity,")
    assert ",'=1+1," in lines[1]


def test_the_question_before_an_undo_says_what_goes_and_who_stays(batch):
    lead = Lead.objects.get(email="ada@x.example")
    capture.touch(lead.pk, kind="visit")

    page = client("marketing_head").get(f"/imports/{batch.pk}/undo/").content.decode()

    assert "1 lead that this file made" in page
    assert "1 lead that something happened with since" in page
    assert f'<a href="{lead.get_absolute_url()}">' in page
    assert Lead.objects.count() == 2  # only asked


@pytest.mark.parametrize("role", ["sales_head", "marketing_head", "administrator"])
def test_heads_and_administrators_undo_and_read_what_it_came_to(batch, role):
    lead = Lead.objects.get(email="ada@x.example")
    capture.touch(lead.pk, kind="visit")
    browser = client(role)

    page = browser.post(f"/imports/{batch.pk}/undo/", follow=True).content.decode()

    assert "The import of fair.csv is undone. 1 lead stays" in page
    assert list(Lead.objects.all()) == [lead]
    assert "This import was undone." in page
    assert f'<a href="{lead.get_absolute_url()}">' in page
    assert "Undone" in browser.get("/imports/").content.decode()


def test_a_marketer_undoes_nothing(batch):
    assert client("marketer").post(f"/imports/{batch.pk}/undo/").status_code == 403
    assert Lead.objects.count() == 2


def test_an_import_that_runs_or_was_undone_offers_no_undo(batch):
    browser = client("administrator")
    Job.objects.update(state=Job.State.RUNNING)
    assert (
        "is still being imported" in browser.get(f"/imports/{batch.pk}/undo/", follow=True).content.decode()
    )
    assert browser.post(f"/imports/{batch.pk}/undo/").status_code == 409

    Job.objects.update(state=Job.State.DONE)
    ImportBatch.objects.update(undone_at=now())
    assert f"/imports/{batch.pk}/undo/" not in browser.get(f"/imports/{batch.pk}/").content.decode()
    assert browser.post(f"/imports/{batch.pk}/undo/").status_code == 409


def test_a_running_import_shows_how_far_it_has_come(batch):
    Job.objects.update(state=Job.State.RUNNING)
    ImportBatch.objects.update(result={}, finished_at=None)

    row = client("marketer").get("/imports/").context["rows"][0]

    assert (row["state"], row["counts"]) == ("Running", [3, None, None, None, None])


def test_both_pages_ask_as_often_for_many_rows_as_for_few(batch, tmp_path, django_assert_max_num_queries):
    browser = client("administrator")
    capture.touch(Lead.objects.get(email="ada@x.example").pk, kind="visit")
    few = {}
    for path, limit in (("/imports/", 12), (f"/imports/{batch.pk}/", 15), (f"/imports/{batch.pk}/undo/", 15)):
        with django_assert_max_num_queries(limit) as caught:
            browser.get(path)
        few[path] = len(caught)
    for n in range(5):
        run("import_leads", write(tmp_path, ROWS.replace("A", f"B{n}"), f"{n}.csv"), "--source", "crm")
    ImportProblem.objects.bulk_create(
        ImportProblem(batch=batch, row=n, rejected=True, code="x", message="row: x", raw=[])
        for n in range(9, 99)
    )
    for lead in Lead.objects.filter(batch=batch):
        capture.touch(lead.pk, kind="visit")
    for path, asked in few.items():
        with django_assert_max_num_queries(asked):
            browser.get(path)

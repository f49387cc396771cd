"""Void rows: nobody reads them, nobody but an undo makes them, and nothing brings them back."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from leads import capture
from leads.models import ExternalId, ImportChange, Lead
from leads.models.voidable import Unvoided, Voidable
from tests.factories import make_lead, make_user
from tests.leads.undoing import LEADS, take, undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_new_people_with_the_addresses_of_voided_leads_come_in(tmp_path):
    first = take(tmp_path, LEADS)
    undo(first.result["batch"])

    lead = capture.create(by=make_user("rep"), email="ada@x.example")

    assert Lead.objects.get() == lead
    assert not ExternalId.objects.exists()


def test_a_pages_way_to_a_voided_lead_is_closed(tmp_path, client):
    first = take(tmp_path, LEADS)
    pk = Lead.objects.get(first_name="Ada").pk
    client.force_login(make_user("administrator"))
    assert client.get(f"/leads/{pk}/").status_code == 200

    undo(first.result["batch"])

    assert client.get(f"/leads/{pk}/").status_code == 404
    assert b"ada@x.example" not in client.get("/leads/").content


@pytest.mark.parametrize("model", [m for m in apps.get_models() if issubclass(m, Voidable)])
def test_the_default_way_to_rows_that_can_be_void_leaves_the_void_ones_out(model):
    assert isinstance(model._default_manager, Unvoided)


@pytest.mark.parametrize("model", [m for m in apps.get_models() if issubclass(m, Voidable)])
def test_nobody_but_the_undo_marks_a_row_void_and_no_row_comes_back(tmp_path, model):
    first = take(tmp_path, LEADS)
    table = model._meta.db_table
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET voided_at = now()")
        assert cursor.rowcount == 0, "nothing there to void"
        raise DatabaseError
    undo(first.result["batch"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET voided_at = NULL WHERE voided_at IS NOT NULL")
        assert cursor.rowcount == 0, "nothing there to bring back"
        raise DatabaseError


def test_what_a_batch_changed_is_written_once_and_for_all(tmp_path):
    make_lead(email="ada@x.example")
    take(tmp_path, "email,job_title\nada@x.example,Buyer\n")
    assert ImportChange.objects.get().after == {"job_title": "Buyer"}

    with pytest.raises(DatabaseError), transaction.atomic():
        ImportChange.objects.update(after={})

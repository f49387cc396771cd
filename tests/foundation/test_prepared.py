"""What a connection asks often is planned once, and answers as if it were asked in full."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from smarketing.foundation.models import User
from smarketing.foundation.prepared import BEFORE, Prepared
from smarketing.foundation.statements import Statement
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def sent(act):
    with CaptureQueriesContext(connection) as caught:
        act()
    return [query["sql"] for query in caught.captured_queries]


def test_from_the_third_time_on_only_the_name_and_the_values_are_sent():
    person = make_user("rep")
    by_key = Statement(lambda pk: User.objects.filter(pk=pk))
    for _ in range(BEFORE):
        (full,) = sent(lambda: by_key.first(pk=person.pk))
        assert "foundation_user" in full
    for _ in range(2):
        (short,) = sent(lambda: by_key.first(pk=person.pk))
        assert short.startswith("EXECUTE smarketing_") and short.endswith(f"({person.pk})")
    assert by_key.first(pk=person.pk) == person


def test_each_type_of_value_keeps_its_meaning():
    at, words = datetime(2026, 3, 31, 9, 30, tzinfo=UTC), 'it\'s "100%" $1'
    told = Prepared("SELECT %s, %s, %s, %s", [("n", None), ("words", None), ("at", None), (None, "50%")])
    for n in range(4):
        assert told.rows({"n": n, "words": words, "at": at}) == [(n, words, at, "50%")]


def test_what_is_prepared_in_a_transaction_outlives_its_rollback():
    echo = Prepared("SELECT %s", [("n", None)])
    for n in range(BEFORE):
        echo.rows({"n": n})
    with pytest.raises(ValueError), transaction.atomic():
        assert echo.rows({"n": 5}) == [(5,)]
        raise ValueError
    assert echo.rows({"n": 6}) == [(6,)]


def test_a_setting_sends_everything_in_full(settings):
    settings.PREPARE_STATEMENTS = False
    echo = Prepared("SELECT %s::int", [("n", None)])
    assert all("SELECT" in sent(lambda: echo.rows({"n": 1}))[0] for _ in range(4))


@pytest.mark.django_db(transaction=True)
def test_a_fresh_connection_prepares_anew():
    echo = Prepared("SELECT %s::int", [("n", None)])
    for n in range(4):
        echo.rows({"n": n})
    connection.close()
    assert [echo.rows({"n": n}) for n in range(4)] == [[(n,)] for n in range(4)]


@pytest.mark.django_db(transaction=True)
def test_a_column_that_changes_its_type_under_a_running_server_is_asked_in_full():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE thing (n int); INSERT INTO thing VALUES (7)")
    ask = Prepared("SELECT n FROM thing WHERE n > %s", [("n", None)])
    for _ in range(4):
        assert ask.rows({"n": 1}) == [(7,)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE thing ALTER n TYPE text, ADD m int")
        cursor.execute("ALTER TABLE thing ALTER n TYPE numeric USING n::numeric")
    assert ask.rows({"n": 1}) == ask.rows({"n": 1}) == [(7,)]

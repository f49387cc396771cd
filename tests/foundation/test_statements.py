"""A statement gives what its queryset would give, however often it is asked and with whatever values."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from smarketing.foundation.models import User
from smarketing.foundation.sessions import SessionStore
from smarketing.foundation.statements import Statement
from tests.factories import make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


def test_each_question_is_answered_with_its_own_values():
    people = [make_user("rep", team="Benelux"), make_user("marketer", team="Growth")]
    by_key = Statement(lambda pk: User.objects.select_related("team").filter(pk=pk, is_active=True))

    assert [by_key.first(pk=person.pk) for person in people] == people
    assert [by_key.first(pk=person.pk).team for person in people] == [person.team for person in people]
    assert by_key.first(pk=-1) is None


def test_a_row_is_as_the_queryset_makes_it_and_can_be_saved():
    person = make_user("rep", team=None)
    found = Statement(lambda name: User.objects.filter(name=name)).first(name=person.name)
    assert vars(found).keys() == vars(User.objects.get(pk=person.pk)).keys()

    found.name = "Renamed"
    found.save()
    person.refresh_from_db()
    assert person.name == "Renamed"


def test_the_same_sql_is_sent_as_the_queryset_would_send():
    by_key = Statement(lambda pk: User.objects.filter(pk=pk).order_by("name"))
    by_key.first(pk=1)
    with CaptureQueriesContext(connection) as caught:
        by_key.first(pk=7)
        list(User.objects.filter(pk=7).order_by("name"))

    first, second = (query["sql"] for query in caught.captured_queries)
    assert first == second


def test_a_value_that_the_database_is_not_asked_for_as_it_is_is_refused():
    with pytest.raises(TypeError):
        Statement(lambda pk: User.objects.filter(pk=pk + 1)).first(pk=1)


def test_a_session_that_is_over_opens_nothing(organisation):
    client = signed_in(make_user("rep"))
    assert client.get("/leads/").status_code == 200

    session = SessionStore(client.cookies["session"].value)
    kept = session._get_session_from_db()
    kept.expire_date = now() - timedelta(seconds=1)
    kept.save()
    assert client.get("/leads/").status_code == 302


def test_whoever_was_made_inactive_is_signed_out_at_the_next_request(organisation):
    person = make_user("rep")
    client = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert client.get("/leads/").status_code == 302


def test_values_are_given_as_tuples_and_a_moment_may_be_asked_for():
    person = make_user("rep")
    since = Statement(lambda at: User.objects.filter(joined_at__gte=at).values_list("name", "team__name"))

    assert list(since.all(at=person.joined_at)) == [(person.name, person.team.name)]
    assert list(since.all(at=now() + timedelta(hours=1))) == []

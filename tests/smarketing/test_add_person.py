"""`manage.py add_person`: the company's people, before there is a page for it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from smarketing.foundation.models import AuditEvent, User

pytestmark = pytest.mark.django_db


def add(*words: str) -> dict:
    said = StringIO()
    call_command("add_person", *words, "--json", stdout=said)
    return json.loads(said.getvalue())


def refused(*words: str) -> str:
    said = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("add_person", *words, stderr=said)
    assert stopped.value.code == 1
    return said.getvalue()


def test_a_rep_is_added_to_a_team_and_signs_in_through_the_link(organisation):
    told = add("Kim@Example.com", "--role", "rep", "--name", "Kim Lee", "--team", "Benelux")

    kim = User.objects.get(email="kim@example.com")
    assert (kim.name, kim.role, kim.team.name, kim.team.function) == ("Kim Lee", "rep", "Benelux", "sales")
    assert AuditEvent.objects.get(action="user.created").object_id == str(kim.pk)
    client = Client()
    page = client.get(told["link"].removeprefix("http://127.0.0.1:8000"), follow=True)
    words = {"password1": "correct horse battery staple", "password2": "correct horse battery staple"}
    client.post(page.request["PATH_INFO"], words)
    assert client.login(username="kim@example.com", email="kim@example.com", password=words["password1"])


def test_without_a_team_the_side_of_the_role_is_taken(organisation):
    assert add("a@example.com", "--role", "marketer")["team"] == "Marketing"
    assert add("b@example.com", "--role", "account_manager")["team"] == "Sales"
    assert add("c@example.com", "--role", "administrator")["team"] is None


def test_asking_again_makes_nobody_new_and_another_role_is_refused(organisation):
    first, again = add("a@example.com", "--role", "rep"), add("A@example.com", "--role", "rep")

    assert first["email"] == again["email"]
    assert User.objects.count() == 1
    assert "is known already" in refused("a@example.com", "--role", "marketer")


def test_a_marketer_does_not_join_a_sales_team(organisation):
    add("a@example.com", "--role", "rep", "--team", "Benelux")

    assert "team of sales" in refused("b@example.com", "--role", "marketer", "--team", "benelux".title())
    assert User.objects.count() == 1


def test_an_unknown_role_lists_the_right_ones_and_a_company_comes_first():
    with pytest.raises(CommandError, match="marketing_head"):
        add("a@example.com", "--role", "boss")
    assert "Make the organisation first" in refused("a@example.com", "--role", "rep")

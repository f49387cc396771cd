"""Settings: leave is one's own, the team's or everybody's."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from smarketing.foundation.models import Absence, AuditEvent
from tests.factories import make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
TODAY = localdate


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def enter(client: Client, first: date, last: date, **fields):
    typed = {"starts_on": first.isoformat(), "ends_on": last.isoformat(), **fields}
    return client.post(reverse("sla:absences"), typed)


def test_a_person_enters_and_removes_leave_to_come(office):
    rep = make_user()
    client, soon = signed_in(rep), TODAY() + timedelta(days=7)

    assert enter(client, soon, soon + timedelta(days=4)).status_code == 302
    leave = Absence.objects.get()
    assert (leave.user, leave.starts_on) == (rep, soon)
    assert client.post(reverse("sla:remove_absence", args=[leave.pk])).status_code == 302
    assert not Absence.objects.exists()
    events = AuditEvent.objects.filter(object_type="foundation.absence").values_list("action", flat=True)
    assert sorted(events) == ["absence.added", "absence.removed"]


def test_nobody_gives_themselves_leave_for_days_gone_by_or_takes_back_leave_that_has_begun():
    rep, yesterday = make_user(), TODAY() - timedelta(days=1)
    client = signed_in(rep)

    page = enter(client, yesterday, TODAY())
    assert page.status_code == 422
    assert (
        "Choose today or a later day. Leave that has begun is changed by your head" in page.content.decode()
    )

    leave = Absence.objects.create(user=rep, starts_on=yesterday, ends_on=TODAY())
    assert client.post(reverse("sla:remove_absence", args=[leave.pk])).status_code == 403
    assert (
        signed_in(make_user("sales_head")).post(reverse("sla:remove_absence", args=[leave.pk])).status_code
        == 302
    )


def test_a_person_enters_leave_for_nobody_else():
    rep, colleague = make_user(), make_user()
    enter(signed_in(rep), TODAY(), TODAY(), user=colleague.pk)
    assert Absence.objects.get().user == rep


def test_a_head_enters_leave_of_the_own_team_and_an_administrator_of_everybody(administrator):
    head, mine, other = make_user("sales_head"), make_user(), make_user(team="Benelux")
    yesterday = TODAY() - timedelta(days=1)

    assert enter(signed_in(head), yesterday, TODAY(), user=mine.pk).status_code == 302
    assert enter(signed_in(head), yesterday, TODAY(), user=other.pk).status_code == 422
    assert enter(administrator, yesterday, TODAY(), user=other.pk).status_code == 302
    foreign = Absence.objects.get(user=other)
    assert signed_in(head).post(reverse("sla:remove_absence", args=[foreign.pk])).status_code == 404
    assert administrator.post(reverse("sla:remove_absence", args=[foreign.pk])).status_code == 302


def test_everybody_sees_the_leave_they_may_see_and_no_other():
    head, mine, other = make_user("sales_head"), make_user(), make_user(team="Benelux")
    for person in (mine, other):
        Absence.objects.create(user=person, starts_on=TODAY(), ends_on=TODAY())

    def seen(person) -> list:
        context = signed_in(person).get(reverse("sla:absences")).context
        return [row.user for row, _, _ in context["coming"]]

    assert seen(make_user()) == []
    assert seen(mine) == [mine]
    assert seen(head) == [mine]
    assert set(seen(make_user("administrator"))) == {mine, other}


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (5, 3, "The last day is before the first. Choose "),
        (1, 400, "This is more than a year. Enter a year at most."),
        (1200, 1201, "Choose a day within three years of today."),
    ],
)
def test_leave_that_cannot_be_meant_says_why(first, last, sentence):
    page = enter(signed_in(make_user()), TODAY() + timedelta(days=first), TODAY() + timedelta(days=last))
    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_leave_does_not_overlap_other_leave_of_the_person():
    rep = make_user()
    client, soon = signed_in(rep), TODAY() + timedelta(days=7)
    enter(client, soon, soon + timedelta(days=4))

    page = enter(client, soon + timedelta(days=4), soon + timedelta(days=9))
    assert page.status_code == 422
    assert f"You are away from {soon} to {soon + timedelta(days=4)} already." in page.content.decode()
    assert enter(signed_in(make_user()), soon, soon).status_code == 302

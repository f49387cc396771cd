"""People say what they want to hear of less; a broken promise is always told to whoever answers for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from leads.stages import Stage
from sla import tasks
from sla.models import Alert
from smarketing.foundation import outbox
from smarketing.foundation.models import Mute, User
from tests.factories import make_lead, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WARNED, BROKEN = MONDAY_9 + 3 * HOUR, MONDAY_9 + 5 * HOUR
KINDS = [kind for kind in Mute.Kind.values if kind not in ("new_lead", "nurture_due")]


@pytest.fixture
def head() -> User:
    return make_user("sales_head")


@pytest.fixture
def rep() -> User:
    return make_user()


def wait(owner: User | None = None, *, n: int = 1) -> None:
    for _ in range(n):
        make_lead(stage=Stage.MQL, owner=owner, since=MONDAY_9)


def mute(person: User, *kinds: str, ways: tuple[str, ...] = ("app", "mail")) -> None:
    Mute.objects.bulk_create([Mute(user=person, kind=kind, way=way) for kind in kinds for way in ways])


def unread(person: User) -> int:
    return Alert.objects.unread().filter(recipient=person).count()


def mails(person: User) -> list[str]:
    outbox.deliver(now() + timedelta(minutes=1), limit=1_000)
    return [m.subject for m in mail.outbox if m.to == [person.email] and "New lead" not in m.subject]


def test_a_muted_warning_makes_no_mark_and_no_mail_and_stays_on_record(rep, head):
    mute(rep, "own_warning")
    wait(rep)

    tasks.sweep(WARNED)

    assert (unread(rep), mails(rep)) == (0, [])
    assert Alert.objects.get(recipient=rep).read_at == WARNED


@pytest.mark.parametrize(("way", "marks", "letters"), [("app", 0, 1), ("mail", 1, 0)])
def test_each_way_is_muted_by_itself(way, marks, letters, rep, head):
    mute(rep, "own_warning", ways=(way,))
    wait(rep)

    tasks.sweep(WARNED)

    assert (unread(rep), len(mails(rep))) == (marks, letters)


def test_who_answers_for_a_broken_promise_hears_of_it_whatever_is_muted(rep, head):
    mute(rep, *KINDS)
    wait(rep)

    tasks.sweep(BROKEN)

    assert unread(rep) == 1
    assert [subject.partition(":")[0] for subject in mails(rep)] == ["Broken"]


def test_a_head_may_leave_the_breaches_of_others_to_them(rep, head):
    mute(head, "team_breach")
    wait(rep)

    tasks.sweep(BROKEN)

    assert (unread(head), mails(head)) == (0, [])


def test_of_nobodys_lead_the_head_hears_that_the_promise_broke_whatever_is_muted(head):
    mute(head, *KINDS)
    wait()

    tasks.sweep(WARNED)
    assert (unread(head), mails(head)) == (0, [])
    tasks.sweep(BROKEN)

    assert unread(head) == 1
    assert len(mails(head)) == 1


def test_the_lead_of_somebody_who_left_is_nobodys(rep, head):
    mute(head, *KINDS)
    wait(rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)

    tasks.sweep(BROKEN)

    assert unread(head) == 1


def test_a_digest_leaves_out_what_is_muted(head):
    mute(head, "team_breach", ways=("mail",))
    wait(n=2)
    wait(make_user(), n=21)

    tasks.sweep(BROKEN)

    assert Alert.objects.get(recipient=head).many == 23
    assert mails(head) == ["Promises: 2 broken"]


def test_muted_after_the_sweep_is_muted_in_the_mail(rep, head):
    wait(rep)
    tasks.sweep(WARNED)
    mute(rep, "own_warning", ways=("mail",))

    assert (unread(rep), mails(rep)) == (1, [])


def test_postgresql_keeps_no_mute_of_ones_own_breach(rep):
    with pytest.raises(IntegrityError, match="mute_is_known"), transaction.atomic():
        mute(rep, "own_breach")

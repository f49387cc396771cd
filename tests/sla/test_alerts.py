"""People are told once, in time, of what is still true; many things at once are one mail."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils.timezone import now

from leads import handover
from leads.stages import Stage
from sla import alerts, tasks
from sla.models import Alert, Deadline
from smarketing.foundation import outbox
from smarketing.foundation.models import Absence
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WARNED, DUE = MONDAY_9 + 3 * HOUR, MONDAY_9 + 4 * HOUR
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


@pytest.fixture
def head():
    return make_user("sales_head")


def wait(owner=None, *, since: datetime = MONDAY_9, n: int = 1):
    made = [make_lead(stage=Stage.MQL, owner=owner, since=since) for _ in range(n)]
    return made[0]


def told() -> set[tuple[object, str]]:
    return {(alert.recipient, alert.deadline.kind) for alert in Alert.objects.all()}


def mails(to) -> list[str]:
    outbox.deliver(now() + timedelta(minutes=1), limit=1_000)
    return [
        message.subject
        for message in mail.outbox
        if message.to == [to.email] and "New lead" not in message.subject
    ]


def test_nobody_is_told_before_three_quarters_of_the_time(rep, head):
    wait(rep)

    tasks.sweep(WARNED - SECOND)

    assert not Alert.objects.exists()


def test_the_rep_is_warned_and_the_head_is_not(rep, head):
    lead = wait(rep)

    tasks.sweep(WARNED)

    assert told() == {(rep, "warning")}
    assert mails(rep) == [f"Due soon: Decide on an MQL: {lead}"]
    assert mails(head) == []


def test_the_rep_and_the_head_hear_of_a_broken_promise_once(rep, head):
    lead = wait(rep)
    for moment in (WARNED, DUE, DUE + SECOND, DUE + SECOND, DUE + HOUR):
        tasks.sweep(moment)

    assert told() == {(rep, "warning"), (rep, "breach"), (head, "breach")}
    assert Alert.objects.count() == 3
    assert mails(head) == [f"Broken: Decide on an MQL: {lead}"]
    assert mails(head) == [f"Broken: Decide on an MQL: {lead}"]  # not again


def test_done_at_the_due_instant_alarms_nobody(rep, head):
    lead = wait(rep)
    handover.accept(lead.pk, by=rep, moment=DUE)

    tasks.sweep(DUE + SECOND)

    assert not Alert.objects.exists()


def test_a_mail_says_only_what_is_true_when_it_leaves(rep, head):
    lead = wait(rep)
    tasks.sweep(WARNED)
    handover.accept(lead.pk, by=rep, moment=WARNED + SECOND)
    tasks.sweep(WARNED + 2 * SECOND)

    assert mails(rep) == []


def test_of_nobodys_lead_the_head_is_warned(head):
    wait()

    tasks.sweep(WARNED)

    assert told() == {(head, "warning")}


def test_while_the_head_is_away_the_deputy_hears(rep, head):
    deputy = make_user("account_manager")
    head.deputy = deputy
    head.save()
    Absence.objects.create(user=head, starts_on="2026-03-01", ends_on="2026-03-08")
    wait(rep)

    tasks.sweep(DUE + SECOND)

    assert told() == {(rep, "breach"), (deputy, "breach")}


def test_who_has_left_is_told_nothing(rep, head):
    wait(rep)
    rep.is_active = False
    rep.save()

    tasks.sweep(DUE + SECOND)

    assert told() == {(head, "breach")}


def test_where_there_is_no_head_the_administrator_hears(rep):
    administrator = make_user("administrator")
    wait(rep)

    tasks.sweep(DUE + SECOND)

    assert told() == {(rep, "breach"), (administrator, "breach")}


def test_twenty_alerts_are_twenty_mails_and_twenty_one_are_one(rep, head):
    wait(rep, n=21)
    other = make_user("rep")
    wait(other, n=20)

    tasks.sweep(WARNED)

    assert mails(rep) == ["Promises: 21 due soon"]
    assert Alert.objects.get(recipient=rep).many == 21
    assert len(mails(other)) == 20


def test_a_digest_keeps_its_message_id_when_it_is_sent_again(rep):
    wait(rep, n=21)
    tasks.sweep(WARNED)
    alert = Alert.objects.get()
    key = f"alert-{alert.pk}"

    mails(rep)
    outbox._handlers[alerts.MAIL]({"alert": alert.pk}, key)

    ids = [
        m.extra_headers["Message-ID"] for m in mail.outbox if m.to == [rep.email] and "Promises" in m.subject
    ]
    assert ids == [f"<{key}@smarketing>"] * 2


def test_after_downtime_nobody_is_warned_of_what_is_broken_already(rep, head):
    wait(rep, n=30)

    tasks.sweep(MONDAY_9 + timedelta(hours=72))

    assert told() == {(rep, "breach"), (head, "breach")}
    assert Deadline.objects.filter(kind="warning", fired_at=None, skipped_at__isnull=False).count() == 30
    assert mails(rep) == mails(head) == ["Promises: 30 broken"]


def test_a_breach_found_late_is_told_even_if_somebody_decided_meanwhile(rep, head):
    lead = wait(rep)
    handover.accept(lead.pk, by=rep, moment=DUE + HOUR)

    tasks.sweep(DUE + 2 * HOUR)

    assert (rep, "breach") in told()
    assert mails(head) == [f"Broken: Decide on an MQL: {lead}"]


def test_a_reader_takes_only_the_own_alerts_off_the_list(rep, head):
    wait(rep)
    tasks.sweep(DUE + SECOND)

    assert alerts.mark_read(rep, None, moment=now()) == 1
    assert list(Alert.objects.unread().values_list("recipient", flat=True)) == [head.pk]


def test_a_digest_tells_its_reader_of_nobody_elses_leads(head):
    ann, ben = make_user("rep"), make_user("rep")
    anns = [make_lead(stage=Stage.MQL, owner=ann, since=MONDAY_9) for _ in range(21)]
    wait(ben, since=MONDAY_9 - 72 * HOUR)  # his promise of Friday is found broken by the same sweep
    tasks.sweep(WARNED)
    handover.reassign(anns[0].pk, to=ben, by=head, moment=WARNED + SECOND)
    tasks.sweep(WARNED + 2 * SECOND)

    alert = Alert.objects.get(recipient=ann)
    assert {deadline.clock.lead for deadline in alerts.covered(alert)} == set(anns)


def test_a_head_who_owns_leads_hears_of_them_and_of_the_teams_once(rep, head):
    mine = [make_lead(stage=Stage.MQL, owner=head, since=MONDAY_9) for _ in range(11)]
    theirs = [make_lead(stage=Stage.MQL, owner=rep, since=MONDAY_9) for _ in range(11)]

    tasks.sweep(DUE + SECOND)

    alert = Alert.objects.get(recipient=head)
    assert (alert.many, alert.broken) == (22, 22)
    assert {deadline.clock.lead for deadline in alerts.covered(alert)} == {*mine, *theirs}


@pytest.mark.django_db(transaction=True)
def test_a_deadline_that_is_moved_while_the_sweep_looks_alarms_nobody(rep, head):
    wait(rep)
    tasks.sweep(WARNED)

    def fire() -> None:
        try:
            alerts.sweep(DUE + SECOND)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Deadline.objects.filter(kind="breach").update(due_at=DUE + HOUR)
            fired = pool.submit(fire)
            wait_for_a_lock()
        fired.result()

    assert told() == {(rep, "warning")}


def wait_for_a_lock() -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")

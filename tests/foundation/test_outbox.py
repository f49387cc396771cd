"""Effects leave once the change is committed, again after a failure, and not for ever."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils.timezone import now

from leads import deliveries, handover
from leads.stages import Stage
from smarketing.foundation import outbox, tasks
from smarketing.foundation.models import OutboxItem
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=1)


@pytest.fixture
def waiting(organisation):
    return make_lead(stage=Stage.MQL, owner=make_user("rep"))


def test_the_rep_gets_one_mail_about_a_new_lead(waiting):
    assert outbox.deliver(now()) == 0  # held back, so that an undo can take it back

    assert outbox.deliver(now() + LATER) == 1
    assert outbox.deliver(now() + 10 * LATER) == 0

    message = mail.outbox[0]
    assert message.to == [waiting.owner.email]
    assert waiting.name in message.subject
    assert f"/leads/{waiting.pk}/" in message.body
    assert message.extra_headers["Message-ID"] == f"<{OutboxItem.objects.get().dedupe_key}@smarketing>"


def test_nobody_is_mailed_about_a_lead_already_decided(waiting):
    handover.accept(waiting.pk, by=waiting.owner)

    outbox.deliver(now() + LATER)

    assert not mail.outbox


def test_a_failing_effect_is_tried_again_and_given_up_after_eight_attempts(settings, waiting):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    moment = now() + LATER
    for _ in range(10):
        outbox.deliver(moment, limit=1)
        moment += timedelta(days=1)

    item = OutboxItem.objects.get()
    assert item.attempts == outbox.MAX_ATTEMPTS
    assert item.dead_at is not None
    assert "refused" in item.last_error


def test_the_same_key_is_planned_once(waiting):
    key = OutboxItem.objects.get().dedupe_key

    outbox.put(deliveries.NEW_LEAD, key, {"handover": 0})

    assert OutboxItem.objects.count() == 1


def test_a_process_that_nudges_knows_the_broker_of_the_workers(settings):
    from celery import current_app

    assert current_app.conf.broker_url == settings.CELERY_BROKER_URL
    assert current_app.main == "smarketing"


def test_a_host_whose_clock_is_behind_delivers_what_is_due_by_the_databases_clock(waiting):
    OutboxItem.objects.update(available_at=now())

    with time_machine.travel(now() - 5 * LATER, tick=True):
        tasks.tick()

    assert len(mail.outbox) == 1


def test_a_tick_that_leaves_something_asks_for_the_next_at_once(waiting, monkeypatch):
    OutboxItem.objects.update(available_at=now())
    asked: list[str] = []
    monkeypatch.setattr(tasks, "nudge", asked.append)

    monkeypatch.setattr(tasks.outbox, "deliver", lambda moment: 0)
    tasks.tick()
    monkeypatch.undo()
    tasks.tick()

    assert asked == ["smarketing.foundation.tasks.tick"]

"""An MQL comes in on Friday at 16:30: warned, broken, taken over, contacted; every mail travels over real SMTP."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from leads import capture, scoring
from leads.models import Lead
from sla.models import Clock
from sla.statuses import status_of
from smarketing.foundation import outbox
from tests import smtp_sink
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db
FRIDAY_1630 = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)  # in Berlin, where everybody works from nine to five
MONDAY_1130, MONDAY_1230 = (datetime(2026, 3, 9, hour, 30, tzinfo=UTC) for hour in (10, 11))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink(tmp_path, settings):
    with smtp_sink.running(tmp_path / "mail") as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


class Day:
    """The clock on the wall, and what the workers do as it goes on."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock

    def becomes(self, moment: datetime) -> dict:
        """The sweep of that moment, and the mail it caused."""
        self.clock.move_to(moment, tick=False)
        out = StringIO()
        call_command("tick", "--at", moment.isoformat(), "--json", stdout=out)
        outbox.deliver(now())
        return json.loads(out.getvalue())


@pytest.fixture
def day():
    with time_machine.travel(FRIDAY_1630, tick=False) as clock:
        yield Day(clock)


def sign_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def statuses(lead: Lead, moment: datetime) -> dict[str, str]:
    clocks = Clock.objects.counted().filter(lead=lead).select_related("commitment")
    return {clock.commitment.key: status_of(clock, moment) for clock in clocks}


def due_everywhere(rep: Client, head: Client, lead: Lead) -> set[datetime]:
    """When the decision is due, as queue, lead page, SLA page and API say."""
    pages = [rep.get("/queue/"), rep.get(f"/leads/{lead.pk}/"), head.get("/sla/")]
    told = [re.findall(r'data-due="([^"]+)"', page.content.decode()) for page in pages]
    told.append([clock["due_at"] for clock in rep.get("/api/v1/clocks").json()["results"]])
    assert all(told)
    return {datetime.fromisoformat(text) for texts in told for text in texts}


def test_a_promise_that_breaks_over_the_weekend_is_warned_told_taken_over_and_kept_up(sink, day):
    make_organisation("Europe/Berlin")
    head = make_user("sales_head", name="Helen")
    rep = make_user("rep", name="Rita")

    # Friday, half an hour before the weekend: the third touch makes an MQL, and Rita hears of it.
    campaign = make_campaign("Spring webinar", channel="webinar")
    lead = capture.create(
        by=None, email="ada@example.com", first_name="Ada", last_name="King", campaign=campaign
    )
    for minutes in range(3):
        capture.touch(lead.pk, kind="webinar", campaign=campaign, moment=FRIDAY_1630 + minutes * MINUTE)
    day.clock.move_to(FRIDAY_1630 + 2 * MINUTE, tick=False)
    scoring.sweep(now())
    colleague = make_user("rep", name="Carl")
    day.becomes(FRIDAY_1630 + 3 * MINUTE)
    due = MONDAY_1230 + 2 * MINUTE
    assert Clock.objects.get().due_at == due
    assert statuses(lead, now()) == {"decide": "running"}
    assert sink.subjects(rep.email) == ["New lead: Ada King"]

    # The weekend passes in silence. On Monday, with three of the four hours gone, Rita is warned, and only she.
    day.becomes(datetime(2026, 3, 8, 12, tzinfo=UTC))
    day.becomes(MONDAY_1130 + MINUTE)
    assert len(sink.messages()) == 1
    day.becomes(MONDAY_1130 + 2 * MINUTE)
    assert sink.subjects(rep.email)[1:] == ["Due soon: Decide on an MQL: Ada King"]
    assert "Monday, 9 March, 12:32" in sink.messages()[-1].get_content()

    # Wherever Rita and Helen look, it is the same instant.
    assert due_everywhere(sign_in(rep), sign_in(head), lead) == {due}

    # Nothing happens: the promise breaks, Rita and Helen are told, once, however often the sweep comes.
    day.becomes(due)
    assert statuses(lead, now()) == {"decide": "running"}
    for seconds in (1, 11, 21):
        day.becomes(due + timedelta(seconds=seconds))
    assert statuses(lead, now()) == {"decide": "broken"}
    assert sink.subjects(rep.email)[2:] == ["Broken: Decide on an MQL: Ada King"]
    assert sink.subjects(head.email) == ["Broken: Decide on an MQL: Ada King"]

    # Helen gives the lead to Carl, who accepts and calls. The broken promise stays Rita's; Carl keeps his own.
    day.becomes(due + 10 * MINUTE)
    assert sign_in(head).post(f"/leads/{lead.pk}/reassign/", {"to": colleague.pk}).status_code == 302
    day.becomes(due + 20 * MINUTE)
    carl = sign_in(colleague)
    assert carl.post(f"/leads/{lead.pk}/accept/").status_code == 302
    day.becomes(due + 30 * MINUTE)
    assert carl.post(f"/leads/{lead.pk}/log/", {"what": "call:spoke"}).status_code == 302
    day.becomes(due + 31 * MINUTE)

    decide, contact = Clock.objects.order_by("started_at")
    assert (decide.owner, decide.stopped_at) == (rep, due + 20 * MINUTE)
    assert (contact.owner, contact.stopped_at) == (colleague, due + 30 * MINUTE)
    assert statuses(lead, now()) == {"decide": "broken", "first-contact": "kept"}
    assert contact.worked_seconds == 600

    # Nobody heard anything twice: five mails for one lead's weekend, each with a name of its own.
    day.becomes(due + timedelta(days=3))
    assert sink.subjects(colleague.email) == ["New lead: Ada King"]
    assert len({message["Message-ID"] for message in sink.messages()}) == len(sink.messages()) == 5

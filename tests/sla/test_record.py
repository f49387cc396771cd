"""The promises of one lead on its page, and one status on every surface that shows it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils.timezone import now

from leads import activities, handover, routing
from leads.models import Lead
from leads.stages import Stage
from sla import clocks, statuses, tasks
from sla.models import Clock
from sla.record import record_of
from smarketing.foundation import outbox
from tests.factories import make_lead, make_user
from tests.leads.importing import run, write
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


@pytest.fixture
def rep():
    return make_user("rep", name="Ann", team="Benelux")


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_deadline_says_whose_hours_made_it(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep, since=MONDAY_9 + 6 * HOUR)
    tasks.sweep(MONDAY_9 + 7 * HOUR)
    promise = record_of(lead, rep, MONDAY_9 + 7 * HOUR).promises[0]

    assert promise.why == "4 working hours from Monday 15:00, by the hours of Ann: Mon–Fri 09:00–17:00, UTC."


def test_four_moments_tell_the_delays_of_system_queue_and_rep():
    lead = make_lead(stage=Stage.MQL, since=MONDAY_9)
    rep = make_user("rep")
    handover.claim(lead.pk, by=rep, moment=MONDAY_9 + HOUR)
    head = make_user("sales_head")
    activities.log(lead.pk, by=head, kind="call", outcome="voicemail", moment=MONDAY_9 + 1.5 * HOUR)
    tasks.sweep(MONDAY_9 + 2 * HOUR)
    Clock.objects.update(captured_at=MONDAY_9 + timedelta(minutes=2))
    promise = record_of(lead, rep, MONDAY_9 + 2 * HOUR).promises[0]

    assert promise.delays == [("System", "2 min"), ("Queue", "1 h 00 min"), ("Rep", "30 min")]


def test_a_lead_of_a_file_has_no_clock_until_a_head_starts_its_promises(rep, tmp_path):
    run("import_leads", write(tmp_path, "external_id,email,reached.mql\n1,ada@example.com,2026-03-02\n"))
    lead = Lead.objects.get()
    routing.assign(lead, rep, rule="imported", by=None, moment=now())
    head = signed_in(make_user("sales_head"))
    assert "Start promises" in words(head.get(f"/leads/{lead.pk}/"))
    assert "Start promises" not in words(signed_in(rep).get(f"/leads/{lead.pk}/"))
    assert signed_in(rep).post(f"/leads/{lead.pk}/promises/").status_code == 403
    assert signed_in(make_user("rep", team="Nordics")).post(f"/leads/{lead.pk}/promises/").status_code == 403

    head.post(f"/leads/{lead.pk}/promises/")
    tasks.sweep(now())
    page = head.get(f"/leads/{lead.pk}/")
    assert "Start promises" not in words(page)
    assert "Decide on an MQL" in words(page)
    assert head.post("/leads/999999/promises/").status_code == 404


def test_a_lead_that_became_an_mql_here_offers_nothing_to_start(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep)

    assert "Start promises" not in words(signed_in(make_user("sales_head")).get(f"/leads/{lead.pk}/"))


def test_the_status_is_one_on_every_surface(rep, always_open):
    """Queue, lead page, SLA page, its list, the report, the API and the mail ask the same place."""
    head = make_user("sales_head", name="Marta")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - 5 * HOUR)
    tasks.sweep(now())
    clock = Clock.objects.get(lead=lead)
    assert statuses.status_of(clock, now()) == "broken"

    def surfaces() -> list[bool]:
        """Whether each of them calls the promise late and broken."""
        client, chief = signed_in(rep), signed_in(head)
        queue = client.get("/queue/")
        report = json.loads(printed())["commitments"][0]
        api = chief.get(f"/api/v1/clocks?lead={lead.pk}").json()["results"]
        return [
            "due due-late" in queue.content.decode()
            and [g.title for g, _ in queue.context["groups"]] == ["Late"],
            "due due-late" in client.get(f"/leads/{lead.pk}/").content.decode(),
            "1 promise is broken right now" in words(chief.get("/sla/?since=2026-01-01")),
            chief.get("/sla/clocks/?state=late").context["number"] == 1,
            report["broken"] == 1 and report["kept"] == 0,
            api[0]["status"] == "broken",
            any(message.subject.startswith("Broken: Decide on an MQL") for message in sent()),
        ]

    assert surfaces() == [True] * 7
    # Taken back to where it began: the same surfaces all say that it is in time.
    mail.outbox.clear()
    Clock.objects.update(due_at=now() + 3 * HOUR, soon_at=now() + 2.9 * HOUR, half_at=now() + 2.8 * HOUR)
    assert surfaces() == [False] * 7


def printed() -> str:
    import io

    out = io.StringIO()
    call_command("report", "sla", "--json", stdout=out)
    return out.getvalue()


def sent() -> list:
    outbox.deliver(now() + timedelta(minutes=1), limit=100)
    return list(mail.outbox)


def test_leads_with_a_deadline_stand_in_the_queue_by_when_it_is(rep, always_open):
    late, next_, later = (make_lead(stage=Stage.MQL, owner=rep, since=now() - h * HOUR) for h in (5, 3, 1))
    work = make_lead(stage=Stage.SAL, owner=rep, since=now() - 2 * HOUR)
    activities.log(work.pk, by=rep, kind="call", outcome="spoke", moment=now() - HOUR)
    tasks.sweep(now())
    response = signed_in(rep).get("/queue/")

    assert [row.lead for row in response.context["queue"].rows] == [late, next_, later, work]
    titles = [group.title for group, _ in response.context["groups"]]
    assert titles == ["Late", "Due next", "In work, longest quiet first"]
    body = response.content.decode()
    assert body.count("data-due-words") == 3
    assert "1 h 00 m late" in body


def test_who_was_just_decided_on_waits_for_no_decision(rep, always_open):
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - 5 * HOUR)
    tasks.sweep(now())
    handover.accept(lead.pk, by=rep)

    response = signed_in(rep).get("/queue/")
    assert [group.title for group, _ in response.context["groups"]] == ["In work, longest quiet first"]


def test_a_lead_given_to_somebody_after_its_deadline_is_late_in_the_new_owners_queue(rep, always_open):
    other = make_user("rep", team="Benelux")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - 5 * HOUR)
    tasks.sweep(now())
    handover.reassign(lead.pk, to=other, by=make_user("sales_head"))
    tasks.sweep(now())

    assert [row.lead for row in signed_in(other).get("/queue/").context["queue"].rows] == [lead]
    assert clocks.Clock.objects.get().owner == rep

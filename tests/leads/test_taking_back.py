"""Logged work that its author takes back within ten minutes, and the words asked after a call."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.timezone import now

from leads import activities
from leads.models import Activity, Note, Snooze
from leads.pages.last_acts import last_act_of
from leads.stages import Stage
from sla import tasks
from sla.models import Clock
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user
from tests.leads.pages import act, heard
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "strip"}


@pytest.fixture
def rep():
    return make_user("rep")


@pytest.fixture
def lead(rep):
    return make_lead(stage=Stage.SAL, owner=rep, since=now() - timedelta(hours=2))


def log(lead, rep, outcome: str = "voicemail", **given) -> Activity:
    return activities.log(lead.pk, by=rep, kind="call", outcome=outcome, **given)


def test_what_is_taken_back_counts_nowhere_and_is_still_on_record(rep, lead):
    kept = log(lead, rep, moment=now() - timedelta(hours=1))
    activities.take_back(log(lead, rep, "spoke").pk, by=rep)
    lead.refresh_from_db()

    assert [work.outcome for work in lead.activities.all()] == ["voicemail"]
    assert lead.worked_at == kept.at
    titles = [entry.title for entry in signed_in(rep).get(lead.get_absolute_url()).context["story"].entries]
    assert titles[0] == "Spoke on the phone (taken back)"


def test_the_clock_of_a_first_contact_runs_on_when_the_call_is_taken_back(rep, lead):
    call = log(lead, rep)
    tasks.sweep(now())
    clock = Clock.objects.get(lead=lead, commitment__stops_on="first_contact")
    assert clock.stopped_at is not None
    activities.take_back(call.pk, by=rep)
    tasks.sweep(now())

    clock.refresh_from_db()
    assert (clock.stopped_at, clock.touched_at) == (None, None)


def test_only_its_author_takes_it_back_once_and_for_ten_minutes(rep, lead):
    call = log(lead, rep)
    with pytest.raises(Forbidden):
        activities.take_back(call.pk, by=make_user("sales_head"))
    with pytest.raises(Refusal, match="ten minutes"):
        activities.take_back(call.pk, by=rep, moment=now() + timedelta(minutes=11))
    activities.take_back(call.pk, by=rep)
    with pytest.raises(Refusal, match="already"):
        activities.take_back(call.pk, by=rep)


def test_postgresql_refuses_to_unmark_it_or_to_mark_it_late(rep, lead):
    row = Activity.recorded.filter(pk=log(lead, rep).pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(taken_back_at=Now() + timedelta(minutes=11))
    row.update(taken_back_at=Now())
    for change in ({"taken_back_at": None}, {"taken_back_at": Now()}, {"outcome": "spoke"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**change)


def test_one_click_logs_a_call_and_asks_for_details_beside_the_work(rep, lead):
    client = signed_in(rep)
    response = client.post(reverse("leads:log", args=[lead.pk]), {"what": "call:voicemail"}, **HTMX)

    call = Activity.objects.get()
    assert response.status_code == 200
    assert heard(response) == {"lead-moved": {"lead": lead.pk}}
    assert f'action="/leads/log/{call.pk}/"' in response.content.decode()
    until = (now() + timedelta(days=1)).isoformat()
    answer = client.post(f"/leads/log/{call.pk}/", {"text": "Calls back", "until": until}, **HTMX)
    assert json.loads(answer["HX-Trigger"])["toast"]["text"].startswith(f"{lead.name}: Note kept. Next try ")
    assert answer.content == b""
    assert (Note.objects.get().activity, Snooze.objects.get().lead) == (call, lead)


def test_details_say_what_is_wrong_and_are_their_authors(rep, lead):
    call = log(lead, rep)
    mine, head = signed_in(rep), signed_in(make_user("sales_head"))
    late = mine.post(f"/leads/log/{call.pk}/", {"until": "2020-01-01T09:00:00+00:00"}, **HTMX)
    assert late.status_code == 422
    assert "That time is over" in late.content.decode()
    assert head.post(f"/leads/log/{call.pk}/", {"text": "x"}).status_code == 403
    stranger = signed_in(make_user("rep", team="Nordics"))
    assert stranger.post(f"/leads/log/{call.pk}/", {"text": "x"}).status_code == 404
    assert stranger.post(f"/leads/log/{call.pk}/undo/").status_code == 404


def test_an_email_is_logged_as_sent_and_the_lead_stays_open(rep, lead):
    response = signed_in(rep).post(reverse("leads:log", args=[lead.pk]), {"what": "email:sent"}, **HTMX)

    assert heard(response) == {"lead-changed": {"lead": lead.pk}}


def test_without_script_the_message_has_the_undo(rep, lead):
    answer = signed_in(rep).post(
        reverse("leads:log", args=[lead.pk]), {"what": "call:no_answer", "text": ""}, follow=True
    )

    assert f'action="/leads/log/{Activity.objects.get().pk}/undo/"' in answer.content.decode()


def test_the_last_act_is_the_newest_of_moves_work_and_snoozes(rep, lead):
    assert last_act_of(rep, moment=now()) is None
    act(signed_in(rep), "log", lead, what="call:voicemail")
    assert last_act_of(rep, moment=now()).words == "left a voicemail"
    other = make_lead(stage=Stage.MQL, owner=rep)
    act(signed_in(rep), "accept", other)
    found = last_act_of(rep, moment=now())
    assert (found.lead, found.words) == (other.name, "accepted")
    signed_in(rep).post(
        reverse("leads:snooze", args=[lead.pk]), {"until": (now() + timedelta(days=1)).isoformat()}
    )
    assert last_act_of(rep, moment=now()).words == "put off"
    assert last_act_of(rep, moment=now() + timedelta(minutes=11)) is None

"""Leads put off: out of the list until their time, back by themselves, and no promise's clock stopped by it."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.timezone import localtime, now

from leads import activities, capture, handover, snoozing, undo
from leads.models import Snooze
from leads.stages import Stage
from sla import tasks
from sla.models import Clock
from sla.queue import BACK
from sla.queue_tabs import counts_of, queue_in
from sla.snooze_times import offers_for, pressing_clock
from smarketing.foundation.models import Calendar
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


@pytest.fixture
def lead(rep):
    return make_lead(stage=Stage.SAL, owner=rep, since=now() - DAY)


def mine(rep, moment=None) -> list[str]:
    return [row.lead.name for row in queue_in("mine", rep, moment=moment or now()).rows]


def put_off(lead, rep, *, hours: float = 24, **given) -> Snooze:
    return snoozing.snooze(lead.pk, by=rep, until=now() + hours * HOUR, **given)


# --- Away and back ------------------------------------------------------------------------------------------
def test_a_lead_that_is_put_off_leaves_the_list_and_stands_in_its_own_tab(rep, lead):
    other = make_lead(stage=Stage.SAL, owner=rep)
    put_off(lead, rep, note="At a fair")

    assert mine(rep) == [other.name]
    row = queue_in("snoozed", rep, moment=now()).rows[0]
    assert (row.lead, row.snooze.note.text) == (lead, "At a fair")
    assert counts_of(["mine", "snoozed"], rep, moment=now()) == {"mine": 1, "snoozed": 1}


def test_it_comes_back_by_itself_at_its_time_first_in_the_list_and_says_so(rep, lead):
    quiet = make_lead(stage=Stage.SAL, owner=rep, since=now() - 9 * DAY)
    snooze = put_off(lead, rep, hours=2)

    found = queue_in("mine", rep, moment=snooze.until_at)
    assert [row.lead.name for row in found.rows] == [lead.name, quiet.name]
    assert found.groups[0].title == BACK
    assert queue_in("snoozed", rep, moment=snooze.until_at).rows == []


def test_once_somebody_worked_on_it_it_is_a_lead_like_any_other(rep, lead):
    snooze = put_off(lead, rep, hours=2)
    later = snooze.until_at + HOUR
    activities.log(lead.pk, by=rep, kind="call", outcome="voicemail", moment=later)

    assert [group.title for group in queue_in("mine", rep, moment=later).groups] == [
        "In work, longest quiet first"
    ]


def test_the_buyer_wakes_it(rep, lead):
    put_off(lead, rep)
    capture.touch(lead.pk, kind="form", content="Pricing request", moment=now() + HOUR)

    found = queue_in("mine", rep, moment=now() + 2 * HOUR)
    assert [(group.title, group.rows[0].reason) for group in found.groups] == [
        (BACK, "Asked for pricing 1 h ago")
    ]


def test_what_we_send_wakes_nothing(rep, lead):
    put_off(lead, rep)
    capture.touch(lead.pk, kind="email", moment=now() + HOUR)
    activities.log(lead.pk, by=rep, kind="email", outcome="sent", moment=now() + HOUR)

    assert mine(rep, now() + 2 * HOUR) == []


def test_a_move_and_a_new_owner_wake_it(rep):
    moved, given = (make_lead(stage=Stage.MQL, owner=rep) for _ in range(2))
    for lead in (moved, given):
        put_off(lead, rep)
    handover.accept(moved.pk, by=rep)
    other = make_user("rep")
    handover.reassign(given.pk, to=other, by=make_user("sales_head"))

    assert mine(rep) == [moved.name]
    assert mine(other) == [given.name]


def test_it_is_woken_by_hand_and_taken_back_by_its_author_for_ten_minutes(rep, lead):
    put_off(lead, rep)
    snoozing.wake(lead.pk, by=rep)
    again = put_off(lead, rep)
    with pytest.raises(Forbidden):
        snoozing.take_back(lead.pk, snooze_id=again.pk, by=make_user("sales_head"))
    with pytest.raises(Refusal, match="ten minutes"):
        snoozing.take_back(lead.pk, snooze_id=again.pk, by=rep, moment=now() + HOUR)
    snoozing.take_back(lead.pk, snooze_id=again.pk, by=rep)

    assert [row.ending for row in Snooze.objects.order_by("id")] == ["woken", "undone"]
    assert mine(rep) == [lead.name]


def test_what_is_taken_back_gives_room_to_what_stood_before(rep, lead):
    first = put_off(lead, rep, hours=30)
    second = put_off(lead, rep, hours=60)
    assert Snooze.objects.sleeping(now()).get().until_at == second.until_at
    snoozing.take_back(lead.pk, snooze_id=second.pk, by=rep)

    assert Snooze.objects.sleeping(now()).get().until_at == first.until_at


# --- Whose, and until when ----------------------------------------------------------------------------------
def test_owners_put_off_their_own_and_heads_any_that_has_an_owner(rep, lead):
    assert snoozing.may_snooze(make_user("sales_head"), lead)
    assert not snoozing.may_snooze(make_user("rep"), lead)
    assert not snoozing.may_snooze(make_user("marketer"), lead)
    orphan = make_lead(stage=Stage.MQL)
    orphan.owner = None
    assert not snoozing.may_snooze(make_user("sales_head"), orphan)
    assert not snoozing.may_snooze(rep, make_lead(stage=Stage.CUSTOMER, owner=rep))


def test_a_time_that_is_over_and_one_too_far_off_are_refused(rep, lead):
    with pytest.raises(Refusal, match="Choose a time to come"):
        snoozing.snooze(lead.pk, by=rep, until=now() - HOUR)
    with pytest.raises(Refusal, match="a year at most"):
        snoozing.snooze(lead.pk, by=rep, until=now() + 400 * DAY)


def test_a_clock_runs_on_and_the_dialog_says_when_it_is_due(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now())
    tasks.sweep(now())
    put_off(lead, rep, hours=400)
    tasks.sweep(now())

    clock = Clock.objects.running().get(lead=lead)
    assert clock.stopped_at is None
    body = signed_in(rep).get(reverse("leads:snooze", args=[lead.pk])).content.decode()
    assert "Putting the lead off does not stop that clock." in body
    assert "after the deadline" in body
    assert pressing_clock(lead) == clock


def test_times_are_offered_by_the_persons_own_hours_and_clock(rep):
    Calendar.objects.update(week={str(day): [["08:30", "17:00"]] for day in range(5)})
    thursday = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)

    assert [(offer.label, offer.words) for offer in offers_for(rep, thursday)] == [
        ("This afternoon", "Today 14:00"),
        ("Tomorrow morning", "Tomorrow 08:30"),
        ("Monday morning", "Monday 08:30"),
        ("Monday in a week", "16 Mar 08:30"),
    ]
    evening = thursday + 9 * HOUR
    assert offers_for(rep, evening)[0].label == "Tomorrow morning"


# --- Pages ---------------------------------------------------------------------------------------------------
def test_a_day_and_a_time_are_read_on_the_readers_own_clock(lead):
    rep = lead.owner
    rep.time_zone = "America/New_York"
    rep.save()
    day = (now() + 5 * DAY).date().isoformat()
    client = signed_in(rep)
    response = client.post(
        reverse("leads:snooze", args=[lead.pk]), {"until": "other", "on": day, "at": "09:30"}, **HTMX
    )

    told = json.loads(response["HX-Trigger"])
    assert told["toast"]["undo"] == reverse("leads:undo_snooze", args=[Snooze.objects.get().pk])
    until = Snooze.objects.get().until_at.astimezone(ZoneInfo("America/New_York"))
    assert (until.date().isoformat(), f"{until:%H:%M}") == (day, "09:30")


def test_a_form_without_a_time_comes_back_with_a_sentence(rep, lead):
    client, url = signed_in(rep), reverse("leads:snooze", args=[lead.pk])
    for given in ({}, {"until": "soon"}, {"until": "other"}, {"until": "2020-01-01T09:00:00+00:00"}):
        response = client.post(url, given, **HTMX)
        assert response.status_code == 422
        assert "Choose" in response.content.decode()
    assert not Snooze.objects.exists()


def test_without_script_the_dialog_is_a_page_and_undo_a_button(rep, lead):
    client = signed_in(rep)
    page = client.get(reverse("leads:snooze", args=[lead.pk]))
    assert "<html" in page.content.decode()
    until = (localtime() + 2 * DAY).isoformat()
    answer = client.post(reverse("leads:snooze", args=[lead.pk]), {"until": until, "note": "x"}, follow=True)
    assert (
        f'action="{reverse("leads:undo_snooze", args=[Snooze.objects.get().pk])}"' in answer.content.decode()
    )
    client.post(reverse("leads:undo_snooze", args=[Snooze.objects.get().pk]))
    assert Snooze.objects.get().ending == "undone"


def test_strangers_find_nothing_and_marketers_may_not(rep, lead):
    stranger = signed_in(make_user("rep", team="Nordics"))
    snooze = put_off(lead, rep)
    for url in (
        reverse("leads:wake", args=[lead.pk]),
        reverse("leads:undo_snooze", args=[snooze.pk]),
        reverse("leads:snooze", args=[lead.pk]),
    ):
        assert stranger.post(url, {"until": (now() + DAY).isoformat()}).status_code == 404
    marketer = signed_in(make_user("marketer"))
    assert marketer.post(reverse("leads:wake", args=[lead.pk])).status_code == 403


def test_the_timeline_tells_when_it_was_put_off_and_why(rep, lead):
    put_off(lead, rep, note="Board meets first")
    entries = signed_in(rep).get(lead.get_absolute_url()).context["story"].entries

    assert entries[0].title.startswith("Put off until tomorrow")
    assert entries[0].text == f"By {rep} · “Board meets first”"
    assert [entry.title for entry in entries].count("Note") == 0


def test_the_pane_says_it_sleeps_and_offers_to_wake_it(rep, lead):
    put_off(lead, rep)
    response = signed_in(rep).get(lead.get_absolute_url())

    assert response.context["best"].act == "wake"
    assert "put off until" in response.content.decode()


# --- What PostgreSQL refuses ---------------------------------------------------------------------------------
def test_a_snooze_is_never_rewritten_and_ends_once(rep, lead):
    row = Snooze.objects.filter(pk=put_off(lead, rep).pk)
    for change in (
        lambda: row.update(until_at=now() + 9 * DAY),
        lambda: row.delete(),
        lambda: row.update(ended_at=now()),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    row.update(ended_at=now(), ending="woken")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(ended_at=None, ending="")


def test_an_undone_move_leaves_the_lead_awake(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep)
    put_off(lead, rep)
    handover.accept(lead.pk, by=rep)
    undo.undo(lead.pk, by=rep)

    assert mine(rep) == [lead.name]

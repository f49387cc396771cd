"""Clocks follow history, whenever the sweep comes: opened, stopped, withdrawn, taken back, booked to the holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from leads import activities, deals, handover, suppression, undo
from leads.stages import Stage
from sla import clocks, facts
from sla.models import Agreement, Clock, Commitment, Deadline
from sla.statuses import status_of
from smarketing.foundation.models import Absence, Calendar
from smarketing.foundation.refusals import Refusal
from tests.factories import make_lead, make_user, news_of
from tests.sla.sweeps import FRIDAY_1630, HOUR, LATE, MONDAY_1230, clock, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def test_the_template_is_two_responses_and_two_volumes():
    sweep()
    sweep()

    promises = Commitment.objects.filter(agreement=Agreement.objects.get())
    assert [(p.team, p.kind, p.within_minutes, p.target, p.period) for p in promises] == [
        ("sales", "response", 240, None, ""),
        ("sales", "response", 480, None, ""),
        ("marketing", "volume", None, 100, "month"),
        ("sales", "volume", None, 20, "week"),
    ]


def test_half_an_hour_before_the_weekend_leaves_three_and_a_half_for_monday(lead, rep):
    sweep(FRIDAY_1630)

    found = clock()
    assert (found.started_at, found.due_at) == (FRIDAY_1630, MONDAY_1230)
    assert (found.half_at, found.warn_at) == (MONDAY_1230 - 2 * HOUR, MONDAY_1230 - HOUR)
    assert (found.owner, found.assigned_at) == (rep, FRIDAY_1630)


def test_a_late_sweep_does_not_make_a_rep_late(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)

    sweep(LATE)

    assert clock().stopped_at == MONDAY_1230
    assert status_of(clock(), LATE) == "kept"  # done at the due instant is in time
    assert clock().worked_seconds == 4 * 3600


def test_a_second_late_is_broken(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230 + timedelta(seconds=1))

    sweep(LATE)

    assert status_of(clock(), LATE) == "broken"
    assert Deadline.objects.get(kind="breach", clock=clock()).fired_at == LATE


def test_sweeps_that_repeat_change_nothing(lead):
    sweep(FRIDAY_1630)
    before = list(Clock.objects.values())

    assert clocks.follow(FRIDAY_1630 + HOUR) == 0
    assert clocks.reconcile(FRIDAY_1630 + HOUR) == 0
    assert list(Clock.objects.values()) == before


def test_each_entry_has_its_own_clock(lead, rep):
    handover.reject(lead.pk, by=rep, reason="bad_data", moment=FRIDAY_1630 + HOUR)
    news_of(lead, FRIDAY_1630 + 2 * HOUR)
    handover.qualify(lead.pk, by=None, moment=MONDAY_1230)

    sweep(LATE)

    first, second = Clock.objects.order_by("started_at")
    assert (first.ended, first.stopped_at) == ("decided", FRIDAY_1630 + HOUR)
    assert (second.started_at, second.stopped_at) == (MONDAY_1230, None)


def test_a_lead_that_never_fits_was_decided_upon(lead, rep):
    handover.reject(lead.pk, by=rep, reason="poor_fit", moment=MONDAY_1230)

    sweep(LATE)

    assert (clock().ended, status_of(clock(), LATE)) == ("decided", "kept")


def test_a_lead_disqualified_in_time_excuses_the_promise(lead):
    suppression.disqualify(lead.pk, by=make_user("sales_head"), reason="not_real", moment=MONDAY_1230 - HOUR)

    sweep(LATE)

    assert (clock().ended, status_of(clock(), LATE)) == ("withdrawn", "excused")
    assert not Deadline.objects.filter(fired_at__isnull=False).exists()


def test_a_lead_disqualified_too_late_stays_broken(lead):
    suppression.disqualify(lead.pk, by=make_user("sales_head"), reason="not_real", moment=MONDAY_1230 + HOUR)

    sweep(LATE)

    assert status_of(clock(), LATE) == "broken"


def test_an_undone_decision_lets_the_clock_run_on(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230 - 2 * HOUR)
    sweep(MONDAY_1230 - 2 * HOUR)
    assert clock("first-contact").stopped_at is None

    undo.undo(lead.pk, by=rep, moment=MONDAY_1230 - 2 * HOUR + timedelta(minutes=5))
    sweep(MONDAY_1230 - HOUR)

    assert (clock().stopped_at, clock().due_at) == (None, MONDAY_1230)
    assert Clock.objects.get(commitment__key="first-contact").voided_at == MONDAY_1230 - HOUR
    assert set(Deadline.objects.filter(skipped_at=None).values_list("clock", flat=True)) == {clock().pk}


def test_an_undone_qualification_leaves_no_clock(rep):
    marketer = make_user("marketer")
    lead = make_lead(since=FRIDAY_1630 - HOUR)
    handover.qualify(lead.pk, by=marketer, why="Asked for a price", moment=FRIDAY_1630)
    sweep(FRIDAY_1630)
    undo.undo(lead.pk, by=marketer, moment=FRIDAY_1630 + timedelta(minutes=1))

    sweep(LATE)

    assert not Clock.objects.counted().exists()
    assert not Deadline.objects.filter(fired_at__isnull=False).exists()


def test_first_contact_is_the_first_try_whatever_came_of_it(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)
    activities.log(lead.pk, by=rep, kind="note", text="Nice site", moment=MONDAY_1230 + HOUR)
    activities.log(lead.pk, by=rep, kind="call", outcome="no_answer", moment=MONDAY_1230 + 2 * HOUR)
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", moment=MONDAY_1230 + 3 * HOUR)

    sweep(LATE)

    found = clock("first-contact")
    assert (found.started_at, found.stopped_at, found.ended) == (
        MONDAY_1230,
        MONDAY_1230 + 2 * HOUR,
        "contacted",
    )
    assert found.touched_at == MONDAY_1230 + 2 * HOUR


def test_who_called_before_accepting_has_called(lead, rep):
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", moment=MONDAY_1230 - HOUR)
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)

    sweep(LATE)

    assert (clock("first-contact").stopped_at, clock("first-contact").worked_seconds) == (MONDAY_1230, 0)
    assert clock("decide").touched_at == MONDAY_1230 - HOUR


def test_a_lead_won_without_a_logged_call_still_waits_for_its_contact(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)
    deals.advance(lead.pk, by=rep, amount=100, moment=MONDAY_1230 + HOUR)

    sweep(LATE)

    assert clock("first-contact").stopped_at is None


def test_a_lead_returned_before_the_contact_was_due_excuses_it(lead, rep):
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230)
    tomorrow = (now() + timedelta(days=400)).date()
    handover.recycle(lead.pk, by=rep, reason="timing", return_on=tomorrow, moment=MONDAY_1230 + HOUR)

    sweep(LATE)

    assert status_of(clock("first-contact"), LATE) == "excused"


def test_a_reassignment_books_the_time_to_who_held_the_lead_and_starts_nothing_anew(lead, rep):
    berlin = Calendar.objects.create(name="Late shift", time_zone="UTC", week={"0": [["13:00", "21:00"]]})
    other = make_user("rep", calendar=berlin)
    head = make_user("sales_head")
    handover.reassign(lead.pk, to=other, by=head, moment=MONDAY_1230 - 2 * HOUR)  # two of four hours are gone

    sweep(MONDAY_1230 - 2 * HOUR)

    found = Clock.objects.get()
    assert (found.owner, found.due_at) == (other, datetime(2026, 3, 9, 15, 0, tzinfo=UTC))


def test_a_promise_broken_by_one_is_not_handed_to_the_next(lead, rep):
    sweep(MONDAY_1230 + HOUR)
    handover.reassign(lead.pk, to=make_user("rep"), by=make_user("sales_head"), moment=MONDAY_1230 + 2 * HOUR)

    sweep(LATE)

    assert (clock().owner, clock().due_at) == (rep, MONDAY_1230)


def test_nobodys_lead_is_reckoned_by_the_organisations_hours():
    make_lead(stage=Stage.MQL, since=FRIDAY_1630)

    sweep(FRIDAY_1630)

    assert (clock().owner, clock().assigned_at, clock().due_at) == (None, None, MONDAY_1230)


def test_claiming_late_shows_how_long_the_queue_took():
    lead = make_lead(stage=Stage.MQL, since=FRIDAY_1630)
    handover.claim(lead.pk, by=make_user("rep"), moment=MONDAY_1230 - 3 * HOUR)

    sweep(LATE)

    assert (clock().occurred_at, clock().assigned_at) == (FRIDAY_1630, MONDAY_1230 - 3 * HOUR)
    assert clock().captured_at > LATE  # the system wrote it down when it was told


def test_leave_granted_later_moves_the_deadline_of_running_clocks(lead, rep):
    sweep(FRIDAY_1630)
    Absence.objects.create(user=rep, starts_on="2026-03-09", ends_on="2026-03-10")

    sweep(FRIDAY_1630 + HOUR)

    assert clock().due_at == MONDAY_1230 + timedelta(days=2)
    assert Deadline.objects.get(kind="breach").due_at == MONDAY_1230 + timedelta(days=2)


def test_who_never_works_has_no_deadline(lead, rep):
    rep.calendar = Calendar.objects.create(name="Never", time_zone="UTC", week={})
    rep.save()

    sweep(FRIDAY_1630)

    assert clock().due_at is None
    assert not Deadline.objects.exists()
    assert status_of(clock(), LATE) == "running"


def test_promises_that_history_starts_are_not_started_by_hand_as_well(lead, rep):
    head = make_user("sales_head")
    sweep(FRIDAY_1630 - HOUR)
    handover.accept(lead.pk, by=rep, moment=FRIDAY_1630)

    with pytest.raises(Refusal, match="was started already"):  # though no sweep has seen the move
        clocks.start_promises(lead.pk, by=head, moment=FRIDAY_1630 + HOUR)
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", moment=FRIDAY_1630 + HOUR)
    with pytest.raises(Refusal, match="was started already"):  # and was kept
        clocks.start_promises(lead.pk, by=head, moment=FRIDAY_1630 + HOUR)


def test_after_a_sweep_of_another_time_the_next_one_finds_what_is_new(rep):
    for moment in (now() + timedelta(days=400), now() - timedelta(days=400)):
        sweep(moment)
        make_lead(stage=Stage.MQL, owner=rep, since=now())
        sweep(now())

    assert Clock.objects.count() == 2


def test_a_stopped_clock_keeps_its_due_time_when_hours_change_and_somebody_calls_later(lead, rep, company):
    handover.reject(lead.pk, by=rep, reason="bad_data", moment=MONDAY_1230 - HOUR)
    sweep()
    Calendar.objects.filter(pk=company.calendar_id).update(week={"4": [["09:00", "22:00"]]})
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", moment=LATE)

    sweep(LATE + HOUR)

    assert (clock().due_at, clock().touched_at) == (MONDAY_1230, LATE)
    assert clock().worked_seconds == 3 * 3600


def test_who_gets_a_lead_after_the_decision_changes_nothing_about_its_clock(lead, rep):
    late = Calendar.objects.create(name="Late shift", time_zone="UTC", week={"0": [["13:00", "21:00"]]})
    handover.accept(lead.pk, by=rep, moment=MONDAY_1230 - 2 * HOUR)
    head = make_user("sales_head")
    handover.reassign(lead.pk, to=make_user("rep", calendar=late), by=head, moment=MONDAY_1230 - HOUR)

    sweep()

    assert (clock().owner, clock().due_at) == (rep, MONDAY_1230)


def test_what_a_long_transaction_recorded_is_still_news_when_it_commits():
    began = facts.read_up_to()

    assert facts.read_up_to() == began  # this test is a transaction
    assert began < now()


def test_new_hours_are_followed_a_portion_in_each_sweep_until_all_are(rep, monkeypatch):
    for _ in range(5):
        make_lead(stage=Stage.MQL, owner=rep, since=FRIDAY_1630)
    before_noon = FRIDAY_1630 + HOUR
    sweep(before_noon)
    Absence.objects.create(user=rep, starts_on="2026-03-09", ends_on="2026-03-09")
    monkeypatch.setattr(clocks, "PORTION", 2)

    moved = []
    for _ in range(4):
        sweep(before_noon)
        moved.append(Clock.objects.exclude(due_at=MONDAY_1230).count())

    assert moved == [2, 4, 5, 5]

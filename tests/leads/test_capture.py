"""Entering people by hand, recording touches, and the sweep that qualifies those who are ready."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import activities, bars, capture, handover, scoring
from leads.models import Activity, Lead, Suppression, SuppressionHit, Touch
from leads.scoring import sweeps
from leads.stages import Stage
from smarketing.foundation.models import Absence
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def test_a_lead_entered_by_hand_is_a_visitor_with_an_origin_and_an_account():
    campaign = make_campaign("Fair", channel="events")

    lead = capture.create(
        by=make_user("marketer"),
        email=" Ada@Example.com ",
        first_name="Ada",
        last_name="Byron",
        company="Engines  Ltd",
        campaign=campaign,
        note="Met at the booth",
    )

    lead.refresh_from_db()
    assert (lead.email, lead.email_norm, lead.stage) == ("Ada@Example.com", "ada@example.com", "visitor")
    assert (lead.account.name, lead.channel.name) == ("Engines  Ltd", "events")
    assert lead.touches.get().is_origin
    assert lead.history.get().move == "capture"
    assert lead.notes.get().text == "Met at the booth"


def test_the_same_person_is_not_entered_twice_in_any_spelling():
    lead = capture.create(by=None, email="ada@example.com")

    with pytest.raises(capture.AlreadyKnown) as refusal:
        capture.create(by=None, email="ADA@example.com\u00a0")

    assert refusal.value.lead == lead
    assert Lead.objects.count() == 1


def test_colleagues_behind_one_switchboard_stay_two_people():
    capture.create(by=None, email="ada@example.com", phone="+44 20 7946 0991")

    capture.create(by=None, email="bob@example.com", phone="+442079460991")
    with pytest.raises(capture.AlreadyKnown):
        capture.create(by=None, email="ada@example.com", phone="+44 20 7946 0992")

    assert Lead.objects.count() == 2


def test_a_person_without_any_address_is_refused():
    with pytest.raises(Refusal, match="e-mail address or a phone number"):
        capture.create(by=None, first_name="Nobody")


def test_somebody_of_a_barred_domain_is_stopped_and_the_stop_is_on_the_campaign():
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    campaign = make_campaign()

    with pytest.raises(bars.Suppressed):
        capture.create(by=None, email="Spy@Rival.example", campaign=campaign)

    assert not Lead.objects.exists()
    hit = SuppressionHit.objects.get()
    assert (hit.way, hit.campaign) == ("hand", campaign)


def test_a_bar_that_has_run_out_stops_nobody():
    Suppression.objects.create(
        kind="email", value="a@b.example", reason="not_real", until=now() - timedelta(days=1)
    )

    assert capture.create(by=None, email="a@b.example").pk


def touch(lead: Lead, minutes_ago: float) -> None:
    capture.touch(lead.pk, kind=Touch.Kind.VISIT, moment=now() - timedelta(minutes=minutes_ago))


def test_the_third_touch_qualifies_at_the_moment_it_happened():
    make_user("rep")
    lead, other = make_lead(), make_lead()
    for minutes in (30, 20, 10):
        touch(lead, minutes)
    touch(other, 5)

    assert scoring.sweep() == 1

    lead.refresh_from_db()
    assert (lead.stage, lead.mql_at) == ("mql", lead.touches.latest("at").at)
    assert lead.history.get(move="qualify").by is None
    assert scoring.sweep() == 0


def test_after_a_return_only_later_touches_count():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, since=now() - timedelta(hours=5))
    for minutes in (270, 260, 250):
        touch(lead, minutes)
    returned = now() - timedelta(hours=4)
    handover.reject(lead.pk, by=rep, reason="wrong_person", moment=returned)

    for minutes in (30, 20):
        touch(lead, minutes)
    assert scoring.sweep() == 0
    touch(lead, 10)
    assert scoring.sweep() == 1


def test_a_barred_lead_is_never_promoted_and_the_register_logs_the_stop():
    lead = make_lead()
    Suppression.objects.create(kind="lead", value=str(lead.pk), reason="not_real", lead=lead)
    for minutes in (3, 2, 1):
        touch(lead, minutes)

    assert scoring.sweep() == 0

    assert SuppressionHit.objects.get().way == "qualify"


def test_touches_recorded_while_the_sweep_was_down_are_found_later():
    make_user("rep")
    lead = make_lead(since=now() - timedelta(days=4))
    for minutes in (3000, 2000, 1000):
        touch(lead, minutes)

    assert scoring.sweep() == 1


def test_a_call_in_which_we_spoke_is_connected_and_a_voicemail_is_not():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)

    activities.log(lead.pk, by=rep, kind="call", outcome="voicemail")
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", text="Wants numbers")

    assert list(Activity.objects.order_by("id").values_list("connected", flat=True)) == [False, True]
    assert lead.notes.get().text == "Wants numbers"


def test_work_on_somebody_elses_lead_and_nonsense_outcomes_are_refused():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)

    with pytest.raises(Forbidden):
        activities.log(lead.pk, by=make_user("rep"), kind="call", outcome="spoke")
    with pytest.raises(Refusal):
        activities.log(lead.pk, by=rep, kind="call", outcome="held")
    with pytest.raises(Refusal, match="Write the note"):
        activities.log(lead.pk, by=rep, kind="note", text=" ")


def test_barred_leads_stand_in_nobodys_way_and_are_logged_once(monkeypatch):
    monkeypatch.setattr(sweeps, "BATCH", 2)
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    barred = [make_lead(email=f"b{n}@rival.example") for n in range(5)]
    good = make_lead()
    for lead in [*barred, good]:
        for minutes in (3, 2, 1):
            touch(lead, minutes)

    qualified = [scoring.sweep() for _ in range(5)]

    assert sum(qualified) == 1
    assert SuppressionHit.objects.count() == len(barred)


def test_what_was_touched_days_ago_goes_to_somebody_who_is_there_today():
    here, away = make_user("rep"), make_user("rep")
    Absence.objects.create(user=away, starts_on=now().date(), ends_on=now().date())
    leads = [make_lead(since=now() - timedelta(days=4)) for _ in range(2)]
    for lead in leads:
        for minutes in (3000, 2900, 2880):
            touch(lead, minutes)

    assert scoring.sweep() == 2

    assert {lead.owner for lead in Lead.objects.all()} == {here}


def test_a_barred_account_stops_its_people_at_the_door():
    account = capture.find_account("Rival Ltd")
    Suppression.objects.create(kind="account", value=str(account.pk), reason="competitor")

    with pytest.raises(bars.Suppressed):
        capture.create(by=None, email="new@person.example", company="RIVAL  ltd")

    assert not Lead.objects.exists()


def test_names_that_grow_when_case_is_folded_are_taken():
    lead = capture.create(
        by=None, email="a@b.example", first_name="ß" * 120, last_name="ß" * 120, company="ß" * 150
    )

    assert lead.account.name == "ß" * 150

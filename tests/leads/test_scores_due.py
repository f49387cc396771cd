"""Whose score is due: whatever it rests on, time and other rules; each lead is scored once."""

from datetime import timedelta

import pytest
from django.db import connection

from leads import capture, facts, handover, scoring
from leads.definitions import unsigned
from leads.importing import marking
from leads.models import Account, ImportBatch, Lead, LeadScore, ScoreDue
from leads.scoring import sweeps
from leads.stages import Stage
from smarketing.foundation.models import Heartbeat
from tests.factories import make_lead, make_signed, make_user
from tests.leads.scoring import DAY, NOON, log_of, made, scored, touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def causes() -> list[str]:
    return list(ScoreDue.objects.order_by("id").values_list("cause", flat=True))


def test_whatever_a_score_rests_on_makes_it_due():
    account = Account.objects.create(name="Engines")
    lead = made(account=account)
    other = made(account=account)
    ScoreDue.objects.all().delete()

    capture.touch(lead.pk, kind="visit")
    facts.correct(lead.pk, {"job_title": (None, "CEO")}, version=lead.version, by=make_user("marketing_head"))
    Lead.objects.filter(pk=lead.pk).update(custom={"budget": 5})
    Lead.objects.filter(pk=lead.pk).update(custom={"budget": 5}, owner=make_user("rep"))
    account.employees = 70
    account.save()

    assert causes() == ["touch", "fact", "fact", "fact", "fact"]
    assert set(ScoreDue.objects.order_by("-id")[:2].values_list("lead", flat=True)) == {lead.pk, other.pk}


def test_births_and_returns_make_it_due():
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    assert causes() == ["fact"]

    handover.reject(lead.pk, by=None, reason="wrong_person")

    assert causes() == ["fact", "return"]


def test_what_an_import_brings_or_an_undo_takes_is_due_as_such():
    batch = ImportBatch.objects.create(kind="leads", file_name="a.csv")
    lead = made(batch=batch)
    touch(lead, 1, batch=batch)
    with marking.as_import():
        Lead.objects.filter(pk=lead.pk).update(job_title="CEO")

    assert causes() == ["import"] * 3
    assert scoring.sweep(NOON) == 0
    assert LeadScore.objects.get().parts == {"visit": 2, "decides": 15}


def test_a_touch_that_an_undone_import_brought_counts_no_more():
    batch = ImportBatch.objects.create(kind="touches", file_name="a.csv")
    lead = made()
    touch(lead, 0, "form", batch=batch)
    scoring.sweep(NOON)
    assert LeadScore.objects.get().total == 20

    with connection.cursor() as cursor:
        cursor.execute("SELECT leads_undo_import(%s, NULL)", [batch.pk])
    scoring.sweep(NOON)

    assert LeadScore.objects.get().total == 0
    assert log_of(lead)[-1] == ("engagement", "form", -20, "import")


def test_a_sweep_eats_what_is_due_and_scores_each_lead_once(monkeypatch):
    monkeypatch.setattr(sweeps, "BATCH", 2)
    leads = [made(phone="+44 20 7946 0991") for _ in range(5)]

    scoring.sweep(NOON)

    assert LeadScore.objects.count() == len(leads)
    assert not ScoreDue.objects.exists()


def test_a_touch_from_a_clock_that_is_fast_is_not_forgotten():
    lead = made()
    touch(lead, -1 / 24 / 12)  # five minutes ahead

    scoring.sweep(NOON)
    assert LeadScore.objects.get().total == 0
    scoring.sweep(NOON + timedelta(minutes=6))

    assert LeadScore.objects.get().total == 2
    assert not ScoreDue.objects.exists()


def test_time_takes_points_every_night_and_says_so():
    lead = made()
    touch(lead, 0, "form")
    scored(lead)

    assert scoring.decay(NOON + 30 * DAY) == 1

    assert log_of(lead)[-1] == ("engagement", "form", -10, "decay")


def test_other_rules_score_everybody_once_and_promote_nobody():
    lead = made()
    for days in (1, 2):
        touch(lead, days)
    scoring.sweep(NOON)
    assert scoring.catch_up(NOON) == 0  # by the same rules, nothing changes
    make_signed({"stages": stages_with_touches(2)}, since=NOON)

    assert scoring.catch_up(NOON + DAY) == 1
    assert scoring.catch_up(NOON + DAY) == 0

    lead.refresh_from_db()
    assert (lead.stage, lead.score.lacks, lead.score.definition_version) == ("visitor", "nothing", 1)
    assert Heartbeat.objects.filter(name__startswith=sweeps.SCORED).count() == 1


def stages_with_touches(n: int, **mql) -> dict:
    stages = unsigned().json()["stages"]
    stages["mql"] |= {"entry": {"touches": {"team": "marketing"}, "at_least": n}} | mql
    return stages

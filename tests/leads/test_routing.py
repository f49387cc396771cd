"""Whose turn it is: fair under concurrency (release gate 4), present people only, and it says why."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import Count

from leads import funnel, handover
from leads.models import Assignment, Handover, Lead
from leads.stages import Stage
from smarketing.foundation.models import Absence
from smarketing.foundation.refusals import Refusal
from tests.conftest import make_organisation
from tests.factories import MONDAY_9, make_lead, make_user, news_of


def at_once(work, items, workers: int = 8) -> None:
    """Do `work` on every item from several threads, each with a database connection of its own."""

    def run(part):
        try:
            for item in part:
                work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, [items[n::workers] for n in range(workers)]))


def leads(n: int) -> list[int]:
    return [
        funnel.capture(by=None, moment=MONDAY_9, email=f"l{i}@example.com", email_norm=f"l{i}@example.com").pk
        for i in range(n)
    ]


def deliver_at_once(n: int) -> list[int]:
    make_organisation()
    for _ in range(7):
        make_user("rep")
    at_once(lambda pk: handover.qualify(pk, by=None, moment=MONDAY_9), leads(n))
    counts = Handover.objects.values("rep").annotate(n=Count("id")).values_list("n", flat=True)
    assert sum(counts) == n == Assignment.objects.count()
    return list(counts)


@pytest.mark.django_db(transaction=True)
def test_turns_are_fair_when_eight_deliver_at_once():
    counts = deliver_at_once(100)

    assert max(counts) - min(counts) <= 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_turns_are_fair_over_four_thousand_deliveries():
    counts = deliver_at_once(4000)

    assert max(counts) - min(counts) <= 1


def claim_at_once(n: int) -> None:
    make_organisation()
    mqls = leads(n)
    for pk in mqls:
        handover.qualify(pk, by=None, moment=MONDAY_9)  # nobody is there yet: all wait unclaimed
    tries = [(pk, rep) for rep in [make_user("rep") for _ in range(8)] for pk in mqls]
    Random(4).shuffle(tries)

    def claim(one):
        with suppress(Refusal):
            handover.claim(one[0], by=one[1], moment=MONDAY_9)

    at_once(claim, tries)
    assert Handover.objects.count() == n
    assert Handover.objects.values("lead").distinct().count() == n
    for delivered in Handover.objects.select_related("lead"):
        assert delivered.rep_id == delivered.lead.owner_id


@pytest.mark.django_db(transaction=True)
def test_each_lead_is_claimed_once_when_all_want_it():
    claim_at_once(20)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_each_of_many_leads_is_claimed_once_when_all_want_it():
    claim_at_once(1250)  # ten thousand tries


@pytest.mark.django_db
def test_a_rep_on_leave_today_is_passed_over(organisation):
    organisation.time_zone = "Pacific/Auckland"  # where it is Tuesday already
    organisation.save()
    here, away = make_user("rep"), make_user("rep")
    Absence.objects.create(user=away, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 3))

    for _ in range(3):
        make_lead(stage=Stage.MQL, since=MONDAY_9 + timedelta(hours=3))

    assert set(Handover.objects.values_list("rep", flat=True)) == {here.pk}


@pytest.mark.django_db
def test_an_assignment_says_which_rule_chose_between_whom(organisation):
    reps = [make_user("rep"), make_user("rep")]
    lead = make_lead(stage=Stage.MQL)

    row = Assignment.objects.get()

    assert (row.rule, row.candidates, row.owner) == ("round_robin", [rep.pk for rep in reps], lead.owner)


@pytest.mark.django_db
def test_an_assignment_lasts_until_the_next_one(organisation):
    first, second = make_user("rep"), make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    began = Assignment.objects.get().at
    handover.reassign(lead.pk, to=second if lead.owner == first else first, by=make_user("sales_head"))

    rows = Assignment.objects.with_until().order_by("id")

    assert [row.until_at for row in rows] == [rows[1].at, None]
    assert rows[0].at == began


@pytest.mark.django_db
def test_a_rep_sees_own_unclaimed_and_team_leads_unless_the_company_narrows_it(organisation):
    rep, colleague = make_user("rep", team="Benelux"), make_user("rep", team="Benelux")
    stranger = make_user("rep", team="Nordics")
    for owner in (rep, colleague, stranger):
        make_lead(stage=Stage.MQL, owner=owner)
    make_lead()

    def owners():
        return set(Lead.objects.visible_to(rep).values_list("owner", flat=True))

    assert owners() == {rep.pk, colleague.pk, None}
    organisation.leads_visible = "own"
    organisation.save()
    assert owners() == {rep.pk, None}
    assert Lead.objects.visible_to(make_user("marketer")).count() == 4


def test_a_lead_that_comes_back_while_nobody_is_there_is_free_to_be_claimed(organisation):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=MONDAY_9)
    handover.recycle(
        lead.pk, by=rep, reason="timing", return_on=date(2026, 3, 9), moment=MONDAY_9 + timedelta(hours=1)
    )
    Absence.objects.create(user=rep, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 20))

    news_of(lead, MONDAY_9 + timedelta(days=7))
    handover.qualify(lead.pk, by=None, moment=MONDAY_9 + timedelta(days=8))

    lead.refresh_from_db()
    assert lead.owner is None
    assert lead.assignments.latest("id").rule == "released"
    handover.claim(lead.pk, by=rep, moment=MONDAY_9 + timedelta(days=20))
    assert Handover.objects.open().get().rep == rep

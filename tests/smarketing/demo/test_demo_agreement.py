"""What the two teams of the demo company have agreed on, and how it is kept: definitions, scores and promises."""

from datetime import timedelta

import pytest
from django.db.models import Avg, Case, When

from leads import definitions, rules, scoring
from leads.models import (
    Acknowledgement,
    Definition,
    DefinitionRemark,
    Lead,
    LeadScore,
    ScoreDue,
    Snooze,
    StageChange,
)
from leads.stages import Move, Stage, Standing
from sla.models import Agreement, Alert, Clock, Explanation
from sla.queue import Leads, queue_of
from sla.statuses import Status
from smarketing.foundation.models import OutboxItem, User
from tests.smarketing.demos import SIZE, WEDNESDAY

pytestmark = pytest.mark.usefixtures("demo", "django_db_unblocked")


def test_the_last_weeks_put_every_kind_of_promise_to_the_test_and_mailed_nobody():
    clocks = Clock.objects.counted().with_status(WEDNESDAY)

    assert set(clocks.values_list("status", flat=True)) == {str(status) for status in Status}
    assert Alert.objects.exists()
    assert not OutboxItem.objects.filter(done_at=None).exists()
    assert all(clock.captured_at - clock.occurred_at < timedelta(minutes=1) for clock in clocks)


def test_what_the_sweep_would_qualify_is_qualified_already():
    """Nothing is due and nobody meets the criteria, so that nothing moves by itself on the first start."""
    assert not ScoreDue.objects.exists()
    assert not LeadScore.objects.filter(lacks=LeadScore.NOTHING).exists()
    rule = rules.parse(definitions.in_force(WEDNESDAY).document.stages["mql"].entry)
    visitors = Lead.objects.filter(stage=Stage.VISITOR).exclude(standing=Standing.DISQUALIFIED)
    assert not visitors.filter(rules.condition(rule, WEDNESDAY)).exists()


def test_marketing_sees_near_misses_that_lack_only_the_size_of_their_company():
    near = LeadScore.objects.exclude(lacks="").values_list("lacks", flat=True)

    assert {"clause:0", "clause:1"} <= set(near)


def test_two_versions_are_signed_by_both_heads_and_the_third_waits_for_sales():
    one, two, three = Definition.objects.order_by("id")
    heads = {"marketing_by__role": User.Role.MARKETING_HEAD, "sales_by__role": User.Role.SALES_HEAD}

    assert set(Definition.objects.filter(**heads).values_list("version", flat=True)) == {1, 2}
    assert (three.status, three.marketing_by.role, three.sales_by) == (
        Definition.Status.PROPOSED, User.Role.MARKETING_HEAD, None,
    )  # fmt: skip
    assert two.remarks.get().kind == DefinitionRemark.Kind.SENT_BACK
    assert one.in_force_from < two.in_force_from < WEDNESDAY - timedelta(days=75)
    for row in (one, two, three):
        assert row.created_at < row.proposed_at <= row.marketing_at <= WEDNESDAY
        assert row.version is None or row.marketing_at < row.sales_at < row.in_force_from
    for row in (two, three):
        assert definitions.Document.of(row.document) != definitions.Document.of(row.based_on.document)


def test_every_move_names_the_version_that_was_in_force():
    two = Definition.objects.get(version=2)
    live = StageChange.objects.filter(kind="live")

    assert set(live.values_list("definition_version", flat=True)) == {1, 2}
    assert not live.filter(definition_version=2, at__lt=two.in_force_from).exists()
    assert not live.filter(definition_version=1, at__gte=two.in_force_from).exists()
    assert not StageChange.objects.filter(kind="historic").exclude(definition_version=None).exists()


def test_since_version_two_nobody_from_a_small_yard_was_handed_over_by_itself():
    by_itself = StageChange.objects.counted().filter(move=Move.QUALIFY, by=None, definition_version=2)

    assert by_itself.exists()
    assert not by_itself.exclude(lead__account__employees__gte=40).exists()


def test_every_offer_since_version_two_knows_of_a_budget():
    offers = StageChange.objects.counted().filter(move=Move.ADVANCE, definition_version=2)

    assert offers.exists()
    assert not offers.exclude(lead__custom__has_key="budget").exists()


def test_not_everybody_has_read_version_two():
    staff = User.objects.filter(is_active=True).count()

    assert Acknowledgement.objects.filter(version=1).count() == staff
    assert 0 < Acknowledgement.objects.filter(version=2).count() < staff


def test_every_lead_is_scored_and_better_fits_buy_more_often():
    assert LeadScore.objects.count() == SIZE
    assert scoring.astray() == []
    assert set(LeadScore.objects.values_list("definition_version", flat=True)) == {2}
    won = {
        good: LeadScore.objects.filter(fit_grade__in=grades).aggregate(
            share=Avg(Case(When(lead__stage=Stage.CUSTOMER, then=1.0), default=0.0))
        )["share"]
        for good, grades in ((True, "AB"), (False, "CD"))
    }
    assert won[True] > won[False]


def test_the_first_rep_finds_leads_that_are_late_due_next_due_later_and_put_off():
    kofi = User.objects.get(email="kofi.mensah@loadline.example")
    his = Leads(lambda owner: Lead.objects.filter(owner=owner), {"owner": kofi.pk})
    queue = queue_of(his, moment=WEDNESDAY)
    held = {group.title: len(group.rows) for group in queue.groups}

    assert held["Late"] in (2, 3)
    assert held["Due next"] >= 3
    assert held.get("Later today", 0) + held.get("Tomorrow", 0) >= 3
    assert Snooze.objects.sleeping(WEDNESDAY).filter(owner=kofi).count() == 3


def test_promises_are_signed_kept_broken_and_some_of_those_explained():
    signed = Agreement.objects.get(version=1)
    clocks = Clock.objects.counted().with_status(WEDNESDAY)

    assert signed.in_force_from == Agreement.objects.get(version=0).in_force_until
    assert set(clocks.values_list("commitment__agreement__version", flat=True)) == {1}
    assert Explanation.objects.count() >= 3
    assert not Explanation.objects.exclude(
        clock__in=clocks.filter(status=Status.BROKEN).values("pk")
    ).exists()

"""The road of a lead: every move, what it leaves behind, and how it is taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from leads import bars, capture, deals, evidence, handover, suppression
from leads.models import (
    AllowedMove,
    Assignment,
    Deal,
    Handover,
    Lead,
    StageChange,
    Suppression,
    SuppressionHit,
)
from leads.stages import MOVES, Move, Stage, Standing
from leads.undo import undo
from smarketing.foundation.models import OutboxItem
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import MONDAY_9, make_lead, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def state(lead: Lead) -> tuple[str, str]:
    lead.refresh_from_db()
    return lead.stage, lead.standing


def test_the_table_of_moves_in_the_database_is_the_one_in_the_code():
    in_code = {(move, *before, *after) for move, pairs in MOVES.items() for before, after in pairs}
    columns = ("move", "from_stage", "from_standing", "to_stage", "to_standing")

    assert set(AllowedMove.objects.values_list(*columns)) == in_code


def test_a_lead_walks_from_visitor_to_customer_and_every_step_is_on_record():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.CUSTOMER, since=MONDAY_9)

    assert state(lead) == ("customer", "won")
    assert lead.owner == rep
    assert lead.highest_stage == Stage.CUSTOMER
    assert [row.move for row in lead.history.order_by("seq")] == [
        "capture",
        "qualify",
        "accept",
        "advance",
        "win",
    ]
    assert lead.mql_at == MONDAY_9 - 3 * HOUR
    assert lead.customer_at == MONDAY_9
    assert Handover.objects.get().ending == Handover.Ending.ACCEPTED
    deal = Deal.objects.get()
    assert (deal.outcome, deal.amount, deal.closed_at) == ("won", Decimal("12000.00"), MONDAY_9)


def test_a_qualified_lead_is_handed_to_a_present_rep_and_the_mail_waits_fifteen_seconds():
    rep = make_user("rep")
    make_user("rep", is_active=False)
    lead = make_lead(stage=Stage.MQL)

    delivered = Handover.objects.get()
    assert (delivered.lead, delivered.rep, delivered.ended_at) == (lead, rep, None)
    assert Assignment.objects.get().candidates == [rep.pk]
    item = OutboxItem.objects.get()
    assert item.available_at - item.created_at > timedelta(seconds=14)


def test_an_mql_waits_unclaimed_when_nobody_is_present_and_the_first_claim_takes_it():
    lead = make_lead(stage=Stage.MQL)
    first, second = make_user("rep"), make_user("rep")

    handover.claim(lead.pk, by=first)
    with pytest.raises(Refusal, match=f"just claimed by {first.name}"):
        handover.claim(lead.pk, by=second)

    assert Handover.objects.get().rep == first


def test_only_the_owner_or_a_head_accepts():
    owner, other = make_user("rep"), make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=owner)

    with pytest.raises(Forbidden):
        handover.accept(lead.pk, by=other)
    with pytest.raises(Forbidden):
        handover.accept(lead.pk, by=make_user("marketer"))
    handover.accept(lead.pk, by=make_user("sales_head"))

    assert state(lead) == ("sal", "active")


def test_a_rejection_ends_the_handover_with_its_reason_and_returns_the_lead_to_marketing():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)

    handover.reject(lead.pk, by=rep, reason="too_early", return_on=date(2099, 1, 4), note="Budget in January")

    assert state(lead) == ("visitor", "nurturing")
    assert lead.return_on == date(2099, 1, 4)
    ended = Handover.objects.get()
    assert (ended.ending, ended.cause) == ("rejected", "too_early")
    assert lead.notes.get().text == "Budget in January"


@pytest.mark.parametrize("reason, return_on", [("", None), ("because", None), ("too_early", None)])
def test_a_rejection_without_an_agreed_reason_or_its_date_is_refused(reason, return_on):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)

    with pytest.raises(Refusal):
        handover.reject(lead.pk, by=rep, reason=reason, return_on=return_on)

    assert state(lead) == ("mql", "active")


def test_a_poor_fit_is_disqualified_barred_and_never_qualified_again():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, email="eve@example.com")
    handover.reject(lead.pk, by=rep, reason="poor_fit")

    with pytest.raises(bars.Suppressed):
        handover.qualify(lead.pk, by=None)

    assert state(lead) == ("mql", "disqualified")
    assert {entry.kind for entry in Suppression.objects.all()} == {"lead", "email"}
    assert SuppressionHit.objects.get().way == "qualify"


def test_a_returned_lead_may_qualify_again_and_the_same_rep_gets_it():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, since=MONDAY_9)
    handover.recycle(lead.pk, by=rep, reason="timing", return_on=date(2099, 1, 4), moment=MONDAY_9 + HOUR)

    marketer = make_user("marketer")
    with pytest.raises(evidence.NoEvidence, match="a new touch, a call or meeting that reached them"):
        handover.qualify(lead.pk, by=marketer, why="Asked for a demo", moment=MONDAY_9 + 2 * HOUR)
    capture.touch(lead.pk, kind="form", moment=MONDAY_9 + 1.5 * HOUR)
    handover.qualify(lead.pk, by=marketer, why="Asked for a demo", moment=MONDAY_9 + 2 * HOUR)

    assert state(lead) == ("mql", "active")
    assert [row.ending for row in Handover.objects.order_by("id")] == ["recycled", ""]
    assert lead.mql_at == MONDAY_9


def test_a_return_date_is_ahead_of_the_companys_day(organisation):
    organisation.time_zone = "Asia/Tokyo"
    organisation.save()
    lead = make_lead(stage=Stage.MQL, since=MONDAY_9)
    late = MONDAY_9 + 14 * HOUR  # in Tokyo it is Tuesday

    with pytest.raises(Refusal, match="The return date 3 March 2026 is not in the future"):
        handover.recycle(lead.pk, by=None, reason="timing", return_on=date(2026, 3, 3), moment=late)
    handover.recycle(lead.pk, by=None, reason="timing", return_on=date(2026, 3, 4), moment=late)

    assert state(lead) == ("visitor", "nurturing")


def test_recycling_closes_the_open_deal_so_that_nothing_stays_in_the_pipeline():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SQL)

    handover.recycle(lead.pk, by=rep, reason="no_budget", return_on=date(2099, 1, 4))

    assert Deal.objects.get().outcome == "lost"


def test_a_lost_lead_keeps_its_stage():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SQL)

    deals.lose(lead.pk, by=rep, reason="price")

    assert state(lead) == ("sql", "lost")
    assert lead.state == Standing.LOST


def test_a_customer_who_leaves_is_churned_and_cannot_be_disqualified():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.CUSTOMER)

    with pytest.raises(Refusal):
        suppression.disqualify(lead.pk, by=rep, reason="poor_fit")
    deals.churn(lead.pk, by=rep, reason="cancelled")

    assert state(lead) == ("customer", "churned")


def test_an_appeal_needs_new_evidence_and_both_heads():
    sales, marketing, rep = make_user("sales_head"), make_user("marketing_head"), make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    suppression.disqualify(lead.pk, by=rep, reason="competitor")

    with pytest.raises(Refusal, match="what is new"):
        suppression.appeal(lead.pk, by=rep, evidence=" ")
    suppression.appeal(lead.pk, by=rep, evidence="Changed employer")
    suppression.sign_appeal(lead.pk, by=sales)
    assert state(lead) == ("mql", "disqualified")
    with pytest.raises(Forbidden):
        suppression.sign_appeal(lead.pk, by=make_user("administrator"))
    suppression.sign_appeal(lead.pk, by=marketing)

    assert state(lead) == ("mql", "active")
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_an_mql_that_is_reopened_is_handed_over_anew_and_undone_as_one():
    sales, marketing, rep = make_user("sales_head"), make_user("marketing_head"), make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    handover.reject(lead.pk, by=rep, reason="poor_fit")
    suppression.appeal(lead.pk, by=rep, evidence="Grew to 400 people")
    suppression.sign_appeal(lead.pk, by=sales)
    suppression.sign_appeal(lead.pk, by=marketing)

    assert [each.ending for each in lead.handovers.order_by("id")] == ["rejected", ""]
    assert Handover.objects.open().get().entry.move == Move.REOPEN

    undo(lead.pk, by=marketing)
    assert state(lead) == ("mql", "disqualified")
    assert not Handover.objects.open().exists()
    assert [each.ending for each in Handover.objects.counted()] == ["rejected"]


UNDOABLE_ACTS = {
    "accept": (Stage.MQL, lambda pk, by: handover.accept(pk, by=by)),
    "reject": (Stage.MQL, lambda pk, by: handover.reject(pk, by=by, reason="wrong_person")),
    "reject for good": (Stage.MQL, lambda pk, by: handover.reject(pk, by=by, reason="poor_fit")),
    "recycle": (
        Stage.SQL,
        lambda pk, by: handover.recycle(pk, by=by, reason="timing", return_on=date(2099, 1, 1)),
    ),
    "advance": (Stage.SAL, lambda pk, by: deals.advance(pk, by=by, amount=Decimal("500"))),
    "win": (Stage.SQL, lambda pk, by: deals.win(pk, by=by)),
    "lose": (Stage.SQL, lambda pk, by: deals.lose(pk, by=by, reason="price")),
    "disqualify": (Stage.SAL, lambda pk, by: suppression.disqualify(pk, by=by, reason="competitor")),
    "churn": (Stage.CUSTOMER, lambda pk, by: deals.churn(pk, by=by, reason="cancelled")),
}


@pytest.mark.parametrize("name", UNDOABLE_ACTS)
def test_an_undo_leaves_everything_as_it_was_before_the_act(name):
    stage, act = UNDOABLE_ACTS[name]
    rep = make_user("rep")
    lead = make_lead(stage=stage)
    before = everything_about(lead)
    act(lead.pk, rep)
    assert everything_about(lead) != before

    undo(lead.pk, by=rep)

    assert everything_about(lead) == before
    assert lead.history.order_by("seq").last().move == Move.UNDO


def everything_about(lead: Lead) -> tuple:
    facts = Lead.objects.filter(pk=lead.pk).values().get()
    facts = {name: value for name, value in facts.items() if name not in ("seq", "version")}
    handovers = Handover.objects.filter(lead=lead).order_by("id").values_list("ending", "ended_at", "cause")
    open_deals = Deal.objects.filter(contact=lead).values_list(
        "outcome", "closed_at", "lost_reason", "amount"
    )
    bars = Suppression.objects.filter(lifted_at=None).values_list("kind", "value")
    counted = StageChange.objects.counted().filter(lead=lead).values_list("id", flat=True)
    return facts, list(handovers), list(open_deals), sorted(bars), sorted(counted)


def test_undoing_the_only_move_of_a_lead_without_history_leaves_it_where_it_began():
    make_user("rep")
    marketer = make_user("marketer")
    lead = Lead.objects.create(born_at=MONDAY_9, stage_since=MONDAY_9)  # as a file without dates makes it
    before = everything_about(lead)
    handover.qualify(lead.pk, by=marketer, why="Asked for prices")

    undo(lead.pk, by=marketer)

    assert everything_about(lead)[0] == before[0]


def test_undoing_a_qualification_withdraws_the_delivery_and_its_mail():
    rep, marketer = make_user("rep"), make_user("marketer")
    lead = make_lead()
    handover.qualify(lead.pk, by=marketer, why="Asked for prices")
    assert lead.handovers.get().rep == rep

    undo(lead.pk, by=marketer)

    assert state(lead) == ("visitor", "active")
    assert lead.owner is None
    assert (lead.mql_at, lead.highest_stage) == (None, "visitor")
    assert lead.handovers.get().ending == "withdrawn"
    assert not Handover.objects.counted().exists()
    assert not OutboxItem.objects.exists()


def test_an_undo_is_refused_to_others_after_ten_minutes_and_twice():
    rep, other = make_user("rep"), make_user("sales_head")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=MONDAY_9)
    handover.accept(lead.pk, by=rep, moment=MONDAY_9 + HOUR)

    with pytest.raises(Forbidden):
        undo(lead.pk, by=other, moment=MONDAY_9 + HOUR)
    with pytest.raises(Refusal, match="ten minutes"):
        undo(lead.pk, by=rep, moment=MONDAY_9 + HOUR + timedelta(minutes=11))
    undo(lead.pk, by=rep, moment=MONDAY_9 + HOUR + timedelta(minutes=9))
    with pytest.raises(Refusal, match="nothing to undo"):
        undo(lead.pk, by=rep, moment=MONDAY_9 + HOUR + timedelta(minutes=9))


def test_reassigning_ends_one_handover_and_opens_the_next_for_the_same_entry():
    first, second, head = make_user("rep"), make_user("rep"), make_user("sales_head")
    lead = make_lead(stage=Stage.MQL, owner=first)

    handover.reassign(lead.pk, to=second, by=head)

    assert [(row.rep, row.ending) for row in Handover.objects.order_by("id")] == [
        (first, "reassigned"),
        (second, ""),
    ]
    assert len({row.entry_id for row in Handover.objects.all()}) == 1


def test_a_move_before_the_last_one_is_refused():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, since=MONDAY_9)

    with pytest.raises(Refusal, match="later time"):
        handover.accept(lead.pk, by=rep, moment=MONDAY_9 - HOUR)


@pytest.mark.parametrize("act", ["accept", "reject"])
def test_a_move_before_the_lead_changed_hands_is_not_undone(act):
    first, second, head = make_user("rep"), make_user("rep"), make_user("sales_head")
    lead = make_lead(stage=Stage.MQL, owner=first)
    UNDOABLE_ACTS[act][1](lead.pk, first)
    capture.touch(lead.pk, kind="form")
    handover.reassign(lead.pk, to=second, by=head)

    with pytest.raises(Refusal, match="can no longer be undone"):
        undo(lead.pk, by=first)

    assert not Handover.objects.open().exists()


def test_a_poor_fit_takes_its_open_deals_along():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL)
    Deal.objects.create(contact=lead, amount=50, currency="EUR")

    handover.reject(lead.pk, by=rep, reason="poor_fit")

    assert Deal.objects.get().outcome == "lost"

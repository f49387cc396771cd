"""Acts on many leads: who may not be moved is left out and told, an undo takes back exactly the others."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from leads import activities, bulk, bulk_undo, handover
from leads.models import BulkAct, Deal, Handover, Lead, Note, StageChange, Suppression
from leads.stages import MQL, Stage
from reporting import reconcile
from smarketing.foundation import outbox
from smarketing.foundation.models import OutboxItem
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

SOON = localdate() + timedelta(days=30)


@pytest.fixture(autouse=True)
def balanced():
    """Whatever was done: the ledger balances and every lead is where its history says."""
    yield
    proof = reconcile.prove()
    assert proof.balances, [(finding.says, finding.offenders) for finding in proof.findings]


def pks(*leads: Lead) -> list[int]:
    return [lead.pk for lead in leads]


def places(*leads: Lead) -> set[tuple[str, str]]:
    return {(lead.stage, lead.standing) for lead in Lead.objects.filter(pk__in=pks(*leads))}


def facts(lead: Lead) -> dict:
    """All that is stored of a lead, but for what counts its changes."""
    stored = Lead.objects.filter(pk=lead.pk).values().get()
    return {name: value for name, value in stored.items() if name not in ("seq", "version")}


def test_leads_are_handed_over_in_turn_each_with_its_own_history():
    reps = [make_user("rep"), make_user("rep")]
    marketer = make_user("marketer")
    leads = [make_lead() for _ in range(4)]
    act = bulk.qualify(pks(*leads), by=marketer, why="Asked for prices")

    assert places(*leads) == {tuple(MQL)}
    assert [Lead.objects.filter(owner=rep).count() for rep in reps] == [2, 2]
    assert Handover.objects.open().count() == 4
    assert set(StageChange.objects.filter(move="qualify").values_list("by", "reason")) == {
        (marketer.pk, "manual")
    }
    assert Note.objects.filter(text="Asked for prices").count() == 4
    assert len(act.done) == 4
    assert act.left_out == []


def test_each_new_owner_gets_one_mail_however_many_leads():
    make_user("rep")
    bulk.qualify(pks(*(make_lead() for _ in range(3))), by=make_user("marketer"), why="Asked")

    assert OutboxItem.objects.get(topic="leads.given_many").payload["leads"] == 3
    assert not OutboxItem.objects.filter(topic="leads.new_lead").exists()


def test_who_may_not_be_moved_is_left_out_and_told_why():
    rep, marketer = make_user("rep"), make_user("marketer")
    fine = make_lead()
    mql = make_lead(stage=Stage.MQL, owner=rep)
    barred = make_lead()
    Suppression.objects.create(kind="email", value=barred.email_norm, reason="competitor")
    act = bulk.qualify([fine.pk, mql.pk, barred.pk, 999_999], by=marketer, why="Asked")

    assert [row[0] for row in act.done] == [fine.pk]
    assert bulk.said(act.left_out) == (
        "1 MQL already, 1 barred by the never-again register, 1 not yours to see, or gone"
    )
    assert barred.suppression_hits.get().way == "qualify"


def test_nothing_is_done_where_no_lead_can_be_moved():
    mql = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    with pytest.raises(Refusal, match="None of these leads was changed: 1 MQL already"):
        bulk.qualify([mql.pk], by=make_user("marketer"), why="Asked")

    assert not BulkAct.objects.exists()


def test_a_rep_moves_only_the_own_leads():
    rep, colleague = make_user("rep"), make_user("rep", name="Ben Hart")
    own, other = make_lead(stage=Stage.SAL, owner=rep), make_lead(stage=Stage.SAL, owner=colleague)
    act = bulk.recycle(pks(own, other), by=rep, reason="timing", return_on=SOON)

    assert places(own) == {("visitor", "nurturing")}
    assert bulk.said(act.left_out) == "1 owned by Ben Hart"
    assert places(other) == {("sal", "active")}


def test_leads_return_to_nurture_with_their_hand_overs_and_deals_closed():
    rep = make_user("rep")
    waiting, selling = make_lead(stage=Stage.MQL, owner=rep), make_lead(stage=Stage.SQL, owner=rep)
    bulk.recycle(pks(waiting, selling), by=make_user("sales_head"), reason="no_budget", return_on=SOON)

    assert set(Lead.objects.values_list("standing", "return_on")) == {("nurturing", SOON)}
    assert set(Handover.objects.filter(lead=waiting).values_list("ending", "cause")) == {
        ("recycled", "no_budget")
    }
    assert set(Deal.objects.values_list("outcome", "lost_reason")) == {("lost", "no_budget")}


def test_disqualified_leads_enter_the_register():
    rep = make_user("rep")
    leads = [make_lead(stage=Stage.MQL, owner=rep), make_lead()]
    bulk.disqualify(pks(*leads), by=make_user("sales_head"), reason="competitor")

    assert places(*leads) == {("mql", "disqualified"), ("visitor", "disqualified")}
    assert Suppression.objects.filter(kind="lead").count() == 2
    assert Handover.objects.get().ending == "withdrawn"


def test_leads_are_given_to_another_rep_with_their_hand_overs():
    ben, dana, head = make_user("rep"), make_user("rep", name="Dana Fox"), make_user("sales_head")
    leads = [make_lead(stage=Stage.MQL, owner=ben), make_lead(stage=Stage.SAL, owner=ben), make_lead()]
    hers = make_lead(stage=Stage.SAL, owner=dana)
    act = bulk.reassign(pks(*leads, hers), to=dana, by=head)

    assert Lead.objects.filter(owner=dana).count() == 4
    assert Handover.objects.open().get().rep == dana
    assert bulk.said(act.left_out) == "1 with Dana Fox already"


def test_unclaimed_leads_are_claimed_and_others_left():
    leads = [make_lead(stage=Stage.MQL) for _ in range(2)]
    claimer = make_user("rep", name="Ben Hart")
    act = bulk.claim(pks(*leads, make_lead()), by=claimer)

    assert Lead.objects.filter(owner=claimer).count() == 2
    assert bulk.said(act.left_out) == "1 not an MQL"


@pytest.mark.parametrize(
    ("role", "act"), [("marketer", "claim"), ("marketer", "disqualify"), ("rep", "qualify")]
)
def test_a_role_that_can_move_nothing_is_refused(role, act):
    more = {"qualify": {"why": "x"}, "disqualify": {"reason": "competitor"}, "claim": {}}[act]
    with pytest.raises(Forbidden):
        getattr(bulk, act)([make_lead().pk], by=make_user(role), **more)


def test_reassigning_is_for_heads():
    rep = make_user("rep")
    with pytest.raises(Forbidden):
        bulk.reassign([make_lead(owner=rep).pk], to=rep, by=rep)


def test_more_than_the_limit_is_refused_with_the_limit():
    with pytest.raises(Refusal, match="At most 500 leads at once, and these are 501"):
        bulk.plan(range(1, 502), "claim", by=make_user("rep"))


@pytest.mark.parametrize("kind", ["qualify", "recycle", "disqualify", "reassign", "claim"])
def test_an_undo_leaves_every_lead_as_it_was(kind):
    lone = make_lead(stage=Stage.MQL)  # nobody is there yet
    claimer = make_user("rep")
    owner, head = make_user("rep"), make_user("sales_head")
    leads = [
        lone,
        make_lead(),
        make_lead(stage=Stage.MQL, owner=owner),
        make_lead(stage=Stage.SQL, owner=owner),
    ]
    before = [facts(lead) for lead in leads]
    acts = {
        "qualify": lambda: bulk.qualify(pks(*leads), by=head, why="Asked"),
        "recycle": lambda: bulk.recycle(pks(*leads), by=head, reason="timing", return_on=SOON),
        "disqualify": lambda: bulk.disqualify(pks(*leads), by=head, reason="competitor"),
        "reassign": lambda: bulk.reassign(pks(*leads), to=claimer, by=head),
        "claim": lambda: bulk.claim(pks(*leads), by=claimer),
    }
    act = acts[kind]()
    assert act.done
    taken = bulk_undo.undo(act.pk, by=act.by)

    assert [facts(lead) for lead in leads] == before
    assert taken.kept == []
    assert not Deal.objects.filter(outcome="lost").exists()
    assert not Suppression.objects.filter(lifted_at=None).exists()
    assert not OutboxItem.objects.filter(topic="leads.given_many").exists()
    assert Lead.objects.get(pk=leads[2].pk).handovers.open().get().rep == owner


def test_leads_with_later_facts_stay_and_are_listed():
    rep, head = make_user("rep"), make_user("sales_head")
    leads = [make_lead(stage=Stage.MQL, owner=rep) for _ in range(3)]
    act = bulk.reassign(pks(*leads), to=make_user("rep", name="Dana Fox"), by=head)
    moved = Lead.objects.get(pk=leads[1].pk)
    handover.accept(moved.pk, by=moved.owner)
    taken = bulk_undo.undo(act.pk, by=head)

    assert taken.kept == [moved.pk]
    assert set(Lead.objects.filter(owner=rep)) == {leads[0], leads[2]}
    assert Lead.objects.get(pk=moved.pk).stage == Stage.SAL


def test_a_lead_that_changed_hands_since_stays_where_it_is():
    make_user("rep")
    head = make_user("sales_head")
    leads = [make_lead(), make_lead()]
    act = bulk.qualify(pks(*leads), by=head, why="Asked")
    handover.reassign(leads[0].pk, to=make_user("rep"), by=head)
    taken = bulk_undo.undo(act.pk, by=head)

    assert taken.kept == [leads[0].pk]
    assert places(leads[1]) == {("visitor", "active")}


def test_work_that_was_logged_since_does_not_stand_in_the_way():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    act = bulk.recycle([lead.pk], by=rep, reason="timing", return_on=SOON)
    activities.log(lead.pk, by=rep, kind="note", text="Asked them")
    bulk_undo.undo(act.pk, by=rep)

    assert places(lead) == {("sal", "active")}


def test_only_the_author_takes_back_and_only_once_within_ten_minutes():
    rep, head = make_user("rep"), make_user("sales_head")
    leads = [make_lead(stage=Stage.SAL, owner=rep) for _ in range(2)]
    act = bulk.recycle([leads[0].pk], by=rep, reason="timing", return_on=SOON)
    with pytest.raises(Forbidden):
        bulk_undo.undo(act.pk, by=head)
    bulk_undo.undo(act.pk, by=rep)
    with pytest.raises(Refusal, match="already"):
        bulk_undo.undo(act.pk, by=rep)
    old = bulk.recycle([leads[1].pk], by=rep, reason="timing", return_on=SOON)
    with pytest.raises(Refusal, match="ten minutes"):
        bulk_undo.undo(old.pk, by=rep, moment=now() + timedelta(minutes=11))


def test_an_act_on_many_is_as_many_statements_as_one_on_few(django_assert_max_num_queries):
    make_user("rep")
    marketer = make_user("marketer")

    def statements(n: int) -> int:
        leads = [make_lead() for _ in range(n)]
        with django_assert_max_num_queries(40) as caught:
            bulk.qualify(pks(*leads), by=marketer, why="Asked")
        return len(caught)

    assert statements(3) == statements(40)


def test_a_lead_of_a_stranger_is_counted_and_not_named():
    stranger = make_user("rep", team="Nordics")
    hidden = make_lead(stage=Stage.SAL, owner=stranger)
    rep = make_user("rep", team="Benelux")
    own = make_lead(stage=Stage.SAL, owner=rep)
    act = bulk.recycle(pks(own, hidden), by=rep, reason="timing", return_on=SOON)

    assert act.left_out == [("not yours to see, or gone", [], 1)]


def test_the_clock_of_history_is_one_moment_for_all():
    rep, head = make_user("rep"), make_user("sales_head")
    leads = [make_lead(stage=Stage.SAL, owner=rep) for _ in range(3)]
    act = bulk.recycle(pks(*leads), by=head, reason="timing", return_on=SOON)

    assert set(StageChange.objects.filter(move="recycle").values_list("at", flat=True)) == {act.at}


def test_the_mail_names_how_many_and_who_gave_them(mailoutbox):
    ben, dana, head = make_user("rep"), make_user("rep", name="Dana Fox"), make_user("sales_head", name="Eve")
    leads = [make_lead(stage=Stage.SAL, owner=ben) for _ in range(2)]
    bulk.reassign(pks(*leads), to=dana, by=head)
    outbox.deliver(now() + timedelta(minutes=1))
    [mail] = [mail for mail in mailoutbox if mail.to == [dana.email]]

    assert mail.subject == "Yours now: 2 leads"
    assert "Eve gave you 2 leads in one act." in mail.body

"""Whoever leaves gives every open lead away in one act, and the ledger still balances."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils.timezone import localdate, now

from leads import giving, handover
from leads.models import Assignment, Handover, Lead, Pool, Suppression, SuppressionHit
from leads.stages import Stage
from reporting import reconcile
from sla import tasks
from sla.models import Clock
from smarketing.foundation import outbox
from smarketing.foundation.models import Absence, Mute, User
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user, news_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
STAGES = (Stage.VISITOR, Stage.MQL, Stage.SAL, Stage.SQL)


@pytest.fixture
def head() -> User:
    return make_user("sales_head")


@pytest.fixture
def leaver() -> User:
    return make_user(name="Kofi Mensah")


def balances() -> bool:
    proof = reconcile.prove()
    assert [(finding.says, finding.offenders) for finding in proof.findings] == []
    return True


def one_of_each(owner: User) -> dict[Stage, Lead]:
    return {stage: make_lead(stage=stage, owner=owner) for stage in STAGES}


def owner_of(lead: Lead) -> User | None:
    return Lead.objects.select_related("owner").get(pk=lead.pk).owner


def mails_to(person: User) -> list[str]:
    outbox.deliver(now() + timedelta(minutes=1))
    return [message.subject for message in mail.outbox if message.to == [person.email]]


def test_whom_the_register_bars_goes_to_nobody(head, leaver):
    heir = make_user()
    barred = make_lead(stage=Stage.SAL, owner=leaver, email_norm="a@rival.example")
    free = make_lead(stage=Stage.SAL, owner=leaver)
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")

    assert giving.give_all(leaver, to=heir, by=head) == {heir.pk: 1, None: 1}

    assert (owner_of(barred), owner_of(free)) == (None, heir)
    assert [(hit.way, hit.lead) for hit in SuppressionHit.objects.all()] == [("route", barred)]
    assert balances()


# --- To one person -------------------------------------------------------------------------------------------
def test_everything_open_goes_to_the_named_rep_and_the_ledger_balances(head, leaver):
    leads, heir = one_of_each(leaver), make_user()
    won = make_lead(stage=Stage.CUSTOMER, owner=leaver)

    assert giving.give_all(leaver, to=heir, by=head) == {heir.pk: 4}

    assert {owner_of(lead) for lead in leads.values()} == {heir}
    assert owner_of(won) == leaver  # who won a customer stays on record
    assert balances()


def test_an_open_hand_over_ends_as_reassigned_and_opens_anew_for_the_same_qualification(head, leaver):
    lead, heir = make_lead(stage=Stage.MQL, owner=leaver), make_user()

    giving.give_all(leaver, to=heir, by=head)

    before, after = Handover.objects.filter(lead=lead).order_by("id")
    assert (before.rep, before.ending) == (leaver, "reassigned")
    assert (after.rep, after.ended_at, after.entry_id) == (heir, None, before.entry_id)
    handover.accept(lead.pk, by=heir)
    assert balances()


def test_a_promise_runs_on_with_whoever_has_the_lead_now(head, leaver):
    lead, heir = make_lead(stage=Stage.MQL, owner=leaver, since=now() - timedelta(minutes=5)), make_user()
    tasks.sweep(now())
    due = Clock.objects.get(lead=lead).due_at

    giving.give_all(leaver, to=heir, by=head)
    tasks.sweep(now())

    clock = Clock.objects.get(lead=lead)
    assert (clock.owner, clock.due_at) == (heir, due)


def test_a_nurtured_lead_stays_on_record_and_is_routed_anew_when_it_comes_back(head, leaver):
    lead, heir = make_lead(stage=Stage.MQL, owner=leaver), make_user()
    handover.reject(lead.pk, by=leaver, reason="too_early", return_on=localdate() + timedelta(days=30))

    assert giving.give_all(leaver, to=heir, by=head) == {}
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    news_of(lead)
    handover.qualify(lead.pk, by=None)

    assert owner_of(lead) == heir
    assert balances()


@pytest.mark.parametrize("who", ["marketer", "administrator", "leaver", "somebody gone"])
def test_leads_go_to_active_sales_only_and_not_back_to_the_leaver(who, head, leaver):
    lead = make_lead(stage=Stage.SAL, owner=leaver)
    others = {"leaver": leaver, "somebody gone": make_user(is_active=False)}

    with pytest.raises(Refusal, match="choose somebody else who is active in sales"):
        giving.give_all(leaver, to=others.get(who) or make_user(who), by=head)
    assert owner_of(lead) == leaver


def test_only_who_leads_others_gives_leads_away(leaver):
    with pytest.raises(Forbidden):
        giving.give_all(leaver, to=make_user(), by=leaver)


# --- Back to the pool -----------------------------------------------------------------------------------------
def test_the_reps_who_are_there_share_in_turn_and_visitors_belong_to_nobody(head, leaver):
    leads = [make_lead(stage=stage, owner=leaver) for stage in (Stage.MQL, Stage.SAL, Stage.SQL, Stage.MQL)]
    visitor = make_lead(owner=leaver)
    first, second, away = make_user(), make_user(), make_user()
    Absence.objects.create(user=away, starts_on=localdate(), ends_on=localdate())

    counts = giving.give_all(leaver, to=None, by=head)

    assert counts == {first.pk: 2, second.pk: 2, None: 1}
    assert [owner_of(lead) for lead in leads] == [first, second, first, second]
    assert owner_of(visitor) is None
    assert balances()


def test_an_mql_from_the_pool_says_between_whom_it_was_chosen(head, leaver):
    lead = make_lead(stage=Stage.MQL, owner=leaver)
    one, two = make_user(), make_user()

    giving.give_all(leaver, to=None, by=head)

    last = Assignment.objects.filter(lead=lead).latest("id")
    assert (last.rule, last.candidates, last.by) == ("round_robin", [one.pk, two.pk], head)


def test_the_turn_goes_on_where_the_pool_stood(head, leaver):
    one, two = make_user(), make_user()
    Pool.objects.create(name="Sales", last_rep_id=one.pk)
    make_lead(stage=Stage.SAL, owner=leaver)

    assert giving.give_all(leaver, to=None, by=head) == {two.pk: 1}
    assert Pool.objects.get().last_rep_id == two.pk


def test_while_nobody_is_there_mqls_wait_unclaimed_and_can_be_claimed(head, leaver):
    lead = make_lead(stage=Stage.MQL, owner=leaver)

    assert giving.give_all(leaver, to=None, by=head) == {None: 1}
    assert balances()

    handover.claim(lead.pk, by=head)
    assert balances()


def test_accepted_leads_are_never_left_to_nobody(head, leaver):
    mql, accepted = make_lead(stage=Stage.MQL, owner=leaver), make_lead(stage=Stage.SAL, owner=leaver)

    with pytest.raises(Refusal, match="No rep is there to share 1 accepted lead"):
        giving.give_all(leaver, to=None, by=head)
    assert {owner_of(mql), owner_of(accepted)} == {leaver}


# --- Told -------------------------------------------------------------------------------------------------------
def test_the_new_owner_gets_one_mail_however_many_leads(head, leaver):
    heir = make_user()
    for _ in range(5):
        make_lead(stage=Stage.MQL, owner=leaver)

    giving.give_all(leaver, to=heir, by=head)

    assert mails_to(heir) == ["Yours now: 5 leads of Kofi Mensah"]
    assert mails_to(leaver) == []  # their own mails were about hand-overs that have ended


def test_who_wants_no_mail_about_new_leads_gets_none(head, leaver):
    heir = make_user()
    Mute.objects.create(user=heir, kind="new_lead", way="mail")
    make_lead(stage=Stage.MQL, owner=leaver)

    giving.give_all(leaver, to=heir, by=head)
    make_lead(stage=Stage.MQL, owner=heir)

    assert mails_to(heir) == []


def test_it_asks_as_often_for_many_leads_as_for_few(django_assert_max_num_queries, head, leaver):
    def give(n: int) -> int:
        person, heir = make_user(), make_user("account_manager")
        for _ in range(n):
            make_lead(stage=Stage.MQL, owner=person)
        with django_assert_max_num_queries(20) as caught:
            giving.give_all(person, to=heir, by=head)
        return len(caught)

    assert give(2) == give(25)


# --- Names in files -----------------------------------------------------------------------------------------------
def nameless(name: str = "J. Doe") -> User:
    return User.objects.create(name=name, is_active=False, email=None)


def test_leads_of_a_name_in_a_file_are_booked_as_if_the_file_had_known_the_person():
    name, person = nameless(), make_user()
    lead = make_lead(owner=name)

    assert giving.book(name, to=person, by=make_user("administrator")) == 1
    assert owner_of(lead) == person
    assert Assignment.objects.filter(lead=lead).latest("id").rule == "imported"
    assert not Handover.objects.exists()
    assert balances()


def test_a_real_person_is_no_name_to_be_booked(leaver):
    with pytest.raises(Refusal, match="is a person of this company"):
        giving.book(leaver, to=make_user(), by=make_user("administrator"))


def test_a_head_books_no_names(head):
    with pytest.raises(Forbidden):
        giving.book(nameless(), to=make_user(), by=head)


def test_amounts_and_deals_are_untouched(head, leaver):
    lead = make_lead(stage=Stage.SQL, owner=leaver)

    giving.give_all(leaver, to=make_user(), by=head)

    assert lead.deals.get().amount == Decimal("12000.00")

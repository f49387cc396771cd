"""What two people do at the same moment: nobody is left without an administrator, no lead with somebody gone."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from leads import bulk, bulk_undo, deliveries, handover, routing
from leads.models import Handover, Lead
from leads.stages import Stage
from reporting import reconcile
from sla import reassigning
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.people import acts
from tests.conftest import make_organisation
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def company():
    return make_organisation()


def beside(act, *args, **kwargs):
    """What the act answered, or was refused with; its connection is closed."""
    try:
        return act(*args, **kwargs)
    except (Refusal, Forbidden) as refusal:
        return refusal
    finally:
        connection.close()


def test_of_two_administrators_who_deactivate_each_other_one_stays():
    one, two = make_user("administrator"), make_user("administrator")
    with ThreadPoolExecutor(2) as pool:
        answers = [
            pool.submit(beside, acts.deactivate, who, to=None, by=by) for who, by in [(one, two), (two, one)]
        ]
        refused = [answer.result() for answer in answers if not isinstance(answer.result(), dict)]

    assert len(refused) == 1
    assert User.objects.filter(role="administrator", is_active=True).count() == 1


def test_of_two_administrators_who_step_down_at_once_one_stays():
    people = [make_user("administrator") for _ in range(2)]

    def step_down(person: User):
        return acts.change(person, name=person.name, role="sales_head", team=None, deputy=None, by=person)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: beside(step_down, person), people))

    assert User.objects.filter(role="administrator").count() == 1


def somebody_waits() -> bool:
    """For the lock that another transaction has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def test_a_lead_that_is_on_its_way_to_a_leaver_goes_on_to_the_next():
    """Somebody was chosen, and the choice not yet written, when they are deactivated."""
    lead = make_lead(stage=Stage.MQL)  # nobody is there: it waits unclaimed
    leaver, admin = make_user(), make_user("administrator")
    chosen, go_on = Event(), Event()

    @transaction.atomic
    def deliver_slowly() -> None:
        row, moment = Lead.objects.lock(lead.pk), now()
        choice = routing.choose(row, moment)
        assert choice is not None
        chosen.set()
        assert go_on.wait(timeout=30)
        routing.assign(row, choice.rep, rule=choice.rule, candidates=[], by=None, moment=moment)
        deliveries.open_for(row, deliveries.entry_of(row), choice.rep, moment)

    with ThreadPoolExecutor(2) as pool:
        delivering = pool.submit(beside, deliver_slowly)
        assert chosen.wait(timeout=30)
        heir = make_user()
        leaving = pool.submit(beside, acts.deactivate, leaver, to=None, by=admin)
        while not somebody_waits() and not leaving.done():
            sleep(0.05)
        go_on.set()
        delivering.result()
        assert leaving.result() == {heir.pk: 1}

    assert Lead.objects.get(pk=lead.pk).owner == heir
    assert reconcile.prove().balances


def meanwhile(first, then):
    """What `then` answered, which began while `first` was done but not committed."""
    acted, go_on = Event(), Event()

    @transaction.atomic
    def slowly() -> None:
        first()
        acted.set()
        assert go_on.wait(timeout=30)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(beside, slowly)
        assert acted.wait(timeout=30)
        other = pool.submit(beside, then)
        while not somebody_waits() and not other.done():
            sleep(0.05)
        go_on.set()
        one.result()
        return other.result()


GIVE = {
    "one": lambda lead, to, head: handover.reassign(lead.pk, to=to, by=head),
    "many": lambda lead, to, head: bulk.reassign([lead.pk], to=to, by=head),
    "late": lambda lead, to, head: reassigning.give([lead.pk], to=to, by=head, moment=now()),
    "all of another": lambda lead, to, head: acts.give_leads(
        lead.owner, to=to, by=make_user("administrator")
    ),
    "their own claim": lambda lead, to, head: handover.claim(lead.pk, by=to),
    "their own claims": lambda lead, to, head: bulk.claim([lead.pk], by=to),
}


@pytest.mark.parametrize("leaves_first", [True, False])
@pytest.mark.parametrize("way", GIVE)
def test_nobody_who_leaves_is_given_a_lead_in_that_moment(way, leaves_first):
    lead = make_lead(stage=Stage.MQL, owner=None if "claim" in way else make_user())
    leaver, head, admin = make_user(), make_user("sales_head"), make_user("administrator")

    def leave():
        return acts.deactivate(leaver, to=None, by=admin)

    def give():
        return GIVE[way](lead, leaver, head)

    meanwhile(leave, give) if leaves_first else meanwhile(give, leave)

    owner = Lead.objects.get(pk=lead.pk).owner
    assert owner != leaver and not User.objects.get(pk=leaver.pk).is_active
    assert not Handover.objects.open().filter(rep=leaver).exists()
    assert reconcile.prove().balances


def test_an_act_taken_back_gives_no_lead_to_somebody_who_left():
    former, head, admin = make_user(), make_user("sales_head"), make_user("administrator")
    stays = make_user()
    one, other = make_lead(stage=Stage.MQL, owner=former), make_lead(stage=Stage.MQL, owner=stays)
    heir = make_user()
    act = bulk.reassign([one.pk, other.pk], to=heir, by=head)
    acts.deactivate(former, to=None, by=admin)

    assert bulk_undo.undo(act.pk, by=head).kept == [one.pk]
    assert Lead.objects.get(pk=one.pk).owner == heir
    assert Lead.objects.get(pk=other.pk).owner == stays
    assert reconcile.prove().balances


def test_who_claims_many_hears_who_was_faster():
    lead, other = make_lead(stage=Stage.MQL), make_lead(stage=Stage.MQL)
    rep, head = make_user(), make_user("sales_head")
    act = meanwhile(lambda: handover.claim(lead.pk, by=rep), lambda: bulk.claim([lead.pk, other.pk], by=head))

    assert act.left_out == [(f"with {rep} already", [lead.pk], 1)]

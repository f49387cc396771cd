"""Returned leads are handed over again with news only, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from leads import activities, bulk, capture, evidence, funnel, handover, suppression
from leads.models import FactChange, Lead
from leads.stages import MQL, NURTURE, Move
from smarketing.foundation.refusals import Refusal
from tests.factories import make_lead, make_user, news_of
from tests.leads.returning import DAY, returned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


NEWS = {
    "a touch of marketing": lambda lead, by: capture.touch(lead.pk, kind="form"),
    "a call that reached them": lambda lead, by: activities.log(lead.pk, by=by, kind="call", outcome="spoke"),
    "a changed fact": lambda lead, by: news_of(lead),
    "a changed fact of the company": lambda lead, by: FactChange.objects.create(
        account=lead.account, field="employees", after="400", way="hand", at=now()
    ),
}
NO_NEWS = {
    "nothing": lambda lead, by: None,
    "a call that nobody answered": lambda lead, by: activities.log(
        lead.pk, by=by, kind="call", outcome="no_answer"
    ),
    "a call that was taken back": lambda lead, by: activities.take_back(
        activities.log(lead.pk, by=by, kind="call", outcome="spoke").pk, by=by
    ),
    "an opt-out": lambda lead, by: FactChange.objects.create(
        lead=lead, field="consent", after="opted_out", way="hand", at=now()
    ),
    "a note": lambda lead, by: activities.log(lead.pk, by=by, kind="note", text="Hm"),
    "a touch from before": lambda lead, by: capture.touch(lead.pk, kind="form", moment=now() - 60 * DAY),
}


@pytest.mark.parametrize("what", NO_NEWS)
def test_a_returned_lead_goes_to_no_rep_without_news(what, rep, marketer):
    lead, head = returned(), make_user("sales_head")
    NO_NEWS[what](lead, head)
    other = make_user("rep")

    with pytest.raises(evidence.NoEvidence, match="a new touch, a call or meeting that reached them"):
        handover.qualify(lead.pk, by=marketer, why="It is time")
    with pytest.raises(evidence.NoEvidence):
        handover.qualify(lead.pk, by=None)
    with pytest.raises(Refusal, match="1 nothing new since the return"):
        bulk.qualify([lead.pk], by=marketer, why="It is time")
    with pytest.raises(evidence.NoEvidence):
        handover.reassign(lead.pk, to=other, by=head)
    with pytest.raises(Refusal, match="1 nothing new since the return"):
        bulk.reassign([lead.pk], to=other, by=head)
    assert Lead.objects.get(pk=lead.pk).position == NURTURE


@pytest.mark.parametrize("what", NEWS)
@pytest.mark.parametrize("way", ["one", "many"])
def test_with_news_it_is_handed_over_again(what, way, rep, marketer):
    lead = returned()
    lead.account = capture.find_account("Quay Ltd")
    lead.save()
    NEWS[what](lead, make_user("sales_head"))

    if way == "one":
        handover.qualify(lead.pk, by=marketer, why="Asked again")
    else:
        bulk.qualify([lead.pk], by=marketer, why="Asked again")
    assert Lead.objects.get(pk=lead.pk).position == MQL


def test_a_granted_appeal_is_news_of_its_own(rep, marketer):
    lead = make_lead()
    suppression.disqualify(lead.pk, by=None, reason="competitor")
    suppression.appeal(lead.pk, by=marketer, evidence="Changed employer")
    for role in ("sales_head", "marketing_head"):
        suppression.sign_appeal(lead.pk, by=make_user(role))

    handover.qualify(lead.pk, by=marketer, why="Asked again")
    assert Lead.objects.get(pk=lead.pk).position == MQL


def test_postgresql_lets_none_out_of_nurture_without_news_whoever_asks(rep):
    lead = Lead.objects.get(pk=returned().pk)

    with pytest.raises(DatabaseError, match="newer than its return"), transaction.atomic():
        funnel.change(lead, Move.QUALIFY, MQL, by=None, moment=now())
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    FactChange.objects.create(lead=lead, field="consent", after="opted_out", way="hand", at=now())
    with pytest.raises(DatabaseError, match="newer than its return"), transaction.atomic():
        funnel.change(Lead.objects.get(pk=lead.pk), Move.QUALIFY, MQL, by=None, moment=now())
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    news_of(lead)
    lead = Lead.objects.get(pk=lead.pk)
    with transaction.atomic():
        funnel.change(lead, Move.QUALIFY, MQL, by=None, moment=now())
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

"""Explanations: who may say why, only of what is broken, kept for good, and never a part of the verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from leads import handover
from leads.models import Note
from leads.stages import Stage
from sla import tasks
from sla.explanations import explain
from sla.models import Clock, Explanation
from sla.statuses import Status, status_of
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("always_open")]
HOUR = timedelta(hours=1)


def broken_clock(owner) -> Clock:
    lead = make_lead(stage=Stage.MQL, owner=owner, since=now() - 10 * HOUR)
    tasks.sweep(now())
    return Clock.objects.get(lead=lead)


def test_the_person_responsible_and_heads_explain_and_nobody_else():
    rep = make_user("rep")
    clock = broken_clock(rep)
    explain(clock.pk, by=rep, cause="capacity", text=" Two people down with flu ", moment=now())
    explain(clock.pk, by=make_user("sales_head"), cause="system", text="Mail was late", moment=now())

    assert [one.text for one in clock.explanations.order_by("id")] == [
        "Two people down with flu",
        "Mail was late",
    ]
    for role in ("rep", "marketer", "account_manager"):
        with pytest.raises(Forbidden):
            explain(clock.pk, by=make_user(role), cause="other", text="Me too", moment=now())


def test_an_explanation_never_changes_the_verdict():
    rep = make_user("rep")
    clock = broken_clock(rep)
    explain(clock.pk, by=rep, cause="unreachable", text="The number was wrong", moment=now())
    tasks.sweep(now())
    clock.refresh_from_db()

    assert status_of(clock, now()) == Status.BROKEN


def test_what_is_not_broken_needs_no_explanation():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - HOUR)
    handover.accept(lead.pk, by=rep, moment=now())
    tasks.sweep(now())

    with pytest.raises(Refusal, match="not broken"):
        clock = Clock.objects.get(lead=lead, commitment__key="decide")
        explain(clock.pk, by=rep, cause="other", text="Why", moment=now())
    assert not Explanation.objects.exists()


@pytest.mark.parametrize(
    ("cause", "text"), [("weather", "Rain"), ("other", "   "), ("other", "x" * 1001), ("", "Why")]
)
def test_an_explanation_has_an_agreed_cause_and_words(cause, text):
    rep = make_user("rep")
    clock = broken_clock(rep)

    with pytest.raises(Refusal):
        explain(clock.pk, by=rep, cause=cause, text=text, moment=now())
    assert not Note.objects.filter(lead=clock.lead).exists()


def test_the_database_refuses_to_change_or_delete_one():
    rep = make_user("rep")
    explain(broken_clock(rep).pk, by=rep, cause="data", text="No phone", moment=now())
    for change in (
        lambda: Explanation.objects.update(cause="other"),
        lambda: Explanation.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_words_stand_in_the_note_that_erasure_blanks():
    rep = make_user("rep")
    explanation = explain(
        broken_clock(rep).pk, by=rep, cause="data", text="Jane left the company", moment=now()
    )
    Note.objects.filter(pk=explanation.note_id).update(text="")

    assert Explanation.objects.get().text == ""
    assert Explanation.objects.get().cause == "data"

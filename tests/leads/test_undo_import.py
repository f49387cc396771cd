"""`undo_import`: what a file brought is gone for every reader, and what people did since stays."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from leads import activities, capture, deals, handover, suppression
from leads.models import (
    Account,
    Assignment,
    Cost,
    Deal,
    Handover,
    Lead,
    Note,
    StageChange,
    Suppression,
    Touch,
)
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.importing import counts
from tests.leads.undoing import LEADS, take, undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_leads_that_were_worked_on_stay_with_all_that_the_file_told_of_them(tmp_path):
    rita = make_user("rep", name="Rita Okafor")
    make_user("sales_head")
    first = take(tmp_path, LEADS)
    worked = Lead.objects.get(first_name="Cy")
    handover.accept(worked.pk, by=rita)
    called = Lead.objects.get(first_name="Ada")
    activities.log(called.pk, by=rita, kind="call", outcome="voicemail")

    undone = undo(first.result["batch"])

    assert (undone.result["voided"]["leads"], undone.result["kept"]) == (3, 2)
    assert undone.result["kept_leads"] == sorted([worked.pk, called.pk])
    assert set(Lead.objects.values_list("first_name", flat=True)) == {"Cy", "Ada"}
    worked.refresh_from_db()
    assert (worked.stage, worked.mql_at is not None) == ("sal", True)
    assert Deal.objects.get().contact == called
    # Every hand-over that is still counted is of a lead that is still there, and rests on a row that counts.
    for delivery in Handover.objects.all():
        assert Lead.objects.filter(pk=delivery.lead_id).exists()
        assert StageChange.objects.filter(pk=delivery.entry_id).exists()
    call_command("balance", stdout=io.StringIO())  # exit status 1 where it does not balance

    again = take(tmp_path, LEADS)

    assert counts(again.result) == (3, 0, 2, 0)
    assert Lead.objects.count() == 5
    call_command("balance", stdout=io.StringIO())


FACTS = {
    "a move": lambda lead, rep: handover.qualify(lead.pk, by=rep, why="asked for a price"),
    "a call": lambda lead, rep: activities.log(lead.pk, by=rep, kind="call", outcome="spoke"),
    "a touch": lambda lead, rep: capture.touch(lead.pk, kind="visit"),
    "a note": lambda lead, rep: Note.objects.create(lead=lead, by=rep, text="Likes tea", at=now()),
    "an owner": lambda lead, rep: handover.reassign(lead.pk, to=make_user("rep"), by=rep),
    "a disqualification": lambda lead, rep: suppression.disqualify(lead.pk, by=rep, reason="competitor"),
    "a merge": lambda lead, rep: Lead.objects.filter(pk=make_lead().pk).update(merged_into=lead),
}


@pytest.mark.parametrize("what", FACTS)
def test_any_later_fact_keeps_a_lead(tmp_path, what):
    first = take(tmp_path, "external_id,email\nA1,ada@x.example\nA2,bea@x.example\n")
    lead = Lead.objects.get(email="ada@x.example")
    FACTS[what](lead, make_user("sales_head"))

    assert undo(first.result["batch"]).result["kept_leads"] == [lead.pk]
    assert Lead.objects.filter(email="ada@x.example").exists()
    assert not Lead.objects.filter(email="bea@x.example").exists()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("import_touches", "external_id,at,kind\nA1,2025-03-01,visit\n"),
        ("import_history", "external_id,at,stage\nA1,2025-03-01,mql\n"),
        ("import_leads", "external_id,job_title\nA1,Buyer\n"),
    ],
)
def test_what_another_file_told_keeps_a_lead_until_that_file_is_undone_too(tmp_path, command, text):
    first = take(tmp_path, "external_id,email\nA1,ada@x.example\n")
    second = take(tmp_path, text, command)
    third = take(tmp_path, "external_id,email\nA2,bea@x.example\n")

    assert undo(second.result["batch"]).result["kept"] == 0
    lead = Lead.objects.get(email="ada@x.example")
    assert (lead.stage, lead.job_title, lead.mql_at) == ("visitor", "", None)
    assert undo(first.result["batch"]).result["kept"] == 0
    assert undo(third.result["batch"]).result["voided"]["leads"] == 1
    assert not Lead.objects.exists()


def test_a_lead_that_another_file_told_of_stays(tmp_path):
    first = take(tmp_path, "external_id,email\nA1,ada@x.example\n")
    take(tmp_path, "external_id,at,kind\nA1,2025-03-01,visit\n", "import_touches")

    assert undo(first.result["batch"]).result["kept"] == 1
    assert Touch.objects.count() == 1


def test_facts_that_the_file_filled_in_are_blank_again_and_those_corrected_since_stay(tmp_path):
    make_user("rep", name="Rita Okafor")
    lead = make_lead(email="ada@x.example", phone="")
    header = "email,phone,job_title,owner,company,campaign,consent\n"
    first = take(
        tmp_path, header + "ada@x.example,+44 20 7946 0000,Buyer,Rita Okafor,Acme,Spring,opted_out\n"
    )
    assert counts(first.result) == (0, 1, 0, 0)
    Lead.objects.filter(pk=lead.pk).update(job_title="Head of buying")

    undone = undo(first.result["batch"])

    lead.refresh_from_db()
    assert (lead.phone, lead.phone_norm, lead.owner_id, lead.account_id, lead.campaign_id) == (
        "",
        None,
        None,
        None,
        None,
    )
    assert lead.job_title == "Head of buying"
    assert lead.consent == "opted_out"  # an opt-out stays, whatever comes
    assert (undone.result["restored"], undone.result["voided"]["companies"]) == (1, 1)
    assert not (Assignment.objects.exists() or Touch.objects.exists() or Account.objects.exists())


def test_overwritten_values_come_back_through_several_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("leads.importing.tables.ROWS_PER_CHUNK", 1)
    take(tmp_path, "external_id,job_title\nA1,Buyer\n")
    rows = "external_id,job_title\nA1,Clerk\nA1,Manager\n"
    second = take(tmp_path, rows, "import_leads", "--overwrite")
    assert Lead.objects.get().job_title == "Manager"

    undo(second.result["batch"])

    assert Lead.objects.get().job_title == "Buyer"


def test_history_that_a_file_told_of_a_known_lead_is_taken_back(tmp_path):
    take(tmp_path, "external_id,email,created_at\nA1,ada@x.example,2025-02-01\n")
    before = Lead.objects.get()
    rows = "external_id,at,stage\nA1,2025-01-01,visitor\nA1,2025-03-01,mql\nA1,2025-03-02,disqualified\n"
    second = take(tmp_path, rows, "import_history")
    assert Lead.objects.get().standing == "disqualified"
    assert Suppression.objects.exists()

    undo(second.result["batch"])

    lead = Lead.objects.get()
    assert (lead.stage, lead.standing, lead.highest_stage) == ("visitor", "active", "visitor")
    assert (lead.born_at, lead.mql_at) == (before.born_at, None)
    assert not (Suppression.objects.exists() or StageChange.objects.exists())
    assert counts(take(tmp_path, rows, "import_history").result) == (3, 0, 0, 0)
    assert Lead.objects.get().standing == "disqualified"


def test_a_live_lead_stands_again_where_its_own_moves_say_and_its_hand_over_is_open_again(tmp_path):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, email="ada@x.example", since=now() - timedelta(days=3))
    assert Handover.objects.open().get().rep == rep
    at = (now() - timedelta(days=1)).isoformat()
    second = take(tmp_path, f"email,at,stage\nada@x.example,{at},disqualified\n", "import_history")
    assert not Handover.objects.open().exists()

    undo(second.result["batch"])

    lead.refresh_from_db()
    assert (lead.stage, lead.standing) == ("mql", "active")
    assert Handover.objects.open().get().rep == rep
    handover.accept(lead.pk, by=rep)  # the chain goes on
    lead.refresh_from_db()
    assert lead.stage == "sal"


def test_an_owner_that_two_files_gave_is_gone_whichever_is_undone_first(tmp_path):
    take(tmp_path, "external_id\nA1\n")
    first = take(tmp_path, "external_id,owner\nA1,Rita\n")
    second = take(tmp_path, "external_id,owner\nA1,Sam\n", "import_leads", "--overwrite")

    undo(first.result["batch"])
    assert Lead.objects.get().owner.name == "Sam"
    undo(second.result["batch"])

    assert Lead.objects.get().owner is None
    call_command("balance", stdout=io.StringIO())


def test_an_undo_lifts_no_bar_that_somebody_put_by_hand(tmp_path):
    take(tmp_path, "external_id,at,stage\nA1,2024-11-05,mql\n", "import_history")
    second = take(tmp_path, "external_id,at,stage\nA1,2024-11-11,sal\n", "import_history")
    lead = Lead.objects.get()
    bar = Suppression.objects.create(
        kind="lead", value=str(lead.pk), reason="competitor", lead=lead, until=now() + timedelta(days=30)
    )

    undo(second.result["batch"])

    bar.refresh_from_db()
    assert (Lead.objects.get().state, bar.lifted_at) == ("mql", None)


def test_a_bar_that_only_two_files_together_put_goes_with_either_of_them(tmp_path):
    rows = "external_id,at,stage\n"
    first = take(
        tmp_path,
        rows + "A1,2024-11-05,mql\nA1,2024-11-06,disqualified\nA1,2024-11-11,sal\n",
        "import_history",
    )
    second = take(tmp_path, rows + "A1,2024-09-26,lost\n", "import_history")
    assert Lead.objects.get().standing == "disqualified"
    assert Suppression.objects.exists()

    undo(second.result["batch"])

    assert Lead.objects.get().state == "sal"
    assert not Suppression.objects.filter(lifted_at=None).exists()
    undo(first.result["batch"])
    assert not Lead.objects.exists()


def test_another_files_hand_over_keeps_the_history_it_rests_on(tmp_path):
    header = "external_id,owner,reached.mql,reached.sal\n"
    take(tmp_path, "external_id\nA1\n")
    first = take(tmp_path, header + "A1,Rita Okafor,2025-01-10,\n")
    take(tmp_path, header + "A1,,,2025-01-12\n")
    assert Handover.objects.get().ending == "accepted"

    assert undo(first.result["batch"]).result["kept"] == 1
    assert StageChange.objects.filter(pk=Handover.objects.get().entry_id).exists()


def test_a_live_lead_that_moved_on_since_keeps_the_history_it_built_on(tmp_path):
    make_user("rep")
    lead = make_lead(email="ada@x.example", since=now() - timedelta(days=9))
    at = (now() - timedelta(days=2)).isoformat()
    second = take(tmp_path, f"email,at,stage\nada@x.example,{at},mql\n", "import_history")
    lead.refresh_from_db()
    handover.claim(lead.pk, by=make_user("rep"))
    handover.accept(lead.pk, by=None)

    undone = undo(second.result["batch"])

    assert (undone.result["kept_leads"], undone.result["voided"]["history"]) == ([lead.pk], 0)
    lead.refresh_from_db()
    assert lead.stage == "sal"


def test_touches_and_costs_go_and_come_again(tmp_path):
    take(tmp_path, "external_id\nA1\n")
    touches = "external_id,event_id,at,kind\nA1,e1,2025-03-01,visit\nA1,,2025-03-02,visit\n"
    costs = "campaign,date,amount\nSpring,2025-03-01,100\nSpring,2025-03-01,100\n"
    for command, text, model in (("import_touches", touches, Touch), ("import_costs", costs, Cost)):
        first = take(tmp_path, text, command)
        assert undo(first.result["batch"]).status == 0
        assert not model.objects.exists()
        assert counts(take(tmp_path, text, command).result) == (2, 0, 0, 0)


def test_a_cost_that_was_replaced_has_its_amount_again(tmp_path):
    take(tmp_path, "campaign,date,amount\nSpring,2025-03-01,100\n", "import_costs")
    second = take(tmp_path, "campaign,date,amount\nSpring,2025-03-01,250\n", "import_costs", "--overwrite")

    undo(second.result["batch"])

    assert Cost.objects.get().amount == 100


def test_a_deal_that_the_file_closed_is_open_again_unless_it_was_closed_otherwise_since(tmp_path):
    header = "external_id,deal.external_id,deal.name,deal.amount,deal.won_at\n"
    take(tmp_path, header + "A1,D1,Ovens,,\nA2,D2,Pans,,\n")
    second = take(tmp_path, header + "A1,D1,Ovens,1200,2025-02-01\nA2,D2,Pans,80,2025-02-01\n")
    Deal.objects.filter(external_id="D2").update(closed_at=now())

    undo(second.result["batch"])

    found = {d.external_id: (d.outcome, d.closed_at is None, d.amount) for d in Deal.objects.all()}
    assert found == {"D1": ("open", True, None), "D2": ("won", False, None)}


def test_a_deal_with_a_refund_stays_with_its_lead(tmp_path):
    first = take(tmp_path, "external_id,deal.name,deal.amount,deal.won_at\nA1,Ovens,1200,2025-02-01\n")
    deals.refund(Deal.objects.get().pk, amount=100)

    assert undo(first.result["batch"]).result["kept"] == 1
    assert Deal.objects.exists()


def test_an_address_learned_later_of_somebody_disqualified_is_barred_and_freed_again(tmp_path):
    take(tmp_path, "external_id,disqualified.at,disqualified.reason\nA1,2025-01-01,competitor\n")
    second = take(tmp_path, "external_id,email\nA1,ada@x.example\n")
    assert Suppression.objects.filter(kind="email", value="ada@x.example").exists()

    undo(second.result["batch"])

    assert list(Suppression.objects.values_list("kind", flat=True)) == ["lead"]

"""Each move by its form, with script and without: what it answers, refuses and takes back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from leads import suppression
from leads.models import Activity, Deal, Note
from leads.stages import Stage, Standing
from smarketing.foundation.models import Absence, Organisation
from tests.factories import make_lead, make_user
from tests.leads.pages import HTMX, act, dialogs, heard, soon
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_accepting_by_htmx_answers_with_news_and_an_undo():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    response = act(signed_in(rep), "accept", lead)

    lead.refresh_from_db()
    assert lead.stage == Stage.SAL
    assert (response.status_code, response.content) == (204, b"")
    assert heard(response) == {
        "lead-moved": {"lead": lead.pk},
        "toast": {
            "text": f"{lead.name} accepted.",
            "undo": f"{reverse('leads:undo', args=[lead.pk])}?seq={lead.seq}",
        },
    }


def test_accepting_without_script_goes_back_to_the_lead_with_a_message_that_can_undo():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    response = act(client, "accept", lead, htmx=False)

    assert response["Location"] == lead.get_absolute_url()
    page = client.get(lead.get_absolute_url()).content.decode()
    assert f"{lead.name} accepted." in page
    lead.refresh_from_db()
    undo_url = f"{reverse('leads:undo', args=[lead.pk])}?seq={lead.seq}"
    assert f'class="lead-undo" method="post" action="{undo_url}"' in page


def test_a_whole_road_can_be_walked_by_forms():
    rep, marketer = make_user("rep"), make_user("marketer")
    lead = make_lead(since=now() - timedelta(hours=2))
    client = signed_in(rep)

    assert act(signed_in(marketer), "qualify", lead, why="Asked for prices").status_code == 204
    assert act(client, "accept", lead).status_code == 204
    assert act(client, "advance", lead, name="Pilot", amount="1200.50", currency="EUR").status_code == 204
    assert act(client, "win", lead).status_code == 204

    lead.refresh_from_db()
    assert (lead.stage, lead.standing) == (Stage.CUSTOMER, Standing.WON)
    assert Deal.objects.get().amount == Decimal("1200.50")
    assert act(client, "churn", lead, reason="cancelled").status_code == 204


def test_rejecting_needs_a_reason_and_too_early_a_date_beside_its_field():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)

    none, early = act(client, "reject", lead), act(client, "reject", lead, reason="too_early")
    assert (none.status_code, early.status_code) == (422, 422)
    assert "Choose a reason so marketing can learn from it." in none.content.decode()
    assert "Enter the date on which this lead should come back." in early.content.decode()
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_a_form_that_is_not_valid_makes_a_page_of_its_own_without_script():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    response = act(signed_in(rep), "recycle", lead, htmx=False, reason="timing", return_on="2020-01-01")

    assert response.status_code == 422
    assert "Choose a day after today." in response.content.decode()
    assert f"<h1>Return {lead.name} to nurture</h1>" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "stage", "data", "state"),
    [
        ("reject", Stage.MQL, {"reason": "poor_fit", "note": "Two people"}, "disqualified"),
        ("reject", Stage.MQL, {"reason": "too_early", "return_on": "soon"}, "nurturing"),
        ("recycle", Stage.SAL, {"reason": "timing", "return_on": "soon"}, "nurturing"),
        ("lose", Stage.SQL, {"reason": "price"}, "lost"),
        ("disqualify", Stage.SAL, {"reason": "competitor"}, "disqualified"),
        ("churn", Stage.CUSTOMER, {"reason": "not_renewed"}, "churned"),
    ],
)
def test_each_way_out_has_its_form(name, stage, data, state):
    rep = make_user("rep")
    lead = make_lead(stage=stage, owner=rep)
    given = {key: soon() if value == "soon" else value for key, value in data.items()}

    assert act(signed_in(rep), name, lead, **given).status_code == 204
    lead.refresh_from_db()
    assert lead.state == state


def test_the_amount_of_a_deal_is_asked_for_where_there_is_no_deal_yet():
    rep = make_user("rep")
    client, lead = signed_in(rep), make_lead(stage=Stage.SAL, owner=rep)

    assert "What may it be worth?</label>" in client.get(lead.get_absolute_url()).content.decode()
    response = act(client, "advance", lead)
    assert response.status_code == 422
    assert "Enter what the deal may be worth: an SQL has a deal with an amount." in response.content.decode()


@pytest.mark.parametrize(
    ("name", "stage", "data", "sentence"),
    [
        ("advance", Stage.SAL, {"amount": "1", "currency": "QQQ"}, "“QQQ” is not a currency."),
        ("advance", Stage.SAL, {"amount": "1e10"}, "is at most 1,000,000,000."),
        ("advance", Stage.SAL, {"amount": "1.005"}, "An amount in EUR has at most 2 decimals."),
        ("win", Stage.SQL, {"amount": "1000000001"}, "“Won for” is at most 1,000,000,000."),
        ("win", Stage.SQL, {"amount": "1.005"}, "An amount in EUR has at most 2 decimals."),
        ("recycle", Stage.SAL, {"reason": "timing", "return_on": "9999-12-31"}, "within the next 3 years."),
        ("reject", Stage.MQL, {"reason": "too_early", "return_on": "2999-01-01"}, "within the next 3 years."),
    ],
)
def test_amounts_and_days_that_nobody_means_are_refused(name, stage, data, sentence):
    rep = make_user("rep")
    response = act(signed_in(rep), name, make_lead(stage=stage, owner=rep), **data)

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_move_that_the_position_does_not_allow_is_a_409_with_the_sentence():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    client = signed_in(rep)

    told = act(client, "accept", lead)
    assert (told.status_code, told.json()["code"]) == (409, "illegal_move")
    assert "only a lead that is “MQL”" in act(client, "accept", lead, htmx=False).content.decode()


def test_of_two_who_claim_the_second_is_told_who_was_first():
    lead = make_lead(stage=Stage.MQL)
    ann, ben = make_user("rep", name="Ann"), make_user("rep", name="Ben")

    assert act(signed_in(ann), "claim", lead).status_code == 204
    late = act(signed_in(ben), "claim", lead)
    assert (late.status_code, late.json()["detail"]) == (409, f"{lead.name} was just claimed by Ann.")


def test_a_head_reassigns_to_somebody_in_sales_only():
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    client = signed_in(make_user("sales_head"))
    rep, marketer = make_user("rep", name="Ben"), make_user("marketer")

    assert act(client, "reassign", lead, to=marketer.pk).status_code == 422
    assert act(client, "reassign", lead, to=rep.pk).status_code == 204
    lead.refresh_from_db()
    assert lead.owner == rep


def test_the_author_takes_a_move_back_and_nobody_else_can():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    act(client, "accept", lead)

    assert client.get(lead.get_absolute_url()).context["actions"].undo is True
    assert act(signed_in(make_user("administrator")), "undo", lead).status_code == 403
    assert "lead-changed" in heard(act(client, "undo", lead))
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_the_undo_of_an_old_message_does_not_take_back_a_later_move():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    old = heard(act(client, "accept", lead))["toast"]["undo"]
    act(client, "advance", lead, amount="100")

    late = client.post(old, **HTMX)
    assert late.status_code == 409
    assert late.json()["detail"].startswith(f"Something happened to {lead.name} since.")
    assert client.post(old.replace("seq=", "seq=x"), **HTMX).status_code == 409
    lead.refresh_from_db()
    assert lead.stage == Stage.SQL
    assert client.post(f"{reverse('leads:undo', args=[lead.pk])}?seq={lead.seq}", **HTMX).status_code == 204


def test_the_dialog_of_a_rejection_says_what_each_reason_does():
    rep = make_user("rep")
    body = signed_in(rep).get(make_lead(stage=Stage.MQL, owner=rep).get_absolute_url()).content.decode()

    assert "Poor fit and Not real bar the person for good." in body
    assert 'Come back on <span class="field-hint">needed for Too early</span>' in body


def test_an_administrator_is_offered_to_sign_only_where_one_head_is_both():
    rep, chief = make_user("rep"), signed_in(make_user("administrator"))
    lead = make_lead(stage=Stage.SAL, owner=rep)
    suppression.disqualify(lead.pk, by=rep, reason="poor_fit")
    suppression.appeal(lead.pk, by=rep, evidence="They bought their rival")

    assert chief.get(lead.get_absolute_url()).context["actions"].sign is False
    Organisation.objects.update(sole_head=True)
    assert chief.get(lead.get_absolute_url()).context["actions"].sign is True


def test_one_click_logs_a_call_and_a_note_needs_words():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    client = signed_in(rep)

    assert "lead-moved" in heard(act(client, "log", lead, what="call:spoke"))
    assert act(client, "log", lead, what="note").status_code == 422
    assert "lead-changed" in heard(act(client, "log", lead, what="note", text="Budget in May"))
    assert [(work.kind, work.connected) for work in Activity.objects.order_by("pk")] == [
        ("call", True),
        ("note", False),
    ]
    assert Note.objects.get().text == "Budget in May"


def test_a_disqualified_lead_is_reopened_by_an_appeal_with_two_signatures():
    rep, sales, marketing = make_user("rep"), make_user("sales_head"), make_user("marketing_head")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    suppression.disqualify(lead.pk, by=rep, reason="poor_fit")

    assert "appeal" in dialogs(signed_in(rep).get(lead.get_absolute_url()))
    assert act(signed_in(rep), "appeal", lead, evidence="They bought their rival").status_code == 204
    assert signed_in(sales).get(lead.get_absolute_url()).context["actions"].sign is True
    assert act(signed_in(sales), "sign_appeal", lead).status_code == 204
    assert signed_in(sales).get(lead.get_absolute_url()).context["actions"].sign is False
    assert "is reopened" in heard(act(signed_in(marketing), "sign_appeal", lead))["toast"]["text"]
    lead.refresh_from_db()
    assert lead.state == "sal"


def test_who_stands_in_for_a_head_on_leave_signs_an_appeal_on_the_page_of_the_lead():
    rep, head = make_user("rep"), make_user("marketing_head")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    suppression.disqualify(lead.pk, by=rep, reason="poor_fit")
    suppression.appeal(lead.pk, by=rep, evidence="They bought their rival")
    head.deputy = make_user("marketer")
    head.save()
    client = signed_in(head.deputy)

    assert client.get(lead.get_absolute_url()).context["actions"].sign is False
    assert act(client, "sign_appeal", lead).status_code == 403
    Absence.objects.create(user=head, starts_on=localdate(), ends_on=localdate())
    assert client.get(lead.get_absolute_url()).context["actions"].sign is True
    assert act(client, "sign_appeal", lead).status_code == 204
    assert client.get(lead.get_absolute_url()).context["actions"].sign is False

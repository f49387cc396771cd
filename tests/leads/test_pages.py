"""What a person sees and may do on the pages of leads."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from leads import activities, capture, deals, handover, suppression
from leads.models import Activity, Deal, Lead, Note, StageChange
from leads.stages import Stage, Standing
from smarketing.foundation.models import AuditEvent, Organisation
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db
ACTS = ["qualify", "accept", "reject", "advance", "win", "lose", "recycle", "disqualify", "churn", "claim"]
ACTS += ["reassign", "undo", "appeal", "sign_appeal", "log"]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def act(client: Client, name: str, lead: Lead, /, *, htmx: bool = True, **data):
    return client.post(reverse(f"leads:{name}", args=[lead.pk]), data, **(HTMX if htmx else {}))


def heard(response) -> dict:
    return json.loads(response["HX-Trigger"])


def soon() -> str:
    return (localdate() + timedelta(days=30)).isoformat()


def dialogs(response) -> set[str]:
    return {act.act.name for act in response.context["dialogs"]}


# --- Who may come in ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/leads/", "/leads/new/", "/leads/1/", "/leads/1/edit/", "/campaigns/"])
def test_nobody_reads_a_page_without_signing_in(client, url):
    response = client.get(url)

    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_a_post_and_needs_a_person(client, name):
    lead = make_lead()

    assert client.post(reverse(f"leads:{name}", args=[lead.pk])).status_code == 302
    assert (
        signed_in(make_user("administrator")).get(reverse(f"leads:{name}", args=[lead.pk])).status_code == 405
    )


@pytest.mark.parametrize("name", [n for n in ACTS if n not in ("reassign", "sign_appeal")])
def test_a_strangers_lead_does_not_exist_for_a_rep(name):
    stranger = make_user("rep", team="Benelux")
    lead = make_lead(stage=Stage.SAL, owner=stranger)

    assert act(signed_in(make_user("rep", team="Nordics")), name, lead).status_code == 404


def test_a_strangers_lead_page_and_its_facts_answer_404():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    client = signed_in(make_user("rep", team="Nordics"))

    assert client.get(lead.get_absolute_url()).status_code == 404
    assert client.get(reverse("leads:edit", args=[lead.pk])).status_code == 404


@pytest.mark.parametrize(
    "name", ["accept", "reject", "recycle", "disqualify", "reassign", "sign_appeal", "log"]
)
def test_a_colleague_of_the_team_reads_a_lead_and_may_not_act_on_it(name):
    owner = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=owner)
    client = signed_in(make_user("rep"))

    assert client.get(lead.get_absolute_url()).status_code == 200
    assert act(client, name, lead, what="call:spoke").status_code == 403


@pytest.mark.parametrize("name", ["claim", "reassign", "sign_appeal"])
def test_marketers_neither_claim_nor_reassign_nor_sign(name):
    assert act(signed_in(make_user("marketer")), name, make_lead(stage=Stage.MQL)).status_code == 403


# --- The lead ----------------------------------------------------------------------------------------------
def test_the_owner_of_an_mql_sees_the_moves_that_an_mql_has():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    response = signed_in(rep).get(lead.get_absolute_url())

    actions = response.context["actions"]
    assert [button.move for button in actions.next] == ["accept"]
    assert [button.move for button in actions.beside] == ["reject"]
    assert dialogs(response) == {"reject", "recycle", "disqualify"}
    assert (actions.claim, actions.call, actions.reassign, actions.undo) == (False, True, False, False)


def test_a_marketer_hands_over_a_visitor_and_has_no_other_move():
    response = signed_in(make_user("marketer")).get(make_lead().get_absolute_url())

    assert dialogs(response) == {"qualify"}
    assert response.context["actions"].call is False


def test_an_unclaimed_mql_can_be_claimed_but_not_accepted():
    lead = make_lead(stage=Stage.MQL)
    response = signed_in(make_user("rep")).get(lead.get_absolute_url())

    assert response.context["actions"].claim is True
    assert response.context["actions"].moves == []


def test_a_head_may_do_everything_the_position_allows_and_reassign():
    head = make_user("sales_head")
    lead = make_lead(stage=Stage.SQL, owner=make_user("rep"))
    response = signed_in(head).get(lead.get_absolute_url())

    assert dialogs(response) == {"win", "lose", "recycle", "disqualify", "reassign"}


def test_what_happened_tells_moves_work_notes_and_owners_newest_first():
    rep, marketer = make_user("rep", name="Kofi Mensah"), make_user("marketer", name="Elif Kaya")
    lead = make_lead(since=now() - timedelta(hours=5))
    handover.qualify(lead.pk, by=marketer, why="Asked for prices")
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke", text="Wants a pilot")
    handover.reject(lead.pk, by=rep, reason="too_early", return_on=localdate() + timedelta(days=9))
    entries = signed_in(rep).get(lead.get_absolute_url()).context["story"].entries

    assert [entry.title for entry in entries] == [
        "Rejected: too early",
        "Spoke on the phone",
        "Given to Kofi Mensah",
        "Became an MQL: by hand",
        "Became a lead",
    ]
    assert "By Elif Kaya · “Asked for prices”" in entries[3].text
    assert "“Wants a pilot”" in entries[1].text
    assert "nobody else in sales was there" in entries[2].text


def test_the_page_says_why_this_owner_and_why_this_stage():
    make_user("rep", name="Ann")
    make_user("rep", name="Ben")
    lead = make_lead(stage=Stage.MQL)
    why = signed_in(make_user("sales_head")).get(lead.get_absolute_url()).context["why"]

    assert why["owner"] == "round robin, the next of 2 who were there"
    assert why["stage"] == "Qualified · enough touches · automatically"


def test_free_text_is_escaped_wherever_it_is_shown():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, first_name="<b>Ada</b>", job_title="<script>x</script>")
    activities.log(lead.pk, by=rep, kind="note", text="<img src=x>")
    body = signed_in(rep).get(lead.get_absolute_url()).content.decode()

    assert "<script>x" not in body
    assert "<img src=x" not in body
    assert "&lt;b&gt;Ada" in body


# --- Moves -------------------------------------------------------------------------------------------------
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


@pytest.mark.parametrize("path", ["/account/login/", "/account/password/reset/"])
def test_pages_of_signing_in_are_stored_nowhere(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_the_mail_for_a_new_password_is_in_the_products_words(client, mailoutbox):
    person = make_user("rep", name="Kofi O'Mensah")
    client.post("/account/password/reset/", {"email": person.email})

    (mail,) = mailoutbox
    assert mail.subject == "Choose a new password for Smarketing"
    assert mail.body.startswith("Hello Kofi O'Mensah,\n\nsomebody asked for a new password")
    assert "http://testserver/account/password/reset/key/" in mail.body
    assert "example.com" not in mail.body.replace("loadline.example", "")


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


# --- The list ----------------------------------------------------------------------------------------------
def names(response) -> list[str]:
    return [lead.name for lead in response.context["page"].rows]


def test_the_list_is_found_by_the_beginning_of_name_email_or_phone():
    make_lead(first_name="Grace", last_name="Hopper", email="grace@navy.example")
    make_lead(first_name="Alan", last_name="Turing", email="alan@park.example")
    make_lead(
        first_name="Ada", last_name="Byron", email="", phone="+44 20 7946 0991", phone_norm="+442079460991"
    )
    client = signed_in(make_user("marketer"))

    assert names(client.get("/leads/", {"q": "grace hop"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "ALAN@p"})) == ["Alan Turing"]
    assert names(client.get("/leads/", {"q": "+44 20 7946 0991"})) == ["Ada Byron"]
    assert names(client.get("/leads/", {"q": "opper"})) == []


def test_the_list_is_found_by_surname_and_by_company_too():
    navy = capture.find_account("Navy Yard")
    make_lead(first_name="Grace", last_name="Hopper", account=navy)
    make_lead(first_name="Alan", last_name="Turing Öz")
    client = signed_in(make_user("marketer"))

    assert names(client.get("/leads/", {"q": "Hop"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "turing ö"})) == ["Alan Turing Öz"]
    assert names(client.get("/leads/", {"q": " navy  y"})) == ["Grace Hopper"]
    assert names(client.get("/leads/", {"q": "yard"})) == []


def test_the_list_is_narrowed_by_state_owner_campaign_and_channel():
    rep, campaign = make_user("rep"), make_campaign("Webinar", "email")
    mine = make_lead(stage=Stage.MQL, owner=rep, campaign=campaign, channel=campaign.channel)
    other = make_lead(stage=Stage.SAL, owner=make_user("rep"))
    client = signed_in(make_user("marketer"))

    def found(**query) -> list[str]:
        return names(client.get("/leads/", query))

    assert found(state="mql") == found(owner=rep.pk) == found(campaign=campaign.pk) == [mine.name]
    assert found(channel=campaign.channel_id) == [mine.name]
    assert found(campaign="none") == found(state="sal") == [other.name]
    assert len(found(state="nonsense", owner="x")) == 2


def test_the_list_shows_a_rep_the_own_the_unclaimed_and_the_teams_leads_only():
    rep = make_user("rep", team="Benelux")
    make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"))
    own, team = (
        make_lead(stage=Stage.SAL, owner=rep),
        make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux")),
    )

    assert set(names(signed_in(rep).get("/leads/"))) == {own.name, team.name}
    Organisation.objects.update(leads_visible="own")
    assert names(signed_in(rep).get("/leads/")) == [own.name]


def test_the_list_pages_by_keys_and_counts_what_there_is():
    for _ in range(60):
        make_lead()
    client = signed_in(make_user("marketer"))
    first = client.get("/leads/")
    second = client.get("/leads/", {"cursor": first.context["page"].older})

    assert first.context["words"] == "50 of 60 leads"
    assert len(second.context["page"].rows) == 10
    assert not set(names(first)) & set(names(second))


# --- Entering and correcting -------------------------------------------------------------------------------
def test_a_lead_is_entered_by_hand():
    response = signed_in(make_user("rep")).post(
        "/leads/new/",
        {"first_name": "Grace", "last_name": "Hopper", "email": "Grace@Navy.example", "company": "Navy"},
    )

    lead = Lead.objects.get()
    assert response["Location"] == lead.get_absolute_url()
    assert (lead.email_norm, str(lead.account), lead.stage) == ("grace@navy.example", "Navy", Stage.VISITOR)


def test_entering_needs_an_email_or_a_phone_number():
    response = signed_in(make_user("rep")).post("/leads/new/", {"first_name": "Grace"})

    assert response.status_code == 422
    assert "Enter an e-mail address or a phone number" in response.content.decode()


def test_a_known_lead_is_linked_instead_of_entered_twice():
    lead = make_lead(email="grace@navy.example")
    response = signed_in(make_user("rep")).post(
        "/leads/new/", {"email": "grace@navy.example", "first_name": "G"}
    )

    assert response.status_code == 409
    assert lead.get_absolute_url() in response.content.decode()
    assert Lead.objects.count() == 1


def test_facts_are_corrected_and_the_audit_names_the_fields():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    facts = {"first_name": "Grace", "last_name": "Hopper", "email": "g@navy.example", "company": "Navy"}
    signed_in(rep).post(reverse("leads:edit", args=[lead.pk]), facts | {"version": lead.version})

    lead.refresh_from_db()
    assert (lead.name, lead.email_norm, lead.name_key) == ("Grace Hopper", "g@navy.example", "grace hopper")
    assert AuditEvent.objects.get(action="lead.facts_corrected").fields == [
        "company",
        "email",
        "first_name",
        "last_name",
    ]


def test_facts_a_colleague_changed_meanwhile_are_shown_instead_of_overwritten():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, job_title="COO")
    seen = {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "email": lead.email,
        "version": lead.version,
    }
    Lead.objects.filter(pk=lead.pk).update(job_title="CEO", version=lead.version + 1)
    response = signed_in(rep).post(reverse("leads:edit", args=[lead.pk]), seen | {"job_title": "CFO"})

    assert response.status_code == 409
    assert "Changed to “CEO” meanwhile, and you wrote “CFO”." in response.content.decode()
    lead.refresh_from_db()
    assert lead.job_title == "CEO"


def opened_facts(client: Client, lead: Lead) -> dict[str, str]:
    """What a browser sends when nothing is typed: the fields and their hidden first values."""
    form = client.get(reverse("leads:edit", args=[lead.pk])).context["form"]
    return sent(form)


def sent(form) -> dict[str, str]:
    parts = [{field.html_name: field.value() or ""} for field in form]
    for field in form:
        if field.field.show_hidden_initial:
            kept = form.data.get(field.html_initial_name, field.initial)
            parts.append({field.html_initial_name: kept or ""})
    return {name: value for part in parts for name, value in part.items()}


def test_of_two_who_edit_at_once_the_second_keeps_what_was_typed_and_decides():
    ann, ben = signed_in(make_user("sales_head")), signed_in(make_user("sales_head"))
    lead = make_lead(job_title="COO")
    url = reverse("leads:edit", args=[lead.pk])
    of_ann, of_ben = opened_facts(ann, lead), opened_facts(ben, lead)

    assert ann.post(url, of_ann | {"job_title": "CEO", "country": "PT"}).status_code == 302
    refused = ben.post(url, of_ben | {"job_title": "CFO", "company": "Navy", "last_name": "Hopper"})
    body, form = refused.content.decode(), refused.context["form"]
    assert refused.status_code == 409
    assert set(form.errors) == {"__all__", "job_title"}
    assert 'value="CFO"' in body
    assert (form["company"].value(), form["country"].value()) == ("Navy", "PT")
    assert f"Facts of {lead.name}" in body

    assert ben.post(url, sent(form)).status_code == 302
    lead.refresh_from_db()
    assert (lead.job_title, lead.country, str(lead.account), lead.last_name) == (
        "CFO",
        "PT",
        "Navy",
        "Hopper",
    )


def test_two_who_edit_different_facts_at_once_do_not_meet():
    ann, ben = signed_in(make_user("sales_head")), signed_in(make_user("sales_head"))
    lead = make_lead(job_title="COO")
    url = reverse("leads:edit", args=[lead.pk])
    of_ann, of_ben = opened_facts(ann, lead), opened_facts(ben, lead)

    assert ann.post(url, of_ann | {"job_title": "CEO"}).status_code == 302
    assert ben.post(url, of_ben | {"country": "PT"}).status_code == 302
    lead.refresh_from_db()
    assert (lead.job_title, lead.country) == ("CEO", "PT")


def test_facts_may_not_become_those_of_another_lead_as_with_a_new_one():
    client = signed_in(make_user("sales_head"))
    lead = make_lead()
    make_lead(email="grace@navy.example")
    make_lead(email="", phone="+44 20 7946 0991", phone_norm="+442079460991", first_name="Phone")
    facts, url = opened_facts(client, lead), reverse("leads:edit", args=[lead.pk])

    for wrong in ({"email": "Grace@navy.example"}, {"phone": "+44 20 7946 0991", "job_title": "Admiral"}):
        response = client.post(url, facts | wrong)
        assert response.status_code == 409
        assert "is already a lead with this e-mail or phone number." in response.content.decode()
    assert 'value="Admiral"' in response.content.decode()
    assert "Open Phone" in response.content.decode()


def test_a_lead_of_another_team_is_not_named_to_those_who_may_not_see_it():
    rep = make_user("rep", team="Nordics")
    client, own = signed_in(rep), make_lead(stage=Stage.MQL, owner=rep)
    hidden = make_lead(
        first_name="Grace",
        last_name="Hopper",
        email="grace@navy.example",
        stage=Stage.SAL,
        owner=make_user("rep", team="Benelux"),
    )
    twice = client.post("/leads/new/", {"email": "grace@navy.example"})
    edited = client.post(
        reverse("leads:edit", args=[own.pk]), opened_facts(client, own) | {"email": "grace@navy.example"}
    )

    for response in (twice, edited):
        body = response.content.decode()
        assert response.status_code == 409
        assert "is already a lead of another team. Ask your head of team." in body
        assert "Hopper" not in body
        assert hidden.get_absolute_url() not in body


def test_what_is_wrong_is_said_in_sentences_that_name_the_field_and_the_heading_stays():
    client, lead = signed_in(make_user("sales_head")), make_lead(first_name="Ada", last_name="Byron")
    facts = opened_facts(client, lead)
    response = client.post(
        reverse("leads:edit", args=[lead.pk]),
        facts | {"first_name": "Eve", "job_title": "x" * 161, "consent": "maybe"},
    )
    body = response.content.decode()

    assert response.status_code == 422
    assert "“Job title” has room for 160 characters, and this has 161. Shorten it." in body
    assert "“Consent” has no such choice (any more). Choose one from its list." in body
    assert "<title>Facts of Ada Byron" in body
    new = client.post("/campaigns/", {"name": ""}).content.decode()
    assert "Fill in “Name”: it is needed." in new
    assert "Choose one for “New owner”: it is needed." in act(client, "reassign", lead).content.decode()


def test_a_refused_act_leads_back_to_the_page_it_came_from():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    url, client = reverse("leads:accept", args=[lead.pk]), signed_in(rep)
    here = f"http://testserver{lead.get_absolute_url()}"

    assert f'href="{here}"' in client.post(url, HTTP_REFERER=here).content.decode()
    assert "evil" not in client.post(url, HTTP_REFERER="https://evil.example/").content.decode()


def test_a_marketer_edits_facts_until_sales_has_accepted():
    client, lead = signed_in(make_user("marketer")), make_lead(stage=Stage.MQL)

    assert client.get(reverse("leads:edit", args=[lead.pk])).status_code == 200
    accepted = make_lead(stage=Stage.SAL, owner=make_user("rep"))
    assert client.get(reverse("leads:edit", args=[accepted.pk])).status_code == 403


# --- Campaigns ---------------------------------------------------------------------------------------------
def test_marketing_makes_a_campaign_and_adds_its_costs():
    client = signed_in(make_user("marketer"))
    made = client.post("/campaigns/", {"name": "Spring webinar", "channel": "Webinar"})
    cost = {"starts_on": "2026-03-01", "ends_on": "2026-03-31", "amount": "1000.00", "currency": "eur"}
    client.post(made["Location"], cost)
    client.post(made["Location"], cost)
    rows = client.get("/campaigns/").context["rows"]

    assert [(str(row), str(row.channel), sums) for row, sums in rows] == [
        ("Spring webinar", "Webinar", [(Decimal("2000.00"), "EUR")])
    ]


COST = {"starts_on": "2026-03-01", "ends_on": "2026-03-31", "amount": "1000.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts_on": "0001-01-01"}, "Choose a day from 2000 to"),
        ({"ends_on": "9999-12-31"}, "Choose a day from 2000 to"),
        ({"starts_on": "2010-03-01"}, "A cost covers at most 10 years."),
        ({"starts_on": "soon"}, "Enter “From” as a day, such as 2026-03-31."),
        ({"currency": "XYZ"}, "“XYZ” is not a currency."),
        ({"currency": ""}, "Enter “Currency” as the three letters of one, such as EUR."),
        ({"amount": "1.005"}, "An amount in EUR has at most 2 decimals."),
        ({"amount": "1000.50", "currency": "JPY"}, "An amount in JPY has no decimals."),
        ({"amount": "1e12"}, "“Amount” is at most 1,000,000,000."),
        ({"amount": "-1"}, "“Amount” is not negative."),
        ({"amount": ""}, "Enter “Amount” as a number, such as 1200.50."),
    ],
)
def test_a_cost_that_nobody_means_is_refused_beside_its_field(wrong, sentence):
    campaign = make_campaign()
    response = signed_in(make_user("marketer")).post(f"/campaigns/{campaign.pk}/", COST | wrong)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not campaign.costs.exists()


def test_a_wrong_cost_is_removed_by_those_who_may_write_it():
    campaign = make_campaign()
    client = signed_in(make_user("marketer"))
    client.post(f"/campaigns/{campaign.pk}/", COST)
    url = reverse("leads:remove_cost", args=[campaign.costs.get().pk])

    assert signed_in(make_user("rep")).post(url).status_code == 403
    assert url not in signed_in(make_user("rep")).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert client.get(url).status_code == 405
    assert url in client.get(f"/campaigns/{campaign.pk}/").content.decode()
    page = client.post(url, follow=True).content.decode()
    assert "The cost of 1,000.00 EUR was removed." in page
    assert not campaign.costs.exists()
    assert AuditEvent.objects.filter(action="cost.removed").count() == 1
    assert client.post(url).status_code == 404


def test_a_campaign_of_the_same_name_is_refused_beside_the_field():
    make_campaign("Spring webinar")
    response = signed_in(make_user("marketer")).post("/campaigns/", {"name": "spring  WEBINAR"})

    assert response.status_code == 422
    assert "There is a campaign of the name" in response.content.decode()


def test_a_rep_reads_campaigns_and_writes_none():
    client, campaign = signed_in(make_user("rep")), make_campaign()

    assert client.get("/campaigns/").status_code == 200
    assert client.get(f"/campaigns/{campaign.pk}/").context["form"] is None
    assert client.post("/campaigns/", {"name": "Mine"}).status_code == 403
    assert client.post(f"/campaigns/{campaign.pk}/", {}).status_code == 403


def test_a_campaign_counts_its_leads_and_links_to_them():
    campaign = make_campaign()
    make_lead(campaign=campaign)
    body = signed_in(make_user("rep")).get(f"/campaigns/{campaign.pk}/").content.decode()

    assert f'href="/leads/?campaign={campaign.pk}"' in body
    assert "1 lead</a>" in body


def test_a_campaign_says_how_many_of_its_leads_a_rep_may_see():
    campaign, rep = make_campaign(), make_user("rep", team="Nordics")
    make_lead(campaign=campaign, stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    make_lead(campaign=campaign, stage=Stage.SAL, owner=rep)
    url = f"/campaigns/{campaign.pk}/"

    assert "1 of 2 is yours to see</a>" in signed_in(rep).get(url).content.decode()
    assert "2 leads</a>" in signed_in(make_user("marketer")).get(url).content.decode()
    assert 'title="1 of 2 is yours to see"' in signed_in(rep).get("/campaigns/").content.decode()


# --- What a page costs -------------------------------------------------------------------------------------
def queries_of(client, url, django_assert_max_num_queries, limit) -> int:
    with django_assert_max_num_queries(limit) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("url", ["/leads/", "/leads/?q=Byron", "/campaigns/"])
def test_a_list_asks_as_often_for_many_rows_as_for_few(django_assert_max_num_queries, url):
    rep = make_user("rep")
    client = signed_in(rep)

    def rows(n: int) -> None:
        for i in range(n):
            make_lead(
                owner=rep, campaign=make_campaign(f"Campaign {Lead.objects.count()} {i}", f"Channel {i % 5}")
            )

    rows(10)
    few = queries_of(client, url, django_assert_max_num_queries, 12)
    rows(40)
    assert queries_of(client, url, django_assert_max_num_queries, 12) == few


@pytest.mark.parametrize("role", ["rep", "sales_head"])
def test_a_lead_page_asks_as_often_whatever_happened(django_assert_max_num_queries, role):
    rep, person = make_user("rep"), make_user(role)
    lead = make_lead(
        stage=Stage.SQL, owner=person if role == "rep" else rep, campaign=make_campaign("x", "y")
    )
    client = signed_in(person)
    few = queries_of(client, lead.get_absolute_url(), django_assert_max_num_queries, 15)
    chief = make_user("administrator")
    for _ in range(30):
        activities.log(lead.pk, by=chief, kind="call", outcome="no_answer", text="Nobody")
        handover.reassign(lead.pk, to=make_user("rep"), by=chief)
    if role == "rep":
        handover.reassign(lead.pk, to=person, by=chief)

    assert queries_of(client, lead.get_absolute_url(), django_assert_max_num_queries, 15) == few


def statements(caught) -> int:
    """Everything the request asks, but for the transaction's own words."""
    noise = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(noise) for query in caught.captured_queries)


def test_an_act_is_a_handful_of_statements(django_assert_max_num_queries):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)
    with django_assert_max_num_queries(20) as caught:
        act(client, "accept", lead)

    assert statements(caught) <= 8


def test_entering_a_lead_is_a_handful_of_statements(django_assert_max_num_queries):
    client = signed_in(make_user("rep"))
    with django_assert_max_num_queries(20) as caught:
        client.post("/leads/new/", {"first_name": "G", "email": "g@navy.example", "company": "Navy"})

    assert statements(caught) <= 10
    assert StageChange.objects.count() == 1


def test_deals_and_refunds_stand_on_the_page():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.CUSTOMER, owner=rep)
    deals.refund(Deal.objects.get().pk, amount=Decimal("2000"))
    body = signed_in(rep).get(lead.get_absolute_url()).content.decode()

    assert "€12,000.00" in body
    assert "€2,000.00</data> refunded" in body

"""Acts on many leads from the list: asked once, told in a sentence, by forms alone."""

import pytest

from leads.models import BulkAct, Lead
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.pages import HTMX, soon
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def said(client, response) -> str:
    return client.get(response["Location"]).content.decode()


def test_a_form_asks_what_is_missing_and_says_who_is_left_out():
    rep = make_user("rep")
    own = make_lead(stage=Stage.SAL, owner=rep)
    other = make_lead(stage=Stage.SAL, owner=make_user("rep", name="Ben Hart"))
    shown = signed_in(rep).post("/leads/bulk/recycle/", {"lead": [own.pk, other.pk]})
    page = shown.content.decode()

    assert shown.status_code == 200
    assert "Return 1 lead to nurture" in page
    assert "1 left out: 1 owned by Ben Hart." in page
    assert not BulkAct.objects.exists()


def test_the_answer_does_it_and_one_sentence_tells():
    head = make_user("sales_head")
    dana = make_user("rep", name="Dana Fox")
    leads = [make_lead(stage=Stage.SAL, owner=make_user("rep")) for _ in range(3)]
    hers = make_lead(stage=Stage.SAL, owner=dana)
    client = signed_in(head)
    done = client.post(
        "/leads/bulk/reassign/",
        {
            "lead": [lead.pk for lead in [*leads, hers]],
            "to": dana.pk,
            "sure": "1",
            "next": "/leads/?state=sal",
        },
    )

    assert done["Location"] == "/leads/?state=sal"
    page = said(client, done)
    assert "3 leads given to Dana Fox, 1 left out: 1 with Dana Fox already." in page
    assert f'action="/leads/bulk/{BulkAct.objects.get().pk}/undo/"' in page


def test_what_is_missing_is_asked_again_with_the_same_leads():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    asked = signed_in(rep).post("/leads/bulk/recycle/", {"lead": lead.pk, "sure": "1"}, **HTMX)

    assert asked.status_code == 422
    assert "Choose a reason." in asked.content.decode()
    assert f'name="lead" value="{lead.pk}"' in asked.content.decode()


def test_a_dialog_ends_in_a_fresh_list():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    data = {"lead": lead.pk, "sure": "1", "reason": "timing", "return_on": soon(), "next": "/leads/"}
    done = signed_in(rep).post("/leads/bulk/recycle/", data, **HTMX)

    assert (done.status_code, done["HX-Redirect"]) == (204, "/leads/")


@pytest.mark.parametrize("wanted", ["https://evil.example/leads/", "//evil.example", "/account/logout/"])
def test_nobody_is_sent_elsewhere_afterwards(wanted):
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    data = {"lead": lead.pk, "sure": "1", "reason": "timing", "return_on": soon(), "next": wanted}

    assert signed_in(rep).post("/leads/bulk/recycle/", data)["Location"] == "/leads/"


def test_all_that_match_are_chosen_by_the_list_itself():
    head = make_user("sales_head")
    for country in ("Malta", "Malta", "Chad"):
        make_lead(stage=Stage.SAL, owner=make_user("rep"), country=country)
    data = {"all": "1", "query": "country=Malta", "sure": "1", "reason": "timing", "return_on": soon()}
    signed_in(head).post("/leads/bulk/recycle/", data)

    assert Lead.objects.filter(standing="nurturing").count() == 2


def test_more_than_the_limit_are_not_chosen_at_once(monkeypatch):
    monkeypatch.setattr("leads.pages.bulk.MOST", 2)
    for _ in range(3):
        make_lead()
    answer = signed_in(make_user("sales_head")).post("/leads/bulk/qualify/", {"all": "1", "query": ""})

    assert answer.status_code == 409
    assert "More than 2 leads match. Narrow the list first" in answer.content.decode()


def test_nothing_chosen_is_said():
    answer = signed_in(make_user("sales_head")).post("/leads/bulk/qualify/", {"lead": "x"})

    assert answer.status_code == 409
    assert "Choose leads first" in answer.content.decode()


def test_undo_takes_back_and_names_those_that_stay():
    rep = make_user("rep")
    leads = [make_lead(stage=Stage.SAL, owner=rep, last_name=name) for name in ("Byron", "Lovelace")]
    client = signed_in(rep)
    client.post(
        "/leads/bulk/recycle/",
        {"lead": [lead.pk for lead in leads], "sure": "1", "reason": "timing", "return_on": soon()},
    )
    act = BulkAct.objects.get()
    client.post(f"/leads/{leads[1].pk}/undo/")
    taken = client.post(f"/leads/bulk/{act.pk}/undo/")
    page = said(client, taken)

    assert taken["Location"] == f"/leads/bulk/{act.pk}/"
    assert "1 lead taken back. 1 stay, because something happened since: Ada Lovelace." in page
    assert set(Lead.objects.values_list("stage", "standing")) == {("sal", "active")}


def test_an_act_is_its_authors_page():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    client = signed_in(rep)
    client.post(
        "/leads/bulk/recycle/", {"lead": lead.pk, "sure": "1", "reason": "timing", "return_on": soon()}
    )
    act = BulkAct.objects.get()

    assert lead.name in client.get(f"/leads/bulk/{act.pk}/").content.decode()
    for path in ("", "undo/"):
        other = signed_in(make_user("administrator"))
        answer = other.post(f"/leads/bulk/{act.pk}/{path}") if path else other.get(f"/leads/bulk/{act.pk}/")
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("rep", {"claim", "recycle", "disqualify"}),
        ("marketer", {"qualify", "recycle"}),
        ("sales_head", {"claim", "qualify", "reassign", "recycle", "disqualify"}),
        ("marketing_head", {"qualify", "reassign", "recycle", "disqualify"}),
    ],
)
def test_the_list_offers_what_the_role_may_do(role, offered):
    make_lead()
    acts = signed_in(make_user(role)).get("/leads/").context["acts"]

    assert {str(act.kind) for act in acts} == offered

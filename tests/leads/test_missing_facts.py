"""A move that waits for facts asks for them: one submit stores them and makes the move, or neither."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from leads import definitions
from leads.models import Account, CustomField, FactChange, StageChange, Suppression, SuppressionHit
from leads.stages import Stage
from tests.factories import make_lead, make_signed, make_user
from tests.leads.pages import act, dialogs, heard
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def asks(stage: str, *required: str, **terms) -> None:
    stages = definitions.unsigned().json()["stages"]
    stages[stage] |= {"required": list(required), **terms}
    make_signed({"stages": stages})


def field(entity: str, key: str, kind: str, choices: list[str] | None = None) -> None:
    CustomField.objects.create(
        entity=entity, key=key, label=key.title(), kind=kind, choices=choices or [], created_at=now()
    )


@pytest.fixture
def rep():
    return make_user("rep")


def page(user, lead) -> str:
    return signed_in(user).get(lead.get_absolute_url()).content.decode()


def test_accepting_asks_for_exactly_what_is_missing_and_stores_it_with_the_move(rep):
    asks("sal", "phone", "job_title", "account.employees")
    lead = make_lead(
        stage=Stage.MQL, owner=rep, phone="", job_title="Buyer", account=Account.objects.create(name="Acme")
    )
    body = page(rep, lead)

    assert 'commandfor="accept"' in body
    assert ('name="fact.phone"' in body, 'name="fact.account.employees"' in body) == (True, True)
    assert 'name="fact.job_title"' not in body
    given = {"fact.phone": "+31 20 794 6099", "fact.account.employees": "12"}
    answer = act(signed_in(rep), "accept", lead, **given)

    assert heard(answer)["toast"]["text"] == f"{lead.name} accepted."
    lead.refresh_from_db()
    assert (lead.stage, lead.phone, lead.account.employees) == (Stage.SAL, "+31 20 794 6099", 12)
    rows = FactChange.objects.order_by("field").values_list("field", "after", "way", "by")
    assert list(rows) == [("employees", "12", "hand", rep.pk), ("phone", "+31 20 794 6099", "hand", rep.pk)]


def test_a_lead_that_lacks_nothing_is_accepted_by_one_click(rep):
    asks("sal", "phone")
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="+31 20 794 6099")

    assert 'commandfor="accept"' not in page(rep, lead)
    assert act(signed_in(rep), "accept", lead).status_code == 204


@pytest.mark.parametrize(
    ("name", "before", "entered", "data"),
    [
        ("accept", Stage.MQL, "sal", {}),
        ("advance", Stage.SAL, "sql", {"amount": "100", "currency": "EUR"}),
        ("win", Stage.SQL, "customer", {"amount": "100"}),
    ],
)
def test_each_step_on_the_way_asks_without_script_too(rep, name, before, entered, data):
    asks(entered, "country")
    lead = make_lead(stage=before, owner=rep, country="")
    client = signed_in(rep)
    assert name in dialogs(client.get(lead.get_absolute_url()))

    refused = act(client, name, lead, htmx=False, **data)
    assert refused.status_code == 422
    assert "Fill in “Country”: it is needed." in refused.content.decode()
    assert act(client, name, lead, htmx=False, **data, **{"fact.country": "NL"}).status_code == 302
    lead.refresh_from_db()
    assert (lead.stage, lead.country) == (entered, "NL")


def test_own_fields_have_inputs_of_their_kind_and_answer_for_themselves(rep):
    field("lead", "budget", "number")
    field("lead", "tier", "choice", ["Gold", "Silver"])
    field("account", "since", "date")
    asks("sal", "custom.budget", "custom.tier", "account.custom.since")
    lead = make_lead(stage=Stage.MQL, owner=rep, account=Account.objects.create(name="Acme"))
    body = page(rep, lead)
    given = {
        "fact.custom.budget": "much",
        "fact.custom.tier": "Gold",
        "fact.account.custom.since": "2020-01-31",
    }

    assert 'name="fact.account.custom.since"' in body and 'type="date"' in body
    assert '<select name="fact.custom.tier"' in body
    told = act(signed_in(rep), "accept", lead, **given)
    assert told.status_code == 422
    assert "Enter “Budget” as a number" in told.content.decode()
    assert 'value="2020-01-31"' in told.content.decode()
    assert not FactChange.objects.exists()
    assert act(signed_in(rep), "accept", lead, **given | {"fact.custom.budget": "1200"}).status_code == 204
    lead.refresh_from_db()
    assert lead.custom == {"budget": 1200, "tier": "Gold"}
    assert lead.account.custom == {"since": "2020-01-31"}


def test_a_choice_begins_with_no_row_of_dashes(rep):
    asks("sal", "account.revenue_band", "consent")
    lead = make_lead(stage=Stage.MQL, owner=rep, account=Account.objects.create(name="Acme"))
    dialog = str(dialog_of(rep, lead))

    assert "-----" not in dialog
    assert dialog.count('<option value="" selected>Choose one</option>') == 2
    assert 'value="opted_out"' in dialog


def dialog_of(user, lead):
    shown = signed_in(user).get(lead.get_absolute_url()).context["dialogs"]
    return next(one.form for one in shown if one.act.name == "accept")


def test_who_has_no_company_is_asked_for_it_and_what_is_known_of_it_stays(rep):
    Account.objects.create(name="Acme", employees=500)
    asks("sal", "account.name", "account.employees")
    lead = make_lead(stage=Stage.MQL, owner=rep, account=None)
    given = {"fact.company": "Acme", "fact.account.employees": "12"}

    assert 'name="fact.account.name"' not in page(rep, lead)
    assert act(signed_in(rep), "accept", lead, **given).status_code == 204
    lead.refresh_from_db()
    assert (str(lead.account), lead.account.employees) == ("Acme", 500)


def test_a_fact_that_is_refused_stores_nothing_and_moves_nobody(rep):
    asks("sal", "email", "job_title")
    lead = make_lead(stage=Stage.MQL, owner=rep, email="", phone="+31 20 794 6099", phone_norm="+31207946099")
    other = make_lead(stage=Stage.MQL, owner=make_user("rep"))
    client, given = signed_in(rep), {"fact.job_title": "Buyer", "fact.email": "ada"}

    assert "is not an e-mail address" in act(client, "accept", lead, **given).content.decode()
    told = act(client, "accept", lead, **given | {"fact.email": other.email})
    assert told.status_code == 422
    assert f"{other.name} is already a lead with this e-mail" in told.content.decode()
    lead.refresh_from_db()
    assert (lead.stage, lead.job_title) == (Stage.MQL, "")
    assert not FactChange.objects.exists()


def test_what_the_register_stops_is_logged_although_nothing_else_is_stored(rep):
    asks("sal", "phone")
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="")
    Suppression.objects.create(kind="phone", value="+31207946099", reason="poor_fit")

    told = act(signed_in(rep), "accept", lead, **{"fact.phone": "+31 20 794 6099"})
    assert (told.status_code, SuppressionHit.objects.count()) == (422, 1)
    assert "The never-again register bars this" in told.content.decode()
    lead.refresh_from_db()
    assert (lead.stage, lead.phone) == (Stage.MQL, "")


def test_a_move_that_is_refused_keeps_no_fact(rep):
    asks("sal", "account.employees", entry={"field": "account.employees", "op": "at_least", "value": 100})
    lead = make_lead(stage=Stage.MQL, owner=rep, account=Account.objects.create(name="Acme"))
    moves = StageChange.objects.count()

    told = act(signed_in(rep), "accept", lead, **{"fact.account.employees": "12"})
    assert told.status_code == 422
    assert "it lacks “Employees is at least 100”" in told.content.decode()
    assert (FactChange.objects.count(), StageChange.objects.count()) == (0, moves)
    assert Account.objects.get().employees is None


def test_a_page_that_asked_for_nothing_is_told_what_is_missing(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="")
    asks("sal", "phone")

    told = act(signed_in(rep), "accept", lead)
    assert told.status_code == 409
    assert "it lacks Phone. Add it to the facts of the lead." in told.json()["detail"]


def test_nobody_else_is_asked(rep):
    asks("sal", "phone")
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="")

    assert (
        act(signed_in(make_user("marketer")), "accept", lead, **{"fact.phone": "+31 20 794 6099"}).status_code
        == 403
    )
    assert 'name="fact.phone"' not in page(make_user("marketer"), lead)


def test_the_queue_asks_as_the_page_does(rep):
    asks("sal", "phone")
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="")

    body = signed_in(rep).get(reverse("sla:queue_lead", args=[lead.pk])).content.decode()
    assert 'name="fact.phone"' in body
    assert 'data-key="a" data-open="accept"' in body

"""A lead entered by hand, and facts corrected by several people at once."""

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Lead
from leads.stages import Stage
from smarketing.foundation.models import AuditEvent
from tests.factories import make_lead, make_user
from tests.leads.pages import act
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


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

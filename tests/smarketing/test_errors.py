"""What people see when something goes otherwise: a sentence, a way on, and the frame where they are signed in."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import include, path

from leads import activities, handover
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation"), pytest.mark.urls(__name__)]
FRAME = '<aside class="side"'


def break_down(request):
    raise RuntimeError("an accident")


urlpatterns = [path("break/", break_down), path("", include("smarketing.urls"))]
handler400 = "smarketing.errors.bad_request"
handler404 = "smarketing.errors.not_found"
handler500 = "smarketing.errors.server_error"


def visitor(role: str = "rep") -> Client:
    client = signed_in(make_user(role))
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("address", "role", "status", "sentence"),
    [
        ("/nowhere/", "rep", 404, "it is not yours to see"),
        ("/leads/999999/", "rep", 404, "it is not yours to see"),
        ("/imports/", "rep", 403, "Your role does not allow this"),
        ("/break/", "rep", 500, "Nothing was saved"),
    ],
)
def test_an_error_stands_in_the_frame_and_leads_on(address, role, status, sentence):
    response = visitor(role).get(address, headers={"referer": "http://testserver/leads/"})
    shown = response.content.decode()

    assert response.status_code == status
    assert sentence in shown
    assert FRAME in shown
    assert 'href="http://testserver/leads/"' in shown
    assert shown.count("<h1>") == 1


def test_nobody_is_sent_back_to_where_they_are_or_to_a_strangers_site():
    shown = [
        visitor().get("/nowhere/", headers={"referer": address}).content.decode()
        for address in ("http://testserver/nowhere/", "https://evil.example/", "javascript:alert(1)", "")
    ]

    assert not any("Back to where you were" in page for page in shown)


def test_an_error_before_signing_in_has_no_frame_and_still_a_way_on(client):
    client.raise_request_exception = False
    shown = client.get("/nowhere/").content.decode()

    assert FRAME not in shown
    assert 'href="/"' in shown or "/account/login/" in shown


def test_when_the_frame_breaks_too_the_bare_page_is_shown(monkeypatch):
    client = visitor()

    def gone(*given):
        raise OperationalError("the database went away")

    monkeypatch.setattr("smarketing.shell.frame_of", gone)
    response = client.get("/break/")

    assert response.status_code == 500
    assert "Nothing was saved" in response.content.decode()
    assert FRAME not in response.content.decode()


def test_an_expired_form_says_so_in_the_frame():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("rep"))
    response = client.post("/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert FRAME in response.content.decode()


def test_a_refusal_tells_what_a_colleague_did_meanwhile():
    rep, head = make_user("rep", name="Kofi Mensah"), make_user("sales_head", name="Marta Silva")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    handover.accept(lead.pk, by=head)
    response = signed_in(rep).post(f"/leads/{lead.pk}/accept/")
    shown = " ".join(response.content.decode().split())

    assert response.status_code == 409
    assert "by Marta Silva, <time" in shown
    assert f'href="/leads/{lead.pk}/">See {lead.name} as it is' in shown


def test_what_one_did_oneself_is_no_news():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    handover.accept(lead.pk, by=rep)

    assert "meanwhile" not in signed_in(rep).post(f"/leads/{lead.pk}/accept/").content.decode()


def test_a_damaged_request_is_told_as_one():
    client = visitor()
    response = client.get("/leads/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "was not understood" in response.content.decode()


def test_a_refusal_about_something_else_names_no_lead_of_the_same_number():
    """An address of a log below /leads/ has the number of what was logged, not of a lead."""
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    work = activities.log(lead.pk, by=rep, kind="call", outcome="spoke")
    activities.take_back(work.pk, by=rep)
    namesake = make_lead(pk=work.pk, stage=Stage.MQL, owner=rep) if work.pk != lead.pk else lead
    handover.accept(namesake.pk, by=make_user("sales_head"))

    response = signed_in(rep).post(f"/leads/log/{work.pk}/undo/")

    assert response.status_code == 409
    assert namesake.name not in response.content.decode()

"""On the SLA page: re-assign in place, one or many, and back; explain what broke; lists that tell both."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from leads import handover
from leads.models import Handover, Lead
from leads.stages import Stage
from reporting.reconcile import prove
from sla import tasks
from sla.explanations import explain
from sla.models import Clock, Explanation
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("always_open")]
HOUR = timedelta(hours=1)


def broken(owner, **fields) -> Clock:
    lead = make_lead(stage=Stage.MQL, owner=owner, since=now() - 10 * HOUR, **fields)
    tasks.sweep(now())
    return Clock.objects.get(lead=lead)


def worked_late(owner, **fields) -> Clock:
    clock = broken(owner, **fields)
    handover.accept(clock.lead_id, by=owner, moment=now())
    tasks.sweep(now())
    return Clock.objects.get(pk=clock.pk)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def owner_of(clock: Clock):
    return Lead.objects.get(pk=clock.lead_id).owner


def differences() -> list[str]:
    """What the proof of the ledger finds against history."""
    return [finding.code for finding in prove(now()).findings if finding.count]


# --- Re-assign ------------------------------------------------------------------------------------------------
def test_a_head_sees_who_has_how_much_and_gives_several_leads_at_once():
    busy, free = make_user("rep", name="Ben Busy"), make_user("rep", name="Fay Free")
    clocks = [broken(busy) for _ in range(4)]
    client = signed_in(make_user("sales_head"))
    asked = {"clock": [clock.pk for clock in clocks]}
    page = words(client.get("/sla/reassign/", asked).content.decode())

    assert "4 leads" in page
    assert re.search(r"Fay Free 0 open", page)
    response = client.post("/sla/reassign/", {**asked, "to": free.pk})
    assert response["Location"] == "/sla/"
    assert {owner_of(clock) for clock in clocks} == {free}
    assert Handover.objects.open().filter(rep=free).count() == 4


def test_a_re_assignment_is_taken_back_by_another_and_the_ledger_tells_both():
    was, to, head = make_user("rep"), make_user("rep"), make_user("sales_head")
    clock = broken(was)
    client = signed_in(head)
    response = client.post("/sla/reassign/", {"clock": clock.pk, "to": to.pk}, HTTP_HX_REQUEST="true")
    told = json.loads(response["HX-Trigger"])

    assert response.status_code == 204
    assert "sla-changed" in told
    assert told["toast"]["text"] == f"{clock.lead.name} now belongs to {to}."
    undone = client.post(told["toast"]["undo"], HTTP_HX_REQUEST="true")
    assert undone.status_code == 204
    assert owner_of(clock) == was
    endings = Handover.objects.filter(lead=clock.lead).order_by("pk").values_list("rep", "ending")
    assert list(endings) == [(was.pk, "reassigned"), (to.pk, "reassigned"), (was.pk, "")]
    assert client.post(told["toast"]["undo"], HTTP_HX_REQUEST="true").status_code == 409
    assert differences() == []


def test_what_nobody_had_goes_back_to_nobody():
    lead = make_lead(stage=Stage.MQL, since=now() - 10 * HOUR)
    tasks.sweep(now())
    clock, to = Clock.objects.get(lead=lead), make_user("rep")
    client = signed_in(make_user("sales_head"))
    response = client.post("/sla/reassign/", {"clock": clock.pk, "to": to.pk}, HTTP_HX_REQUEST="true")
    assert owner_of(clock) == to
    client.post(json.loads(response["HX-Trigger"])["toast"]["undo"], HTTP_HX_REQUEST="true")

    assert owner_of(clock) is None
    assert not Handover.objects.open().filter(lead=lead).exists()
    assert differences() == []


def test_a_lead_decided_on_since_stays_with_its_new_owner():
    was, to = make_user("rep"), make_user("rep")
    clock = broken(was)
    client = signed_in(make_user("sales_head"))
    response = client.post("/sla/reassign/", {"clock": clock.pk, "to": to.pk}, HTTP_HX_REQUEST="true")
    handover.accept(clock.lead_id, by=to, moment=now())
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]

    assert client.post(undo, HTTP_HX_REQUEST="true").status_code == 409
    assert owner_of(clock) == to


def test_one_that_is_theirs_already_is_left_and_said():
    ann, ben = make_user("rep", name="Ann"), make_user("rep", name="Ben")
    clocks = [broken(ann), broken(ben)]
    client = signed_in(make_user("sales_head"))
    response = client.post(
        "/sla/reassign/", {"clock": [one.pk for one in clocks], "to": ben.pk}, HTTP_HX_REQUEST="true"
    )
    text = json.loads(response["HX-Trigger"])["toast"]["text"]

    assert text == f"{clocks[0].lead.name} now belongs to Ben. {clocks[1].lead.name} already belongs to Ben."


@pytest.mark.parametrize("role", ["rep", "marketer", "account_manager"])
def test_only_heads_re_assign(role):
    clock = broken(make_user("rep"))
    client = signed_in(make_user(role))

    assert client.get(f"/sla/reassign/?clock={clock.pk}").status_code == 403
    assert client.post("/sla/reassign/", {"clock": clock.pk, "to": 1}).status_code == 403


def test_damaged_addresses_are_answered_and_nothing_is_given():
    rep = make_user("rep")
    clock, client = broken(rep), signed_in(make_user("sales_head"))

    assert client.get("/sla/reassign/?clock=x").status_code == 404
    assert client.get("/sla/reassign/?clock=99999").status_code == 404
    assert client.get("/sla/reassign/").status_code == 409
    assert client.post("/sla/reassign/", {"clock": clock.pk}).status_code == 422
    assert client.post("/sla/reassign/", {"clock": clock.pk, "to": "x"}).status_code == 422
    assert client.post("/sla/reassign/undo/?given=forged").status_code == 404
    away = client.post(
        "/sla/reassign/", {"clock": clock.pk, "to": make_user("rep").pk, "next": "//evil.example"}
    )
    assert away["Location"] == "/sla/"


def test_after_an_act_the_table_asks_for_itself_and_no_whole_page():
    """A whole page in place of a fragment means that the session has ended."""
    broken(make_user("rep"))
    client = signed_in(make_user("sales_head"))
    for url, target in (("/sla/", "broken"), ("/sla/clocks/?state=late", "clocks")):
        html = client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET=target).content.decode()
        assert f'id="{target}"' in html
        assert "<html" not in html


# --- Explain --------------------------------------------------------------------------------------------------
def test_the_reason_stands_in_the_table_the_leads_history_and_the_csv():
    rep = make_user("rep", name="Kofi")
    clock = worked_late(rep)
    client = signed_in(rep)
    sent = client.post(
        f"/sla/clocks/{clock.pk}/explain/", {"cause": "capacity", "text": "=Two were down with flu"}
    )

    assert sent["Location"] == "/sla/"
    page = words(client.get("/sla/?since=2026-01-01&show=explained").content.decode())
    assert "Explained 1" in page
    assert "Capacity: =Two were down with flu" in page
    assert "Two were down with flu" in client.get(f"/leads/{clock.lead_id}/").content.decode()
    [row] = csv.DictReader(io.StringIO(client.get("/sla/clocks/csv/?state=explained").content.decode()))
    assert (row["cause"], row["explanation"], row["state"], row["explained_by"]) == (
        "Capacity",
        "'=Two were down with flu",
        "explained",
        "Kofi",
    )


def test_an_explained_promise_is_as_broken_as_before():
    rep = make_user("rep")
    clock = worked_late(rep)
    client = signed_in(rep)
    before = client.get("/sla/?since=2026-01-01").context["teams"]
    explain(clock.pk, by=rep, cause="system", text="We were told late", moment=now())
    after = client.get("/sla/?since=2026-01-01").context["teams"]

    assert [team["score"] for team in after] == [team["score"] for team in before]


def test_open_worked_and_explained_add_up_to_what_is_broken():
    rep = make_user("rep")
    broken(rep)
    worked_late(rep)
    explain(worked_late(rep).pk, by=rep, cause="data", text="No phone", moment=now())
    counts = signed_in(rep).get("/sla/?since=2026-01-01").context["counts"]

    assert (counts["broken"], counts["late"], counts["worked"], counts["explained"]) == (3, 1, 1, 1)
    for name, number in (("late", 1), ("worked", 1), ("explained", 1), ("broken", 3)):
        assert signed_in(rep).get(f"/sla/clocks/?state={name}").context["number"] == number


def test_nobody_explains_for_others_nor_about_leads_they_may_not_read():
    clock = broken(make_user("rep", team="Benelux"))
    url = f"/sla/clocks/{clock.pk}/explain/"
    body = {"cause": "other", "text": "Because"}

    assert signed_in(make_user("rep", team="Nordics")).post(url, body).status_code == 404
    assert signed_in(make_user("rep", team="Benelux")).post(url, body).status_code == 403
    assert signed_in(make_user("marketer")).post(url, body).status_code == 403
    assert signed_in(make_user("marketing_head")).post(url, body).status_code == 302
    assert Explanation.objects.count() == 1


def test_an_empty_form_comes_back_with_what_is_missing():
    rep = make_user("rep")
    clock = broken(rep)
    response = signed_in(rep).post(f"/sla/clocks/{clock.pk}/explain/", {}, HTTP_HX_REQUEST="true")

    assert response.status_code == 422
    assert "Choose what held it up." in response.content.decode()
    assert "Say in a sentence what happened." in response.content.decode()


# --- Whom the page is about -----------------------------------------------------------------------------------
def test_the_page_is_narrowed_to_a_rep_a_team_and_a_campaign():
    ann, ben = make_user("rep", team="Benelux", name="Ann"), make_user("rep", team="Nordics", name="Ben")
    fair = make_campaign("Autumn fair")
    broken(ann, campaign=fair)
    broken(ben)
    client = signed_in(make_user("sales_head"))

    def late(url: str) -> int:
        return client.get(url).context["counts"]["late"]

    assert late("/sla/") == 2
    assert late(f"/sla/?rep={ann.pk}") == 1
    assert late(f"/sla/?team={ben.team_id}") == 1
    assert late(f"/sla/?campaign={fair.pk}") == 1
    assert late(f"/sla/?campaign={fair.pk}&rep={ben.pk}") == 0
    one = client.get(f"/sla/?rep={ann.pk}")
    assert [row["name"] for row in one.context["reps"]["rows"]] == ["Ann"]
    assert "for all campaigns together" in client.get(f"/sla/?campaign={fair.pk}").content.decode()


def test_a_figure_of_a_narrowed_page_opens_to_its_own_clocks():
    ann, ben = make_user("rep"), make_user("rep")
    mine = broken(ann)
    broken(ben)
    client = signed_in(make_user("sales_head"))
    page = client.get(f"/sla/?rep={ann.pk}&since=2026-01-01").content.decode()
    [href] = re.findall(r'href="(/sla/clocks/[^"]+)">1 broken', page)

    listed = client.get(href.replace("&amp;", "&"))
    assert [line.clock.pk for line in listed.context["lines"]] == [mine.pk]


def test_reps_are_sorted_as_asked():
    slow, quick = make_user("rep", name="Ann"), make_user("rep", name="Ben")
    broken(slow)
    kept = make_lead(stage=Stage.MQL, owner=quick, since=now() - 2 * HOUR)
    handover.accept(kept.pk, by=quick, moment=now() - HOUR)
    tasks.sweep(now())
    client = signed_in(make_user("sales_head"))

    def order(sort: str) -> list[str]:
        page = client.get(f"/sla/?since=2026-01-01&by=decide&sort={sort}")
        return [row["name"] for row in page.context["reps"]["rows"]]

    assert order("-share") == ["Ben", "Ann"]
    assert order("share") == ["Ann", "Ben"]
    assert order("-name") == ["Ben", "Ann"]

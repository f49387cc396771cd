"""A stage has the name that both heads signed, on every screen, and no page asks a question more for it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from leads import definitions, naming, rules
from leads.stages import Stage
from smarketing.foundation.models import Organisation
from smarketing.foundation.models.organisation import reading_once
from tests.factories import make_campaign, make_lead, make_signed, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
NAMES = {
    "visitor": "Prospect",
    "mql": "Ready lead",
    "sal": "Taken on",
    "sql": "Opportunity",
    "customer": "Client",
}


def rename(**since) -> None:
    stages = definitions.unsigned().json()["stages"]
    for stage, name in NAMES.items():
        stages[stage]["name"] = name
    make_signed({"stages": stages}, **since)


def text(response) -> str:
    body = response.content.decode()
    main = body[body.index("<main") :] if "<main" in body else body
    return re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style)\b.*?</\1>", "", main, flags=re.S))


def test_before_a_signature_stages_have_the_names_of_the_product():
    assert dict(naming.names()) == naming.BUILT_IN
    default = definitions.unsigned().stages
    assert {str(stage): default[stage].name for stage in Stage} == {
        str(stage): naming.BUILT_IN[stage] for stage in Stage
    }
    assert naming.said("{An_sql}. Became {an_mql}; {Mqls}, {sqls} and {customers}: {a_customer}") == (
        "An SQL. Became an MQL; MQLs, SQLs and customers: a customer"
    )


def test_a_name_that_is_signed_for_tomorrow_is_not_said_today():
    rename(since=now() + timedelta(days=1))
    make_lead(stage=Stage.MQL, owner=make_user("rep"))
    told = text(signed_in(make_user("marketing_head")).get("/leads/?state=mql"))

    assert naming.STATES["mql"] == "MQL"
    assert "MQL" in told and "Ready lead" not in told


def test_a_name_in_a_sentence_keeps_its_letters():
    rename()
    assert naming.said("Became {an_mql} or {an_sql}, not {customers} of {Mqls}") == (
        "Became a Ready lead or an Opportunity, not Client leads of Ready leads"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/leads/?state=mql&state=sal",
        "/leads/?add=state",
        "/accounts/",
        "/campaigns/",
        "/funnel/",
        "/near-misses/",
        "/reports/closed-loop/",
        "/balance/",
        "/sla/",
        "/sla/alerts/",
        "/queue/",
    ],
)
def test_a_renamed_stage_reads_the_same_everywhere(path):
    rename()
    make_lead(stage=Stage.MQL, owner=make_user("rep"))
    page = signed_in(make_user("marketing_head")).get(path)

    assert page.status_code == 200
    assert not re.search(r"\b(MQLs?|SALs?|SQLs?)\b", text(page))


def test_the_page_of_a_campaign_calls_them_so():
    rename()
    campaign = make_campaign("Spring", "Webinar")
    make_lead(stage=Stage.SQL, owner=make_user("rep"), campaign=campaign, channel=campaign.channel)
    told = text(signed_in(make_user("marketer")).get(reverse("leads:campaign", args=[campaign.pk])))

    assert "Opportunity" in told
    assert not re.search(r"\b(MQLs?|SALs?|SQLs?)\b", told)


def test_the_page_of_a_lead_calls_its_stage_and_its_moves_by_that_name():
    rename()
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    client = signed_in(rep)
    for path in (lead.get_absolute_url(), reverse("sla:queue_lead", args=[lead.pk])):
        told = text(client.get(path))
        assert "Became a Ready lead" in told
        assert "Make Opportunity" in told
        assert f"Make {lead.name} an Opportunity" in told
        assert not re.search(r"\b(MQL|SAL|SQL)\b", told)
    why = text(client.get(f"{reverse('leads:why', args=[lead.pk])}?of=stage"))
    assert "Why Taken on" in why
    for part in ("stage", "score", "owner", "deadline"):
        assert not re.search(
            r"\b(MQL|SAL|SQL)\b", text(client.get(f"{reverse('leads:why', args=[lead.pk])}?of={part}"))
        )


def test_rules_and_refusals_say_it_too():
    rename()
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    rule = rules.parse({"field": "stage", "op": "is_one_of", "value": ["mql"]})

    assert rule.sentence() == "Stage is Ready lead"
    told = signed_in(rep).post(reverse("leads:accept", args=[lead.pk]), HTTP_HX_REQUEST="true").json()
    assert "is now “Taken on”" in told["detail"]


def test_no_page_asks_a_question_more(settings):
    rep = make_user("rep")
    make_lead(stage=Stage.MQL, owner=rep)
    client = signed_in(rep)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get("/leads/?state=mql")
        return len(caught)

    asked()
    before = asked()
    rename()
    asked()
    assert asked() == before


def test_the_names_hold_in_the_request_that_writes_the_organisation():
    rename()
    with reading_once():
        Organisation.get().save()
        assert naming.STATES["sql"] == "Opportunity"

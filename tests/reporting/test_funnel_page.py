"""The funnel page: cohorts of a period, the step that leaks against its own history, what waits, and definitions."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from leads import handover
from leads.models import Lead
from leads.stages import LADDER, Stage
from reporting.leak import Step, worst
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def funnel(query: str = "", person=None):
    return signed_in(person or make_user("marketing_head")).get(f"/funnel/{query}")


def report(*options: str) -> dict:
    out = StringIO()
    call_command("report", "funnel", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def rep(organisation):
    return make_user("rep", name="Kofi", team="Benelux")


@pytest.fixture
def leaking(rep):
    """Of the older forty MQLs thirty were accepted in time, of the younger forty ten."""
    for age, accepted in ((130, 30), (30, 10)):
        for n in range(40):
            lead = make_lead(stage=Stage.MQL, owner=rep, since=now() - age * DAY + n * timedelta(minutes=1))
            if n < accepted:
                handover.accept(lead.pk, by=rep, moment=now() - (age - 1) * DAY)
            elif n < accepted + 5:
                handover.reject(lead.pk, by=rep, reason="wrong_person", moment=now() - (age - 1) * DAY)


def test_the_page_and_the_command_tell_the_same_of_a_cohort(leaking):
    since = (now().date() - 60 * DAY).isoformat()
    told = report("--since", since)
    context = funnel(f"?since={since}").context

    assert told["born"] == context["report"]["born"] == 40
    for stage, shown in zip(LADDER, context["stages"], strict=True):
        assert shown["reached"]["n"] == told["stages"][stage]["reached_or_passed"]
    assert report()["born"] == funnel("?period=all").context["report"]["born"] == Lead.objects.count()


def test_the_states_of_a_cohort_add_up_to_who_was_born_in_it(leaking):
    context = funnel("?period=90").context
    stands = [stage["now"]["n"] for stage in context["stages"]]
    stands += [standing["n"] for standing in context["standings"]]

    assert sum(stands) == context["report"]["born"] == 40


def test_every_number_of_a_cohort_opens_to_its_leads(leaking):
    head = make_user("marketing_head")
    context = funnel("?period=90", head).context
    numbers = [stage[name] for stage in context["stages"] for name in ("reached", "now", "entered")]
    numbers += [*context["standings"], *context["leak"]["ends"], context["rejections"], context["again"]]
    client = signed_in(head)
    for number in numbers:
        if number["n"]:
            assert client.get(number["href"]).context["number"] == number["n"], number


def test_the_step_that_fell_most_is_named_with_both_its_numbers(leaking):
    response = funnel("?period=90")
    leak = response.context["leak"]
    text = words(response.content.decode())

    assert (leak["from"], leak["to"], leak["points"]) == ("MQL", "SAL", "50")
    assert "MQL to SAL fell 50 points: fix this step first." in text
    assert "It lets 25.0% through, 10 of 40." in text
    assert "75.0%, 30 of 40, seen at the same age." in text
    ends = {end["words"]: end["n"] for end in leak["ends"]}
    assert ends == {"still open": 25, "nurturing": 5}
    assert leak["step"].n + sum(ends.values()) == leak["step"].of


def test_an_older_cohort_is_seen_at_the_age_of_the_younger_one(leaking, rep):
    """What was accepted only when the older cohort was older than the younger is now does not count for it."""
    before = funnel("?period=90").context["leak"]["step"]
    waiting = Lead.objects.filter(stage=Stage.MQL, born_at__lt=now() - 100 * DAY).first()
    handover.accept(waiting.pk, by=rep, moment=now() - DAY)

    assert funnel("?period=90").context["leak"]["step"] == before


def test_a_fall_that_chance_explains_is_no_leak():
    small = Step(Stage.MQL, Stage.SAL, 20, 40, 22, 40)
    clear = Step(Stage.SAL, Stage.SQL, 100, 400, 160, 400)
    risen = Step(Stage.SQL, Stage.CUSTOMER, 30, 40, 20, 40)

    assert not small.is_news
    assert worst([small, clear, risen]) is clear
    assert worst([small, risen]) is None


def test_without_enough_leads_before_nothing_is_compared(rep):
    make_lead(stage=Stage.SAL, owner=rep)
    response = funnel("?period=90")

    assert response.context["leak"] is None
    assert "There are too few earlier leads to compare with." in words(response.content.decode())


def test_what_nothing_moved_for_a_month_is_counted_and_the_oldest_named(rep):
    old = make_lead(stage=Stage.SAL, owner=rep, since=now() - 60 * DAY, last_name="Olden")
    make_lead(stage=Stage.SAL, owner=rep, since=now() - 2 * DAY)
    context = funnel("?period=quarter").context
    [sal] = [one for one in context["ageing"] if one["key"] == "sal"]

    assert sal["stuck"]["n"] == 1
    assert sal["leads"][0]["lead"] == old
    opened = signed_in(make_user("marketer")).get(sal["stuck"]["href"])
    assert [lead.pk for lead in opened.context["page"].rows] == [old.pk]
    stranger = make_user("rep", team="Nordics")
    assert "Olden" not in funnel("?period=quarter", stranger).content.decode()


@pytest.mark.parametrize("period", ["90", "quarter", "year", "all", "nonsense"])
def test_a_period_can_be_chosen(organisation, period):
    context = funnel(f"?period={period}").context
    [current] = [segment["label"] for segment in context["segments"] if segment["current"]]

    assert current == {"quarter": "Quarter", "year": "Year", "all": "All"}.get(period, "90 days")


def test_an_empty_period_points_to_all_leads(rep):
    make_lead(since=now() - 500 * DAY)
    text = words(funnel("?period=90").content.decode())

    assert "No lead was born in these days." in text
    assert "What each stage means" in text


def test_the_definitions_say_that_nobody_signed_them(organisation):
    text = words(funnel().content.decode())

    assert "Default definitions, not signed yet" in text
    assert text.count("Not signed") >= 5
    assert "The owner presses Accept." in text


@pytest.mark.parametrize("url", ["/funnel/?since=May", "/funnel/?since=2026-02-01&until=2026-01-01"])
def test_wrong_addresses_are_answered_with_a_sentence(organisation, url):
    assert signed_in(make_user("rep")).get(url).status_code == 400


def test_nobody_reads_the_funnel_without_signing_in(client):
    assert client.get("/funnel/")["Location"].startswith("/account/login/")


def test_the_page_asks_as_often_for_many_leads_as_for_few(rep, django_assert_max_num_queries):
    client = signed_in(make_user("marketing_head"))

    def cost() -> int:
        with django_assert_max_num_queries(17) as caught:
            assert client.get("/funnel/").status_code == 200
        return len(caught)

    make_lead(stage=Stage.SAL, owner=rep)
    few = cost()
    for _ in range(8):
        make_lead(stage=Stage.SAL, owner=rep)
    assert cost() == few

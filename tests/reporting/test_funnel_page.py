"""The funnel page: cohorts of a period, the step that leaks against its own history, what waits, and definitions."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from itertools import chain

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from leads import handover
from leads.definitions import unsigned
from leads.definitions.words import ALWAYS, BY_ITSELF
from leads.models import Lead
from leads.stages import LADDER, Stage
from reporting.leak import Step, worst
from reporting.passages import KINDS
from tests.factories import make_lead, make_signed, make_user
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


def test_the_funnel_says_of_stages_what_the_definitions_say(organisation):
    """One set of words: two pages that tell the same rule differently would have the teams argue again."""
    text = words(funnel().content.decode())

    for said in [*BY_ITSELF.values(), *chain(*ALWAYS.values())]:
        assert str(said) in text


# --- What was agreed on -----------------------------------------------------------------------------------------
@pytest.fixture
def agreed(organisation):
    """Version 1, in force since half a year, with criteria, targets and facts that must be known."""
    stages = unsigned().json()["stages"]
    stages["mql"] |= {
        "name": "Hot lead",
        "entry": {
            "all": [
                {"field": "account.employees", "op": "at_least", "value": 40},
                {"touches": {"kinds": ["form"]}, "within_days": 30},
            ]
        },
        "target_share": 0.3,
        "target_days": 2,
    }
    stages["sal"] |= {"target_share": 0.5, "target_days": 10}
    stages["sql"] |= {"required": ["buying_role"], "target_share": 0.9}
    return make_signed({"stages": stages}, since=now() - 180 * DAY)


def test_criteria_are_told_as_sentences_and_required_facts_by_name(agreed):
    text = words(funnel().content.decode())

    assert "Definitions version 1" in text
    assert "Employees is at least 40" in text
    assert "A form filled in the last 30 days" in text
    assert "Buying role known" in text
    assert "Hot lead" in text


def test_both_signatures_stand_with_their_people_and_their_days(agreed):
    text = words(funnel().content.decode())

    assert "Version 1, signed by both teams" in text
    for head in (agreed.marketing_by, agreed.sales_by):
        assert head.name in text
    assert text.count("Both signed") == len(LADDER)


def test_a_version_signed_later_does_not_change_what_a_past_day_shows(agreed):
    make_signed(since=now() - DAY)

    assert funnel().context["agreed"].version == 2
    assert funnel(f"?as_of={(now() - 20 * DAY).date()}").context["agreed"].version == 1
    assert funnel(f"?as_of={(now() - 300 * DAY).date()}").context["agreed"].version == 0


def test_live_numbers_stand_beside_the_targets_and_say_whether_they_meet_them(agreed, leaking):
    context = funnel("?period=all").context
    mql, sal = (stage["target"] for stage in context["stages"][1:3])

    assert (mql["share"], mql["share_met"]) == (0.3, True)
    assert (sal["share"], sal["share_met"]) == (0.5, True)  # 40 of 80
    assert (mql["days"], mql["days_met"]) == (2, True)
    assert funnel("?period=90").context["stages"][2]["target"]["share_met"] is False  # 10 of 40
    text = words(funnel("?period=90").content.decode())
    assert "25.0% 10 of 40" in text
    assert "target 50%" in text


def test_who_stands_longer_than_the_target_is_counted_by_the_agreed_days(agreed, rep):
    make_lead(stage=Stage.SAL, owner=rep, since=now() - 9 * DAY)
    late = make_lead(stage=Stage.SAL, owner=rep, since=now() - 11 * DAY)
    context = funnel().context
    sal, sql = (next(one for one in context["ageing"] if one["key"] == key) for key in ("sal", "sql"))

    assert (sal["days"], sal["stuck"]["n"], sal["agreed"]) == (10, 1, True)
    assert (sql["days"], sql["agreed"]) == (30, False)
    opened = signed_in(make_user("marketer")).get(sal["stuck"]["href"])
    assert [lead.pk for lead in opened.context["page"].rows] == [late.pk]
    assert "SAL for 10 days without a move" in words(opened.content.decode())


# --- In and out -------------------------------------------------------------------------------------------------
def test_what_came_in_went_on_and_went_out_balances_and_opens(rep, leaking):
    head = signed_in(make_user("marketing_head"))
    since = (now() - 60 * DAY).date().isoformat()
    shown = {one["key"]: one for one in head.get(f"/funnel/?since={since}").context["passages"]}
    mql = {kind: shown["mql"][kind]["n"] for kind in KINDS}

    # Of forty delivered before, thirty were accepted and five sent back at once; forty came in the window.
    assert mql == {"stood": 5, "came": 40, "went_on": 10, "went_out": 5, "stands": 30}
    for one in shown.values():
        n = {kind: one[kind]["n"] for kind in KINDS}
        assert n["stood"] + n["came"] == n["went_on"] + n["went_out"] + n["stands"]
        for kind in KINDS:
            if n[kind]:
                assert head.get(one[kind]["href"]).context["asked"].number() == n[kind]


def test_a_window_that_ended_is_balanced_at_its_end(rep, leaking):
    since, until = ((now() - n * DAY).date().isoformat() for n in (200, 60))
    shown = {one["key"]: one for one in funnel(f"?since={since}&until={until}").context["passages"]}

    assert {kind: shown["mql"][kind]["n"] for kind in KINDS} == {
        "stood": 0, "came": 40, "went_on": 30, "went_out": 5, "stands": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["stuck:mql:0", "stuck:mql:1000", "stuck:customer:3", "stuck:mql", "came:lost"]
)
def test_a_figure_that_the_page_never_shows_does_not_open(organisation, name):
    answer = signed_in(make_user("rep")).get(f"/reports/closed-loop/leads/?figure={name}")
    assert answer.status_code == 400


@pytest.mark.parametrize("url", ["/funnel/?since=May", "/funnel/?since=2026-02-01&until=2026-01-01"])
def test_wrong_addresses_are_answered_with_a_sentence(organisation, url):
    assert signed_in(make_user("rep")).get(url).status_code == 400


def test_nobody_reads_the_funnel_without_signing_in(client):
    assert client.get("/funnel/")["Location"].startswith("/account/login/")


def test_the_page_asks_as_often_for_many_leads_as_for_few(rep, django_assert_max_num_queries):
    client = signed_in(make_user("marketing_head"))

    def cost() -> int:
        with django_assert_max_num_queries(20) as caught:
            assert client.get("/funnel/").status_code == 200
        return len(caught)

    make_lead(stage=Stage.SAL, owner=rep)
    few = cost()
    for _ in range(8):
        make_lead(stage=Stage.SAL, owner=rep)
    assert cost() == few

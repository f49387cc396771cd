"""Scores: what rules give, how it fades, and a log that adds up to it, to the point."""

import math
from datetime import datetime, timedelta

import pytest
from django.db.models import Sum

from leads import handover, scoring
from leads.definitions import in_force, unsigned
from leads.models import Account, Lead, LeadScore, ScoreEntry, Touch
from leads.stages import Stage
from tests.factories import make_lead, make_signed, make_user
from tests.leads.scoring import DAY, NOON, log_of, made, scored, scoring_of, touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(organisation):
    return organisation


def test_a_lead_about_which_nothing_is_known_scores_nothing():
    score = scored(made())

    assert (score.fit, score.engagement, score.total, score.grade, score.parts) == (0, 0, 0, "D4", {})


def test_fit_is_the_sum_of_the_rules_of_the_profile_that_hold():
    account = Account.objects.create(name="Engines", employees=120, industry="Rail")

    score = scored(made(account=account, job_title="Head of engines", phone="+44 20 7946 0991"))

    assert score.parts == {"company_size": 20, "decides": 15, "industry": 5, "reachable": 5}
    assert (score.fit, score.fit_grade) == (45, "A")


def test_a_touch_is_worth_half_after_its_half_life_and_halves_are_rounded_up():
    lead = made()
    touch(lead, 30, "webinar")  # 12 points, a half-life of 30 days
    touch(lead, 60, "visit")  # a quarter of 2

    assert scored(lead).parts == {"webinar": 6, "visit": 1}


def test_points_are_summed_by_rule_before_they_are_rounded():
    lead = made()
    for _ in range(3):
        touch(lead, 90, "visit")  # an eighth of 2 each: 0.75 together

    assert scored(lead).parts == {"visit": 1}


def test_a_group_and_a_whole_part_give_no_more_than_their_caps():
    lead = made()
    for kind, times in {"form": 3, "visit": 30, "webinar": 4}.items():
        for _ in range(times):
            touch(lead, 0, kind)

    score = scored(lead)

    assert score.parts == {
        "form": 60,
        "visit": 60,
        "webinar": 48,
        "cap:asks": -20,
        "cap:reads": -40,
        "cap:takes_part": -18,
        "cap:engagement": -40,
    }
    assert (score.engagement, score.engagement_grade) == (50, 1)


def test_only_touches_of_marketing_up_to_now_and_since_the_return_count():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, since=NOON - 9 * DAY)
    touch(lead, 8, "form")
    handover.reject(lead.pk, by=None, reason="wrong_person", moment=NOON - 5 * DAY)
    touch(lead, 0, "event", team="sales")
    touch(lead, -1, "webinar")
    touch(lead, 1, "visit")

    assert scored(lead).parts == {"visit": 2}
    assert scored(lead, NOON - 6 * DAY).parts == {"form": 19}  # as of before the return


def test_a_touch_at_the_instant_of_the_return_is_worth_nothing():
    lead = made()
    back = NOON - 5 * DAY
    Lead.objects.filter(pk=lead.pk).update(returned_at=back)
    for at, kind in ((back, "form"), (back + timedelta(microseconds=1), "webinar")):
        Touch.objects.create(lead=lead, at=at, kind=kind)

    assert list(scored(lead).parts) == ["webinar"]


def test_what_a_return_takes_is_logged_as_its_doing_and_not_as_that_of_time():
    lead = make_lead(stage=Stage.MQL, owner=make_user("rep"), since=NOON - 9 * DAY)
    touch(lead, 5, "form")
    scoring.sweep(NOON - 5 * DAY)

    handover.reject(lead.pk, by=None, reason="wrong_person", moment=NOON - 5 * DAY + timedelta(hours=1))
    scoring.sweep(NOON - 5 * DAY + timedelta(hours=1))

    assert log_of(lead)[-1] == ("engagement", "form", -20, "return")
    assert LeadScore.objects.get(pk=lead.pk).engagement == 0


def test_words_in_the_content_and_the_address_narrow_a_rule():
    rule = {"id": "pricing", "name": "Read the prices", "group": "reads", "kinds": ["visit"], "points": 7}
    make_signed(scoring_of(touches=[rule | {"url": "/Pricing", "content": "per SEAT"}]), since=NOON - DAY)
    lead = made()
    touch(lead, 0, url="https://a.example/pricing/", content="Prices per seat 100%")
    touch(lead, 0, url="https://a.example/pricing/", content="Prices")
    touch(lead, 0, url="https://a.example/", content="per seat")

    assert scored(lead).parts == {"pricing": 7}


def test_the_first_contact_is_as_old_as_the_lead():
    rule = {"id": "first", "name": "First contact", "group": "reads", "kinds": ["origin"], "points": 16}
    make_signed(scoring_of(touches=[rule]), since=NOON - DAY)
    lead = make_lead(since=NOON - 60 * DAY)
    touch(lead, 0, "origin", is_origin=True)

    assert scored(lead).parts == {"first": 4}


def test_fit_gives_no_more_than_its_cap_and_the_log_says_what_that_takes_off():
    profile = unsigned().json()["profile"]
    profile["rules"] = [
        {"id": key, "name": key, "rule": {"field": field, "op": "is_known"}, "points": 40}
        for key, field in (("by_phone", "phone"), ("by_title", "job_title"))
    ]
    make_signed({"profile": profile}, since=NOON - DAY)
    lead = made(phone="+44 20 7946 0991", job_title="CEO")

    score = scored(lead)

    assert score.parts == {"by_phone": 40, "by_title": 40, "cap:fit": -30}
    assert (score.fit, score.fit_grade) == (50, "A")
    assert ("fit", "cap:fit", -30) in [line[:3] for line in log_of(lead)]


def test_a_touch_of_long_ago_is_worth_nothing_and_stops_nobody():
    make_signed(scoring_of(half_life_days=1), since=NOON - DAY)
    lead = made()
    touch(lead, 40_000, "form")

    assert scored(lead).parts == {}


def test_the_log_says_what_each_thing_gave_and_adds_up():
    lead = made()
    download = touch(lead, 0, "download")
    scored(lead, causes={lead.pk: {"touch"}})
    Lead.objects.filter(pk=lead.pk).update(phone="+44 20 7946 0991")
    scored(lead, causes={lead.pk: {"fact"}})
    scored(lead, NOON + 30 * DAY)

    assert log_of(lead) == [
        ("engagement", "download", 8, "touch"),
        ("fit", "reachable", 5, "fact"),
        ("engagement", "download", -4, "decay"),
    ]
    assert ScoreEntry.objects.get(points=8).touch == download
    assert ScoreEntry.objects.filter(lead=lead).aggregate(sum=Sum("points"))["sum"] == lead.score.total


def test_scoring_again_writes_nothing():
    lead = made(phone="+44 20 7946 0991")
    scored(lead)

    assert scoring.score([lead.pk], NOON) == 0
    assert ScoreEntry.objects.count() == 1


def test_other_rules_are_a_line_of_their_own_and_take_back_what_they_no_longer_give():
    lead = made(phone="+44 20 7946 0991")
    touch(lead, 0, "form")
    scored(lead)
    others = {"profile": {"rules": [], "segments": []}} | scoring_of(
        touches=[{"id": "asked", "name": "Asked", "group": "asks", "kinds": ["form"], "points": 30}]
    )
    make_signed(others, since=NOON)

    score = scored(lead)

    assert (score.definition_version, score.parts, score.grade) == (1, {"asked": 30}, "D1")
    assert sorted(log_of(lead)[2:]) == [
        ("engagement", "asked", 30, "version"),
        ("engagement", "form", -20, "version"),
        ("fit", "reachable", -5, "version"),
    ]
    assert scoring.astray() == []


def test_rules_that_begin_tomorrow_give_no_points_today():
    touches = [{"id": "asked", "name": "Asked", "group": "asks", "kinds": ["form"], "points": 30}]
    make_signed(scoring_of(touches=touches), since=NOON + DAY)
    lead = made()
    touch(lead, 0, "form")

    score = scored(lead)

    assert (score.definition_version, score.parts) == (0, {"form": 20})
    assert log_of(lead) == [("engagement", "form", 20, "version")]


def test_a_score_of_a_version_nobody_remembers_is_taken_back_by_its_log():
    lead = made(phone="+44 20 7946 0991")
    scored(lead)
    ScoreEntry.objects.create(
        lead=lead, part="fit", rule="older", points=4, cause="fact", definition_version=0, at=NOON
    )
    LeadScore.objects.update(fit=9, parts={"reachable": 5, "older": 4})
    assert scoring.astray() == []

    assert scored(lead).fit == 5
    assert log_of(lead)[-1] == ("fit", "older", -4, "decay")


def test_the_proof_finds_a_score_that_is_not_the_sum_of_its_log():
    lead, other = made(phone="+44 20 7946 0991"), made()
    scoring.score([lead.pk, other.pk], NOON)
    assert scoring.astray() == []

    LeadScore.objects.filter(pk=lead.pk).update(fit=6)

    assert scoring.astray() == [lead.pk]


def by_hand(lead: Lead, moment: datetime) -> dict[str, int]:
    """The engagement of a lead in plain Python, caps aside."""
    rules, found = in_force(moment).document.scoring, {}
    for rule in rules.touches:
        worth = 0.0
        for one in Touch.objects.filter(lead=lead, team="marketing", at__lte=moment, kind__in=rule.kinds):
            if lead.returned_at is None or one.at > lead.returned_at:
                worth += 2 ** (-((moment - one.at) / timedelta(days=rules.half_life_days)))
        if points := math.floor(rule.points * worth + 0.5 + 1e-9):
            found[rule.id] = points
    return found


def test_sql_reckons_as_plain_python_does():
    kinds = ["form", "visit", "webinar", "download", "event", "email_click", "call", "other"]
    leads = [made() for _ in range(20)]
    for n, lead in enumerate(leads):
        for m in range(n):
            touch(lead, 3.7 * m + n / 7, kinds[(n * m) % len(kinds)])

    scoring.score(None, NOON)

    for lead in leads:
        parts = {key: points for key, points in lead.score.parts.items() if not key.startswith("cap:")}
        assert parts == by_hand(lead, NOON)
    assert scoring.astray() == []

"""The next best action: plain rules over facts that stand on the page, and what is read before a call."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from leads import activities, capture, deals, handover
from leads.models import Account, Lead
from leads.pages.local_time import local_time
from leads.pages.phrases import act_words, ago_words, page_name, try_words
from leads.stages import Stage
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY_11 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # 11:00 in Amsterdam


@pytest.fixture
def rep(organisation):
    return make_user("rep")


def shown(lead: Lead, person, query: str = ""):
    return signed_in(person).get(f"{lead.get_absolute_url()}{query}").context


def best(lead: Lead, person):
    return shown(lead, person)["best"]


def spoke(lead: Lead, rep, outcome: str = "spoke", ago: timedelta = HOUR) -> None:
    activities.log(lead.pk, by=rep, kind="call", outcome=outcome, moment=now() - ago)


# --- What to do ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_nobodys_lead_is_claimed_first(organisation):
    lead = make_lead(stage=Stage.MQL)
    advice = best(lead, make_user("rep"))

    assert (advice.act, advice.title) == ("claim", "Claim it, then call")


@pytest.mark.django_db
def test_who_just_asked_is_called_before_anything_else(rep):
    lead = make_lead(stage=Stage.MQL, owner=rep, phone="020 7946 0991", since=now() - DAY)
    capture.touch(lead.pk, kind="form", content="Pricing request", moment=now() - 2 * HOUR)
    advice = best(lead, rep)

    assert (advice.act, advice.title) == ("call", "Call now, then accept")
    assert "Asked for pricing 2 h ago." in advice.reason


@pytest.mark.django_db
def test_an_mql_without_a_phone_is_accepted_and_written_to(rep):
    advice = best(make_lead(stage=Stage.MQL, owner=rep), rep)

    assert (advice.act, advice.title) == ("accept", "Accept first, then write")


@pytest.mark.django_db
def test_an_accepted_lead_nobody_was_in_touch_with_gets_a_first_word(rep):
    advice = best(make_lead(stage=Stage.SAL, owner=rep, since=now() - 9 * DAY), rep)

    assert (advice.act, advice.title) == ("write", "Write first")
    assert "Nobody has been in touch yet." in advice.reason


@pytest.mark.django_db
def test_after_a_missed_call_comes_a_line_then_the_next_try(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, phone="020 7946 0991", since=now() - 9 * DAY)
    spoke(lead, rep, "voicemail", HOUR)
    assert best(lead, rep).title == "Send a line after the call"
    later = make_lead(stage=Stage.SAL, owner=rep, phone="020 7946 0992", since=now() - 9 * DAY)
    spoke(later, rep, "voicemail", 5 * HOUR)

    assert best(later, rep).title == "Call again: second try"


@pytest.mark.django_db
def test_six_tries_in_vain_end_in_nurture(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, since=now() - 20 * DAY)
    for days in range(6):
        spoke(lead, rep, "no_answer", (days + 1) * DAY)

    assert best(lead, rep).act == "recycle"


@pytest.mark.django_db
def test_who_was_spoken_to_becomes_an_sql_and_then_the_missing_buyer_is_asked_for(rep):
    account = Account.objects.create(name="Northwind", key="northwind")
    lead = make_lead(stage=Stage.SAL, owner=rep, account=account, since=now() - 9 * DAY)
    spoke(lead, rep)
    assert best(lead, rep).act == "advance"
    deals.advance(lead.pk, by=rep, amount=Decimal("9000"))
    advice = best(lead, rep)

    assert (advice.act, advice.title) == ("add", "Ask for the economic buyer")
    make_lead(owner=rep, account=account, buying_role="Budget holder")
    assert best(lead, rep) is None


@pytest.mark.django_db
def test_who_opted_out_is_not_written_to(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, consent="opted_out")
    page = signed_in(rep).get(lead.get_absolute_url())

    assert page.context["best"] is None
    assert "mailto:" not in page.content.decode().split("</header>")[1].split("lead-body")[0]


@pytest.mark.django_db
def test_a_marketer_reads_the_same_page_and_is_told_to_do_nothing_of_sales(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, phone="+31 10 555 0142", phone_norm="+31105550142")
    context = shown(lead, make_user("marketer"))

    assert context["best"] is None
    assert context["local"].place == "Amsterdam"
    assert context["actions"].snooze is False


# --- What the buyer read -------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_pages_are_counted_by_path_and_content_is_listed_once(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, since=now() - 9 * DAY)
    webinar = make_campaign("Cutting dwell time")
    for days, url in ((5, "/pricing?utm=x"), (2, "/pricing"), (1, "/product/cross-dock/")):
        url = f"https://loadline.example{url}"
        capture.touch(lead.pk, kind="visit", url=url, moment=now() - days * DAY)
    for days in (4, 3):
        capture.touch(lead.pk, kind="webinar", campaign=webinar, moment=now() - days * DAY)
    context = shown(lead, rep)
    reading, content = context["reading"], context["content"]

    assert [(page.path, page.views, page.share) for page in reading.pages] == [
        ("/pricing", 2, 100.0),
        ("/product/cross-dock", 1, 50.0),
    ]
    assert (reading.views, reading.days) == (3, 5)
    assert [(piece.name, piece.times) for piece in content] == [("Cutting dwell time", 2)]


@pytest.mark.django_db
def test_what_qualified_it_names_the_touches_that_counted_or_who_handed_it_over(rep):
    lead = make_lead(owner=rep, since=now() - 3 * DAY)
    capture.touch(lead.pk, kind="visit", content="Pricing", moment=now() - 2 * DAY)
    visitor = shown(lead, rep)["qualified"]
    assert (visitor.how, [met for _, met in visitor.asked]) == ("", [False])
    handover.qualify(lead.pk, by=make_user("marketer", name="Elif"), why="Named a start date")
    capture.touch(lead.pk, kind="visit", content="Jobs", moment=now() + HOUR)
    why = shown(lead, rep)["qualified"]

    assert (why.how, why.note) == ("Handed over by Elif", "Named a start date")
    assert [words for words, _ in why.counted] == ["Read Pricing"]


@pytest.mark.django_db
def test_what_happened_is_told_apart_by_whose_doing_it_was(rep):
    lead = make_lead(stage=Stage.SAL, owner=rep, since=now() - 3 * DAY)
    capture.touch(lead.pk, kind="visit", moment=now() - DAY)
    spoke(lead, rep)
    told = shown(lead, rep)["story"]

    assert [entry.of for entry in told.entries[:2]] == ["us", "buyer"]
    of_the_buyer = shown(lead, rep, "?show=buyer")["story"].entries
    assert of_the_buyer == [entry for entry in told.entries if entry.of == "buyer"]


# --- Words and clocks -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("phone", "country", "place"),
    [
        ("+31105550142", "", "Amsterdam"),
        ("+61255501234", "", "Sydney"),
        ("", "Netherlands", "Amsterdam"),
        ("", "DE", "Berlin"),
        ("", "United States", None),
        ("5550142", "", None),
        ("", "", None),
    ],
)
def test_the_buyers_clock_is_shown_only_where_it_is_certain(phone, country, place):
    found = local_time(phone, country, MONDAY_11)

    assert (found.place if found else None) == place


def test_offices_there_open_by_their_own_clock():
    amsterdam = local_time("+31105550142", "", MONDAY_11)
    assert (amsterdam.clock, amsterdam.is_open) == ("11:00", True)
    sydney = local_time("+61255501234", "", MONDAY_11)
    assert (sydney.clock, sydney.is_open, sydney.opens_words) == ("21:00", False, "09:00 tomorrow")
    friday = local_time("+31105550142", "", MONDAY_11 + 4 * DAY + 9 * HOUR)
    assert friday.opens_words == "09:00 on Monday"


@pytest.mark.parametrize(
    ("kind", "what", "url", "campaign", "words"),
    [
        ("form", "Pricing request", "", "", "Asked for pricing"),
        ("form", "", "https://x.example/demo", "", "Asked for a demo"),
        ("form", "Dwell time calculator", "", "", "Sent the form Dwell time calculator"),
        ("visit", "", "https://x.example/product/cross-dock?a=1", "", "Read Cross dock"),
        ("visit", "", "", "", "Visited the site"),
        ("download", "", "", "Buyer's guide", "Downloaded Buyer's guide"),
        ("webinar", "Cutting dwell time", "", "x", "Attended Cutting dwell time"),
    ],
)
def test_an_act_of_the_buyer_is_said_in_a_few_words(kind, what, url, campaign, words):
    assert act_words(kind, what, url, campaign) == words


def test_how_long_ago_is_said_as_people_do():
    spans = [timedelta(seconds=20), 12 * HOUR / 60, 4 * HOUR, DAY, 3 * DAY, 40 * DAY]

    assert [ago_words(MONDAY_11 - span, MONDAY_11) for span in spans] == [
        "just now",
        "12 min ago",
        "4 h ago",
        "yesterday",
        "3 d ago",
        "21 Jan",
    ]
    assert (try_words(1), try_words(12)) == ("Second try", "Try 13")
    assert (page_name("https://x.example/"), page_name("")) == ("Home", "")

"""What the template tags print, and that nothing a buyer typed gets out of its text."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone

from smarketing import money
from smarketing.marks import deadline_words
from smarketing.templatetags import ui

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'"


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% avatar evil %}",
        "{% kbd evil %}",
        "{% icon 'inbox' label=evil %}",
        "{% stage 'mql' evil %}",
        "{% bar 3 label=evil %}",
        "{% spark values label=evil %}",
        "{% money 3 evil %}",
        "{% money none 'EUR' none=evil %}",
        "{% when none none=evil %}",
        "{% card title=evil sub=evil %}{% endcard %}",
        "{% dialog id='x' title=evil %}{% enddialog %}",
        "{% topbar title=evil sub=evil %}{% endtopbar %}",
        "{% empty_state evil %}{% endempty_state %}",
        "{% field label=evil control='x' hint=evil error=evil %}{% endfield %}",
        "{% include 'ui/queue_item.html' with name=evil company=evil job_title=evil reason=evil url=evil %}",
        "{% include 'ui/timeline_item.html' with title=evil text=evil at=noon %}",
        "{% include 'ui/alert.html' with title=evil text=evil href=evil action=evil %}",
    ],
)
def test_text_from_outside_stays_text(source):
    shown = render(source, evil=EVIL, values=[1, 2], noon=NOON, none=None)

    assert "<script" not in shown
    assert "&lt;" in shown or "avatar" in source
    assert "\"'" not in shown


def test_an_icon_is_decoration_unless_it_is_named():
    assert 'aria-hidden="true"' in ui.icon("inbox")
    assert 'role="img" aria-label="Late"' in ui.icon("inbox", 16, "Late")


@pytest.mark.parametrize(
    ("state", "name", "kind"),
    [("mql", "MQL", "stage"), ("customer", "Customer", "stage"), ("lost", "Lost", "stage stage-standing")],
)
@pytest.mark.django_db
def test_a_stage_is_a_mark_and_its_written_name(state, name, kind):
    shown = ui.stage(state)

    assert f'class="{kind}"' in shown
    assert f"c-{state}" in shown
    assert shown.endswith(f"{name}</span>")


def test_an_unknown_stage_is_an_error_rather_than_a_grey_square():
    with pytest.raises(KeyError):
        ui.stage("opportunity")


def test_an_avatar_without_a_name_is_a_question_mark():
    assert ">KM</span>" in ui.avatar("Kofi Mensah")
    assert "avatar-none" in ui.avatar(None)


@pytest.mark.parametrize(
    ("amount", "currency", "full", "short"),
    [
        ("1530000", "USD", "$1,530,000.00", "$1.53M"),
        ("104500.5", "EUR", "€104,500.50", "€104.5k"),
        ("4800", "BRL", "R$4,800.00", "R$4,800"),
        ("1200", "JPY", "¥1,200", "¥1,200"),
        ("1.2345", "KWD", "KWD\xa01.235", "KWD\xa01"),
        ("-27.5", "EUR", "−€27.50", "−€28"),
        ("-0.001", "EUR", "€0.00", "€0"),
        ("9999.99", "EUR", "€9,999.99", "€10.0k"),
        ("999999", "EUR", "€999,999.00", "€1.00M"),
        ("9007199254740993.01", "EUR", "€9,007,199,254,740,993.01", "€9,007,199.25B"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount, currency, full, short):
    assert money.in_full(Decimal(amount), currency) == full
    assert money.in_short(Decimal(amount), currency) == short


def test_short_money_keeps_the_exact_amount_for_machines_and_for_the_pointer():
    shown = ui.money(Decimal("1530000.10"), "EUR", compact=True)

    assert shown == '<data class="num" value="1530000.10" title="€1,530,000.10">€1.53M</data>'


def test_no_amount_is_a_dash_or_the_words_given_and_never_zero():
    assert "none" in ui.money(None, "EUR")
    assert "no cost entered" in ui.money(None, "EUR", none="no cost entered")
    assert "€0.00" in ui.money(0, "EUR")


def test_a_rate_shows_both_of_its_numbers():
    assert ui.rate({"n": 842, "of": 8000}) == '<span class="rate">10.5% <small>842 of 8,000</small></span>'
    assert "%" not in ui.rate({"n": 0, "of": 0})


@pytest.mark.parametrize(("ratio", "shown"), [("0.918", "+91.8%"), ("-0.275", "−27.5%"), ("0", "0.0%")])
def test_a_change_wears_its_sign(ratio, shown):
    assert ui.signed_percent(Decimal(ratio)) == shown


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOON, "Today 13:00"),
        (NOON - timedelta(hours=13, minutes=30), "Yesterday 23:30"),
        (NOON + timedelta(hours=11, minutes=30), "Tomorrow 00:30"),
        (NOON - timedelta(days=5), "17 Nov"),
        (NOON - timedelta(days=400), "18 Oct 2025"),
    ],
)
def test_a_moment_is_said_as_people_of_the_readers_zone_say_it(moment, words):
    with timezone.override("Europe/Amsterdam"):
        shown = ui.when(moment, now=NOON)

    assert f">{words}</time>" in shown
    assert f'datetime="{moment.isoformat()}"' in shown


def test_a_moment_says_its_full_date_and_zone_on_hover():
    with timezone.override("Europe/Amsterdam"):
        assert 'title="Sunday 22 November 2026, 13:00 (Europe/Amsterdam)"' in ui.when(NOON, now=NOON)


def test_a_bare_date_is_not_moved_by_a_zone():
    with timezone.override("Pacific/Auckland"):
        assert ui.when(date(2026, 11, 22), now=NOON) == '<time datetime="2026-11-22">22 Nov</time>'


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=7, seconds=20), "7:20 left"),
        (timedelta(minutes=34), "34 min left"),
        (timedelta(hours=1, minutes=6), "1 h 06 m left"),
        (timedelta(days=2, hours=4), "2 d 4 h left"),
        (timedelta(days=1, minutes=20), "1 d left"),
        (timedelta(days=-12, hours=-4), "12 d late"),
        (timedelta(minutes=-42), "42 min late"),
    ],
)
def test_time_to_a_deadline_is_said_in_words(left, words):
    assert deadline_words(left) == words


@pytest.mark.parametrize(
    ("passed", "state"),
    [(0, "ok"), (49, "ok"), (51, "warn"), (79, "warn"), (81, "due"), (100, "due"), (101, "late")],
)
def test_a_countdown_turns_at_half_at_a_fifth_and_at_the_end(passed, state):
    shown = ui.countdown(NOON + timedelta(minutes=100), NOON, now=NOON + timedelta(minutes=passed))

    assert f'class="due due-{state}"' in shown


def test_marks_carry_lengths_as_attributes_and_no_style():
    for shown in (ui.marks.bar(63, "ok", target=90), ui.marks.ring(0.4), ui.marks.spark([3, 1, 2])):
        assert "style" not in shown
    assert 'width="63%"' in ui.marks.bar(63)
    assert 'width="100%" height="6" rx="3"/></svg>' in ui.marks.bar(400)


def test_a_gauge_fills_half_a_dial_and_ticks_at_its_target():
    half = ui.marks.gauge(50, "warn", target=100, label="kept")

    assert 'stroke-dasharray="62.83 125.66"' in half
    assert 'x1="81" y1="50" x2="98" y2="50"' in half
    assert 'aria-label="kept"' in half
    assert "gauge-target" not in ui.marks.gauge(120)


def test_a_way_ends_where_it_stands_and_its_plan_goes_on():
    way = ui.marks.pacing([1, 2], [2, 4, 6, 8], height=88)

    assert 'cx="50%"' in way
    assert (
        way.count(" L") == 4 + 2 + 2 + 2
    )  # the plan, what was done, and the same as an area down to the ground
    assert "style" not in way
    assert ui.marks.pacing([], []) == ""


@pytest.mark.parametrize(
    ("worked", "words"), [(0, "0 min"), (59.4, "59 min"), (60, "1 h 00"), (231, "3 h 51")]
)
def test_working_minutes_are_told_in_hours(worked, words):
    assert ui.minutes(worked) == words


def test_a_line_of_one_point_is_no_line():
    assert ui.marks.spark([3]) == ""


def test_a_card_is_named_by_its_title():
    shown = render('{% card title="What happened" %}<p>{{ words }}</p>{% endcard %}', words="a < b")

    assert 'aria-labelledby="card-what-happened"' in shown
    assert "<p>a &lt; b</p>" in shown


def test_an_empty_state_may_stand_inside_a_loop():
    shown = render(
        '{% for x in rows %}{{ x }}{% empty %}{% empty_state "Nothing yet." %}{% endempty_state %}{% endfor %}'
    )

    assert "Nothing yet." in shown


def test_a_tone_that_does_not_exist_is_told_to_the_author():
    with pytest.raises((TemplateSyntaxError, ValueError), match="No tone"):
        ui.marks.bar(3, "pink")

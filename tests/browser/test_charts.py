"""A chart in a real browser: drawn from its table, in the colours of the page, and never in the way of the numbers."""

import pytest
from playwright.sync_api import expect

from leads.stages import Stage
from tests.browser.conftest import SETTLED
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_lead, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOP = "/reports/closed-loop/"
FIGURE = ".chart-sankey"
COLOURS = """figure => [...figure.querySelectorAll("svg path[fill]")].map((one) => one.getAttribute("fill")).join()"""
SHIFTS = """
window.shift = 0;
const add = (list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) window.shift += one.value; });
new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def marketer():
    make_organisation()
    campaign = make_campaign("Cutting dwell time", "Webinar")
    rep = make_user("rep")
    for stage in Stage:
        make_lead(stage=stage, owner=rep, campaign=campaign, channel=campaign.channel)
    return make_user("marketer")


def test_a_chart_is_drawn_from_its_table_and_hidden_from_a_screen_reader(screen_of, marketer):
    page = screen_of(marketer).open(LOOP)
    page.locator(FIGURE).scroll_into_view_if_needed()

    expect(page.locator(f"{FIGURE}[data-drawn] .chart-drawing svg")).to_be_visible()
    drawn = page.locator(f"{FIGURE} .chart-drawing svg").text_content()
    assert "Webinar" in drawn and "MQL" in drawn and "Customer" in drawn
    assert page.locator(f'{FIGURE} .chart-drawing[aria-hidden="true"] svg').count() == 1
    assert page.locator(f"{FIGURE} table").evaluate("table => table.closest('[aria-hidden]')") is None


def test_a_chart_changes_its_colours_with_the_theme_and_its_width_with_the_window(screen_of, marketer):
    page = screen_of(marketer).open(LOOP)
    page.locator(FIGURE).scroll_into_view_if_needed()
    expect(page.locator(f"{FIGURE}[data-drawn]")).to_be_visible()
    light = page.locator(FIGURE).evaluate(COLOURS)

    page.evaluate(
        "document.documentElement.dataset.theme = 'dark'; document.dispatchEvent(new CustomEvent('app:appearance'))"
    )
    assert page.locator(FIGURE).evaluate(COLOURS) != light
    before = page.locator(f"{FIGURE} .chart-drawing svg").bounding_box()["width"]
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_function(
        f"document.querySelector('{FIGURE} .chart-drawing svg').getBoundingClientRect().width < {before} - 100"
    )


def test_a_tooltip_breaks_no_rule_of_the_page(screen_of, marketer):
    page = screen_of(marketer).open(LOOP)
    page.locator(FIGURE).scroll_into_view_if_needed()
    expect(page.locator(f"{FIGURE}[data-drawn]")).to_be_visible()
    box = page.locator(f"{FIGURE} .chart-drawing svg").bounding_box()

    for part in range(1, 40):
        page.mouse.move(box["x"] + box["width"] * part / 40, box["y"] + box["height"] / 2)
    page.evaluate(SETTLED)
    assert page.locator(f"{FIGURE} .chart-drawing > div:not(:has(svg))").count() == 0


def test_nothing_moves_when_a_chart_appears(screen_of, marketer):
    screen = screen_of(marketer, height=2400)
    screen.page.add_init_script(SHIFTS)
    page = screen.open(LOOP)

    expect(page.locator(f"{FIGURE}[data-drawn]")).to_be_visible()
    assert page.evaluate("window.shift") < 0.02


def test_the_numbers_open_by_keyboard_and_are_what_prints(screen_of, marketer):
    page = screen_of(marketer).open(LOOP)
    table = page.locator(f"{FIGURE} table")
    expect(table).not_to_be_visible()

    page.locator(f"{FIGURE} summary").focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()
    page.keyboard.press("Enter")
    page.emulate_media(media="print")
    expect(table).to_be_visible()
    expect(page.locator(f"{FIGURE} .chart-drawing")).not_to_be_visible()


def test_without_script_the_table_is_the_chart(browser, screen_of, marketer):
    signed_in = screen_of(marketer)
    signed_in.open(LOOP)
    context = browser.new_context(
        java_script_enabled=False, storage_state=signed_in.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(signed_in.base + LOOP)

    expect(page.locator(f"{FIGURE} table")).to_be_visible()
    expect(page.locator(f"{FIGURE} .chart-drawing")).not_to_be_visible()
    context.close()


def test_a_model_swaps_the_results_alone_and_is_part_of_the_address(screen_of, marketer):
    page = screen_of(marketer).open(LOOP)
    page.evaluate("document.querySelector('.kpis').dataset.stays = 'yes'")

    page.get_by_role("link", name="W-shaped").click()
    expect(page.locator(".credit-says")).to_contain_text("W-shaped: 30% to the first touch")
    assert page.url.endswith("?model=w_shaped")
    assert page.locator(".kpis").get_attribute("data-stays") == "yes"
    assert "model=w_shaped" in page.get_by_role("link", name="CSV").get_attribute("href")
    expect(page.get_by_role("link", name="W-shaped")).to_be_focused()

"""What comes out of the printer: the whole page, numbers in place of drawings, nothing of the screen's frame."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.company import Showcase
from tests.browser.conftest import SETTLED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# What 11 mm of margin leave of a lying A4 sheet, in pixels of the screen.
SHEET = {"width": 1039, "height": 710}
REPORTS = [
    ("marketer", "/reports/closed-loop/"),
    ("head", "/sla/?since=2026-01-01"),
    ("marketer", "/funnel/"),
]
# Text that its own box cuts off, and boxes that stand beyond the sheet.
CLIPPED = """() => {
  const clips = (box) => ["hidden", "clip", "auto", "scroll"].includes(getComputedStyle(box).overflowX);
  const all = [...document.querySelectorAll("main *")];
  const shown = all.filter((box) => box.checkVisibility() && !box.closest("svg, .vh"));
  const cut = shown.filter((box) => box.childElementCount === 0 && box.textContent.trim()
    && clips(box) && box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 1 && !box.matches(".truncate"));
  const beyond = shown.filter((box) => box.getBoundingClientRect().right > innerWidth + 1);
  return [...cut, ...beyond].map((box) => box.outerHTML.slice(0, 120));
}"""
PAINTED = """() => {
  const painted = (box, what) => getComputedStyle(box)[what].match(/[\\d.]+/g).map(Number);
  return [painted(document.querySelector("h1"), "color"), painted(document.body, "backgroundColor")];
}"""


@pytest.fixture
def company(transactional_db) -> Showcase:
    return Showcase()


@pytest.mark.parametrize(("who", "path"), REPORTS)
def test_a_report_prints_whole_with_numbers_in_place_of_drawings(company, screen_of, who, path):
    page = screen_of(getattr(company, who)).open(path)
    on_paper(page)

    assert page.locator("h1").is_visible()
    for frame in (".side", ".tabbar", ".toasts", ".filter-bar"):
        assert page.locator(f"{frame}:visible").count() == 0
    clipped = page.evaluate(CLIPPED)
    assert not clipped, "\n".join(clipped[:5])
    for chart in page.locator("figure.chart").all():
        assert not chart.locator(".chart-drawing").is_visible()
        assert chart.locator("table").is_visible()
    assert sheets_of(page) == {"lying"}


def on_paper(page: Page) -> None:
    page.set_viewport_size(SHEET)
    page.emulate_media(media="print")
    page.evaluate(SETTLED)


def sheets_of(page: Page) -> set[str]:
    """How the sheets of the printed page lie."""
    boxes = re.findall(rb"/MediaBox ?\[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
    sizes = [[float(side) for side in box.split()[2:]] for box in boxes]
    return {"lying" if across > down else "upright" for across, down in sizes}


def test_a_page_in_the_dark_prints_in_black_on_white(company, screen_of):
    page = screen_of(company.marketer, theme="dark").open("/reports/closed-loop/")
    on_paper(page)

    # The colours of a sheet are transitions too, however short: black is waited for, not caught on its way.
    page.wait_for_function(f"Math.max(...({PAINTED})()[0]) < 80")
    _, paper = page.evaluate(PAINTED)
    assert paper[3:] == [0] or min(paper[:3]) > 240  # the paper's own white, or white

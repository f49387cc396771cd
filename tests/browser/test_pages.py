"""Every page in both themes and three widths: its policy, its console, its accessibility, its width, its calm."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.addresses import NOBODY, Visit, visits
from tests.browser.company import Showcase
from tests.browser.conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = {1440: 900, 390: 844, 320: 800}
STILL = 0.02  # layout shift that nobody notices
# Of the rules of axe only these see colours: in the dark the others would say the same again.
OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.fixture
def company(transactional_db) -> Showcase:
    return Showcase()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_breaks_its_policy_its_width_or_accessibility(company, screen_of, theme, width):
    screens: dict[str, Screen] = {}
    faults = []
    for visit in visits(company):
        if visit.who not in screens:
            person = None if visit.who == NOBODY else getattr(company, visit.who)
            screens[visit.who] = screen_of(person, theme=theme, width=width, height=WIDTHS[width])
        found = [*faults_of(screens[visit.who], visit), *found_by_axe(screens[visit.who].page, theme)]
        faults += [f"{visit.who} {visit.path}: {fault}" for fault in found]

    assert not faults, "\n".join(faults)


def faults_of(screen: Screen, visit: Visit) -> list[str]:
    page = screen.open(visit.path, status=visit.status)
    faults, screen.faults[:] = list(screen.faults), []
    if sideways := page.evaluate("document.documentElement.scrollWidth - innerWidth"):
        faults.append(f"{sideways} px too wide")
    if (shifted := page.evaluate("window.shifted")) >= STILL:
        faults.append(f"jumps about while it loads: {shifted:.3f}")
    return faults


def found_by_axe(page: Page, theme: str = "light") -> list[str]:
    violations = Axe().run(page, options=OF_COLOUR if theme == "dark" else None).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in violations]


@pytest.mark.parametrize("path", ["/register/", "/definitions/history/", "/settings/fields/"])
def test_lists_of_records_are_read_on_a_phone_without_scrolling_sideways(company, screen_of, path):
    page = screen_of(company.administrator, width=320, height=800).open(path)
    table = page.locator(".table-cards").first

    assert table.evaluate("table => table.parentElement.scrollWidth <= table.parentElement.clientWidth")
    assert table.locator("tbody th").first.is_visible()


def test_two_people_stand_side_by_side_on_a_phone(company, screen_of):
    pair = f"/leads/{company.mql.pk}/beside/?with={company.sql.pk}"
    page = screen_of(company.head, width=320, height=800).open(pair)
    table = page.locator(".bs")

    assert table.evaluate("table => table.parentElement.scrollWidth <= table.parentElement.clientWidth")
    assert table.locator("tbody td").first.bounding_box()["width"] > 120
    assert page.locator("main .crumb").get_attribute("href") == f"/leads/{company.mql.pk}/"


Open = Callable[..., Screen]


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"reduced_motion": "no-preference"}])
def test_the_homes_hold_with_forced_colours_and_with_motion(company, screen_of: Open, media):
    """Nothing is hidden or thrown about when colours are the system's own, or when things may move."""
    for who, path in [
        ("rep", "/queue/"),
        ("marketer", "/reports/closed-loop/"),
        ("head", "/sla/"),
        ("marketer", "/leads/"),
    ]:
        screen = screen_of(getattr(company, who), **media)
        page = screen.open(path)

        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        assert page.evaluate("window.shifted") < STILL

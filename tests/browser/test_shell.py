"""The frame in a browser: search and commands by keyboard, alerts beside the page, the list of keys."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from leads.models import Lead
from leads.stages import Stage
from sla import tasks
from tests.browser.company import Company
from tests.browser.conftest import SETTLED
from tests.factories import ALL_HOURS, make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


@pytest.fixture
def priya(company) -> Lead:
    facts = {"first_name": "Priya", "last_name": "Raman", "name_key": "priya raman"}
    return make_lead(stage=Stage.MQL, owner=company.rep, **facts)


def chosen(page: Page):
    return page.locator('#palette [aria-selected="true"] .pal-name')


def faults(page: Page) -> list[str]:
    page.evaluate(SETTLED)
    violations = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in violations]


def test_a_lead_is_found_and_opened_by_keyboard_alone(company, priya, screen_of):
    page = screen_of(company.rep).open("/leads/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find a lead")
    expect(field).to_be_focused()
    page.keyboard.type("pri")
    expect(chosen(page)).to_contain_text("Priya Raman")
    assert field.get_attribute("aria-activedescendant") == "pal-0"
    expect(page.locator("#palette [role=status]")).to_have_text("1 found")

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/leads/{priya.pk}/$"))


def test_enter_waits_for_the_answer_to_what_was_typed(company, priya, screen_of):
    page = screen_of(company.rep).open("/leads/")
    page.keyboard.press("/")
    page.keyboard.type("priya raman")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"/leads/{priya.pk}/$"))


def test_enter_where_nothing_matches_opens_the_list(company, screen_of):
    page = screen_of(company.rep).open("/leads/")
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    expect(page.locator("#palette [role=status]")).to_contain_text("Nothing found")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/leads/\?q=zzzz$"))


def test_arrows_go_round_and_escape_gives_the_page_back(company, screen_of):
    page = screen_of(company.rep).open("/funnel/")
    page.keyboard.press("/")
    expect(chosen(page)).to_have_text("Queue")
    page.keyboard.press("ArrowUp")
    last = page.locator("#palette [role=option]").last.locator(".pal-name").text_content()
    expect(chosen(page)).to_have_text(last)
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_have_text("Queue")

    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_the_palette_offers_what_the_page_can_do(company, screen_of):
    lead = company.mqls[0]
    page = screen_of(company.rep).open(f"/leads/{lead.pk}/")
    page.keyboard.press("/")
    page.keyboard.type("rej")
    expect(chosen(page)).to_have_text("Reject")
    page.keyboard.press("Enter")

    expect(page.locator("#reject")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_records_opened_before_come_first_and_leave_with_the_person(company, priya, screen_of):
    screen = screen_of(company.rep)
    screen.open(f"/leads/{priya.pk}/")
    page = screen.open("/funnel/")
    page.keyboard.press("/")
    expect(chosen(page)).to_contain_text("Priya Raman")
    kept = page.evaluate("JSON.stringify(sessionStorage)")
    assert "Priya" not in kept
    page.keyboard.press("Escape")

    page.get_by_role("button", name="account and appearance").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('recent')") is None


def test_single_keys_can_be_switched_off_and_search_still_opens(company, screen_of):
    page = screen_of(company.rep).open("/leads/")
    page.keyboard.press("?")
    page.get_by_label("Keys without Ctrl").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_every_key_of_the_list_leads_where_it_says(company, screen_of):
    screen = screen_of(company.rep)
    page = screen.open("/funnel/")
    page.keyboard.press("?")
    lines = page.locator("#shortcuts [aria-labelledby=keys-go] dl > div")
    told = [re.sub(r"\s+", " ", line).strip() for line in lines.all_inner_texts()]
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    for keys, name in (re.match(r"G (\w) (.+)", line).groups() for line in told if line.startswith("G ")):
        page.keyboard.press("g")
        page.keyboard.press(keys.lower())
        if name == "Alerts":
            expect(page.locator("#alerts")).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.locator("#alerts")).to_be_hidden()
            continue
        expect(page.locator('.side [aria-current="page"]')).to_contain_text(name)
        page.wait_for_load_state("networkidle")


def test_the_bell_tells_what_pressed_and_marks_it_as_read(company, screen_of):
    company.calendar.week = ALL_HOURS  # somebody is always at work
    company.calendar.save()
    lead = make_lead(stage=Stage.MQL, owner=company.rep, since=now() - timedelta(days=3))
    tasks.sweep(now())
    screen = screen_of(company.rep)
    page = screen.open("/leads/")
    expect(page.locator("#count-unread")).not_to_be_empty()
    page.locator(".bell").click()
    panel = page.get_by_role("dialog", name="Alerts")
    expect(panel.locator(".note-new").first).to_contain_text(lead.name)
    assert faults(page) == []

    panel.get_by_role("button", name="Mark all as read").click()
    expect(panel.locator(".note-new")).to_have_count(0)
    expect(page.locator("#count-unread")).to_be_empty()


def test_counts_follow_what_is_done_elsewhere(company, screen_of):
    page = screen_of(company.rep).open("/funnel/")
    before = int(page.locator("#count-waiting").inner_text().split()[0])
    make_lead(stage=Stage.MQL, owner=company.rep)
    page.evaluate("htmx.trigger(document.body, 'app:tick')")

    expect(page.locator("#count-waiting")).to_contain_text(str(before + 1))


def test_z_takes_back_what_the_toast_tells_of_while_the_next_lead_still_loads(company, screen_of):
    first, second, _ = company.mqls
    screen = screen_of(company.rep)
    screen.page.route(f"**/queue/{second.pk}/*", lambda route: None)  # the next lead never comes
    page = screen.open(f"/queue/{first.pk}/")
    page.keyboard.press("a")
    expect(page.locator(".toast [data-undo]")).to_be_visible()
    page.keyboard.press("z")

    expect(page.locator(".toast")).to_contain_text("Taken back.")
    first.refresh_from_db()
    assert first.stage == Stage.MQL


def test_the_list_of_keys_says_what_this_page_does(company, screen_of):
    screen = screen_of(company.head)
    page = screen.open("/leads/")
    page.keyboard.press("?")
    expect(page.locator("[data-shortcuts]")).to_contain_text("Choose on the way")

    page = screen.open("/funnel/")
    page.keyboard.press("?")
    expect(page.locator("[data-shortcuts]")).not_to_contain_text("Choose")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 800)])
def test_palette_and_keys_have_no_fault(company, priya, screen_of, theme, width, height):
    page = screen_of(company.rep, theme=theme, width=width, height=height).open(
        f"/leads/{company.mqls[0].pk}/"
    )
    page.keyboard.press("/")
    page.keyboard.type("pri")
    expect(chosen(page)).to_contain_text("Priya Raman")
    found = faults(page)
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.evaluate(SETTLED)  # the field it was typed in lets go of the keys
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()

    assert found + faults(page) == []

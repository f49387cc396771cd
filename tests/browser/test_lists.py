"""The list of leads by keyboard and pointer: filters in their menu, rows chosen, one act, one undo."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.leads.pages import soon

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def test_rows_are_chosen_by_keyboard_moved_together_and_taken_back(company, screen_of):
    page = screen_of(company.head).open("/leads/?state=mql&sort=name")
    for key in ("j", " ", "Shift+J"):
        page.keyboard.press(key)
    expect(page.locator("[data-choice]")).to_have_text("2 chosen")

    page.get_by_role("button", name="Return to nurture").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("heading")).to_have_text("Return 2 leads to nurture")
    dialog.get_by_text("Timing").click()
    dialog.locator("[name=return_on]").fill(soon())
    dialog.get_by_role("button", name="Return 2").click()
    expect(page.locator("#toasts")).to_contain_text("2 leads returned to nurture")
    expect(page).to_have_url(re.compile(r"/leads/\?state=mql&sort=name$"))

    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("2 leads taken back.")


def test_the_box_in_the_head_chooses_the_page_and_escape_lets_go(company, screen_of):
    page = screen_of(company.head).open("/leads/")
    page.locator("[data-choose-page]").check()
    expect(page.locator("[name=lead]:not(:checked)")).to_have_count(0)
    page.locator("[data-item]").first.focus()
    page.keyboard.press("Escape")

    expect(page.locator("[name=lead]:checked")).to_have_count(0)
    expect(page.locator(".bulk-bar")).to_be_hidden()


def test_a_filter_is_set_in_the_menu_and_changed_on_its_chip(company, screen_of):
    page = screen_of(company.marketer).open("/leads/")
    page.keyboard.press("f")
    page.locator("#filters").get_by_role("link", name="Stage", exact=True).click()
    page.locator("#filter-body").get_by_text("MQL").click()
    page.locator("#filter-body").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/leads/\?state=mql$"))

    page.get_by_role("link", name="Stage is MQL", exact=True).click()
    expect(page.locator("#filter-body [value=mql]")).to_be_checked()
    page.locator("#filter-body").get_by_text("SAL").click()
    page.locator("#filter-body").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/leads/\?state=mql&state=sal$"))


def test_a_column_is_moved_by_its_arrow_and_kept(company, screen_of):
    page = screen_of(company.marketer).open("/leads/")
    page.get_by_role("button", name="Columns").click()
    for _ in range(2):  # past the score, then past the stage
        page.get_by_role("button", name="Move Owner up").click()
    page.locator("#columns").get_by_role("button", name="Apply").click()

    expect(page.locator(".list-table thead th").nth(1)).to_contain_text("Owner")

"""A rule is built in the browser: clause by clause, by keyboard and pointer, and without script by the same buttons."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.company import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def choose(field: Locator, value: str) -> None:
    """Once its form is settled: a moment after it is shown the page begins to hear what is chosen in it."""
    expect(field).to_be_visible()
    expect(field.page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    field.select_option(value)


def test_a_rule_grows_reads_aloud_and_narrows_the_list(company, screen_of):
    page = screen_of(company.marketer).open("/leads/")
    page.keyboard.press("f")
    page.locator("#filters").get_by_role("link", name="Rule", exact=True).click()
    expect(page.locator("[name='rule-0.0-field']")).to_be_focused()

    choose(page.locator("[name='rule-0.0-field']"), "country")
    page.locator("[name='rule-0.0-value']").fill("Atlantis, Thule")
    page.get_by_role("button", name="Add clause").click()
    expect(page.locator("[name='rule-0.1-field']")).to_be_focused()
    choose(page.locator("[name='rule-0.1-field']"), "touches")
    page.locator("[name='rule-0.1-kinds'][value=form]").check()
    expect(page.locator(".crit-says")).to_have_text("Reads Country is Atlantis or Thule, and a form filled.")

    choose(page.get_by_label("How these clauses are joined"), "none")
    expect(page.locator(".crit-says")).to_contain_text("Country is not Atlantis or Thule, and no form filled")
    page.locator("[name='rule-0.0-value']").press("Enter")
    expect(page).to_have_url(re.compile(r"/leads/\?rule=%7B"))
    expect(page.locator(".list-chip")).to_contain_text("Country is not Atlantis or Thule")
    expect(page.locator("[name=lead]").first).to_be_visible()


def test_a_clause_at_fault_is_outlined(company, screen_of):
    page = screen_of(company.marketer).open("/leads/?add=rule")
    choose(page.locator("[name='rule-0.0-field']"), "account.employees")
    page.locator("[name='rule-0.0-value']").fill("many")
    page.get_by_role("button", name="Apply").click()

    expect(page.locator(".crit-clause.crit-bad")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("Employees needs a number, not “many”.")


def test_without_script_the_same_buttons_build_it(company, screen_of):
    screen = screen_of(company.marketer, java_script_enabled=False)
    page = screen.page
    page.goto(f"{screen.base}/leads/?add=rule")
    choose(page.locator("[name='rule-0.0-field']"), "country")
    page.get_by_role("button", name="Update the fields").click()
    page.locator("[name='rule-0.0-value']").fill("Atlantis")
    page.get_by_role("button", name="Add group").click()
    choose(page.locator("[name='rule-0.1.0-field']"), "phone")
    page.get_by_role("button", name="Update the fields").click()
    choose(page.locator("[name='rule-0.1.0-op']"), "is_unknown")
    page.get_by_role("button", name="Update the fields").click()
    expect(page.locator(".crit-says")).to_have_text("Reads Country is Atlantis, and phone is unknown.")

    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/leads/\?rule=%7B"))
    expect(page.locator(".list-chip")).to_contain_text("Country is Atlantis, and phone is unknown")


def test_nothing_sticks_out_of_a_group_on_the_narrowest_phone(company, screen_of):
    screen = screen_of(company.marketer, width=320, height=800)
    screen.open("/definitions/draft/").get_by_role("button", name="Draft a change").click()
    page = screen.open("/definitions/draft/mql/")
    page.get_by_role("button", name="Add group").last.click()
    inner = page.locator(".crit-nodes .crit-group")
    choose(inner.locator("[name$=-field]"), "touches")
    expect(inner.get_by_text("in the last")).to_be_visible()

    assert page.evaluate(
        "[...document.querySelectorAll('.crit-group')].every(group => "
        "[...group.querySelectorAll('button, select, input')]"
        ".every(one => one.getBoundingClientRect().right <= group.getBoundingClientRect().right))"
    )

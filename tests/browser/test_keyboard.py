"""The queue, its dialogs and the lead page, worked by keyboard."""

import pytest
from playwright.sync_api import expect

from leads.stages import Stage
from tests.browser.company import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def test_the_queue_is_worked_by_keyboard_alone(company, screen_of):
    first, second, third = company.mqls
    screen = screen_of(company.rep)
    page = screen.open("/queue/")
    heading = page.locator("#lead-name")
    expect(heading).to_have_text(first.name)

    page.keyboard.press("j")
    expect(heading).to_have_text(second.name)
    expect(page).to_have_url(f"{screen.base}/queue/{second.pk}/")
    page.keyboard.press("k")
    expect(heading).to_have_text(first.name)
    page.keyboard.press("j")
    expect(heading).to_have_text(second.name)

    page.keyboard.press("a")
    expect(heading).to_have_text(third.name)
    expect(page).to_have_url(f"{screen.base}/queue/{third.pk}/")
    expect(page.locator(".toast")).to_contain_text(f"{second.name} accepted.")
    second.refresh_from_db()
    assert second.stage == Stage.SAL

    page.keyboard.press("x")
    expect(page.locator("#reject")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reject")).to_be_hidden()

    page.keyboard.press("z")
    expect(heading).to_have_text(second.name)
    expect(page.locator("[data-item][aria-current]")).to_contain_text(second.name)
    second.refresh_from_db()
    assert second.stage == Stage.MQL


def test_rejecting_without_a_reason_says_so_in_the_dialog_and_with_one_goes_on(company, screen_of):
    first, second, _ = company.mqls
    page = screen_of(company.rep).open(f"/queue/{first.pk}/")
    page.keyboard.press("x")
    dialog = page.locator("#reject")
    dialog.get_by_role("button", name="Reject lead").click()
    expect(dialog).to_contain_text("Choose a reason so marketing can learn from it.")

    dialog.get_by_text("Wrong person").click()
    dialog.get_by_role("button", name="Reject lead").click()
    expect(page.locator("#lead-name")).to_have_text(second.name)
    expect(page.locator("dialog[open]")).to_have_count(0)
    first.refresh_from_db()
    assert first.state == "nurturing"


def test_a_toast_takes_back_what_it_tells_of(company, screen_of):
    first, second, _ = company.mqls
    page = screen_of(company.rep).open(f"/queue/{first.pk}/")
    page.keyboard.press("a")
    expect(page.locator("#lead-name")).to_have_text(second.name)
    page.locator(".toast [data-undo]").click()

    expect(page.locator("#lead-name")).to_have_text(first.name)
    first.refresh_from_db()
    assert first.stage == Stage.MQL


def test_a_lead_page_shows_at_once_what_was_done_on_it(company, screen_of):
    page = screen_of(company.rep).open(f"/leads/{company.mqls[0].pk}/")
    page.locator("[data-key=a]").click()
    expect(page.locator(".tl")).to_contain_text("Accepted by sales")

    page.get_by_text("Log something or write a note").click()
    page.get_by_label("In words").fill("Budget in May")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator(".tl")).to_contain_text("“Budget in May”")


def test_a_phone_shows_the_list_then_the_lead_and_goes_back(company, screen_of):
    page = screen_of(company.rep, width=390, height=844).open("/queue/")
    expect(page.locator("#lead-pane")).to_be_hidden()
    page.locator("[data-item]").first.click()
    expect(page.locator("#lead-name")).to_be_visible()
    page.get_by_label("Back to the queue").click()
    expect(page.locator("[data-item]").first).to_be_visible()


def test_the_rarer_moves_open_from_the_menu(company, screen_of):
    page = screen_of(company.head).open(f"/leads/{company.sal.pk}/")
    page.get_by_label("More moves").first.click()
    page.get_by_role("button", name="Return to nurture").click()

    expect(page.locator("#recycle")).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(company, screen_of):
    page = screen_of(company.rep).open(f"/leads/{company.mql.pk}/")
    opener = page.locator("[data-open=reject]").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reject")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#reject')"
        )

    page.keyboard.press("Escape")
    expect(page.locator("#reject")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_palette_opens_by_key_and_gives_the_focus_back(company, screen_of):
    page = screen_of(company.marketer).open("/leads/")
    first = page.locator("[data-item]").first
    first.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input[type=text]")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement === document.body || !!document.activeElement.closest('#palette')"
    )

    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(first).to_be_focused()


def test_a_form_that_comes_back_has_the_focus_on_its_first_fault(company, screen_of):
    page = screen_of(company.head).open("/register/add/")
    page.get_by_label("Which").fill("ada@example.com")
    page.get_by_role("button", name="Bar").click()

    expect(page.get_by_text("Choose one for “Why”: it is needed.")).to_be_visible()
    expect(page.get_by_label("Why")).to_be_focused()

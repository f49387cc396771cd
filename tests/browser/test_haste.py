"""What happens when someone is faster than the server, holds a key, or a colleague was there first."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from leads import suppression
from leads.models import Activity
from leads.stages import Stage
from tests.browser.company import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def hold(page: Page, path: str) -> list[Route]:
    """Requests to this path wait here until the test lets them go.

    Asked for before the page is opened: a page that is open already may send one more past it.
    """
    held: list[Route] = []
    page.route(re.compile(re.escape(path)), lambda route: held.append(route))
    return held


def caught(page: Page, held: list[Route]) -> Route:
    """The request, once it has come this far: the page says that it is busy a little earlier."""
    for _ in range(1_000):
        if held:
            return held[0]
        page.wait_for_timeout(10)
    raise AssertionError(
        f"nothing was asked; the page shows: {page.locator('#lead-pane').inner_text()[:500]}"
    )


def say(page: Page, text: str, undo: str = "") -> None:
    page.evaluate(
        "detail => document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail}))",
        {"text": text, "undo": undo},
    )


def undo_buttons(page: Page) -> Locator:
    return page.locator(".toast [data-undo]")


def calls_logged() -> list[int]:
    return list(Activity.objects.filter(kind="call", outcome="no_answer").values_list("lead", flat=True))


def test_a_key_pressed_while_the_next_lead_loads_does_nothing_to_the_one_before(company, screen_of):
    first, second, _ = company.mqls
    screen = screen_of(company.rep)
    held = hold(screen.page, f"/queue/{second.pk}/")
    page = screen.open("/queue/")
    expect(page.locator("#lead-name")).to_have_text(first.name)
    page.keyboard.press("j")
    expect(page.locator("#lead-pane")).to_have_attribute("aria-busy", "true")
    for key in "na":
        page.keyboard.press(key)
    caught(page, held).continue_()

    expect(page.locator("#lead-name")).to_have_text(second.name)
    expect(page.locator("#lead-pane")).to_have_attribute("aria-busy", "false")
    assert calls_logged() == []
    first.refresh_from_db()
    assert first.stage == Stage.MQL

    page.keyboard.press("n")
    expect(page.locator("#strip")).to_contain_text(f"Logged for {second.name}")
    assert calls_logged() == [second.pk]


def test_the_lead_asked_for_last_is_shown_whichever_answer_comes_last(company, screen_of):
    first, second, third = company.mqls
    screen = screen_of(company.rep)
    held = hold(screen.page, f"/queue/{second.pk}/")
    page = screen.open("/queue/")
    expect(page.locator("#lead-name")).to_have_text(first.name)
    page.keyboard.press("j")
    expect(page.locator("#lead-pane")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("j")
    expect(page.locator("#lead-name")).to_have_text(third.name)
    with page.expect_response(re.compile(f"/queue/{second.pk}/")) as answer:
        caught(page, held).continue_()
    answer.value.finished()

    expect(page.locator("#lead-name")).to_have_text(third.name)
    expect(page).to_have_url(re.compile(f"/queue/{third.pk}/"))


def test_an_act_answered_after_its_form_is_gone_is_told_and_leaves_the_next_lead_open(company, screen_of):
    first, second, _ = company.mqls
    screen = screen_of(company.rep)
    held = hold(screen.page, f"/leads/{first.pk}/accept/")
    page = screen.open("/queue/")
    expect(page.locator("#lead-name")).to_have_text(first.name)
    page.keyboard.press("a")
    page.keyboard.press("j")
    expect(page.locator("#lead-name")).to_have_text(second.name)
    caught(page, held).continue_()

    expect(page.locator(".toast")).to_contain_text(f"{first.name} accepted.")
    expect(page.locator("[data-item]").first).to_contain_text(second.name)
    expect(page.locator("#lead-name")).to_have_text(second.name)


def test_a_failed_load_gives_the_lead_back(company, screen_of):
    first, second, _ = company.mqls
    screen = screen_of(company.rep)
    held = hold(screen.page, f"/queue/{second.pk}/")
    page = screen.open("/queue/")
    expect(page.locator("#lead-name")).to_have_text(first.name)
    page.keyboard.press("j")
    expect(page.locator("#lead-pane")).to_have_attribute("aria-busy", "true")
    caught(page, held).abort()

    expect(page.locator(".toast-error")).to_contain_text("No answer from the server")
    expect(page.locator("#lead-pane")).to_have_attribute("aria-busy", "false")
    screen.faults.clear()


def test_a_held_key_acts_once(company, screen_of):
    first, second, _ = company.mqls
    page = screen_of(company.rep).open("/queue/")
    expect(page.locator("#lead-name")).to_have_text(first.name)
    for _ in range(10):
        page.keyboard.down("n")
    expect(page.locator("#strip")).to_contain_text(f"Logged for {first.name}")
    expect(page.locator("[data-item][aria-current]")).to_contain_text(second.name)
    for _ in range(10):
        page.keyboard.down("n")
    page.wait_for_load_state("networkidle")

    assert calls_logged() == [first.pk]


def test_the_go_key_pressed_twice_still_goes(company, screen_of):
    page = screen_of(company.marketer).open("/leads/")
    for key in "ggf":
        page.keyboard.press(key)

    expect(page).to_have_url(re.compile("/funnel/"))


def test_only_the_newest_toast_of_a_lead_takes_back_and_three_are_shown_at_most(company, screen_of):
    page = screen_of(company.rep).open("/leads/")
    say(page, "Accepted.", "/leads/1/undo/?seq=4")
    say(page, "Rejected.", "/leads/1/undo/?seq=5")
    expect(page.locator(".toast")).to_have_text([re.compile("Rejected.")])

    for number in range(2, 5):
        say(page, f"Lead {number} accepted.", f"/leads/{number}/undo/?seq=2")
    expect(page.locator(".toast")).to_have_text([re.compile(f"Lead {number}") for number in range(2, 5)])


def test_after_taking_back_by_key_no_toast_offers_it_again(company, screen_of):
    page = screen_of(company.rep).open(f"/leads/{company.mqls[0].pk}/")
    page.keyboard.press("a")
    expect(undo_buttons(page)).to_have_count(1)
    expect(page.locator(".action-bar [data-key=z]")).to_be_visible()
    page.keyboard.press("z")

    expect(page.locator(".toast").last).to_contain_text("Taken back.")
    expect(undo_buttons(page)).to_have_count(0)


def test_a_filter_chosen_by_keyboard_waits_for_enter_and_keeps_the_focus(company, screen_of):
    screen = screen_of(company.marketer)
    page = screen.open("/accounts/")
    chosen = page.locator(".account-filters select").first
    chosen.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(chosen).not_to_have_value("")
    expect(page).to_have_url(f"{screen.base}/accounts/")

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/accounts/\?"))
    expect(page.locator(".account-filters select").first).to_be_focused()


def test_a_filter_chosen_by_pointer_is_applied_at_once(company, screen_of):
    page = screen_of(company.marketer).open("/accounts/")
    chosen = page.locator(".account-filters select").first
    chosen.dispatch_event("pointerdown")
    chosen.select_option(index=1)

    expect(page).to_have_url(re.compile(r"/accounts/\?"))


def test_a_dialog_overtaken_by_a_colleague_closes_says_so_and_shows_the_lead_as_it_is(company, screen_of):
    first = company.mqls[0]
    screen = screen_of(company.rep)
    page = screen.open(f"/leads/{first.pk}/")
    page.on("console", lambda line: screen.hear(line.text) if line.type == "warning" else None)
    page.keyboard.press("x")
    dialog = page.locator("#reject")
    dialog.get_by_text("Wrong person").click()
    suppression.disqualify(first.pk, by=company.head, reason="poor_fit")
    dialog.get_by_role("button", name="Reject lead").click()

    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toast-error")).to_be_visible()
    expect(page.locator(".lead-head")).to_contain_text("Disqualified")


def test_a_phone_keeps_the_rarer_moves_in_sight_however_many_stand_before_them(company, screen_of):
    page = screen_of(company.rep, width=320, height=800).open(f"/leads/{company.mqls[0].pk}/")
    page.locator("[data-key=a]").click()
    expect(page.locator(".action-bar [data-key=z]")).to_be_visible()
    bar = page.locator(".action-bar")
    assert bar.evaluate("bar => bar.scrollWidth > bar.clientWidth")

    expect(bar.locator(".lead-more")).to_be_in_viewport(ratio=1)
    expect(bar.get_by_role("button", name="No answer")).to_have_count(1)
    bar.locator(".lead-more").click()
    expect(page.locator("#lead-menu")).to_be_visible()

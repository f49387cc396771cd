"""Everything that people do all day, by links and forms alone: a browser that runs no script."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from leads.models import Activity, Cost, Lead
from leads.stages import Stage, Standing
from smarketing.foundation.models import Absence
from tests.browser.company import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


@pytest.fixture
def page_of(company, screen_of):
    """A window without script for one of the company's people."""
    return lambda who: screen_of(getattr(company, who), java_script_enabled=False)


def test_signing_in_leads_to_the_page_that_was_asked_for(company, screen_of):
    company.rep.set_password(PASSWORD)
    company.rep.save()
    screen = screen_of(None, java_script_enabled=False)
    page = screen.page
    page.goto(f"{screen.base}/queue/")
    page.get_by_label("E-mail").fill(company.rep.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{screen.base}/queue/")
    expect(page.locator("main")).to_contain_text(company.mql.name)


def test_accepting_is_said_and_can_be_taken_back(company, page_of):
    screen = page_of("rep")
    page = visit(screen, f"/leads/{company.mql.pk}/")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("accepted.")
    page.locator(".toast").get_by_role("button", name="Undo").click()

    expect(page.locator(".toast")).to_contain_text("Taken back.")
    assert Lead.objects.get(pk=company.mql.pk).stage == Stage.MQL


def test_rejecting_asks_for_a_reason_and_keeps_what_was_written(company, page_of):
    page = visit(page_of("rep"), f"/leads/{company.mql.pk}/")
    page.get_by_role("button", name="Reject").first.click()
    dialog = page.locator("#reject")
    dialog.get_by_label("What should marketing change?").fill("Ask for the size first")
    dialog.get_by_role("button", name="Reject lead").click()
    expect(page.get_by_text("Choose a reason so marketing can learn from it.").first).to_be_visible()
    expect(page.get_by_label("What should marketing change?")).to_have_value("Ask for the size first")

    page.get_by_text("Wrong person").first.click()
    page.get_by_role("button", name="Reject lead").click()
    expect(page.locator(".toast")).to_contain_text("rejected.")
    assert Lead.objects.get(pk=company.mql.pk).standing == Standing.NURTURING


def test_a_call_is_logged_in_one_click(company, page_of):
    page = visit(page_of("rep"), f"/leads/{company.sal.pk}/")
    before = Activity.objects.filter(lead=company.sal).count()
    page.get_by_role("button", name="No answer").first.click()

    expect(page.locator(".toast").first).to_be_visible()
    assert Activity.objects.filter(lead=company.sal).count() == before + 1


def test_a_cost_is_added_to_a_campaign(company, page_of):
    page = visit(page_of("marketer"), f"/campaigns/{company.campaign.pk}/")
    day = localdate().isoformat()
    form = page.locator("form:has([name=amount])")
    form.locator("[name=starts_on]").fill(day)
    form.locator("[name=ends_on]").fill(day)
    form.locator("[name=amount]").fill("1250.50")
    form.get_by_role("button", name="Add cost").click()

    expect(page.locator("main")).to_contain_text("1,250.50")
    assert Cost.objects.filter(campaign=company.campaign).count() == 2


def test_a_list_is_filtered_by_a_form(company, page_of):
    screen = page_of("marketer")
    page = visit(screen, "/leads/")
    page.get_by_role("button", name="Add filter").click()
    page.locator("#filters").get_by_role("link", name="Stage", exact=True).click()
    page.get_by_label("Customer").check()
    page.get_by_role("button", name="Apply").click()

    expect(page.locator("main")).to_contain_text(company.won.name)
    expect(page.locator("main")).not_to_contain_text(company.mql.name)


def test_settings_are_saved(company, page_of):
    page = visit(page_of("rep"), "/settings/absences/")
    first = localdate() + timedelta(days=30)
    page.locator("[name=starts_on]").first.fill(first.isoformat())
    page.locator("[name=ends_on]").first.fill((first + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Enter leave").click()

    assert page.url.endswith("/settings/absences/")
    assert Absence.objects.filter(user=company.rep, starts_on=first).exists()


def visit(screen, path: str) -> Page:
    screen.page.goto(screen.base + path)
    return screen.page

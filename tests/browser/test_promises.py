"""Promises in a real browser: the SLA page, alerts, a countdown that moves by itself, and the dialog a link names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from leads import handover
from leads.stages import Stage
from sla import tasks
from sla.models import Clock
from smarketing.foundation.models import Heartbeat
from tests.conftest import make_organisation
from tests.factories import ALL_HOURS, make_lead, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


class Company:
    """Around the clock: one promise broken and open, one kept, one due in a moment, one running, one unclaimed."""

    def __init__(self) -> None:
        calendar = make_organisation().calendar
        calendar.week = ALL_HOURS
        calendar.save()
        self.orphan = make_lead(stage=Stage.MQL, since=now() - HOUR, last_name="Orphan")
        self.rep = make_user("rep", name="Kofi Mensah")
        self.head = make_user("sales_head", name="Marta Silva")
        self.late, self.kept, self.soon, self.fresh = (
            make_lead(stage=Stage.MQL, owner=self.rep, since=now() - h * HOUR, last_name=name)
            for h, name in ((5, "Late"), (4.5, "Kept"), (3.9, "Soon"), (1, "Fresh"))
        )
        handover.accept(self.kept.pk, by=self.rep, moment=now() - HOUR)
        tasks.sweep(now())
        for name in ("sla", "tick"):
            Heartbeat.beat(name, now())


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def test_the_queue_tells_what_is_late_and_what_is_next(company, screen_of):
    page = screen_of(company.rep).open("/queue/")
    rows = page.locator(".q-item")

    expect(page.locator(".q-group").nth(0)).to_have_text("Late 1")
    expect(page.locator(".q-group").nth(1)).to_have_text("Due next 2")
    expect(rows.nth(0)).to_contain_text("Late")
    expect(rows.nth(0).locator(".due-late")).to_contain_text("late")
    expect(rows.nth(1).locator(".due-due")).to_contain_text("left")
    expect(rows.nth(2).locator(".due")).to_contain_text("left")


def test_a_countdown_runs_out_without_asking_the_server(company, screen_of):
    due = now() + timedelta(seconds=4)
    Clock.objects.filter(lead=company.soon).update(due_at=due, soon_at=due - HOUR, half_at=due - 2 * HOUR)
    page = screen_of(company.rep).open(f"/leads/{company.soon.pk}/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    expect(page.locator(".lead-head .due")).to_have_class("due due-late", timeout=8000)
    expect(page.locator(".lead-head [data-due-words]")).to_contain_text("late")
    assert asked == []


def test_a_head_gives_a_broken_promise_to_somebody_else_and_takes_it_back(company, screen_of):
    screen = screen_of(company.head)
    page = screen.open("/sla/?since=2026-01-01")
    expect(page.get_by_text("1 promise is broken right now.")).to_be_visible()
    page.get_by_role("link", name=f"Re-assign {company.late.name}").click()
    dialog = page.get_by_role("dialog", name="Re-assign")
    dialog.get_by_role("radio", name="Marta Silva").check()
    dialog.get_by_role("button", name="Re-assign").click()

    expect(page.get_by_text(f"{company.late.name} now belongs to Marta Silva.")).to_be_visible()
    expect(page.locator("#broken")).to_contain_text("now with Marta Silva")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 lead given back.")).to_be_visible()
    expect(page.locator("#broken")).not_to_contain_text("now with Marta Silva")


def test_a_broken_promise_is_explained_where_it_stands(company, screen_of):
    page = screen_of(company.head).open("/sla/?since=2026-01-01")
    page.get_by_role("link", name=f"Explain {company.late.name}").click()
    dialog = page.get_by_role("dialog", name="Why was it late?")
    dialog.get_by_role("radio", name="Capacity").check()
    dialog.get_by_label("In a sentence").fill("Everybody was at the fair.")
    dialog.get_by_role("button", name="Explain").click()

    expect(page.locator("#broken")).to_contain_text("Capacity: Everybody was at the fair.")
    expect(dialog).to_be_hidden()


def test_an_alert_is_marked_as_read_and_the_bell_counts_down(company, screen_of):
    page = screen_of(company.rep).open("/sla/alerts/")
    unread = page.locator("#count-unread")
    before = int(unread.inner_text().split()[0])
    page.get_by_role("button", name="Mark as read").first.click()
    expect(unread).to_contain_text(str(before - 1))
    page.get_by_role("button", name="Mark all as read").click()

    expect(unread).to_be_empty()

"""A rep's first ten minutes of the day, as a person would spend them: by the login form, then by the keyboard.

Ten leads: called, put off, rejected, accepted and taken back. What the screen says is held against the database.
With PICTURES=<folder> each step is kept as a picture, to be looked at.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localtime, now
from playwright.sync_api import Page, expect

from leads import activities, capture, handover, snoozing
from leads.models import Account, Activity, Lead, Note, Snooze, StageChange
from leads.stages import Stage, Standing
from sla import tasks
from sla.queue_tabs import queue_in
from smarketing.foundation.models import Calendar, User
from tests.browser.conftest import SETTLED, Screen
from tests.browser.test_pages import found_by_axe
from tests.conftest import make_organisation
from tests.factories import ALL_HOURS, make_campaign, make_lead, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PASSWORD = "a morning in november"
PEOPLE = [
    ("Priya", "Raman", "VP Operations", Stage.MQL, 11),
    ("Tom", "Okafor", "Head of Supply Chain", Stage.MQL, 10),
    ("Ana", "Duarte", "COO", Stage.MQL, 9),
    ("Marcus", "Lindqvist", "Logistics Director", Stage.MQL, 8),
    ("Sofia", "Marchetti", "Procurement Manager", Stage.MQL, 7),
    ("Daniel", "Wu", "IT Programme Lead", Stage.MQL, 6),
    ("Ingrid", "Vogel", "Plant Manager", Stage.MQL, 5),
    ("Joseph", "Adeyemi", "Founder", Stage.SAL, 4),
    ("Claire", "Dubois", "Transport Planner", Stage.SAL, 3),
    ("Henrik", "Toft", "Warehouse Manager", Stage.SQL, 2),
]


class Morning:
    """One rep and ten leads, the day before in their timelines; everybody works around the clock."""

    def __init__(self) -> None:
        make_organisation()
        Calendar.objects.update(week=ALL_HOURS)
        self.rep = make_user("rep", name="Kofi Mensah", email="kofi@loadline.example")
        self.rep.set_password(PASSWORD)
        self.rep.save()
        self.colleague = make_user("sales_head", name="Marta Silva")
        webinar = make_campaign("Cutting dwell time", "Webinar")
        account = Account.objects.create(
            name="Northwind Freight", key="northwind freight", industry="Logistics"
        )
        self.leads = [
            make_lead(
                stage=stage,
                owner=self.rep,
                since=now() - hours * HOUR,
                first_name=first,
                last_name=last,
                job_title=title,
                account=account,
                phone=f"+31 10 555 01{hours:02}",
                phone_norm=f"+31105550{hours:03}",
                country="Netherlands",
            )
            for first, last, title, stage, hours in PEOPLE
        ]
        first = self.leads[0]
        page = "https://loadline.example/pricing"
        for hours in (30, 12):
            capture.touch(first.pk, kind="visit", url=page, content="Pricing", moment=now() - hours * HOUR)
        capture.touch(first.pk, kind="webinar", campaign=webinar, moment=now() - 26 * HOUR)
        capture.touch(first.pk, kind="form", content="Pricing request", moment=now() - HOUR)
        tasks.sweep(now())

    def lead(self, name: str) -> Lead:
        return next(lead for lead in self.leads if lead.name == name)

    def now_of(self, name: str) -> Lead:
        return Lead.objects.get(pk=self.lead(name).pk)


@pytest.fixture
def morning(transactional_db) -> Morning:
    return Morning()


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keep a picture of this step, where somebody wants to look."""
    folder, taken = os.environ.get("PICTURES"), iter(range(1, 100))

    def kept(page: Page, step: str) -> None:
        page.evaluate(SETTLED)
        if folder:
            page.screenshot(path=str(Path(folder) / f"{next(taken):02}-{step}.png"))

    return kept


def sign_in(screen: Screen) -> Page:
    page = screen.open("/queue/")
    page.get_by_label("E-mail").fill("kofi@loadline.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#queue")).to_be_visible()
    page.evaluate(SETTLED)
    return page


def open_name(page: Page) -> str:
    page.evaluate(SETTLED)
    return page.locator("#lead-name").inner_text()


def go_to(page: Page, name: str) -> None:
    """Press J or K until this lead is open."""
    rows = page.locator("[data-item]")
    there = page.locator("[data-item] b").all_inner_texts().index(name)
    here = rows.evaluate_all("rows => rows.findIndex(row => row.hasAttribute('aria-current'))")
    for _ in range(abs(there - here)):
        page.keyboard.press("j" if there > here else "k")
    expect(page.locator("#lead-name")).to_have_text(name)
    expect(page.locator("#lead-pane")).not_to_have_attribute("aria-busy", "true")
    page.evaluate(SETTLED)


def moved_on(page: Page, name: str) -> None:
    """The next lead is open by itself."""
    expect(page.locator("#lead-name")).not_to_have_text(name)
    page.evaluate(SETTLED)


def test_ten_minutes_of_a_rep_by_keyboard(morning, screen_of, keep):
    page = sign_in(screen_of(None))
    keep(page, "the-queue-in-the-morning")
    expect(page.locator(".tab").first).to_have_text("Mine 10")

    # 1. Priya asked for pricing an hour ago: read, accept, call.
    go_to(page, "Priya Raman")
    expect(page.locator("[data-item][aria-current]")).to_contain_text("Asked for pricing 1 h ago")
    expect(page.locator("#lead-pane")).to_contain_text("in Amsterdam")
    expect(page.get_by_label("Pages read")).to_contain_text("/pricing")
    keep(page, "priya-before-the-call")
    page.keyboard.press("a")
    expect(page.locator(".toast").last).to_contain_text("Priya Raman accepted.")
    moved_on(page, "Priya Raman")
    assert open_name(page) == "Tom Okafor"
    go_to(page, "Priya Raman")
    page.keyboard.press("c")
    expect(page.locator("#strip")).to_contain_text("Logged for Priya Raman: spoke.")
    moved_on(page, "Priya Raman")
    keep(page, "spoke-with-priya")
    page.keyboard.press("d")
    expect(page.locator("#strip-text")).to_be_focused()
    page.keyboard.type("Budget round in January, send the price sheet")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Note kept.")
    priya = morning.now_of("Priya Raman")
    assert (priya.stage, priya.activities.get().outcome) == (Stage.SAL, "spoke")
    assert Note.objects.get(activity__lead=priya).text.startswith("Budget round")

    # 2. Tom never fits: rejected with a reason, by its digit.
    go_to(page, "Tom Okafor")
    page.keyboard.press("x")
    expect(page.locator("#reject")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#reject [value=poor_fit]")).to_be_checked()
    expect(page.locator("#reject .goes-off")).to_be_visible()
    keep(page, "tom-is-rejected")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Tom Okafor rejected.")
    moved_on(page, "Tom Okafor")
    assert morning.now_of("Tom Okafor").standing == Standing.DISQUALIFIED
    assert StageChange.objects.get(lead=morning.lead("Tom Okafor"), move="reject").reason == "poor_fit"

    # 3. Ana is too early: a day is needed.
    go_to(page, "Ana Duarte")
    page.keyboard.press("x")
    page.keyboard.press("4")
    expect(page.locator("#reject .goes-later")).to_be_visible()
    page.locator("#reject [name=return_on]").fill((localtime() + 40 * DAY).date().isoformat())
    keep(page, "ana-comes-back-in-january")
    page.locator("#reject [name=return_on]").press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Ana Duarte rejected.")
    moved_on(page, "Ana Duarte")
    assert morning.now_of("Ana Duarte").return_on == (localtime() + 40 * DAY).date()

    # 4. Marcus is away until Tuesday.
    go_to(page, "Marcus Lindqvist")
    page.keyboard.press("s")
    expect(page.locator("#snooze .sn-due")).to_contain_text("does not stop that clock")
    keep(page, "until-when")
    tuesday = next(localtime() + n * DAY for n in range(1, 9) if (localtime() + n * DAY).weekday() == 1)
    page.locator("#snooze [name=note]").fill("At a fair until then")
    page.locator("#snooze [name=on]").fill(tuesday.date().isoformat())
    page.locator("#snooze [name=at]").fill("09:30")
    page.locator("#snooze [name=note]").press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Marcus Lindqvist is put off until")
    moved_on(page, "Marcus Lindqvist")
    expect(page.locator(".tab", has_text="Snoozed")).to_have_text("Snoozed 1")
    off = Snooze.objects.get()
    assert (localtime(off.until_at).weekday(), f"{localtime(off.until_at):%H:%M}") == (1, "09:30")
    assert (off.by, off.note.text) == (morning.rep, "At a fair until then")
    keep(page, "marcus-is-put-off")

    # 5. Sofia is accepted by mistake, and that is taken back.
    go_to(page, "Sofia Marchetti")
    page.keyboard.press("a")
    expect(page.locator(".toast").last).to_contain_text("Sofia Marchetti accepted.")
    moved_on(page, "Sofia Marchetti")
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("Taken back. Sofia Marchetti is where it was.")
    expect(page.locator("#lead-name")).to_have_text("Sofia Marchetti")
    assert morning.now_of("Sofia Marchetti").stage == Stage.MQL
    keep(page, "sofia-taken-back")

    # 6. Daniel: voicemail, then the wrong key, which is taken back; the try counts once.
    go_to(page, "Daniel Wu")
    page.keyboard.press("m")
    expect(page.locator("#strip")).to_contain_text("Logged for Daniel Wu: left a voicemail.")
    moved_on(page, "Daniel Wu")
    go_to(page, "Daniel Wu")
    page.keyboard.press("n")
    expect(page.locator("#strip")).to_contain_text("Logged for Daniel Wu: no answer.")
    moved_on(page, "Daniel Wu")
    page.keyboard.press("z")
    expect(page.locator("#lead-name")).to_have_text("Daniel Wu")
    expect(page.locator(".toast").last).to_contain_text("Taken back. Daniel Wu")
    daniel = morning.lead("Daniel Wu")
    assert [work.outcome for work in daniel.activities.all()] == ["voicemail"]
    assert Activity.recorded.filter(lead=daniel).count() == 2
    expect(page.locator("[data-item][aria-current]")).to_contain_text("Second try due: voicemail")
    keep(page, "daniel-second-try")

    # 7. Ingrid: no answer, the next try is tomorrow, asked beside the work.
    go_to(page, "Ingrid Vogel")
    page.keyboard.press("n")
    expect(page.locator("#strip")).to_contain_text("Logged for Ingrid Vogel")
    moved_on(page, "Ingrid Vogel")
    page.locator("#strip").get_by_role("button", name="Tomorrow morning").click()
    expect(page.locator(".toast").last).to_contain_text("Ingrid Vogel: Next try tomorrow")
    expect(page.locator(".tab", has_text="Snoozed")).to_have_text("Snoozed 2")

    # 8. Joseph gets a line; 9. Claire is answered; 10. Henrik's pages are read.
    go_to(page, "Joseph Adeyemi")
    page.keyboard.press("e")
    expect(page.locator("#strip")).to_contain_text("Logged for Joseph Adeyemi: sent.")
    assert morning.lead("Joseph Adeyemi").activities.get().outcome == "sent"
    expect(page.locator("[data-item][aria-current]")).to_contain_text("Sent an e-mail just now")
    page.evaluate(SETTLED)
    go_to(page, "Claire Dubois")
    page.keyboard.press("c")
    expect(page.locator("#strip")).to_contain_text("Logged for Claire Dubois: spoke.")
    moved_on(page, "Claire Dubois")
    go_to(page, "Henrik Toft")
    keep(page, "henrik")

    # What is put off stands in its own tab, by when it comes back.
    page.get_by_role("link", name="Snoozed").click()
    page.evaluate(SETTLED)
    names = page.locator("[data-item] b").all_inner_texts()
    assert sorted(names) == ["Ingrid Vogel", "Marcus Lindqvist"]
    keep(page, "what-is-put-off")
    listed = [row.lead.name for row in queue_in("mine", morning.rep, moment=now()).rows]
    assert sorted(listed) == [
        "Claire Dubois",
        "Daniel Wu",
        "Henrik Toft",
        "Joseph Adeyemi",
        "Priya Raman",
        "Sofia Marchetti",
    ]


def test_the_buyer_and_a_colleague_are_seen_without_a_reload(morning, screen_of, keep):
    page = sign_in(screen_of(None))
    go_to(page, "Sofia Marchetti")
    handover.reassign(morning.lead("Tom Okafor").pk, to=morning.colleague, by=morning.colleague)
    capture.touch(morning.lead("Sofia Marchetti").pk, kind="form", content="Demo request")
    page.evaluate("window.htmx.trigger(document.body, 'app:tick')")

    expect(page.locator("[data-item][aria-current]")).to_contain_text("Asked for a demo just now")
    expect(page.locator(".tl-title").first).to_have_text("Asked for a demo")
    expect(page.locator("[data-item]", has_text="Tom Okafor")).to_have_count(0)
    keep(page, "a-colleague-was-here")


def test_a_lead_comes_back_by_itself_and_stands_first(morning, screen_of, keep):
    lead = morning.lead("Henrik Toft")
    snoozing.snooze(lead.pk, by=morning.rep, until=now() - HOUR, moment=now() - 2 * HOUR, note="Board meets")
    page = sign_in(screen_of(None))

    expect(page.locator(".q-group").first).to_contain_text("Back from snooze")
    expect(page.locator("[data-item]").first).to_contain_text("Henrik Toft")
    expect(page.locator("[data-item]").first).to_contain_text("“Board meets”")
    keep(page, "back-from-snooze")
    page.keyboard.press("c")
    expect(page.locator("#strip")).to_contain_text("Logged for Henrik Toft")
    expect(page.locator(".q-group", has_text="Back from snooze")).to_have_count(0)


def test_the_same_morning_on_a_phone(morning, screen_of, keep):
    screen = screen_of(None, width=390, height=844, theme="dark")
    page = sign_in(screen)
    keep(page, "phone-list")
    page.locator("[data-item]", has_text="Priya Raman").click()
    expect(page.locator("#lead-name")).to_have_text("Priya Raman")
    expect(page.locator("[data-item]").first).not_to_be_visible()
    keep(page, "phone-lead")
    page.get_by_role("button", name="Voicemail").click()
    expect(page.locator("#strip")).to_contain_text("Logged for Priya Raman")
    keep(page, "phone-strip")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.locator("[data-item]").first).to_be_visible()


def test_the_list_of_snoozed_leads_wakes_one(morning, screen_of):
    lead = morning.lead("Claire Dubois")
    snoozing.snooze(lead.pk, by=morning.rep, until=now() + 3 * DAY)
    activities.log(
        lead.pk, by=User.objects.get(pk=morning.colleague.pk), kind="note", text="Send the map first"
    )
    page = screen_of(morning.rep).open("/queue/?tab=snoozed")
    page.get_by_role("button", name="Wake Claire Dubois now").click()

    expect(page.locator(".toast")).to_contain_text("Claire Dubois is back in the queue.")
    assert Snooze.objects.get().ending == "woken"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_and_what_is_asked_after_a_call_have_no_fault(morning, screen_of, theme):
    page = screen_of(morning.rep, theme=theme).open("/queue/")
    for key, dialog in (("x", "#reject"), ("s", "#snooze")):
        page.keyboard.press(key)
        expect(page.locator(f"{dialog} form")).to_be_visible()
        assert found_by_axe(page) == []
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).not_to_be_visible()  # no key acts on the page under a dialog
    page.keyboard.press("m")
    expect(page.locator("#strip form")).to_be_visible()
    page.evaluate(SETTLED)
    assert found_by_axe(page) == []
    page.keyboard.press("d")
    page.keyboard.press("Escape")
    expect(page.locator("#strip form")).to_have_count(0)

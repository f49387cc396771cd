"""Every page in both themes and three widths, and the queue by keyboard alone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.timezone import now
from playwright.sync_api import expect

from leads import activities, suppression
from leads.models import Cost, ImportBatch, Lead
from leads.stages import Stage
from reporting.models import LedgerProof
from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import Absence, Calendar, User
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_lead, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = {1440: 900, 390: 844, 320: 800}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Company:
    """A small company with a lead in every state of interest."""

    def __init__(self) -> None:
        make_organisation()
        self.rep = make_user("rep", name="Kofi Mensah")
        self.marketer = make_user("marketer", name="Noor de Wit")
        self.head = make_user("sales_head", name="Marta Silva")
        self.administrator = make_user("administrator", name="Robin Vance")
        self.calendar = Calendar.objects.get()
        self.calendar.holiday_country, self.calendar.exceptions = "DE", {"2026-12-23": [["09:00", "12:00"]]}
        self.calendar.save()
        campaign = make_campaign("Cutting dwell time", "Webinar")
        origin = {"campaign": campaign, "channel": campaign.channel}
        self.mqls = [self.lead(Stage.MQL, now() - n * HOUR, **origin) for n in (5, 3, 2)]
        self.sal, self.sql, self.won = (self.lead(s, now() - 4 * HOUR) for s in list(Stage)[2:])
        self.out = self.lead(Stage.SAL, now() - 9 * HOUR, **origin)
        suppression.disqualify(self.out.pk, by=self.rep, reason="poor_fit")
        suppression.appeal(self.out.pk, by=self.rep, evidence="They bought their rival")
        activities.log(self.sal.pk, by=self.rep, kind="call", outcome="voicemail", text="Calls back")
        day = now().date()
        make_user("rep", name="Dana Fox", calendar=self.calendar)
        issue(person=self.rep, name="Web site form", scopes=["leads:write", "touches:write"], days=90)
        Absence.objects.create(user=self.rep, starts_on=day, ends_on=day)
        Absence.objects.create(user=self.rep, starts_on=day - 9 * DAY, ends_on=day - 8 * DAY)
        self.cost = Cost.objects.create(
            campaign=campaign, starts_on=day, ends_on=day, amount=900, currency="EUR"
        )
        counts = {"rows": 3, "created": 1, "updated": 0, "unchanged": 1, "rejected": 1}
        self.imported = ImportBatch.objects.create(
            kind="leads",
            file_name="fair.csv",
            result={**counts, "reasons": {"ragged": 1}, "warnings": {"x": 1}},
        )
        self.imported.problems.create(
            row=2, rejected=True, code="ragged", message="row 2: 3 cells", raw=["a"]
        )
        differs = {"lead": self.sal.pk, "about": "history says otherwise of sal_at, sql_at"}
        LedgerProof.objects.create(
            day=day,
            proved_at=now(),
            seconds=1,
            leads=7,
            handovers=7,
            differences=3,
            findings=[{"check": "as_history_says", "count": 3, "offenders": [differs]}],
        )

    def lead(self, stage: Stage, since, **fields) -> Lead:
        return make_lead(stage=stage, owner=self.rep, since=since, job_title="COO", **fields)

    def addresses(self) -> list[tuple[User, str]]:
        rep, marketer, head = self.rep, self.marketer, self.head
        return [
            (rep, "/queue/"),
            (rep, f"/queue/{self.mqls[1].pk}/"),
            (rep, "/queue/?tab=unclaimed"),
            (head, "/queue/"),
            (rep, f"/leads/{self.mqls[0].pk}/"),
            (head, f"/leads/{self.sql.pk}/"),
            (head, f"/leads/{self.out.pk}/"),
            (marketer, f"/leads/{self.won.pk}/"),
            (rep, f"/leads/{self.sal.pk}/edit/"),
            (marketer, "/leads/"),
            (marketer, "/leads/?q=nobody"),
            (marketer, "/leads/new/"),
            (marketer, "/campaigns/"),
            (marketer, f"/campaigns/{self.cost.campaign_id}/"),
            (marketer, "/reports/closed-loop/"),
            (head, "/reports/closed-loop/?by=channel&show=money&basis=flow"),
            (rep, "/reports/closed-loop/leads/?figure=mql"),
            (marketer, "/funnel/"),
            (marketer, "/balance/"),
            (marketer, "/imports/"),
            (head, f"/imports/{self.imported.pk}/"),
            (head, f"/imports/{self.imported.pk}/undo/"),
            (head, "/balance/?by=week&since=2020-01-01"),
            (rep, "/balance/?by=rep&until=2020-01-01"),
            (rep, "/reports/closed-loop/leads/?figure=ledger:delivered&by=rep"),
            (self.administrator, "/settings/calendars/"),
            (self.administrator, f"/settings/calendars/{self.calendar.pk}/"),
            (head, f"/settings/calendars/{self.calendar.pk}/"),
            (head, "/settings/absences/"),
            (rep, "/settings/absences/"),
            (head, "/settings/keys/"),
            (rep, "/settings/keys/"),
            (rep, "/leads/999999/"),
            (rep, "/reports/closed-loop/?by=nonsense"),
        ]


@pytest.fixture
def company(transactional_db) -> Company:
    return Company()


def found_by_axe(page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in violations]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_breaks_its_policy_its_width_or_accessibility(company, screen_of, theme, width):
    screens = {}
    faults = []
    for person, path in company.addresses():
        if person.pk not in screens:
            screens[person.pk] = screen_of(person, theme=theme, width=width, height=WIDTHS[width])
        screen = screens[person.pk]
        page = screen.open(path)
        screen.faults[:] = [fault for fault in screen.faults if not _is_the_pages_own_status(fault, path)]
        faults += [f"{path}: {fault}" for fault in [*screen.faults, *found_by_axe(page)]]
        screen.faults.clear()
        sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path}: {sideways} px too wide"] if sideways else []

    assert faults == []


def _is_the_pages_own_status(fault: str, path: str) -> bool:
    """Two of the addresses are meant not to exist; the browser says so in red."""
    return ("999999" in path and "404" in fault) or ("nonsense" in path and "400" in fault)


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
    page.get_by_role("button", name="Accept").click()
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


def test_every_act_works_without_script(company, browser, live_server):
    from django.test import Client

    client = Client()
    client.force_login(company.rep)
    context = browser.new_context(java_script_enabled=False)
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{live_server.url}/leads/{company.mqls[0].pk}/")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".toast")).to_contain_text("accepted.")
    page.locator(".toast").get_by_role("button", name="Undo").click()

    expect(page.locator(".toast")).to_contain_text("Taken back.")
    assert Lead.objects.get(pk=company.mqls[0].pk).stage == Stage.MQL
    context.close()

"""A real Chromium against the real pages: what a person's browser would complain about fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from smarketing.foundation.models import User
from tests.conftest import leave_out

# Playwright keeps an event loop in this thread, in which Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
QUIET += ["--disable-component-update", "--disable-sync"]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
# Chromium prints a red line for answers that the page handles by itself.
EXPECTED = ("status of 422", "status of 409", "Error Code 409")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not CHROMIUM:
        reason = "Browser tests need Chromium: apt-get install chromium, or name it in CHROMIUM."
        leave_out(config, items, "browser", reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


@dataclass
class Screen:
    """One signed-in person's window; `faults` is what the browser complained about so far."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="networkidle")
        return self.page

    def hear(self, text: str) -> None:
        if not any(expected in text for expected in EXPECTED):
            self.faults.append(text)


@pytest.fixture
def screen_of(browser: Browser, live_server) -> Iterator[Callable[..., Screen]]:
    """Open a window for a person: `screen_of(rep, theme="dark", width=390)`. Complaints fail the test at its end."""
    opened: list[tuple[BrowserContext, Screen]] = []

    def make(person: User, *, theme: str = "light", width: int = 1440, height: int = 900) -> Screen:
        client = Client()
        client.force_login(person)
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, reduced_motion="reduce")
        context.add_cookies(
            [
                {"name": "session", "value": client.cookies["session"].value, "url": live_server.url},
                {"name": "theme", "value": theme, "url": live_server.url},
            ]
        )
        context.add_init_script(REPORT_VIOLATIONS)
        screen = Screen(context.new_page(), live_server.url)
        screen.page.on("console", lambda line: screen.hear(line.text) if line.type == "error" else None)
        screen.page.on("pageerror", lambda error: screen.hear(str(error)))
        opened.append((context, screen))
        return screen

    yield make
    for context, _ in opened:
        context.close()
    assert [fault for _, screen in opened for fault in screen.faults] == []

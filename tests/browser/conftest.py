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
# Told to the console, where complaints are read; and how far the page jumped about while it was loaded.
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# Fonts are there, nothing is being fetched, swapped or moved to its place, and the next frame is painted.
SETTLED = """async () => {
  await document.fonts.ready;
  const busy = ".htmx-request, .htmx-swapping, .htmx-settling, [aria-busy='true']";
  for (let waited = 0; waited < 5000 && document.querySelector(busy); waited += 20)
    await new Promise((done) => setTimeout(done, 20));
  const ends = (moving) => moving.effect.getComputedTiming().endTime < Infinity;
  await Promise.allSettled(document.getAnimations().filter(ends).map((moving) => moving.finished));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# Chromium prints a red line for answers that the page handles by itself.
EXPECTED = ("status of 422", "status of 409", "Error Code 409")
# And for what is cut short when a page is left: a request of its timer, the fading over to the next page.
EXPECTED += ("htmx:afterRequest, ", "htmx:sendAbort, ", "Transition was skipped")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not CHROMIUM:
        reason = "Browser tests need Chromium: apt-get install chromium, or name it in CHROMIUM."
        leave_out(config, items, "browser", reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


@dataclass
class Screen:
    """One person's window; `faults` is what the browser complained about so far."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200) -> Page:
        """The page, once it has settled; an answer that is meant to be an error is no complaint."""
        answer = self.page.goto(self.base + path)
        assert answer is not None and answer.status == status, (path, answer and answer.status)
        self.page.evaluate(SETTLED)
        if status >= 400:
            self.faults[:] = [fault for fault in self.faults if f"status of {status}" not in fault]
        return self.page

    def hear(self, text: str) -> None:
        if not any(expected in text for expected in EXPECTED):
            self.faults.append(text)


@pytest.fixture
def screen_of(browser: Browser, live_server) -> Iterator[Callable[..., Screen]]:
    """Open a window for a person, or for nobody: `screen_of(rep, theme="dark", width=390)`.

    Complaints fail the test at its end. `options` are those of a browser context.
    """
    opened: list[tuple[BrowserContext, Screen]] = []

    def make(
        person: User | None, *, theme: str = "light", width: int = 1440, height: int = 900, **options
    ) -> Screen:
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"reduced_motion": "reduce", **options}
        )
        cookies = {"theme": theme}
        if person is not None:
            client = Client()
            client.force_login(person)
            cookies["session"] = client.cookies["session"].value
        context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()])
        context.add_init_script(WATCH)
        screen = Screen(context.new_page(), live_server.url)
        screen.page.on("console", lambda line: screen.hear(line.text) if line.type == "error" else None)
        screen.page.on("pageerror", lambda error: screen.hear(str(error)))
        opened.append((context, screen))
        return screen

    yield make
    for context, _ in opened:
        context.close()
    assert [fault for _, screen in opened for fault in screen.faults] == []

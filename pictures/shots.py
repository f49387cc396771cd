"""Which screens, of whom, and how they are looked at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pictures.squeeze import squeeze

OUT = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
THEMES = ("light", "dark")
MOST = 1_500_000  # bytes of all pictures together
QUIET = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--hide-scrollbars"]
SETTLED = """async () => {
  await document.fonts.ready;
  for (let n = 0; n < 250 && document.querySelector('.htmx-request, .htmx-settling, [aria-busy="true"]'); n++)
    await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def open_a_lead(page: Page) -> None:
    """The one that was called twice: late, and not yet decided on."""
    page.locator("#queue-list").get_by_text("Priya Raman").click()
    page.locator("#lead-pane").get_by_role("heading", name="Priya Raman").wait_for()


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    who: str
    act: Callable[[Page], None] | None = None


SHOTS = [
    Shot("queue", "/queue/", "kofi.mensah@loadline.example", open_a_lead),
    Shot("closed-loop", "/reports/closed-loop/", "noor.wit@loadline.example"),
    Shot("sla", "/sla/", "marta.silva@loadline.example"),
]


def take(url: str, password: str, out: Path = OUT) -> list[Path]:
    """Every screen in both themes; answers the files."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        files = [path for shot in SHOTS for path in taken(browser, url, password, shot, out)]
        browser.close()
    return files


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("The pictures need Chromium: apt-get install chromium, or name it in CHROMIUM.")
    return found


def taken(browser: Browser, url: str, password: str, shot: Shot, out: Path) -> list[Path]:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{url}/account/login/")
    page.fill("[name=login]", shot.who)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    files = []
    for theme in THEMES:
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
        page.goto(url + shot.path)
        if shot.act:
            shot.act(page)
        page.wait_for_load_state("networkidle")
        page.evaluate(SETTLED)
        files.append(out / f"{shot.name}-{theme}.png")
        page.screenshot(path=files[-1])
        squeeze(files[-1])
    context.close()
    return files

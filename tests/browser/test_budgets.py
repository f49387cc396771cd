"""What a page weighs, packed as a browser gets it. No browser is needed: its links name what it loads."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from smarketing.foundation.models import User
from tests.browser.addresses import NOBODY, visits
from tests.browser.company import Showcase

ASSETS, SCRIPT, STYLES, HTML = 110_000, 15_000, 20_000, 15_000
# Charts are loaded by the pages that have some, besides: they have no budget of their own.
CHARTS = re.compile(r"(^|/)(js/charts|vendor/echarts)")
OURS = re.compile(r"^(js|css)/")
IMPORT = re.compile(r"""\bimport\s*(?:[^"'();]+\bfrom\s*)?\(?\s*["'](\./[^"']+|\.\./[^"']+)["']""")
HOMES = {
    "/queue/": "rep",
    "/leads/": "marketer",
    "/reports/closed-loop/": "marketer",
    "/sla/": "sales_head",
    "/funnel/": "sales_head",
}


class Linked(HTMLParser):
    """The files that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = (
            given.get("src") if tag in ("script", "img") else given.get("href") if tag == "link" else None
        )
        if address and address.startswith(settings.STATIC_URL):
            self.names.add(address.removeprefix(settings.STATIC_URL))


def assets_of(html: str) -> dict[str, int]:
    """Each file that a page loads, with those its scripts import, and its packed size. Fonts are packed as they are."""
    page = Linked()
    page.feed(html)
    waiting, found = set(page.names), {}
    while waiting:
        name = waiting.pop()
        content = Path(finders.find(name)).read_bytes()
        found[name] = len(content) if name.endswith("woff2") else len(gzip.compress(content, 9))
        if name.endswith(".js") and OURS.match(name):
            waiting |= {urljoin(name, other) for other in IMPORT.findall(content.decode())} - found.keys()
    return {name: size for name, size in found.items() if not CHARTS.search(name)}


@pytest.mark.django_db
def test_no_page_loads_more_than_its_budget():
    company = Showcase()
    clients: dict[str, Client] = {}
    too_much = []
    for visit in visits(company):
        client = clients.setdefault(visit.who, Client())
        if visit.who != NOBODY and "session" not in client.cookies:
            client.force_login(getattr(company, visit.who))
        assets = assets_of(client.get(visit.path).content.decode())
        for what, most, pattern in [
            ("own script", SCRIPT, r"^js/"),
            ("own styles", STYLES, r"^css/"),
            ("all it loads", ASSETS, ""),
        ]:
            weights = {name: size for name, size in assets.items() if re.search(pattern, name)}
            if sum(weights.values()) > most:
                too_much.append(f"{visit.path} {what}: {sum(weights.values())} > {most}: {weights}")

    assert not too_much, "\n".join(too_much)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_homes_of_the_demo_company_are_small():
    """Five thousand leads of a year; the lead is the one that stands first in the queue."""
    call_command("setup", "--name", "Loadline", verbosity=0)
    call_command("seed_demo", verbosity=0)
    weights = {}
    for path, role in HOMES.items():
        client = Client()
        client.force_login(User.objects.filter(role=role).order_by("pk").first())
        html = client.get(path).content
        weights[path] = len(gzip.compress(html, 6))
        if path == "/queue/":
            lead = re.search(rb'href="/queue/(\d+)/', html)
            weights["lead"] = len(gzip.compress(client.get(f"/leads/{lead[1].decode()}/").content, 6))

    assert {path: weight for path, weight in weights.items() if weight > HTML} == {}

"""The style page is alive: whatever a page can be made of stands on it, from the same templates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from leads import naming
from smarketing.templatetags import charts, ui
from tests.factories import make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SOURCE = (TEMPLATES / "styleguide.html").read_text()
TAGS = sorted({*ui.register.tags, *charts.register.tags})


@pytest.fixture(scope="module")
def names_of_partials() -> set[str]:
    return {f"ui/{path.name}" for path in (TEMPLATES / "ui").glob("*.html")}


@pytest.mark.parametrize("role", ["rep", "marketer", "account_manager", "sales_head", "marketing_head"])
def test_only_an_administrator_opens_it(role):
    assert signed_in(make_user(role)).get("/styleguide/").status_code == 403


def test_nobody_opens_it_without_signing_in(client):
    assert client.get("/styleguide/")["Location"].startswith("/account/login/")


def test_every_partial_stands_on_it(names_of_partials):
    response = signed_in(make_user("administrator")).get("/styleguide/")

    assert names_of_partials - {template.name for template in response.templates} == set()


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_stands_on_it(tag):
    assert re.search(rf"{{% {tag}\b", SOURCE), f"show {tag} on templates/styleguide.html"


@pytest.mark.parametrize("name", sorted(ui.register.filters))
def test_every_filter_stands_on_it(name):
    assert f"|{name}" in SOURCE


@pytest.mark.parametrize("state", naming.STATES)
def test_every_stage_and_standing_stands_on_it(state):
    shown = signed_in(make_user("administrator")).get("/styleguide/").content.decode()

    assert f"c-{state}" in shown


def test_it_asks_for_no_more_than_its_frame(django_assert_max_num_queries):
    client = signed_in(make_user("administrator"))
    with django_assert_max_num_queries(5):  # the session, who it is, the company, what is signed, the frame
        client.get("/styleguide/")

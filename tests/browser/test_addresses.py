"""The browser's list of pages is whole: found from the URL configuration itself, without a browser."""

import pytest
from django.urls import NoReverseMatch

from tests.browser.addresses import PAGES
from tests.smarketing.test_permission_matrix import address, cast, signed_in, urls  # noqa: F401 cast is a fixture

pytestmark = pytest.mark.django_db

# Of the first of these that is shown a page we know that there is one.
READERS = ["administrator", "rep", "marketer", "anonymous"]
# What answers with a page only under circumstances that no address makes: each is told why.
NEVER_OPENED = {
    "account_change_password": "asks who you are first, or for a first password: `account_set_password`",
    "account_reauthenticate": "tested where API keys are made",
}


def test_every_page_of_the_url_configuration_has_a_line(cast):  # noqa: F811
    clients = [signed_in(cast, identity) for identity in READERS]
    missing = []
    for name, route in sorted(set(urls())):
        if name in PAGES or name in NEVER_OPENED or name.startswith("api"):
            continue
        try:
            path = address(name, route, cast)
        except NoReverseMatch:
            missing.append(f"{name}: tests/smarketing/test_permission_matrix.py does not know its address")
            continue
        if any(is_page(client.get(path)) for client in clients):
            missing.append(f'{name}: add a line to tests/browser/addresses.py, as "{name}": ["marketer"],')

    assert not missing, "\n".join(missing)


def is_page(response) -> bool:
    html = response.headers.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and html and b"<html" in response.content


def test_every_line_is_about_a_name_of_the_url_configuration():
    assert PAGES.keys() - {name for name, _ in urls()} == set()

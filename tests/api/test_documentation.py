"""The examples of docs/api.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.test import Client

from leads.models import Account
from tests.api.callers import API, Caller
from tests.factories import make_campaign, make_lead, make_user

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
EXAMPLES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in re.split(r"\n(?=curl )", block.strip())
]


def run(example: str, values: dict[str, str]):
    """One curl line against the application."""
    for name, value in values.items():
        example = example.replace(f"${name}", value)
    words = shlex.split(example.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, headers, data, url = "GET", {}, "", ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = words.pop(0)
        else:
            url = word
    sent = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    return Client().generic(method, url, data, content_type=sent, headers=headers)


def test_every_example_works_in_the_order_of_the_page(organisation):
    caller = Caller(make_user("administrator"))
    account = Account.objects.create(name="Engines of Marylebone")
    lead, campaign = make_lead(account=account), make_campaign()
    lead.version = 1
    lead.save(update_fields=["version"])
    make_user("rep")
    values = {"API": API, "KEY": caller.token, "LEAD": str(lead.pk), "CAMPAIGN": str(campaign.pk)}
    values |= {"ACCOUNT": str(account.pk)}

    assert len(EXAMPLES) >= 14
    for example in EXAMPLES:
        answer = run(example, values)
        assert answer.status_code in (200, 201), (example, answer.content)


def test_the_page_names_every_scope_and_every_code_of_a_no():
    from smarketing.foundation.models import ApiKey

    for scope in ApiKey.Scope.values:
        assert f"| `{scope}` |" in TEXT
    for code in ("already_known", "suppressed", "changed_meanwhile", "busy", "key_reused", "illegal_move"):
        assert f"`{code}`" in TEXT

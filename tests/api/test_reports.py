"""Reports over the API are those of the command."""

import io
import json

import pytest
from django.core.management import call_command

from leads.stages import Stage
from tests.api.callers import Caller
from tests.factories import make_campaign, make_channel, make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(organisation):
    make_lead(
        stage=Stage.CUSTOMER, owner=make_user("rep"), campaign=make_campaign(), channel=make_channel("fair")
    )
    return Caller(make_user("rep"))


def printed(*words: str) -> dict:
    out = io.StringIO()
    call_command("report", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("closed_loop", {"as_of": "2099-01-01"}),
        ("closed_loop", {"as_of": "2099-01-01T00:00:00Z", "by": "channel", "model": "last", "basis": "flow"}),
        ("closed_loop", {"as_of": "2099-01-01", "since": "2020-01-01", "until": "2099-01-01"}),
        ("funnel", {"as_of": "2099-01-01", "currency": "USD"}),
    ],
)
def test_a_report_is_what_the_command_prints(rep, name, options):
    asked = "&".join(f"{option}={value}" for option, value in options.items())
    words = [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]

    assert rep.read(f"/reports/{name}?{asked}").json() == printed(name, *words)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("closed_loop?by=colour", "Use one of: campaign"),
        ("closed_loop?since=soon", "since “soon” is not a day"),
        ("closed_loop?as_of=9999-12-31T23:59:59-23:59", "is not a moment"),
        ("closed_loop?since=2026-02-01&until=2026-01-01", "must be after since"),
        (
            "funnel?by=campaign",
            "Report funnel takes no by. It takes: since, until, as_of, known_at, currency.",
        ),
        ("closed_loop?currency=%00", "not a currency code"),
        ("closed_loop?currency=", "Give currency once, with a value"),
        ("closed_loop?by=owner&by=channel", "Give by once"),
    ],
)
def test_an_option_that_makes_no_sense_is_told(rep, asked, says):
    refused = rep.read(f"/reports/{asked}")

    assert refused.status_code == 400 and says in refused.json()["detail"]


def test_a_report_that_does_not_exist_is_not_there(rep):
    assert rep.read("/reports/horoscope").status_code == 404

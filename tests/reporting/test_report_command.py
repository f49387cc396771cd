import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from reporting.catalogue import REPORTS
from tests.factories import make_channel, make_signed, make_user
from tests.reporting.histories import make_cost, make_deal, make_past
from tests.visits import signed_in

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("report", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def company(organisation):
    lead = make_past(("2026-01-01", "mql"), ("2026-02-01", "customer"), channel=make_channel("=cmd|calc"))
    make_deal(lead, "1234.50", won="2026-02-01")
    make_cost("99.90", "2026-01-01", channel="=cmd|calc")


def test_json_is_one_object_with_money_as_text(company):
    found = json.loads(run("closed_loop", "--by", "channel", "--as-of", "2026-03-01", "--json"))

    assert found["as_of"] == "2026-03-01T23:59:59.999999Z"
    assert found["rows"][0]["revenue"] == found["total"]["revenue"] == "1234.50"
    assert run("closed_loop", "--by", "channel", "--as-of", "2026-03-01", "--format", "json").count("\n") == 1


def test_csv_has_a_row_per_group_with_numbers_as_numbers_and_no_formula(company):
    rows = list(csv.DictReader(io.StringIO(run("closed_loop", "--by", "channel", "--format", "csv"))))

    assert [row["channel"] for row in rows] == ["'=cmd|calc"]
    assert Decimal(rows[0]["revenue"]) == Decimal("1234.50")
    assert (rows[0]["leads"], rows[0]["currency"]) == ("1", "EUR")


def test_a_table_is_aligned_and_ends_with_the_total(company):
    *lines, _ = run("closed_loop", "--by", "channel").splitlines()
    assert lines[-1].startswith("total") and lines[0].startswith("channel")
    assert len({len(line) for line in lines}) == 1


def test_every_report_names_the_version_of_the_definitions_in_force_then(company):
    make_signed(since=datetime(2026, 2, 1, tzinfo=UTC))

    for name in REPORTS:
        before = json.loads(run(name, "--as-of", "2026-01-31", "--json"))
        after = json.loads(run(name, "--as-of", "2026-02-01", "--json"))
        assert (before["definition_version"], after["definition_version"]) == (0, 1)
    [row] = csv.DictReader(io.StringIO(run("closed_loop", "--by", "channel", "--format", "csv")))
    assert row["definition_version"] == "1"
    assert run("funnel").splitlines()[-1] == "Definitions: version 1, as both heads signed it."
    assert run("funnel", "--as-of", "2026-01-31").endswith("version 0, the unsigned default.\n")


def test_what_has_no_rate_is_named_under_the_table(company):
    make_deal(make_past(("2026-01-01", "mql")), "5", won="2026-02-01", currency="USD")
    assert run("closed_loop").endswith("Not converted (revenue): 1 × USD, 5.00 in all.\n")


def test_the_funnel_prints_in_every_format(company):
    assert json.loads(run("funnel", "--json"))["states"]["customer"] == 1
    assert "customer" in run("funnel")
    assert run("funnel", "--format", "csv").startswith("state,currently_in")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["velocity"],
            "report “velocity” does not exist. Use one of: closed_loop, attribution, funnel, sla.",
        ),
        (["closed_loop", "--by", "colour"], "by “colour” does not exist. Use one of: campaign, channel"),
        (["closed_loop", "--format", "pdf"], "format “pdf” does not exist. Use one of: table, json, csv."),
        (
            ["closed_loop", "--since", "May"],
            "--since “May” is not a day from 1900 to 2199. Write it as 2026-03-31.",
        ),
        (["closed_loop", "--as-of", "2026-13-01"], "--as-of “2026-13-01” is not a moment from 1900 to 2199."),
        (["closed_loop", "--since", "9999-12-31"], "--since “9999-12-31” is not a day"),
        (["funnel", "--as-of", "2200-01-01"], "--as-of “2200-01-01” is not a moment from 1900 to 2199."),
        (
            ["funnel", "--by", "channel"],
            "Report funnel takes no --by. It takes: --since, --until, --as-of, --known-at, --currency.",
        ),
    ],
)
def test_wrong_usage_is_refused_with_the_right_values_and_status_2(organisation, words, sentence):
    with pytest.raises(CommandError) as refused:
        run(*words)
    assert refused.value.returncode == 2
    assert str(refused.value).startswith(sentence)


def test_before_the_organisation_is_set_up_there_is_no_report(db):
    with pytest.raises(CommandError, match="There is no organisation yet") as refused:
        run("funnel")
    assert refused.value.returncode == 1


@pytest.mark.parametrize("url", ["/reports/closed-loop/", "/reports/closed-loop/models/"])
def test_a_page_names_the_version_too(company, url):
    make_signed()

    assert " · definitions v1 · " in signed_in(make_user("rep")).get(url).content.decode()

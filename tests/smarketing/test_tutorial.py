"""The road of README.md on the files that ship with the project."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.models import Handover, Suppression
from reporting.closed_loop import closed_loop

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
FILES = [
    ("import_leads", "leads.csv", ["--source=crm"]),
    ("import_leads", "deals.csv", ["--source=crm"]),
    ("import_costs", "costs.csv", []),
]


def walk() -> list[dict]:
    call_command("setup", "--name=My company", "--zone=Europe/Berlin", "--currency=EUR", stdout=StringIO())
    return [take_in(command, name, *options) for command, name, options in FILES]


def take_in(command: str, name: str, *options: str) -> dict:
    said = StringIO()
    call_command(command, str(TUTORIAL / name), *options, "--json", stdout=said, stderr=StringIO())
    return json.loads(said.getvalue())


@pytest.mark.django_db(transaction=True)
def test_every_row_is_taken_in_and_the_same_files_again_change_nothing():
    first = walk()
    again = walk()

    assert [result["created"] for result in first] == [64, 0, 11]
    assert [(result["rejected"], result["warnings"]) for result in first] == [(0, {})] * 3
    assert [result["unchanged"] for result in again] == [result["rows"] for result in first]


@pytest.mark.django_db(transaction=True)
def test_the_closed_loop_tells_a_story_worth_a_decision():
    walk()
    report = closed_loop(by="campaign", as_of=date(2026, 9, 1))
    rows = {row["key"]: row for row in report["rows"]}

    assert report["total"]["leads"] == 64
    assert rows["Bought list"]["customers"] == 0
    assert Decimal(rows["Bought list"]["cost"]) == 4800
    assert rows["Spring webinar"]["customers"] == 5
    assert Decimal(rows["Customer referral"]["cost"]) == 0
    assert rows["Poster test"]["leads"] == 0
    assert rows[None]["leads"] == 3
    assert Handover.objects.open().count() == 0
    assert Suppression.objects.filter(kind="lead").count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_report_of_june_does_not_know_of_july():
    walk()

    assert closed_loop(by="channel", as_of=date(2026, 6, 30))["total"]["customers"] == 9

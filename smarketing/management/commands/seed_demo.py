"""`manage.py seed_demo`: a believable company with a year behind it."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now
from tqdm import tqdm

from smarketing.demo import company
from smarketing.foundation.refusals import Refusal

MOST = 1_000_000
EXAMPLE = "2026-03-02T09:00:00+00:00"


def lead_count(text: str) -> int:
    if not text.isdigit() or not company.FEWEST <= int(text) <= MOST:
        raise ArgumentTypeError(
            f"“{text}” leads cannot be made: give a number from {company.FEWEST} to {MOST}"
        )
    return int(text)


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no date-time such as {EXAMPLE}") from error
    if at.tzinfo is None:
        raise ArgumentTypeError(f"“{text}” has no zone: write a date-time such as {EXAMPLE}")
    if at > now():
        raise ArgumentTypeError(f"“{text}” lies ahead: a year of history ends now or earlier")
    return at


class Command(BaseCommand):
    help = "Fill an empty installation with a demo company: a year of made-up history, the same for a seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=lead_count, default=5_000, metavar="N", help="default 5000")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="S", help="another company for each number"
        )
        parser.add_argument(
            "--at", type=moment, default=None, metavar="ISO", help="the end of the year; default now"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, leads: int, seed: int, at: datetime | None, json: bool, **options: Any) -> None:
        started = time.monotonic()
        bar = tqdm(total=leads, unit=" leads", file=sys.stderr, disable=None, leave=False)
        try:
            told = company.seed(
                leads=leads,
                seed=seed,
                moment=at or now(),
                logins_file=Path(settings.DATA_DIR) / "run" / "demo.json",
                progress=bar.update,
            )
        except Refusal as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        finally:
            bar.close()
        seconds = round(time.monotonic() - started, 1)
        self.stdout.write(as_json(told, seconds) if json else in_words(told, seconds))


def as_json(told: company.Told, seconds: float) -> str:
    return json.dumps({**told.__dict__, "seconds": seconds})


def in_words(told: company.Told, seconds: float) -> str:
    made = f"{told.organisation} is made: {told.leads:,} leads in {seconds} s."
    there = f"The demo company {told.organisation} is there already, with {told.leads:,} leads. Nothing was changed."
    table = [f"  {login['role']:16} {login['email']:34} {login['password']}" for login in told.logins]
    return "\n".join([made if told.made else there, *table])

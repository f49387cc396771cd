"""One SLA sweep, now or as of another moment."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.dateparse import parse_datetime

from sla import tasks
from smarketing.foundation.models import Organisation
from smarketing.foundation.moments import database_now

SHAPE = "Use a date-time such as 2026-03-02T18:00:00Z or 2026-03-02 18:00 (the organisation's time)."


class Command(BaseCommand):
    help = "Let clocks follow history and tell people of deadlines that passed, once."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", metavar="ISO", help="as of that moment (default: now, by the database)")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *, at: str | None, **given: Any) -> None:
        organisation = Organisation.find()
        if organisation is None:
            self.stderr.write("There is no organisation yet. Make it with `python manage.py setup`.")
            sys.exit(1)
        moment = self._moment(at, organisation) if at else database_now()
        result = {"at": moment.isoformat(), **tasks.sweep(moment)}
        if given["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(
                "{clocks:,} clocks brought up to date, {warnings:,} warnings and {breaches:,} broken promises told, "
                "{mails:,} mails planned".format(**result)
            )

    def _moment(self, text: str, organisation: Organisation) -> datetime:
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        # In another zone the first and the last year of the calendar run out of it.
        if moment is None or not date.min.year + 1 < moment.year < date.max.year:
            self.stderr.write(f"--at {text} is no moment. {SHAPE}")
            sys.exit(2)
        return moment if moment.tzinfo else moment.replace(tzinfo=organisation.zone)

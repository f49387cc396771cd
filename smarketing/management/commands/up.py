"""`manage.py up`: the whole of Smarketing in the foreground."""

import os
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from smarketing.embedded.address import DEFAULT, Address
from smarketing.embedded.datadir import locate
from smarketing.embedded.trouble import Trouble
from smarketing.embedded.up import Up
from smarketing.environment import with_servers


class Command(BaseCommand):
    help = "Start database, Redis, web, worker and beat; print address and logins. Ctrl-C stops all."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bind", type=Address.argument, default=DEFAULT, metavar="HOST:PORT", help=f"default {DEFAULT}"
        )
        parser.add_argument("--empty", action="store_true", help="make no demo company on the first start")

    def handle(self, *, bind: Address, empty: bool, **options: Any) -> None:
        try:
            Up(locate(os.environ), with_servers(), bind, self.say).run(empty=empty)
        except Trouble as trouble:
            self.stderr.write(str(trouble))
            sys.exit(1)

    def say(self, text: str) -> None:
        with suppress(OSError):  # the terminal may be gone; what runs must still be stopped in order
            self.stdout.write(text)
            self.stdout.flush()

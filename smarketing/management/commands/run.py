"""`manage.py run web|worker|beat`: one program in the foreground, under its own process number."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from smarketing import programs
from smarketing.embedded.address import DEFAULT, Address


class Command(BaseCommand):
    help = "Run web, worker or beat in the foreground, for a container or a unit of the system."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", choices=programs.NAMES)
        parser.add_argument(
            "--bind",
            type=Address.argument,
            default=DEFAULT,
            metavar="HOST:PORT",
            help=f"of web; default {DEFAULT}",
        )

    def handle(self, *, program: str, bind: Address, **options: Any) -> None:
        argv = {"web": self.web, "worker": lambda _: programs.worker(), "beat": self.beat}[program](bind)
        os.execv(argv[0], argv)  # noqa: S606 our own list of words; the program takes our place

    def web(self, bind: Address) -> list[str]:
        return programs.web(str(bind), Path(tempfile.gettempdir()))

    def beat(self, bind: Address) -> list[str]:
        run = Path(settings.DATA_DIR) / "run"
        try:
            run.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(
                f"{run} cannot be made: {error.strerror}. Beat keeps there when it last sent what; "
                f"set SMARKETING_DATA_DIR to a folder that may be written."
            ) from error
        return programs.beat(run)

"""`manage.py services`: the embedded PostgreSQL and Redis by hand."""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from smarketing.embedded import keeper
from smarketing.embedded.datadir import DataDir, locate
from smarketing.embedded.logs import tail
from smarketing.embedded.pair import describe, published, refuse_silent_externals, services_lock
from smarketing.embedded.trouble import Trouble
from smarketing.embedded.up import secret_key
from smarketing.environment import with_servers

LOGS = ("postgres", "redis", "services", "web", "worker", "beat")


class Command(BaseCommand):
    help = "Start, stop and look at the embedded PostgreSQL and Redis."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["start", "stop", "status", "logs"])
        parser.add_argument("--json", action="store_true", help="status as one JSON object")
        parser.add_argument("--lines", type=int, default=40, help="how many lines of each log (default 40)")
        parser.add_argument("--only", choices=LOGS, help="one log instead of all")

    def handle(self, *, act: str, **options: Any) -> None:
        data = locate(os.environ)
        try:
            getattr(self, act)(data, options)
        except Trouble as trouble:
            self.stderr.write(str(trouble))
            sys.exit(1)

    def start(self, data: DataDir, options: dict[str, Any]) -> None:
        holder = services_lock(data).holder()
        if holder:
            self.stdout.write(f"Already running, held by {holder}.")
            return
        environment = with_servers()
        if environment.get("DATABASE_URL") and environment.get("REDIS_URL"):
            refuse_silent_externals(environment)
            self.stdout.write(
                "Nothing to start: DATABASE_URL and REDIS_URL name servers of yours, and both answer."
            )
            return
        keeper.launch(data, environment, self.stderr.write)
        secret_key(data)
        for line in describe(published(data), environment):
            self.stdout.write(f"Running: {line}")

    def stop(self, data: DataDir, options: dict[str, Any]) -> None:
        self.stdout.write("Stopped." if keeper.halt(data) else "Nothing was running.")

    def status(self, data: DataDir, options: dict[str, Any]) -> None:
        """Exit 0 when the services run, 1 when they do not."""
        holder, facts = services_lock(data).holder(), published(data)
        if options["json"]:
            shown = {key: value for key, value in facts.items() if not key.endswith("_url")}
            self.stdout.write(json.dumps({"running": bool(facts), "data_dir": str(data.root), **shown}))
        elif facts:
            lines = [f"Running, held by {holder}; data in {data.root}", *describe(facts, with_servers())]
            self.stdout.write("\n  ".join(lines))
        else:
            self.stdout.write(
                f"Not running; data in {data.root}. Start with `python manage.py services start`."
            )
        if not facts:
            sys.exit(1)

    def logs(self, data: DataDir, options: dict[str, Any]) -> None:
        for name in [options["only"]] if options["only"] else LOGS:
            text = tail(data.log(name), lines=options["lines"])
            if text:
                self.stdout.write(f"==> {data.log(name)} <==\n{text}\n")

"""`manage.py heartbeat worker|beat`: is it alive? Asked of its row, by the database's clock."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from smarketing.health import SILENT_AFTER

ROWS = {"worker": "tick", "beat": "beat"}
AGE = "SELECT extract(epoch FROM clock_timestamp() - at) FROM foundation_heartbeat WHERE name = %s"


class Command(BaseCommand):
    help = "Exit 0 when the worker has finished a tick, or beat has sent a hint, within the last minute."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", choices=ROWS)

    def handle(self, *, program: str, **options: Any) -> None:
        age = self.age(ROWS[program])
        if age is None:
            raise CommandError(f"The {program} has never left a sign of life.")
        if age > SILENT_AFTER.total_seconds():
            raise CommandError(f"The {program} left its last sign of life {age:,.0f} s ago.")
        self.stdout.write(f"The {program} left a sign of life {age:.0f} s ago.")

    def age(self, name: str) -> float | None:
        with connection.cursor() as cursor:
            cursor.execute(AGE, [name])
            row = cursor.fetchone()
        return None if row is None else float(row[0])

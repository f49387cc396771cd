from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connection
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from smarketing.foundation.roles import as_owner

# Whoever wants a table waits behind us for as long as we wait for it. Less than the second after which PostgreSQL
# looks for deadlocks, so that it is always we who give way.
WAIT = "500ms"
TRIES, PAUSE = 100, 2.0
ALONE = 8_270_531  # an arbitrary number that stands for migrating this database


class Command(DjangoMigrate):
    """Django's migrate, run by the role that owns the schema (DATABASE_OWNER_URL), beside the work that goes on.

    It never queues long for a table that somebody uses: it gives up, and begins again with the migration it was at.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(), self.alone():
            for tried in range(1, TRIES + 1):
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = %s", [WAIT])
                try:
                    super().handle(*args, **options)
                    return
                except OperationalError as error:
                    self.give_way(error, last=tried == TRIES)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait for another run, or for what a killed one has left PostgreSQL to finish, and keep others out.

        Asked again and again: a statement that waits is a transaction, and an index that is built waits for it to end.
        """
        with connection.cursor() as cursor:
            for tried in range(1, TRIES + 1):
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [ALONE])
                if cursor.fetchone()[0]:
                    break
                if tried == 1:
                    self.stderr.write("Another migrate is at work on this database; waiting for its end.")
                sleep(PAUSE)
            else:
                raise CommandError(
                    "Another migrate is still at work on this database. Wait for its end, then run migrate again."
                )
        try:
            yield
        finally:
            connection.close()  # which lets go of it, whatever state the connection is in

    def give_way(self, error: OperationalError, *, last: bool) -> None:
        if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise error
        reason = str(error).splitlines()[0]
        if last:
            raise CommandError(
                f"Somebody uses a table that is to be changed, and never stopped ({reason}). What is done so far "
                f"stays. End the long transactions that pg_stat_activity shows, then run migrate again."
            ) from error
        self.stderr.write(f"\n  Somebody uses a table that is to be changed ({reason}); trying again.")
        sleep(PAUSE)

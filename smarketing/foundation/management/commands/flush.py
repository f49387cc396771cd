from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connection

from smarketing.foundation.roles import as_owner


class Command(DjangoFlush):
    """Django's flush, run by the owner: the application role may not truncate. The table of moves stays."""

    def handle(self, **options) -> None:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE kept_moves AS TABLE leads_allowedmove")
            super().handle(**options)
            cursor.execute("INSERT INTO leads_allowedmove SELECT * FROM kept_moves ON CONFLICT DO NOTHING")
            cursor.execute("DROP TABLE kept_moves")

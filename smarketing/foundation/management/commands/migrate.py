from django.core.management.commands.migrate import Command as DjangoMigrate

from smarketing.foundation.roles import as_owner


class Command(DjangoMigrate):
    """Django's migrate, run by the role that owns the schema (DATABASE_OWNER_URL)."""

    def handle(self, *args, **options) -> None:
        with as_owner():
            super().handle(*args, **options)

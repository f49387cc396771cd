"""`manage.py prepare_database`: what must be so before new code serves: the application's role, the tables."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection
from psycopg2 import sql

from smarketing.foundation.roles import application_role, as_owner

ROLE = "ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %s"


class Command(BaseCommand):
    help = "Make the role of DATABASE_URL where it is missing, then migrate. May be run again at any time."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        role = application_role()
        if role is not None and not self.lets_in():
            self.make(role)
            self.stdout.write(f"The role {role} may sign in, and may only read and write rows.")
        call_command("migrate", interactive=False, stdout=self.stdout, stderr=self.stderr)

    def lets_in(self) -> bool:
        """Whether the application's name and password are taken as they are."""
        try:
            connection.ensure_connection()
        except OperationalError:
            return False
        finally:
            connection.close()
        return True

    def make(self, role: str) -> None:
        """Make it with the password of DATABASE_URL, or give it that one."""
        password = settings.DATABASES["default"]["PASSWORD"]
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER " if cursor.fetchone() else "CREATE "
            try:
                cursor.execute(sql.SQL(verb + ROLE).format(sql.Identifier(role)), [password])
            except DatabaseError as error:
                raise CommandError(
                    f"The role {role} of DATABASE_URL cannot be made: {str(error).splitlines()[0]}. "
                    f"Make it by hand, without any special right, or let DATABASE_OWNER_URL make roles."
                ) from error

#!/usr/bin/env python
"""Command line of Smarketing. Exit status: 0 done, 1 refused or failed with a sentence, 2 wrong usage."""

import os
import sys

DATABASE_DOWN = (
    "Database is not running. Start it with `python manage.py up`, or set DATABASE_URL=postgres://…"
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import InterfaceError, OperationalError

    try:
        execute_from_command_line(sys.argv)
        hint()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except (OperationalError, InterfaceError) as error:
        from django.conf import settings

        reason = str(error).strip().splitlines()[0] if str(error).strip() else "the connection was lost"
        if settings.DATABASE_CONFIGURED:
            sys.exit(f"The database does not answer: {reason}. Check DATABASE_URL and that PostgreSQL runs.")
        sys.exit(DATABASE_DOWN)


def hint() -> None:
    """What a command changed is looked at now, where an application could be set up at all."""
    from django.apps import apps

    if apps.ready:
        from smarketing.hints import after_command

        after_command(sys.argv)


if __name__ == "__main__":
    main()

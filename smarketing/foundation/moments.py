"""What time it is, asked of the one clock that all hosts share."""

from datetime import datetime

from django.db import connection
from django.utils.timezone import localtime


def database_now() -> datetime:
    """Whatever is due is due by the database's clock alone: hosts may disagree about the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def day_of(moment: datetime) -> str:
    """The day within a sentence, where whoever reads it is: 4 August 2026."""
    return f"{localtime(moment):%-d %B %Y}"

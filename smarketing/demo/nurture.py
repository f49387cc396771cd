"""Who was sent back and did not return by themselves: marketing looked at most of them and chose another day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from smarketing.demo.diary import Diary
from smarketing.demo.people import Cast

GRACE = timedelta(days=9)  # what came due since then nobody has got to yet
UNTOUCHED, FORGOTTEN = 11, 40  # of those of the last so many days every so many-th was forgotten
# The first few come due today and yesterday; the others from nine days ago to three months ahead.
PUT_OFF = f"""
WITH due AS (
    SELECT id, return_on, row_number() OVER (ORDER BY id) AS n FROM leads_lead
    WHERE standing = 'nurturing' AND return_on < %(before)s AND voided_at IS NULL
),
chosen AS (
    SELECT id, %(today)s + CASE WHEN n <= 4 THEN -(n %% 2) ELSE n * 7 %% 97 - 9 END::int AS return_on,
        (%(marketers)s::bigint[])[n %% cardinality(%(marketers)s::bigint[]) + 1] AS by_id,
        greatest(return_on, %(live)s) + (2 + n %% 3)::int + interval '10 hours' + n %% 300 * interval '1 minute' AS at
    FROM due WHERE n %% {UNTOUCHED} <> 0 OR return_on < %(today)s - {FORGOTTEN}
),
kept AS (
    INSERT INTO leads_returndate (lead_id, return_on, by_id, at, recorded_at)
    SELECT id, return_on, by_id, at AT TIME ZONE %(zone)s, at AT TIME ZONE %(zone)s FROM chosen ORDER BY id
)
UPDATE leads_lead l SET return_on = c.return_on, version = l.version + 1 FROM chosen c WHERE c.id = l.id
"""  # noqa: S608 - own words


def put_off(diary: Diary, cast: Cast) -> None:
    """After all lives are written."""
    given: dict[str, Any] = {
        "today": diary.today,
        "before": diary.today - GRACE,
        "live": diary.day_of(diary.went_live),
        "marketers": cast.marketers,
        "zone": str(diary.zone),
    }
    with connection.cursor() as cursor:
        cursor.execute(PUT_OFF, given)

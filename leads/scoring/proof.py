"""The proof that every score is the sum of its log, by rule and by part."""

from __future__ import annotations

from django.db import connection

NAMED = 100

# Per line: what the log adds up to is what the score says the rule gives. Per part: so do its sums.
ASTRAY = """
WITH logged AS (
    SELECT lead_id, part, rule, sum(points) AS points FROM leads_scoreentry GROUP BY lead_id, part, rule
),
summed AS (
    SELECT lead_id, coalesce(sum(points) FILTER (WHERE part = 'fit'), 0) AS fit,
        coalesce(sum(points) FILTER (WHERE part = 'engagement'), 0) AS engagement,
        coalesce(jsonb_object_agg(rule, points) FILTER (WHERE points <> 0), '{}') AS parts
    FROM logged GROUP BY lead_id
)
SELECT coalesce(s.lead_id, l.lead_id) FROM leads_leadscore s FULL JOIN summed l ON l.lead_id = s.lead_id
WHERE s.lead_id IS NULL OR s.fit <> coalesce(l.fit, 0) OR s.engagement <> coalesce(l.engagement, 0)
    OR s.parts <> coalesce(l.parts, '{}')
ORDER BY 1 LIMIT %s
"""


def astray(most: int = NAMED) -> list[int]:
    """The leads, so many at most, whose score is not the sum of its log: none, ever."""
    with connection.cursor() as cursor:
        cursor.execute(ASTRAY, [most])
        return [pk for (pk,) in cursor.fetchall()]

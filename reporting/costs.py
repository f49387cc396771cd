"""What marketing spent in a window: spans spread evenly by day, both ends included.

Of n days the part from day a to day b is round(A·(b+1)/n) − round(A·a/n), so that windows that adjoin add up
to the cent. In another currency each day is converted at its own rate.
"""

from __future__ import annotations

from reporting.money import rate
from reporting.scope import Scope

# A cost with only a campaign belongs to that campaign's channel; one with only a channel to no campaign.
KEYS = {
    "campaign": "c.campaign_id",
    "channel": "coalesce(c.channel_id, p.channel_id)",
    "owner": "NULL::bigint",
}
SPENT_BY = ("campaign", "channel", "month")  # what a cost has
NOBODYS = "NULL::text"  # no cost has a medium, a content, a country or a segment
MINOR = "CASE WHEN c.currency = ANY(%(no_decimals)s) THEN 0 WHEN c.currency = ANY(%(three_decimals)s) THEN 3 ELSE 2 END"


def costs(scope: Scope) -> str:
    """SELECT of key, currency, amount (in that currency) and cents (null without a rate) per piece of each cost."""
    by_month = scope.by == "month"
    key = "date_trunc('month', a)::date" if by_month else KEYS.get(scope.by, NOBODYS)
    first = "greatest(c.starts_on, %(first_day)s)" if scope.since else "c.starts_on"
    batch = "LEFT JOIN leads_importbatch i ON i.id = c.batch_id" if scope.known_at else ""
    known = f"(i.id IS NULL OR {scope.known('i.started_at')})" if scope.known_at else "true"
    return f"""
    SELECT c.id, {key} AS key, currency, amount, cents FROM (
        SELECT c.id, c.campaign_id, c.channel_id, c.currency, s.a, {PART} AS amount,
            round({PART} * {rate("c.currency", "s.a")}, %(decimals)s) * %(unit)s AS cents
        FROM (
            SELECT c.*, {first} AS first, least(c.ends_on, %(last_day)s) AS last, ends_on - starts_on + 1 AS days,
                {MINOR} AS places
            FROM leads_cost c {batch} WHERE c.voided_at IS NULL AND {known}
        ) c
        CROSS JOIN LATERAL ({PIECES.format(by_month=str(by_month).lower())}) s
    ) c LEFT JOIN leads_campaign p ON p.id = c.campaign_id
    """


# The days a to b of one piece: a day where each has its own rate, else a month, else all of the window.
PIECES = """
    SELECT greatest(g::date, c.first) AS a,
        least(CASE WHEN c.currency <> %(currency)s THEN g::date
            WHEN {by_month} THEN (g + interval '1 month')::date - 1 ELSE c.last END, c.last) AS b
    FROM generate_series(
        CASE WHEN {by_month} AND c.currency = %(currency)s THEN date_trunc('month', c.first::timestamp)
            ELSE c.first::timestamp END,
        c.last::timestamp,
        CASE WHEN c.currency <> %(currency)s THEN interval '1 day'
            WHEN {by_month} THEN interval '1 month' ELSE interval '1000 years' END
    ) g
"""
PART = """(round(c.amount * (s.b - c.starts_on + 1) / c.days, c.places)
                - round(c.amount * (s.a - c.starts_on) / c.days, c.places))"""

"""Revenue credited to touches, in SQL and to the cent: the models of the closed loop, over deals with revenue only.

`reporting.attribution.split` says what each model means; a test holds the two against each other.
"""

from __future__ import annotations

from reporting.money import sales
from reporting.scope import Scope

# Which touches share, and the share of touch `place` of `touches` in `cents`. What a division leaves goes to the
# earliest, cent by cent.
SHARES = {
    "first": ("place = 1", "cents"),
    "last": ("place = touches", "cents"),
    "linear": ("true", "div(cents, touches) + CASE WHEN place <= mod(cents, touches) THEN 1 ELSE 0 END"),
}


def credits(scope: Scope) -> str:
    """SELECT of lead_id, key and signed cents per touch and amount; a deal without eligible touch credits null.

    A touch is eligible from the look-back to the close, both included. Touches of all the deal's contacts are
    pooled; what staff did and connected reads as a touch of sales. The origin dates from the lead's birth.
    """
    known = scope.known("t.recorded_at")
    takes, share = SHARES[scope.model]
    # An owner, a country or a month is no property of a touch: those follow the sale.
    follows_sale = scope.by in ("owner", "country", "month")
    # The origin is the lead's: facts that a later import added to it count, too.
    key = (
        "NULL::text"
        if follows_sale
        else f"CASE WHEN t.is_origin THEN {scope.key('l')} ELSE {scope.key('t')} END"
    )
    return f"""
    WITH sold AS MATERIALIZED (SELECT * FROM ({sales(scope)}) s WHERE cents IS NOT NULL),
    deals AS (SELECT DISTINCT deal_id, lead_id, closed_at FROM sold),
    people AS (
        SELECT deal_id, lead_id, closed_at FROM deals
        UNION
        SELECT d.deal_id, c.lead_id, d.closed_at FROM deals d JOIN leads_dealcontact c ON c.deal_id = d.deal_id
        WHERE c.voided_at IS NULL
    ),
    touched AS (
        SELECT p.deal_id, p.closed_at, p.lead_id, CASE WHEN t.is_origin THEN l.born_at ELSE t.at END AS at,
            t.recorded_at, 1 AS kind, t.id, {key} AS key
        FROM people p JOIN leads_touch t ON t.lead_id = p.lead_id JOIN leads_lead l ON l.id = t.lead_id
        WHERE t.voided_at IS NULL AND {known}
        UNION ALL
        SELECT p.deal_id, p.closed_at, p.lead_id, t.at, t.recorded_at, 2, t.id, NULL
        FROM people p JOIN leads_activity t ON t.lead_id = p.lead_id
        WHERE t.connected AND {known}
    ),
    placed AS (
        SELECT deal_id, lead_id, key,
            row_number() OVER (PARTITION BY deal_id ORDER BY at, recorded_at, kind, id) AS place,
            count(*) OVER (PARTITION BY deal_id) AS touches
        FROM touched WHERE at <= closed_at AND at >= closed_at - %(lookback)s
    )
    SELECT coalesce(p.lead_id, s.lead_id) AS lead_id, {"s.key" if follows_sale else "p.key"} AS key,
        sign * CASE WHEN p.place IS NULL THEN cents ELSE {share} END AS cents
    FROM sold s LEFT JOIN placed p ON p.deal_id = s.deal_id
    WHERE p.place IS NULL OR {takes}
    """

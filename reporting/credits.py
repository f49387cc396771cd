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


def credits(scope: Scope, *, sold: str = "") -> str:
    """SELECT of lead_id, key and signed cents per touch and amount; a deal without eligible touch credits null.

    A touch is eligible from the look-back to the close, both included. Touches of all the deal's contacts are
    pooled; what staff did and connected reads as a touch of sales. The origin dates from the lead's birth.
    `sold` names a CTE that holds `sales` already.
    """
    known = scope.known("t.recorded_at")
    takes, share = SHARES[scope.model]
    places = "row_number() OVER (PARTITION BY deal_id ORDER BY at, recorded_at, kind, id) AS place"
    if "touches" in takes + share:
        places += ", count(*) OVER (PARTITION BY deal_id) AS touches"
    # An owner, a country or a month is no property of a touch: those follow the sale. The origin is the lead's:
    # facts that a later import added to it count, too.
    follows_sale = scope.by in ("owner", "country", "month")
    key = "NULL::text" if follows_sale else f"CASE WHEN t.is_origin THEN p.origin ELSE {scope.key('t')} END"
    return f"""
    WITH {"" if sold else f"sold AS MATERIALIZED ({sales(scope)}),"}
    deals AS (
        SELECT DISTINCT deal_id, lead_id, closed_at, first_seen, origin FROM {sold or "sold"} WHERE cents IS NOT NULL
    ),
    people AS (
        SELECT * FROM deals
        UNION
        SELECT d.deal_id, c.lead_id, d.closed_at, l.born_at, {scope.key()}
        FROM deals d JOIN leads_dealcontact c ON c.deal_id = d.deal_id JOIN leads_lead l ON l.id = c.lead_id
        WHERE c.voided_at IS NULL
    ),
    touched AS (
        SELECT p.deal_id, p.closed_at, p.lead_id, CASE WHEN t.is_origin THEN p.first_seen ELSE t.at END AS at,
            t.recorded_at, 1 AS kind, t.id, {key} AS key
        FROM people p JOIN leads_touch t ON t.lead_id = p.lead_id WHERE t.voided_at IS NULL AND {known}
        UNION ALL
        SELECT p.deal_id, p.closed_at, p.lead_id, t.at, t.recorded_at, 2, t.id, NULL
        FROM people p JOIN leads_activity t ON t.lead_id = p.lead_id
        WHERE t.connected AND t.taken_back_at IS NULL AND {known}
    ),
    placed AS (
        SELECT * FROM (
            SELECT deal_id, lead_id, key, {places} FROM touched WHERE at <= closed_at AND at >= closed_at - %(lookback)s
        ) t WHERE {takes}
    )
    SELECT coalesce(p.lead_id, s.lead_id) AS lead_id, {"s.key" if follows_sale else "p.key"} AS key,
        sign * CASE WHEN p.deal_id IS NULL THEN cents ELSE {share} END AS cents
    FROM {sold or "sold"} s LEFT JOIN placed p ON p.deal_id = s.deal_id WHERE s.cents IS NOT NULL
    """

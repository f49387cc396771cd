"""Revenue credited to touches, in SQL and to the cent: every model of attribution, over deals with revenue only.

`reporting.attribution.split` says what each model means; tests hold the two against each other.
"""

from __future__ import annotations

from reporting.attribution import DIRECT
from reporting.money import contacts, sales
from reporting.scope import Scope
from reporting.standings import DATES

BY_TIME = "PARTITION BY t.deal_id ORDER BY t.at, t.recorded_at, t.kind, t.id"
FROM_THE_END = "t.at DESC, t.recorded_at DESC, t.kind DESC, t.id DESC"
# Models that need no weights. The order of a deal's touches, which of them share, and the share of touch `place` of
# `touches` in `cents`; what a division leaves goes to the earliest, cent by cent.
SHARES = {
    "first": (BY_TIME, "place = 1", "cents"),
    "last": (BY_TIME, "place = touches", "cents"),
    "last_non_direct": (f"PARTITION BY t.deal_id ORDER BY t.is_direct, {FROM_THE_END}", "place = 1", "cents"),
    "linear": (
        BY_TIME,
        "true",
        "div(cents, touches) + CASE WHEN place <= mod(cents, touches) THEN 1 ELSE 0 END",
    ),
}
# Of the others the roles: which touch has which weight, in whole numbers, and the weight that all without a role
# share. `made` and `opened` are the latest touches by the lead's making and the deal's opening; nought where none is.
ROLES: dict[str, tuple[dict[str, int], int]] = {
    "position_based": ({"1": 80, "touches": 80}, 40),
    "u_shaped": ({"1": 80, "made": 80}, 40),
    "w_shaped": ({"1": 60, "made": 60, "opened": 60}, 20),
    "full_path": ({"1": 45, "made": 45, "opened": 45, "touches": 45}, 20),
}
ANCHORED = ("u_shaped", "w_shaped", "full_path")
HALF_LIFE = 7 * 86400
# 2^(-age / half-life) to forty digits, relative to the newest touch, so that no weight vanishes.
AGE = f"(extract(epoch FROM newest - at)::numeric(60, 40) / {HALF_LIFE})::numeric(60, 40)"
DECAY = f"CASE WHEN touches = 1 THEN 1 ELSE power(2::numeric, -{AGE}) END"


def credits(scope: Scope, *, sold: str = "") -> str:
    """SELECT of deal_id, lead_id, key, signed cents and `touch`, its place, per touch that shares in an amount.

    A deal without an eligible touch credits null. `sold` names a CTE that holds `sales` already.
    """
    own = "" if sold else f"sold AS MATERIALIZED ({sales(scope)}),"
    sold = sold or "sold"
    if scope.model in SHARES:
        return f"WITH {own} {_eligible(scope, sold, SHARES[scope.model][0])} {_shared(scope, sold)}"
    return f"WITH {own} {_eligible(scope, sold, BY_TIME)}, {_weighed(scope)} {_cut(scope, sold)}"


def _eligible(scope: Scope, sold: str, order: str) -> str:
    """CTE `eligible`: each deal's touches with their `place`, and what the model wants to know of them.

    A touch is eligible from the look-back to the close, both included. Touches of all the deal's contacts are
    pooled; what staff did and connected reads as a touch of sales. The origin dates from the lead's birth.
    """
    known = scope.known("t.recorded_at")
    # The origin is the lead's: facts that a later import added to it count, too.
    key = (
        "NULL::text"
        if _follows_sale(scope)
        else f"CASE WHEN t.is_origin THEN p.origin ELSE {scope.key('t')} END"
    )
    direct, join = _direct() if scope.model == "last_non_direct" else ("", "")
    return f"""
    deals AS (
        SELECT DISTINCT deal_id, lead_id, closed_at, first_seen, origin FROM {sold} WHERE cents IS NOT NULL
    ),
    people AS (
        SELECT * FROM deals
        UNION
        SELECT d.deal_id, c.lead_id, d.closed_at, l.born_at, {"NULL" if _follows_sale(scope) else scope.key()}
        FROM deals d JOIN leads_dealcontact c ON c.deal_id = d.deal_id JOIN leads_lead l ON l.id = c.lead_id
        WHERE c.voided_at IS NULL
    ),
    touched AS (
        SELECT p.deal_id, p.closed_at, p.lead_id, CASE WHEN t.is_origin THEN p.first_seen ELSE t.at END AS at,
            t.recorded_at, 1 AS kind, t.id, {key} AS key{direct}
        FROM people p JOIN leads_touch t ON t.lead_id = p.lead_id {join} WHERE t.voided_at IS NULL AND {known}
        UNION ALL
        SELECT p.deal_id, p.closed_at, p.lead_id, t.at, t.recorded_at, 2, t.id, NULL{", false" if direct else ""}
        FROM people p JOIN leads_activity t ON t.lead_id = p.lead_id
        WHERE t.connected AND t.taken_back_at IS NULL AND {known}
    ),
    {_anchors(scope)} eligible AS (
        SELECT t.deal_id, t.lead_id, t.key, t.at, row_number() OVER ({order}) AS place{_known_of(scope)}
        FROM touched t {"JOIN anchors a ON a.deal_id = t.deal_id" if scope.model in ANCHORED else ""}
        WHERE t.at <= t.closed_at AND t.at >= t.closed_at - %(lookback)s
    )"""


def _follows_sale(scope: Scope) -> bool:
    """An owner, a country, a segment or a month is no property of a touch."""
    return scope.by in ("owner", "country", "segment", "month")


def _direct() -> tuple[str, str]:
    """Column and joins: whether nobody else sent the touch. The channel of the origin is the lead's."""
    names = ", ".join(f"'{name}'" for name in sorted(DIRECT))
    return (
        f", coalesce(lower(trim(h.name)) IN ({names}), false) AS is_direct",
        "JOIN leads_lead o ON o.id = t.lead_id LEFT JOIN leads_channel h"
        " ON h.id = CASE WHEN t.is_origin THEN o.channel_id ELSE t.channel_id END",
    )


def _anchors(scope: Scope) -> str:
    """CTE: when the deal's lead was made, which is when its history begins, and when the deal was opened."""
    if scope.model not in ANCHORED:
        return ""
    begins = f"least({', '.join(f'l.{column}' for column in DATES)})"
    return f"""anchors AS (
        SELECT d.deal_id, coalesce({begins}, l.born_at) AS lead_at, x.opened_at
        FROM deals d JOIN leads_deal x ON x.id = d.deal_id JOIN {contacts(scope)} l ON l.id = d.lead_id
    ),"""


def _known_of(scope: Scope) -> str:
    of_deal = "OVER (PARTITION BY t.deal_id)"
    found = "" if scope.model in ("first", "last_non_direct") else f", count(*) {of_deal} AS touches"
    if scope.model == "time_decay":
        found += f", max(t.at) {of_deal} AS newest"
    if scope.model in ANCHORED:
        found += f", count(*) FILTER (WHERE t.at <= a.lead_at) {of_deal} AS made"
        found += f", count(*) FILTER (WHERE t.at <= a.opened_at) {of_deal} AS opened"
    return found


def _shared(scope: Scope, sold: str) -> str:
    _, takes, share = SHARES[scope.model]
    return f"""
    SELECT s.deal_id, coalesce(p.lead_id, s.lead_id) AS lead_id, {"s.key" if _follows_sale(scope) else "p.key"} AS key,
        sign * CASE WHEN p.deal_id IS NULL THEN cents ELSE {share} END AS cents, p.place AS touch
    FROM {sold} s LEFT JOIN (SELECT * FROM eligible WHERE {takes}) p ON p.deal_id = s.deal_id
    WHERE s.cents IS NOT NULL
    """


def _weighed(scope: Scope) -> str:
    """CTE `weighed`: the eligible touches with their weights."""
    if scope.model == "time_decay":
        return f"weighed AS (SELECT deal_id, lead_id, key, place, {DECAY} AS weight FROM eligible)"
    roles, rest = ROLES[scope.model]
    role = " + ".join(
        f"CASE WHEN place = {which} THEN {weight} ELSE 0 END" for which, weight in roles.items()
    )
    others = "count(*) FILTER (WHERE role = 0) OVER (PARTITION BY deal_id)"
    return f"""
    weighed AS (
        SELECT deal_id, lead_id, key, place,
            CASE WHEN role = 0 THEN {rest} ELSE role * greatest({others}, 1) END::numeric AS weight
        FROM (SELECT *, {role} AS role FROM eligible) r
    )"""


def _cut(scope: Scope, sold: str) -> str:
    """Shares by weight; what rounding leaves goes to the largest remainders, the earlier first."""
    key = "key" if _follows_sale(scope) else "touched_key"
    return f""",
    sale AS (SELECT row_number() OVER () AS sale, * FROM {sold} WHERE cents IS NOT NULL),
    cut AS (
        SELECT s.*, w.lead_id AS touched_lead, w.key AS touched_key, w.place,
            div(s.cents * w.weight, w.all_weights) AS share, mod(s.cents * w.weight, w.all_weights) AS remainder
        FROM sale s LEFT JOIN (
            SELECT *, sum(weight) OVER (PARTITION BY deal_id) AS all_weights FROM weighed
        ) w ON w.deal_id = s.deal_id
    )
    SELECT deal_id, coalesce(touched_lead, lead_id) AS lead_id, {key} AS key,
        sign * CASE WHEN place IS NULL THEN cents
            WHEN row_number() OVER (PARTITION BY sale ORDER BY remainder DESC, place)
                <= cents - sum(share) OVER (PARTITION BY sale) THEN share + 1
            ELSE share END AS cents, place AS touch
    FROM cut
    """

"""Amounts in the report's currency, by the dated rate; what has no rate is listed, never counted.

Every amount is rounded to the smallest unit of the report's currency by itself, so that whatever is added up,
by any group and any window, agrees with every other sum to the cent. `cents` are those smallest units; null
where there is no rate.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from reporting.scope import Scope
from reporting.segmented import lead_rows
from reporting.standings import grouped_by, leads_then
from smarketing.foundation.currencies import decimals


def local_day(at: str) -> str:
    return f"({at} AT TIME ZONE %(zone)s)::date"


def rate(currency: str, day: str) -> str:
    """SQL of what one unit of `currency` was worth on a local day; null where no rate was set by then."""
    return f"""CASE WHEN {currency} = %(currency)s THEN 1 ELSE (
        SELECT x.rate FROM foundation_exchangerate x
        WHERE x.currency = {currency} AND x.into = %(currency)s AND x.on <= {day} ORDER BY x.on DESC LIMIT 1
    ) END"""


def cents(amount: str, currency: str, day: str) -> str:
    return f"round({amount} * {rate(currency, day)}, %(decimals)s) * %(unit)s"


def shown(cents: Decimal, currency: str) -> str:
    """Smallest units as a string with the currency's decimals."""
    places = decimals(currency)
    return f"{cents.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places):.{places}f}"


def amount_shown(amount: Decimal, currency: str) -> str:
    """An amount of its own currency as a string with that currency's decimals."""
    return shown(amount.scaleb(decimals(currency)), currency)


def contacts(scope: Scope) -> str:
    """The leads that deals belong to; only with a known-at do their births differ from what their rows say."""
    return f"({leads_then(scope)})" if scope.known_at else lead_rows(scope)


def dealt(scope: Scope) -> str:
    """SELECT of the deals with an amount, each with its primary contact's birth and origin; of a cohort its own.

    Sales and pipeline read nothing else, so that one report joins deals and leads once. The readers call its
    rows `l`, as the keys of a scope do.
    """
    first_seen = "(SELECT x.born_at FROM leads_lead x WHERE x.id = l.id)" if scope.known_at else "l.born_at"
    window = scope.within("l.born_at") if scope.basis == "cohort" else "true"
    return f"""
    SELECT d.id AS deal_id, d.contact_id AS lead_id, d.outcome, d.closed_at, d.currency, d.amount,
        coalesce(d.opened_at, d.recorded_at) AS opened_at, d.recorded_at,
        coalesce(d.close_recorded_at, d.recorded_at) AS close_recorded_at,
        l.born_at, {first_seen} AS first_seen, {grouped_by(scope)}
    FROM leads_deal d JOIN {contacts(scope)} l ON l.id = d.contact_id
    WHERE d.amount IS NOT NULL AND d.voided_at IS NULL AND {window}
    """


def sales(scope: Scope, *, deals: str = "") -> str:
    """SELECT of won amounts and refunds: deal_id, lead_id, key, at, closed_at, sign, currency, amount, cents, and
    when and whence the contact came (first_seen, origin).

    They belong to the origin of the deal's primary contact. Cohort: deals of the leads born in the window, with
    refunds, by the as-of. Flow: what was won, or given back, in the window. A refund has the rate of its sale.
    `deals` names a CTE that holds `dealt` already.
    """
    source = f"{deals or f'({dealt(scope)})'} l"
    refunds = f"{source} JOIN leads_refund r ON r.deal_id = l.deal_id AND {scope.known('r.recorded_at')}"
    won = _sale(scope, source, "l.closed_at", 1, "l.amount")
    return f"{won} UNION ALL {_sale(scope, refunds, 'r.at', -1, 'r.amount')}"


def _sale(scope: Scope, source: str, at: str, sign: int, amount: str) -> str:
    """SELECT of the won amounts, or of the refunds."""
    key, window = _placed(scope, at)
    return f"""
    SELECT l.deal_id, l.lead_id, {key} AS key, {at} AS at, l.closed_at, {sign} AS sign, l.currency,
        {amount} AS amount, {cents(amount, "l.currency", local_day("l.closed_at"))} AS cents,
        l.first_seen, {scope.key()} AS origin
    FROM {source}
    WHERE l.outcome = 'won' AND l.closed_at <= %(as_of)s AND {at} <= %(as_of)s
        AND {scope.known("l.close_recorded_at")} AND {window}
    """


def pipeline(scope: Scope, *, deals: str = "") -> str:
    """SELECT of deals opened by the as-of and not closed by then: deal_id, lead_id, key, currency, amount, cents."""
    unknown = f" OR NOT ({scope.known('l.close_recorded_at')})" if scope.known_at else ""
    key, window = _placed(scope, "l.opened_at")
    return f"""
    SELECT l.deal_id, l.lead_id, {key} AS key, l.currency, l.amount,
        {cents("l.amount", "l.currency", "%(as_of_day)s")} AS cents
    FROM {deals or f"({dealt(scope)})"} l
    WHERE l.opened_at <= %(as_of)s AND {scope.known("l.recorded_at")}
        AND (l.outcome = 'open' OR l.closed_at > %(as_of)s{unknown}) AND {window}
    """


def _placed(scope: Scope, at: str) -> tuple[str, str]:
    """Group and window of an amount: those of its lead's birth in a cohort, which `dealt` has bounded, else its own."""
    if scope.basis == "cohort":
        return scope.key(), "true"
    return scope.key(at=at), scope.within(at)

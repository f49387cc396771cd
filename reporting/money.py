"""Amounts in the report's currency, by the dated rate; what has no rate is listed, never counted.

Every amount is rounded to the smallest unit of the report's currency by itself, so that whatever is added up,
by any group and any window, agrees with every other sum to the cent. `cents` are those smallest units; null
where there is no rate.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from reporting.scope import Scope
from reporting.standings import leads_then
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
    return f"({leads_then(scope)})" if scope.known_at else "leads_lead"


def sales(scope: Scope) -> str:
    """SELECT of won amounts and refunds: deal_id, lead_id, key, at, closed_at, sign, currency, amount, cents.

    They belong to the origin of the deal's primary contact. Cohort: deals of the leads born in the window, with
    refunds, by the as-of. Flow: what was won, or given back, in the window. A refund has the rate of its sale.
    """
    won = f"""
    SELECT d.id, d.contact_id, d.closed_at, d.currency, {scope.known("coalesce(d.close_recorded_at, d.recorded_at)")}
        AS is_known FROM leads_deal d WHERE d.outcome = 'won' AND d.closed_at <= %(as_of)s
            AND d.amount IS NOT NULL AND d.voided_at IS NULL
    """
    window = scope.within("l.born_at") if scope.basis == "cohort" else scope.within("m.at")
    by_month = "l.born_at" if scope.basis == "cohort" else "m.at"
    return f"""
    SELECT d.id AS deal_id, d.contact_id AS lead_id, {scope.key(at=by_month)} AS key, m.at, d.closed_at, m.sign,
        d.currency, m.amount, {cents("m.amount", "d.currency", local_day("d.closed_at"))} AS cents
    FROM ({won}) d
    JOIN (
        SELECT id AS deal_id, closed_at AS at, 1 AS sign, amount FROM leads_deal WHERE outcome = 'won'
        UNION ALL
        SELECT r.deal_id, r.at, -1, r.amount FROM leads_refund r WHERE {scope.known("r.recorded_at")}
    ) m ON m.deal_id = d.id AND m.at <= %(as_of)s
    JOIN {contacts(scope)} l ON l.id = d.contact_id
    WHERE d.is_known AND {window}
    """


def pipeline(scope: Scope) -> str:
    """SELECT of deals opened by the as-of and not closed by then: deal_id, lead_id, key, currency, amount, cents."""
    opened = "coalesce(d.opened_at, d.recorded_at)"
    closing = "coalesce(d.close_recorded_at, d.recorded_at)"
    unknown = f" OR NOT ({scope.known(closing)})" if scope.known_at else ""
    is_open = f"(d.outcome = 'open' OR d.closed_at > %(as_of)s{unknown})"
    window = scope.within("l.born_at") if scope.basis == "cohort" else scope.within(opened)
    by_month = "l.born_at" if scope.basis == "cohort" else opened
    return f"""
    SELECT d.id AS deal_id, d.contact_id AS lead_id, {scope.key(at=by_month)} AS key, d.currency, d.amount,
        {cents("d.amount", "d.currency", "%(as_of_day)s")} AS cents
    FROM leads_deal d JOIN {contacts(scope)} l ON l.id = d.contact_id
    WHERE d.amount IS NOT NULL AND d.voided_at IS NULL AND {opened} <= %(as_of)s
        AND {scope.known("d.recorded_at")} AND {is_open} AND {window}
    """

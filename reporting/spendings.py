"""The rows of the ledger of costs behind one cost of the closed loop, each with the part that lies in the window."""

from __future__ import annotations

from typing import Any

from reporting.costs import costs
from reporting.figures import ALL, Key
from reporting.scope import Scope
from reporting.snapshot import rows


def spendings(scope: Scope, key: Key) -> list[dict[str, Any]]:
    """Latest first: the cost as entered, `part` of it in the window, and `cents` in the report's currency.

    `cents` is None where a day has no rate; the others add up to the report's cost, to the cent.
    """
    group = "true" if key is ALL else "s.key IS NULL" if key is None else "s.key = %(key)s"
    sql = f"""
    SELECT c.id, c.starts_on, c.ends_on, c.amount, c.currency, c.campaign_id, p.name AS campaign, h.name AS channel,
        sum(s.amount) AS part, CASE WHEN bool_and(s.cents IS NOT NULL) THEN sum(s.cents) END AS cents
    FROM ({costs(scope)}) s JOIN leads_cost c ON c.id = s.id
    LEFT JOIN leads_campaign p ON p.id = c.campaign_id
    LEFT JOIN leads_channel h ON h.id = coalesce(c.channel_id, p.channel_id)
    WHERE {group} GROUP BY c.id, p.name, h.name ORDER BY c.starts_on DESC, c.id DESC
    """
    return rows(sql, scope.parameters | {"key": key})

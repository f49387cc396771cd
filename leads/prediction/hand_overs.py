"""What was known of a lead at the moment it was handed over, and whether it was won in time. Only reads.

A hand-over is an entry into MQL; a lead that came back and was handed over again is another one. Nothing dated after
that moment is looked at: later touches and scores are left out, facts that were corrected later read as they stood.
Own fields are what sales asks for, so what they say must be dated: a value counts only where the field, and the lead
or company, was there before the hand-over. From then on every change of it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from leads.models import Lead
from leads.readings import merged_history
from leads.stages import Stage
from smarketing.foundation.prepared import Prepared

# A correction of a fact by hand or by API, the earliest after the hand-over: what stood there before it.
_AS_IT_STOOD = """
    SELECT jsonb_object_agg(c.field, c.before ORDER BY c.at DESC, c.id DESC) AS stood
    FROM leads_factchange c WHERE c.{owner}_id = {of} AND c.at > h.at AND c.voided_at IS NULL
"""

_HAND_OVERS = f"""
WITH {merged_history("{where}")},
entered AS (
    SELECT lead_id, id, at, row_number() OVER lead_rows AS turn, lead(at) OVER lead_rows AS next_at
    FROM moving WHERE is_entry AND to_stage = 'mql' AND to_standing = 'active'
    WINDOW lead_rows AS (PARTITION BY lead_id ORDER BY at, id)
),
won AS (
    SELECT e.lead_id, e.turn, min(m.at) AS at
    FROM entered e JOIN moving m ON m.lead_id = e.lead_id AND m.to_stage = 'customer' AND m.to_standing = 'won'
        AND m.at >= e.at AND (e.next_at IS NULL OR m.at < e.next_at)
    GROUP BY e.lead_id, e.turn
),
hand_overs AS (
    SELECT e.lead_id, e.at, e.turn, e.next_at, w.at AS won_at FROM entered e LEFT JOIN won w USING (lead_id, turn)
)
"""

_KNOWN = f"""
SELECT h.lead_id, l.account_id, h.at, h.turn, h.won_at, l.born_at, t.kinds, s.fit, s.engagement,
    l.channel_id, l.country, a.industry, a.employees, a.revenue_band, a.country,
    l.created_at, l.custom, lead_facts.stood, a.created_at, a.custom, account_facts.stood,
    (SELECT jsonb_object_agg(
            CASE entity WHEN 'lead' THEN '' ELSE 'account.' END || 'custom.' || key, extract(epoch FROM created_at))
        FROM leads_customfield WHERE archived_at IS NULL)::text
FROM chosen h
JOIN leads_lead l ON l.id = h.lead_id
LEFT JOIN leads_account a ON a.id = l.account_id
CROSS JOIN LATERAL ({_AS_IT_STOOD.format(owner="lead", of="h.lead_id")}) lead_facts
CROSS JOIN LATERAL ({_AS_IT_STOOD.format(owner="account", of="l.account_id")}) account_facts
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(k.kind, k.n) AS kinds FROM (
        SELECT kind, count(*) AS n FROM leads_touch
        WHERE lead_id = h.lead_id AND at <= h.at AND voided_at IS NULL AND team = 'marketing' AND NOT is_origin
        GROUP BY kind
    ) k
) t
CROSS JOIN LATERAL (
    SELECT sum(points) FILTER (WHERE part = 'fit') AS fit,
        sum(points) FILTER (WHERE part = 'engagement') AS engagement
    FROM leads_scoreentry WHERE lead_id = h.lead_id AND at <= h.at
) s
"""

# Facts that imports changed, the latest change first, so that the earliest one has the last word.
_BROUGHT = """
SELECT i."table", i.row_id, b.started_at, k.key, k.value::text
FROM leads_importchange i JOIN leads_importbatch b ON b.id = i.batch_id CROSS JOIN LATERAL jsonb_each(i.before) k
WHERE i."table" = 'lead' AND (starts_with(k.key, 'custom.') OR k.key IN ('country', 'channel_id', 'account_id'))
    OR i."table" = 'account'
        AND (starts_with(k.key, 'custom.') OR k.key IN ('industry', 'employees', 'revenue_band', 'country'))
ORDER BY b.started_at DESC, i.id DESC
"""

_ALIVE = (
    "c.lead_id IN (SELECT id FROM leads_lead WHERE {which} AND voided_at IS NULL AND merged_into_id IS NULL)"
)
_EVER = _ALIVE.format(which="mql_at IS NOT NULL")
_SOME = _ALIVE.format(which="id = ANY(%(leads)s)")
_LAST = ", chosen AS (SELECT * FROM hand_overs WHERE next_at IS NULL)"


@dataclass(frozen=True, slots=True)
class HandOver:
    """One hand-over with what was known then; `won_at` is what it is to foretell and no part of that."""

    lead: int
    account: int | None
    at: datetime
    turn: int
    won_at: datetime | None
    born_at: datetime
    touches: dict[str, int]
    fit: int | None
    engagement: int | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class Outcomes:
    """How many hand-overs there were and were won, and the days within which nine of ten wins came."""

    hand_overs: int
    won: int
    days: float | None


def outcomes(moment: datetime) -> Outcomes:
    """What became of every hand-over up to that moment."""
    sql = f"""{_with(_EVER)}
        SELECT count(*), count(won_at),
            percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM won_at - at) / 86400)
        FROM hand_overs WHERE at <= %(moment)s AND (won_at IS NULL OR won_at <= %(moment)s)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"moment": moment})
        hand_overs, won, days = cursor.fetchone()
    return Outcomes(hand_overs, won, None if days is None else float(days))


def past(until: datetime, most: int) -> list[HandOver]:
    """The latest hand-overs up to that moment, the oldest first; what later imports brought is left out too."""
    chosen = f"""{_with(_EVER)}, chosen AS (
        SELECT * FROM hand_overs WHERE at <= %(until)s ORDER BY at DESC, lead_id DESC LIMIT %(most)s)"""
    found = list(_read(f"{chosen} {_KNOWN} ORDER BY h.at, h.lead_id", {"until": until, "most": most}))
    _take_back(found)
    return found


def latest(lead_ids: Collection[int]) -> Iterator[HandOver]:
    """The last hand-over of each of these leads that were ever handed over."""
    return _read(f"{_with(_SOME)}{_LAST} {_KNOWN}", {"leads": list(lead_ids)})


def latest_of(lead_id: int) -> HandOver | None:
    """The same of one lead, for its page: planned once per connection."""
    rows = _OF_ONE.rows({"lead": lead_id})
    return _hand_over(rows[0]) if rows else None


def in_work() -> list[int]:
    """The leads that sales has and has not decided: of these there is a probability, and of no others."""
    return list(Lead.objects.waiting().order_by("pk").values_list("pk", flat=True))


def is_in_work(lead: Lead) -> bool:
    return lead.standing == "active" and lead.stage in (Stage.MQL, Stage.SAL, Stage.SQL)


def _with(where: str) -> str:
    return _HAND_OVERS.replace("{where}", where)


_OF_ONE = Prepared.named(f"{_with('c.lead_id = %(lead)s')}{_LAST} {_KNOWN}")


def _read(sql: str, parameters: dict[str, Any]) -> Iterator[HandOver]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return map(_hand_over, cursor.fetchall())


def _hand_over(row: tuple) -> HandOver:
    lead, account, at, turn, won_at, born_at, kinds, fit, engagement = row[:9]
    names = (
        "channel",
        "country",
        *(f"account.{one}" for one in ("industry", "employees", "revenue_band", "country")),
    )
    facts = dict(zip(names, row[9:15], strict=True))
    facts |= _own(row[15:18], "", at, row[21])
    if account is not None:
        facts |= _own(row[18:21], "account.", at, row[21])
    if facts.pop("company", None) is not None:
        _forget_company(facts)
    return HandOver(lead, account, at, turn, won_at, born_at, _loaded(kinds), fit, engagement, facts)


def _own(known: tuple, of: str, at: datetime, fields: str | None) -> dict[str, Any]:
    """The own facts of a lead or a company that can be dated, and every fact that read differently then."""
    since, own, stood = known
    found = {f"{of}custom.{key}": value for key, value in _loaded(own).items()}
    found |= {f"{of}{field}": value for field, value in _loaded(stood).items()}
    made = _made(fields)
    return {
        name: value
        for name, value in found.items()
        if "custom." not in name or (since <= at and name in made and made[name] <= at.timestamp())
    }


def _forget_company(facts: dict[str, Any]) -> None:
    """The lead was at another company then, or at none that we knew of."""
    facts.update(dict.fromkeys((name for name in facts if name.startswith("account.")), None))


@lru_cache(maxsize=8)  # the same for all rows of an answer
def _made(fields: str | None) -> dict[str, float]:
    """When each own field was set up."""
    return json.loads(fields) if fields else {}


def _take_back(known: list[HandOver]) -> None:
    """Give facts the values they had before imports that came after the hand-over."""
    brought: dict[tuple[str, int | None], list[tuple[datetime, str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT)
        for table, row, started_at, key, value in cursor.fetchall():
            brought.setdefault((table, row), []).append(
                (started_at, key.removesuffix("_id"), json.loads(value))
            )
    for one in known if brought else ():
        for table, row, of in (("lead", one.lead, ""), ("account", one.account, "account.")):
            for started_at, key, value in brought.get((table, row), ()):
                if started_at > one.at and f"{of}{key}" in one.facts:
                    one.facts[f"{of}{key}"] = value
        if any(at > one.at and key == "account" for at, key, _ in brought.get(("lead", one.lead), ())):
            _forget_company(one.facts)


def _loaded(found: Any) -> dict[str, Any]:
    return json.loads(found) if isinstance(found, str) else found or {}

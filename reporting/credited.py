"""Who earned how much of what was won: the report on attribution, by one model or by the paths that led to deals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from leads.definitions import in_force
from reporting.attribution import by_largest_remainder, markov
from reporting.closed_loop import names_of
from reporting.credits import credits
from reporting.money import sales, shown
from reporting.periods import iso
from reporting.scope import MODELS, Scope, choose, make_scope
from reporting.snapshot import rows, snapshot

MARKOV = "markov"
ENOUGH = 100  # conversions: with fewer, what the paths say is chance
OF_TOUCHES = ["campaign", "channel", "medium", "content"]
Report = dict[str, Any]


def attribution(
    *,
    by: str = "campaign",
    model: str = "first",
    basis: str = "cohort",
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
    known_at: date | datetime | None = None,
    currency: str | None = None,
) -> Report:
    """The report as RULES.md describes it; raises `WrongUsage` with the right values.

    `deals` and `touches` are those that share under the model. Of `markov`, which is no split of single deals,
    `sample` says on how many conversions and other paths it stands; under 100 conversions it is withheld.
    """
    choose("model", model, [*MODELS, MARKOV])
    options: dict[str, Any] = {"basis": basis, "since": since, "until": until, "as_of": as_of}
    options |= {"known_at": known_at, "currency": currency}
    if model == MARKOV:
        scope = make_scope(by=by, model="linear", among=OF_TOUCHES, **options)
        return by_paths(scope)
    return attribution_of(make_scope(by=by, model=model, **options))


def attribution_of(scope: Scope) -> Report:
    with snapshot():
        found = rows(
            f"""
            SELECT key, grouping(key) = 1 AS over_all, sum(cents) AS cents,
                count(DISTINCT deal_id) AS deals, count(DISTINCT (deal_id, touch)) FILTER (WHERE touch > 0) AS touches
            FROM ({credits(scope)}) c GROUP BY GROUPING SETS ((key), ())
            """,
            scope.parameters,
        )
        groups = [row for row in found if not row["over_all"]]
        names = names_of(scope, {row["key"] for row in groups})
    total = next(row for row in found if row["over_all"])
    lines = [
        {"key": names.get(row["key"], row["key"]), "id": row["key"]} | _told(scope, row) for row in groups
    ]
    return _head(scope, scope.model) | {"rows": _ordered(lines), "total": _told(scope, total)}


def _head(scope: Scope, model: str) -> Report:
    return {
        "model": model,
        "by": scope.by,
        "basis": scope.basis,
        "since": scope.since and scope.since.isoformat(),
        "until": scope.until and scope.until.isoformat(),
        "as_of": iso(scope.as_of),
        "definition_version": in_force(scope.as_of).version,
        "known_at": iso(scope.known_at),
        "currency": scope.currency,
    }


def _told(scope: Scope, row: Report) -> Report:
    cents = Decimal(row["cents"] or 0)
    return {
        "credited_revenue": shown(cents, scope.currency),
        "deals": row["deals"],
        "touches": row["touches"],
    }


def _ordered(lines: list[Report]) -> list[Report]:
    """The most credit first, what has no name last; ids that are days as text."""
    for line in lines:
        line["id"] = line["id"].isoformat() if isinstance(line["id"], date) else line["id"]
    return sorted(
        lines,
        key=lambda line: (line["id"] is None, -Decimal(line["credited_revenue"] or 0), str(line["key"])),
    )


# --- By the paths that led to deals, and those that did not ------------------------------------------------
def by_paths(scope: Scope) -> Report:
    """Revenue by how much less likely a deal would be without each group: order 1, exact, to the cent in all."""
    with snapshot():
        converted = rows(_converted(scope), scope.parameters)
        lost = rows(_unconverted(scope), scope.parameters)
        keys = {key for path in (*converted, *lost) for key in path["path"]}
        names = names_of(scope, keys)
    conversions, nulls = (sum(path["n"] for path in paths) for paths in (converted, lost))
    sample = {"conversions": conversions, "nulls": nulls, "withheld": conversions < ENOUGH}
    lines = [] if sample["withheld"] else _by_effect(scope, converted, lost, names)
    revenue = shown(sum((Decimal(path["cents"]) for path in converted), Decimal(0)), scope.currency)
    total = {
        "credited_revenue": None if sample["withheld"] else revenue,
        "deals": conversions,
        "touches": None,
    }
    return _head(scope, MARKOV) | {"rows": lines, "total": total, "sample": sample}


def _by_effect(
    scope: Scope, converted: list[Report], lost: list[Report], names: dict[Any, str]
) -> list[Report]:
    paths = [([str(key) for key in path["path"]], path["n"], 0, Decimal(path["cents"])) for path in converted]
    paths += [([str(key) for key in path["path"]], 0, path["n"], Decimal(0)) for path in lost]
    effects = markov(paths)
    keys = {str(key): key for path in (*converted, *lost) for key in path["path"]}
    cents = int(sum((path["cents"] for path in converted), Decimal(0)))
    weights = [Fraction(effects[text][0]) for text in keys]
    shares: Iterable[int] = (
        by_largest_remainder(cents, weights) if sum(weights) and cents > 0 else [0] * len(keys)
    )
    lines = [
        {
            "key": names.get(key, key),
            "id": key,
            "credited_revenue": shown(Decimal(share), scope.currency),
            "removal_effect": round(effects[text][0], 6),
            "deals": sum(path["n"] for path in converted if key in path["path"]),
            "touches": sum(path["n"] * path["path"].count(key) for path in converted),
        }
        for (text, key), share in zip(keys.items(), shares, strict=True)
    ]
    return _ordered(lines)


def _converted(scope: Scope) -> str:
    """SELECT of path, n, cents: the groups that deals with revenue were touched by, in order of time."""
    touched = f"""
    SELECT deal_id, touch, min(key) AS key, sum(cents) AS cents FROM ({credits(replace(scope, model="linear"))}) c
    GROUP BY deal_id, touch
    """
    return f"""
    SELECT path, count(*) AS n, sum(cents) AS cents FROM (
        SELECT deal_id, coalesce(array_agg(key ORDER BY touch) FILTER (WHERE key IS NOT NULL), '{{}}') AS path,
            sum(cents) AS cents
        FROM ({touched}) t GROUP BY deal_id
    ) d GROUP BY path
    """


def _unconverted(scope: Scope) -> str:
    """SELECT of path and n: the same for leads of the window that had no part in a deal with revenue."""
    won = f"SELECT s.deal_id, s.lead_id FROM ({sales(replace(scope, since=None, until=None))}) s"
    # The touches of all contacts of a deal are in its path, so none of them is a path that led nowhere.
    sold = f"""
    WITH won AS MATERIALIZED ({won} WHERE s.cents IS NOT NULL)
    SELECT lead_id FROM won
    UNION SELECT c.lead_id FROM won JOIN leads_dealcontact c ON c.deal_id = won.deal_id AND c.voided_at IS NULL
    """
    key = f"CASE WHEN t.is_origin THEN {scope.key()} ELSE {scope.key('t')} END"
    at = "CASE WHEN t.is_origin THEN l.born_at ELSE t.at END"
    return f"""
    SELECT path, count(*) AS n FROM (
        SELECT l.id, array_agg({key} ORDER BY {at}, t.recorded_at, t.id) FILTER (WHERE {key} IS NOT NULL) AS path
        FROM leads_lead l JOIN leads_touch t ON t.lead_id = l.id
        WHERE t.voided_at IS NULL AND {scope.known("t.recorded_at")} AND l.merged_into_id IS NULL
            AND l.voided_at IS NULL AND {scope.within("l.born_at")}
            AND {at} <= %(as_of)s AND l.id NOT IN ({sold})
        GROUP BY l.id
    ) p WHERE path IS NOT NULL GROUP BY path
    """

"""Where leads stand, how far they got, how long they stayed: the funnel as of a moment (RULES.md 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from leads.definitions import in_force
from leads.stages import LADDER, STATES
from reporting.closed_loop import share
from reporting.funnel_counts import ACCEPTED, MQL, cohort_visits, condition, counted
from reporting.happenings import REACHED, happenings
from reporting.money import sales, shown
from reporting.periods import iso
from reporting.scope import Scope, make_scope
from reporting.snapshot import rows, snapshot
from reporting.standings import code_of, leads_then
from reporting.working_days import working_days
from sla.calendars import organisation_hours

Report = dict[str, Any]


def funnel(
    *,
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
    known_at: date | datetime | None = None,
    currency: str | None = None,
) -> Report:
    """The report as RULES.md describes it, ready for JSON; only rows dated at or before `as_of` count.

    With days it is a cohort's: of the leads born in them, and how far those got.
    """
    scope = make_scope(
        by="month", since=since, until=until, as_of=as_of, known_at=known_at, currency=currency
    )
    return funnel_of(scope)


def funnel_of(scope: Scope) -> Report:
    with snapshot():
        standing = _standing(scope)
        stays = _stays(scope)
        rejections = rows(f"SELECT count(*) AS n FROM ({counted(scope, 'rejections')}) r", scope.parameters)[
            0
        ]["n"]
        velocity = _velocity(scope, standing)
        cohorts = cohorts_of(scope)
    reached = {stage: standing[f"reached_or_passed:{stage}"] for stage in LADDER}
    return {
        "since": scope.since and scope.since.isoformat(),
        "until": scope.until and scope.until.isoformat(),
        "as_of": iso(scope.as_of),
        "definition_version": in_force(scope.as_of).version,
        "known_at": iso(scope.known_at),
        "currency": scope.currency,
        "born": standing["born"],
        "states": {state: standing[f"currently_in:{state}"] for state in STATES},
        "stages": {str(stage): _stage(stage, standing, stays["by_code"]) for stage in LADDER},
        "steps": [
            {"from": str(a), "to": str(b), **share(reached[b], reached[a])} for a, b in pairwise(LADDER)
        ],
        "requalified": stays["requalified"],
        "rejections": rejections,
        "acceptance": share(stays["accepted"], stays["accepted"] + rejections),
        "velocity_per_day": velocity,
        "cohorts": cohorts,
    }


def _stage(stage: str, standing: dict[str, int], stays: dict[int, Report]) -> Report:
    stay = stays.get(code_of(stage), {})
    return {
        "currently_in": standing[f"currently_in:{stage}"],
        "ever_entered": standing[f"ever_entered:{stage}"],
        "reached_or_passed": standing[f"reached_or_passed:{stage}"],
        "entries": stay.get("entries", 0),
        "median_seconds": stay.get("median_seconds"),
        "median_working_minutes": stay.get("median_working_minutes"),
    }


def _standing(scope: Scope) -> dict[str, int]:
    """Leads per state, and per stage entered and reached, in one reading of all leads."""
    names = [f"currently_in:{state}" for state in STATES]
    names += [f"{what}:{stage}" for what in ("ever_entered", "reached_or_passed") for stage in LADDER]
    columns = [f'count(*) FILTER (WHERE {condition(*name.split(":"))}) AS "{name}"' for name in names]
    sql = f"SELECT count(*) AS born, {', '.join(columns)} FROM ({leads_then(scope)}) l"
    return rows(f"{sql} WHERE {scope.within('l.born_at')}", scope.parameters)[0]


def reached_of(scope: Scope) -> dict[str, int]:
    """How many were born, and reached each stage or passed it: the road alone, of another window to compare with."""
    columns = [
        f'count(*) FILTER (WHERE {condition("reached_or_passed", stage)}) AS "{stage}"' for stage in LADDER
    ]
    sql = f"SELECT count(*) AS born, {', '.join(columns)} FROM ({leads_then(scope)}) l"
    return rows(f"{sql} WHERE {scope.within('l.born_at')}", scope.parameters)[0]


def _stays(scope: Scope) -> Report:
    """Visits per state with their median length in calendar and in working time."""
    first = rows(
        "SELECT min(born_at) AS at FROM leads_lead WHERE voided_at IS NULL AND born_at <= %(as_of)s",
        scope.parameters,
    )[0]["at"]
    since = first or scope.as_of
    days = working_days(organisation_hours(since, scope.as_of), since, scope.as_of)
    sql = f"""
    WITH v AS MATERIALIZED (SELECT * FROM ({cohort_visits(scope)}) v),
    again AS (SELECT 1 FROM v WHERE code = {MQL} GROUP BY lead_id HAVING count(*) > 1),
    -- OFFSET 0: seconds and days are reckoned once per visit, not once per use
    seconds AS (
        SELECT code, date_part('epoch', at) AS start, date_part('epoch', until) AS finish, {ACCEPTED} AS accepted
        FROM v OFFSET 0
    ),
    days AS (SELECT s.*, {days.day("start")} AS start_day, {days.day("finish")} AS finish_day FROM seconds s OFFSET 0),
    stays AS (
        SELECT code, accepted, finish - start AS seconds,
            ({days.worked("finish", "finish_day")} - ({days.worked("start", "start_day")})) / 60 AS minutes
        FROM days
    )
    SELECT code, count(*) AS entries, count(*) FILTER (WHERE accepted) AS accepted,
        (SELECT count(*) FROM again) AS requalified,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS median_working_minutes
    FROM stays GROUP BY code
    """
    found = rows(sql, scope.parameters | days.parameters)
    for row in found:
        row["median_seconds"] = _tidy(row["median_seconds"])
        row["median_working_minutes"] = _tidy(row["median_working_minutes"])
    return {
        "by_code": {row["code"]: row for row in found},
        "requalified": found[0]["requalified"] if found else 0,
        "accepted": sum(row["accepted"] for row in found),
    }


def _velocity(scope: Scope, standing: dict[str, int]) -> str | None:
    """Money per day: reached SQL × its share of customers × mean won amount ÷ mean days from birth to customer."""
    won = rows(
        f"SELECT avg(cents) AS cents FROM ({sales(scope)}) s WHERE cents IS NOT NULL AND sign = 1",
        scope.parameters,
    )[0]["cents"]
    days = rows(
        f"SELECT avg(customers_days) AS days FROM ({happenings(scope)}) h WHERE customers", scope.parameters
    )[0]["days"]
    if won is None or not days or not standing["reached_or_passed:sql"]:
        return None
    return shown(standing["reached_or_passed:customer"] * won / Decimal(days), scope.currency)


def cohorts_of(scope: Scope) -> list[Report]:
    """Leads by the month of their birth, and how far they got. Each number is the closed loop's by month."""
    by_month = replace(scope, by="month")
    counts = ", ".join(f"count(*) FILTER (WHERE {name}) AS {name}" for name in REACHED)
    sql = f"SELECT key, count(*) AS born, {counts} FROM ({happenings(by_month)}) h GROUP BY key ORDER BY key"
    found = rows(sql, by_month.parameters)
    return [{"period": f"{row.pop('key'):%Y-%m}", **row} for row in found]


def _tidy(value: float | None) -> float | int | None:
    """Whole numbers without a decimal point."""
    if value is None:
        return None
    value = round(value, 6)
    return int(value) if value.is_integer() else value

"""Every lead as it stood at a moment, as it was known at a moment: SQL that all reports read.

The fast way reads the dates and the position that the lead row keeps, and asks history only for leads that
moved after the as-of. With a known-at all of it comes from the history rows recorded by then.
"""

from __future__ import annotations

from leads.readings import merged_history
from leads.stages import LADDER, OFF_THE_ROAD, RETURNS, STATES
from reporting.scope import Scope

OPEN_STATES = [str(stage) for stage in LADDER[:-1]]


def quoted(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def state(prefix: str) -> str:
    """SQL of the state of a position: the standing where it takes the lead off the road, else the stage."""
    standing, stage = f"{prefix}standing", f"{prefix}stage"
    return f"CASE WHEN {standing} IN ({quoted(OFF_THE_ROAD)}) THEN {standing} ELSE {stage} END"


# The state as its place in STATES, so that "the last one" is a maximum of whole numbers.
CODE = f"array_position(ARRAY[{quoted(STATES)}], ({state('c.to_')})::text)"
FROM_CODE = f"(ARRAY[{quoted(STATES)}])[{{code}}]"
# The one rule of `leads.readings`: a historic row to a lower stage, which is no return, moves nothing.
MOVES = (
    f"(c.kind = 'live' OR c.to_standing IN ({quoted(RETURNS)}) OR c.rank >= coalesce(c.reached_before, -1))"
)
EVIDENT = "NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)"


def walked(where: str) -> str:
    """CTE `walked`: each counted history row with its state's code, whether it moved the lead, and its number."""
    return f"""
    {merged_history(where)},
    walked AS (
        SELECT c.lead_id, c.id, c.at, c.move, {CODE} AS code, {MOVES} AS moves,
            row_number() OVER (PARTITION BY c.lead_id ORDER BY c.at, c.id) AS n
        FROM counted c
    )
    """


def last_state(where: str) -> str:
    """SELECT of lead_id and the state after the last of these rows."""
    code = "mod(max(n * 16 + code) FILTER (WHERE moves), 16)"
    return f"WITH {walked(where)} SELECT lead_id, {FROM_CODE.format(code=code)} AS state FROM walked GROUP BY lead_id"


def leads_then(scope: Scope) -> str:
    """SELECT of every lead born by the as-of: id, born_at, first entries, `state`, and what it is grouped by.

    `unwritten`: a visitor since its birth although no row of history says so.
    """
    return _as_known(scope) if scope.known_at else _from_rows(scope)


DIMENSION_COLUMNS = "l.campaign_id, l.channel_id, l.medium, l.content, l.owner_id, l.country"
DATES = [f"{stage}_at" for stage in LADDER]


def _from_rows(scope: Scope) -> str:
    dates = ", ".join(f"l.{column}" for column in DATES)
    moved_since = (
        "c.at <= %(as_of)s AND c.lead_id IN (SELECT m.id FROM leads_lead m WHERE m.stage_since > %(as_of)s)"
    )
    if scope.is_recent:
        join = ""
        past = f"(SELECT p.state FROM ({last_state('c.lead_id = l.id AND c.at <= %(as_of)s')}) p)"
    else:
        join, past = f"LEFT JOIN ({last_state(moved_since)}) past ON past.lead_id = l.id", "past.state"
    return f"""
    SELECT l.id, l.born_at, {dates}, {DIMENSION_COLUMNS},
        CASE WHEN l.stage_since <= %(as_of)s THEN {state("l.")} ELSE coalesce({past}, 'visitor') END AS state,
        NOT coalesce(l.born_at = least({dates}), false) AND NOT EXISTS (
            SELECT 1 FROM leads_stagechange x WHERE x.lead_id = l.id AND x.at = l.born_at
        ) AS unwritten
    FROM leads_lead l {join}
    WHERE l.merged_into_id IS NULL AND l.born_at <= %(as_of)s
    """


def _as_known(scope: Scope) -> str:
    """Birth, too, as it was known: of a lead whose history was recorded later, when the lead was made."""
    dates = ", ".join(
        f"min(at) FILTER (WHERE code = {code}) AS {stage}_at" for code, stage in enumerate(LADDER, start=1)
    )
    code = "mod(max(n * 16 + code) FILTER (WHERE moves AND at <= %(as_of)s), 16)"
    history = f"""
    WITH {walked("c.recorded_at <= %(known_at)s")}
    SELECT lead_id, min(at) AS born_at, {dates}, {FROM_CODE.format(code=code)} AS state FROM walked GROUP BY lead_id
    """
    first_row = "(SELECT min(x.at) FROM leads_stagechange x WHERE x.lead_id = l.id)"
    born = f"""CASE WHEN l.born_at < {first_row} OR {first_row} IS NULL THEN l.born_at
        ELSE least(h.born_at, l.created_at) END"""
    return f"""
    SELECT b.*, b.first_known IS NULL OR b.born_at < b.first_known AS unwritten
    FROM (
        SELECT l.id, {born} AS born_at, h.born_at AS first_known, {", ".join(f"h.{column}" for column in DATES)},
            {DIMENSION_COLUMNS}, coalesce(h.state, 'visitor') AS state
        FROM leads_lead l LEFT JOIN ({history}) h ON h.lead_id = l.id
        WHERE l.merged_into_id IS NULL AND l.created_at <= %(known_at)s
    ) b
    WHERE b.born_at <= %(as_of)s
    """


def visits(scope: Scope) -> str:
    """SELECT of every visit to a state by the as-of: lead_id, code, at, until, the next state's code, move.

    A row to the state already held is no visit. One that counts but moves nothing is a visit of no length.
    A lead has been a visitor from its birth until its first row, where it has a birth of its own.
    """
    where = f"c.at <= %(as_of)s AND {scope.known('c.recorded_at')} AND {NOT_MERGED}"
    return f"""
    WITH {walked(where)},
    held AS (
        SELECT w.*, mod(max(CASE WHEN moves THEN n * 16 + code END) OVER (
            PARTITION BY lead_id ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 16) AS held
        FROM walked w
    )
    SELECT lead_id, code, at, move, moves,
        CASE WHEN moves THEN coalesce(lead(at) OVER later, %(as_of)s) ELSE at END AS until,
        CASE WHEN moves THEN lead(code) OVER later END AS next_code
    FROM held WHERE held IS DISTINCT FROM code
    WINDOW later AS (PARTITION BY lead_id, moves ORDER BY at, id)
    UNION ALL
    SELECT l.id, 1, l.born_at, NULL, true, coalesce(x.at, %(as_of)s), x.code
    FROM ({leads_then(scope)}) l LEFT JOIN LATERAL (
        SELECT c.at, {CODE} AS code FROM leads_stagechange c
        WHERE c.lead_id = l.id AND {where} AND c.move NOT IN ('undo', 'adopt') AND {EVIDENT}
        ORDER BY c.at, c.id LIMIT 1
    ) x ON true
    WHERE l.unwritten
    """


NOT_MERGED = "c.lead_id NOT IN (SELECT m.id FROM leads_lead m WHERE m.merged_into_id IS NOT NULL)"


def code_of(state: str) -> int:
    return STATES.index(state) + 1


__all__ = ["OPEN_STATES", "code_of", "last_state", "leads_then", "quoted", "visits"]

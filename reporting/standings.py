"""Every lead as it stood at a moment, as it was known at a moment: SQL that all reports read.

The fast way reads the dates and the position that the lead row keeps, and asks history only for leads that
moved after the as-of. With a known-at all of it comes from the history rows recorded by then.
"""

from __future__ import annotations

from collections.abc import Sequence

from leads.stages import LADDER, OFF_THE_ROAD, RETURNS, STATES
from reporting.scope import Scope
from reporting.segmented import lead_rows

OPEN_STATES = [str(stage) for stage in LADDER[:-1]]
DIMENSION_COLUMNS = ["l.campaign_id", "l.channel_id", "l.medium", "l.content", "l.owner_id", "l.country"]
DATES = [f"{stage}_at" for stage in LADDER]


def quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def place(words: Sequence[str], column: str) -> str:
    """SQL of a word's place in a list, from 1: whole numbers sort and compare faster than words."""
    whens = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(words, start=1))
    return f"CASE {column} {whens} END"


def code_of(state: str) -> int:
    return STATES.index(state) + 1


# The state of a history row as its place in STATES, so that "the last one" is a maximum of whole numbers.
CODE = f"coalesce({place(OFF_THE_ROAD, 'c.to_standing')} + {len(LADDER)}, {place(LADDER, 'c.to_stage')})"
LAST_CODE = "mod(max(n * 16 + code) FILTER (WHERE moves), 16)"
BEFORE = "(PARTITION BY lead_id ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
NOT_UNDONE = (
    "c.voided_at IS NULL"
    " AND c.id NOT IN (SELECT u.undoes_id FROM leads_stagechange u WHERE u.undoes_id IS NOT NULL)"
)
COUNTED = f"c.move NOT IN ('undo', 'adopt') AND {NOT_UNDONE}"
NOT_MERGED = "c.lead_id NOT IN (SELECT m.id FROM leads_lead m WHERE m.merged_into_id IS NOT NULL)"


def state(code: str) -> str:
    """SQL of the state with this code."""
    return f"(ARRAY[{quoted(STATES)}])[{code}]"


def walked(where: str) -> str:
    """CTE `walked`: each counted history row (alias c) with its state's code, its number, and whether it moved.

    The rule is that of `leads.readings`, in fewer columns and passes, as all of history goes through it: a
    historic row to a lower stage than one already reached since the last return to nurture, and no return
    itself, moves nothing.
    """
    return f"""
    walked AS (
        SELECT lead_id, id, at, code, n, onward OR height >= coalesce(reached_before, 0) AS moves
        FROM (
            SELECT r.*, row_number() OVER before AS n, max(height) OVER before AS reached_before
            FROM (
                SELECT c.lead_id, c.id, c.at, {CODE} AS code,
                    count(*) FILTER (WHERE c.to_standing = 'nurturing') OVER (
                        PARTITION BY c.lead_id ORDER BY c.at, c.id ROWS UNBOUNDED PRECEDING
                    ) * {len(LADDER) + 1}
                    + CASE WHEN c.to_standing = 'nurturing' THEN 2 ELSE {place(LADDER, "c.to_stage")} END AS height,
                    c.kind = 'live' AND c.move <> 'capture' OR c.to_standing IN ({quoted(RETURNS)}) AS onward
                FROM leads_stagechange c WHERE {COUNTED} AND {where}
            ) r
            WINDOW before AS {BEFORE}
        ) w
    )
    """


def last_state(where: str) -> str:
    """SELECT of lead_id and the state after the last of these rows."""
    return f"WITH {walked(where)} SELECT lead_id, {state(LAST_CODE)} AS state FROM walked GROUP BY lead_id"


def grouped_by(scope: Scope) -> str:
    """SQL of the columns that reports group leads (alias l) by."""
    return ", ".join([*DIMENSION_COLUMNS, *(["l.segment"] if scope.by == "segment" else [])])


def leads_then(scope: Scope, *, some: bool = False) -> str:
    """SELECT of every lead born by the as-of: id, born_at, first entries, `state`, and what it is grouped by.

    `unwritten`: a visitor since its birth although no row of history says so. `some`: for a list of some leads,
    where looking into the history of each is faster than reading the history of all.
    """
    return _as_known(scope) if scope.known_at else _from_rows(scope, some)


def _from_rows(scope: Scope, some: bool) -> str:
    dates = ", ".join(f"l.{column}" for column in DATES)
    if some:
        join = ""
        past = f"(SELECT p.state FROM ({last_state('c.lead_id = l.id AND c.at <= %(as_of)s')}) p)"
    else:
        moved = "c.lead_id IN (SELECT m.id FROM leads_lead m WHERE m.stage_since > %(as_of)s)"
        join = f"LEFT JOIN ({last_state(f'c.at <= %(as_of)s AND {moved}')}) past ON past.lead_id = l.id"
        past = "past.state"
    now = f"CASE WHEN l.standing IN ({quoted(OFF_THE_ROAD)}) THEN l.standing ELSE l.stage END"
    return f"""
    SELECT l.id, l.born_at, {dates}, {grouped_by(scope)},
        CASE WHEN l.stage_since <= %(as_of)s THEN {now} ELSE coalesce({past}, 'visitor') END AS state,
        NOT coalesce(l.born_at = least({dates}), false) AND NOT EXISTS (
            SELECT 1 FROM leads_stagechange x
            WHERE x.lead_id = l.id AND x.at = l.born_at AND x.voided_at IS NULL
        ) AS unwritten
    FROM {lead_rows(scope)} l {join}
    WHERE l.merged_into_id IS NULL AND l.voided_at IS NULL AND l.born_at <= %(as_of)s
    """


def _as_known(scope: Scope) -> str:
    """Birth, too, as it was known: of a lead whose history was recorded later, when the lead was made."""
    dates = [f"min(at) FILTER (WHERE code = {code_of(stage)}) AS {stage}_at" for stage in LADDER]
    by_then = LAST_CODE.replace("WHERE moves", "WHERE moves AND at <= %(as_of)s")
    history = f"""
    WITH {walked("c.recorded_at <= %(known_at)s")}
    SELECT lead_id, min(at) AS born_at, {", ".join(dates)}, {state(by_then)} AS state FROM walked GROUP BY lead_id
    """
    first_row = "(SELECT min(x.at) FROM leads_stagechange x WHERE x.lead_id = l.id AND x.voided_at IS NULL)"
    born = f"""CASE WHEN l.born_at < {first_row} OR {first_row} IS NULL THEN l.born_at
        ELSE least(h.born_at, l.created_at) END"""
    return f"""
    SELECT b.*, b.first_known IS NULL OR b.born_at < b.first_known AS unwritten
    FROM (
        SELECT l.id, {born} AS born_at, h.born_at AS first_known, {", ".join(f"h.{column}" for column in DATES)},
            {grouped_by(scope)}, coalesce(h.state, 'visitor') AS state
        FROM {lead_rows(scope)} l LEFT JOIN ({history}) h ON h.lead_id = l.id
        WHERE l.merged_into_id IS NULL AND l.voided_at IS NULL AND l.created_at <= %(known_at)s
    ) b
    WHERE b.born_at <= %(as_of)s
    """


def visits(scope: Scope, only: str = "true") -> str:
    """SELECT of every visit to a state by the as-of: lead_id, code, at, until, the next state's code, moves.

    A row to the state already held is no visit. One that counts but moves nothing is a visit of no length.
    A lead has been a visitor from its birth until its first row, where it has a birth of its own. `only` leaves
    history rows (alias c) out, whole leads at a time.
    """
    where = f"c.at <= %(as_of)s AND {scope.known('c.recorded_at')} AND {NOT_MERGED} AND {only}"
    return f"""
    WITH {walked(where)},
    held AS (SELECT w.*, mod(max(CASE WHEN moves THEN n * 16 + code END) OVER {BEFORE}, 16) AS held FROM walked w)
    SELECT lead_id, code, at, CASE WHEN moves THEN coalesce(lead(at) OVER later, %(as_of)s) ELSE at END AS until,
        CASE WHEN moves THEN lead(code) OVER later END AS next_code, moves
    FROM held WHERE held IS DISTINCT FROM code
    WINDOW later AS (PARTITION BY lead_id, moves ORDER BY at, id)
    UNION ALL
    SELECT l.id, 1, l.born_at, coalesce(x.at, %(as_of)s), x.code, true
    FROM ({leads_then(scope)}) l LEFT JOIN LATERAL (
        SELECT c.at, {CODE} AS code FROM leads_stagechange c
        WHERE c.lead_id = l.id AND c.at <= %(as_of)s AND {scope.known("c.recorded_at")} AND {COUNTED}
        ORDER BY c.at, c.id LIMIT 1
    ) x ON true
    WHERE l.unwritten
    """

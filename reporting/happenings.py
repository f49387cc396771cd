"""What the closed loop counts: one row per lead (cohort) or per thing that happened in the window (flow).

Each row has the lead's `id`, its group (`key`), one flag per countable figure, and the days since birth after
which it reached a stage. A figure counts the rows with its flag, the list behind it names their leads.
"""

from __future__ import annotations

from leads.stages import LADDER, Stage
from reporting.scope import Scope
from reporting.standings import NOT_UNDONE, OPEN_STATES, code_of, leads_then, quoted, visits

REACHED = {"mql": Stage.MQL, "sal": Stage.SAL, "sql": Stage.SQL, "customers": Stage.CUSTOMER}
RETURNED = {"rejected": "reject", "recycled": "recycle", "disqualified": "disqualify"}
COUNTED = ["leads", *REACHED, *RETURNED, "lost", "open"]
MEDIANS = {"mql": "mql", "sal": "sal", "sql": "sql", "customer": "customers"}


def happenings(scope: Scope, *, some: bool = False) -> str:
    """`some`: for a list of some leads (see `leads_then`)."""
    return _cohort(scope, some) if scope.basis == "cohort" else _flow(scope)


def reached_at(stage: Stage) -> str:
    """SQL of when a lead (alias l) first entered this stage or a later one."""
    later = LADDER[stage.rank :]
    return f"least({', '.join(f'l.{s}_at' for s in later)})"


def days_from_birth(at: str) -> str:
    return f"date_part('epoch', {at} - l.born_at) / 86400"


def _cohort(scope: Scope, some: bool) -> str:
    flags = [f"{reached_at(stage)} <= %(as_of)s AS {name}" for name, stage in REACHED.items()]
    flags += [f"coalesce(r.{name}, false) AS {name}" for name in RETURNED]
    days = [
        f"CASE WHEN {reached_at(stage)} <= %(as_of)s THEN {days_from_birth(reached_at(stage))} END AS {name}_days"
        for name, stage in REACHED.items()
    ]
    return f"""
    SELECT l.id, {scope.key()} AS key, true AS leads, {", ".join(flags)},
        l.state = 'lost' AS lost, l.state IN ({quoted(OPEN_STATES)}) AS open, {", ".join(days)}
    FROM ({leads_then(scope, some=some)}) l LEFT JOIN ({_returned(scope)}) r ON r.lead_id = l.id
    WHERE {scope.within("l.born_at")}
    """


def _returned(scope: Scope) -> str:
    """SELECT of the leads with at least one such move by the as-of, whatever became of them."""
    flags = ", ".join(f"bool_or(c.move = '{move}') AS {name}" for name, move in RETURNED.items())
    return f"""
    SELECT c.lead_id, {flags} FROM leads_stagechange c
    WHERE c.move IN ('reject', 'recycle', 'disqualify') AND c.at <= %(as_of)s
        AND {scope.known("c.recorded_at")} AND {NOT_UNDONE}
    GROUP BY c.lead_id
    """


def _flow(scope: Scope) -> str:
    """Births, entries and moves in the window. `open` is of those born in it."""
    nothing = dict.fromkeys(COUNTED, "false")
    birth = nothing | {"leads": "true", "open": f"l.state IN ({quoted(OPEN_STATES)})"}
    entry = nothing | {name: f"v.code = {code_of(stage)}" for name, stage in REACHED.items()}
    entry["lost"] = f"v.code = {code_of('lost')}"
    move = nothing | {name: f"c.move = '{code}'" for name, code in RETURNED.items()}
    no_days = ["NULL::float8" for _ in REACHED]
    days = [
        f"CASE WHEN v.code = {code_of(stage)} THEN {days_from_birth('v.at')} END"
        for stage in REACHED.values()
    ]
    leads = leads_then(scope)
    moved = f"c.lead_id IN (SELECT w.lead_id FROM leads_stagechange w WHERE {scope.within('w.at')})"
    return f"""
    SELECT l.id, {scope.key()} AS key, {_columns(birth, no_days)}
    FROM ({leads}) l WHERE {scope.within("l.born_at")}
    UNION ALL
    SELECT l.id, {scope.key(at="v.at")}, {_columns(entry, days)}
    FROM ({visits(scope, moved)}) v JOIN ({leads}) l ON l.id = v.lead_id
    WHERE {scope.within("v.at")} AND v.code IN ({", ".join(str(code_of(s)) for s in [*REACHED.values(), "lost"])})
    UNION ALL
    SELECT l.id, {scope.key(at="c.at")}, {_columns(move, no_days)}
    FROM leads_stagechange c JOIN ({leads}) l ON l.id = c.lead_id
    WHERE c.move IN ({quoted(list(RETURNED.values()))}) AND {scope.within("c.at")}
        AND {scope.known("c.recorded_at")} AND {NOT_UNDONE}
    """


def _columns(flags: dict[str, str], days: list[str]) -> str:
    named = [f"{sql} AS {name}" for name, sql in flags.items()]
    return ", ".join(named + [f"{sql} AS {name}_days" for sql, name in zip(days, REACHED, strict=True)])

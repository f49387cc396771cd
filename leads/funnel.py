"""The only writer of where a lead stands: stage, standing, and the dates that derive from history.

The acts people make are elsewhere (`handover`, `deals`, `suppression`); each ends up in `change`, which checks
the table of moves, writes the history row and the lead in the caller's transaction. PostgreSQL checks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Least

from leads.definitions import VERSION_AT, version_at
from leads.models import Lead, ReturnDate, StageChange
from leads.naming import STATES
from leads.readings import STANDS
from leads.stages import LADDER, RETURNS, START, Move, Position, Stage, Standing, targets
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal

# The columns that say where a lead stands.
PLACE = ["stage", "standing", "seq", "stage_since", "highest_stage", "returned_at", "return_on", "version"]
PLACE += [f"{stage}_at" for stage in LADDER]
ENTRY = [
    "lead_id",
    "kind",
    "seq",
    "prev_seq",
    "move",
    "from_stage",
    "from_standing",
    "to_stage",
    "to_standing",
    "at",
]
ENTRY += ["reason", "by_id", "owner_id", "definition_version", "return_on", "undoes_id"]
# Every row names the definitions that were in force when it happened.
ENTERED = ", ".join(
    VERSION_AT.format(at="%s") if column == "definition_version" else "%s" for column in ENTRY
)
WRITE = f"""
WITH entry AS (
    INSERT INTO leads_stagechange ({", ".join(ENTRY)}) VALUES ({ENTERED})
    RETURNING id, recorded_at, definition_version
)
UPDATE leads_lead SET {", ".join(f"{column} = %s" for column in PLACE)} FROM entry WHERE leads_lead.id = %s
RETURNING entry.id, entry.recorded_at, entry.definition_version
"""


class IllegalMove(Refusal):
    """The table of moves has no such move from where the lead stands."""

    code = "illegal_move"


@transaction.atomic
def capture(*, by: User | None, moment: datetime, **facts) -> Lead:
    """Make a lead that starts as a visitor, with the first row of its history."""
    lead = Lead.objects.create(born_at=moment, stage_since=moment, **facts)
    _write(lead, Move.CAPTURE, START, by=by, at=moment, before=None)
    return lead


def change(
    lead: Lead,
    move: Move,
    to: Position,
    *,
    by: User | None,
    moment: datetime,
    reason: str = "",
    return_on: date | None = None,
    undoes: StageChange | None = None,
) -> StageChange:
    """Move one lead, which the caller holds locked, and write its history; raises `IllegalMove` or `Refusal`."""
    if lead.merged_into_id is not None:
        raise Refusal(f"{lead.name} was merged into another lead. Open that one and act there.")
    if to not in targets(move, lead.position):
        raise IllegalMove(_why_not(lead, move))
    if moment < lead.stage_since and move != Move.UNDO:
        raise Refusal(f"{lead.name} has moved since {moment:%Y-%m-%d %H:%M}. Use a later time.")
    return _write(
        lead,
        move,
        to,
        by=by,
        at=moment,
        before=lead.position,
        reason=reason,
        return_on=return_on,
        undoes=undoes,
    )


def change_many(
    leads: Sequence[Lead],
    move: Move,
    to: Callable[[Lead], Position],
    *,
    by: User | None,
    moment: datetime,
    reason: str = "",
    return_on: date | None = None,
    undoes: Mapping[int, StageChange] | None = None,
) -> dict[int, StageChange]:
    """Move leads, which the caller holds locked, as one: a history row each; answers the rows by lead.

    Whoever cannot move is the caller's to leave out (`why_not_many`); PostgreSQL refuses all of them else.
    """
    undoes = undoes or {}
    version = version_at(moment)
    rows = [
        StageChange(
            **_row(lead, move, to(lead), before=lead.position, by=by, at=moment),
            definition_version=version,
            reason=reason,
            return_on=return_on,
            undoes=undoes.get(lead.pk),
        )
        for lead in leads
    ]
    StageChange.objects.bulk_create(rows)
    places: dict[Position, list[int]] = {}
    for lead in leads:
        places.setdefault(to(lead), []).append(lead.pk)
    for place, pks in places.items():
        _place(pks, place, moment, return_on)
    return {row.lead_id: row for row in rows}


def _place(pks: Sequence[int], to: Position, at: datetime, return_on: date | None) -> None:
    """What `_write` and `_keep_dates` set on one lead, on many that come to stand at the same place."""
    dates: dict[str, Any] = {"returned_at": at} if to.standing in RETURNS else {}
    if not dates:
        first = f"{to.stage}_at"
        dates = {first: Least(Coalesce(F(first), at), Value(at))}
    lower = [stage for stage in LADDER if stage.rank < Stage(to.stage).rank]
    Lead.objects.filter(pk__in=pks).update(
        stage=to.stage,
        standing=to.standing,
        seq=Coalesce(F("seq"), 0) + 1,
        stage_since=at,
        highest_stage=Case(When(highest_stage__in=lower, then=Value(to.stage)), default=F("highest_stage")),
        return_on=return_on if to.standing == Standing.NURTURING else None,
        version=F("version") + 1,
        **dates,
    )


def why_not_many(lead: Lead, move: Move, moment: datetime) -> str:
    """Why `change_many` has to leave this lead out, in a few words; empty where it need not."""
    if lead.merged_into_id is not None:
        return "merged into another lead"
    if not targets(move, lead.position):
        return f"{STATES[lead.state]} already" if move == Move.QUALIFY else f"at {STATES[lead.state]}"
    return "moved later than now" if moment < lead.stage_since else ""


def postpone(
    leads: Sequence[Lead], return_on: date | None, *, by: User | None, moment: datetime
) -> dict[int, int]:
    """Choose another return date for leads in nurture, which the caller holds locked; answers the rows by lead."""
    rows = [ReturnDate(lead=lead, return_on=return_on, by=by, at=moment) for lead in leads]
    ReturnDate.objects.bulk_create(rows)
    Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
        return_on=return_on, version=F("version") + 1
    )
    return {row.lead_id: row.pk for row in rows}


def take_back_dates(rows: Mapping[int, int], moment: datetime) -> None:
    """Forget these other return dates, by lead: each comes back on the day it had before."""
    ReturnDate.objects.filter(pk__in=rows.values(), taken_back_at=None).update(taken_back_at=moment)
    settle(list(rows))


def _row(
    lead: Lead, move: Move, to: Position, *, before: Position | None, by: User | None, at: datetime
) -> dict:
    """The next live row of a lead's chain."""
    return {
        "lead": lead,
        "kind": StageChange.Kind.LIVE,
        "seq": (lead.seq or 0) + 1,
        "prev_seq": lead.seq,
        "move": move,
        "from_stage": before.stage if before else None,
        "from_standing": before.standing if before else None,
        "to_stage": to.stage,
        "to_standing": to.standing,
        "at": at,
        "by": by,
        "owner_id": lead.owner_id,
    }


def _write(
    lead: Lead, move: Move, to: Position, *, by: User | None, at: datetime, before: Position | None, **more
) -> StageChange:
    row = StageChange(**_row(lead, move, to, before=before, by=by, at=at), **more)
    lead.seq, lead.stage, lead.standing = row.seq, to.stage, to.standing
    lead.return_on = more.get("return_on") if to.standing == Standing.NURTURING else None
    lead.version += 1
    _keep_dates(lead, to, at)
    _store(row, lead)
    return row


def _store(row: StageChange, lead: Lead) -> None:
    """The history row and the lead's place in one statement, whose SQL is the same at every move."""
    said = {**vars(row), "definition_version": row.at}  # PostgreSQL looks the version up
    values = [str(value) if isinstance(value, Enum) else value for value in map(said.get, ENTRY)]
    values += [str(value) if isinstance(value, Enum) else value for value in map(vars(lead).get, PLACE)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [*values, lead.pk])
        row.pk, row.recorded_at, row.definition_version = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


def _keep_dates(lead: Lead, to: Position, at: datetime) -> None:
    lead.stage_since = at
    if to.standing in RETURNS:
        lead.returned_at = at
    elif at < (lead.reached_at(Stage(to.stage)) or datetime.max.replace(tzinfo=UTC)):
        setattr(lead, f"{to.stage}_at", at)  # a file may have dated it later than it happens
    lead.highest_stage = max(Stage(lead.highest_stage), Stage(to.stage), key=LADDER.index)


def _why_not(lead: Lead, move: Move) -> str:
    from leads.stages import MOVES

    origins = sorted({Position(*before).state for before, _ in MOVES[move]})
    return (
        f"{lead.name} is now “{STATES[lead.state]}”, so this is not possible: only a lead that is "
        f"{' or '.join(f'“{STATES[state]}”' for state in origins)} can be {move.label.lower()}."
    )


def settle(lead_ids: Sequence[int]) -> None:
    """Make these leads what their merged history says, after historic rows were written in this transaction.

    Set-based: one statement for all. A lead with a live chain that imported history moved elsewhere gets an
    `adopt` row, so that its chain goes on from there.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS settled")
        cursor.execute(f"CREATE TEMP TABLE settled ON COMMIT DROP AS {STANDS}", {"leads": list(lead_ids)})
        unwritten = cursor.rowcount < len(set(lead_ids))
        cursor.execute(ADOPT)
        cursor.execute(SETTLE)
        if unwritten:
            cursor.execute(BEGIN_AGAIN, {"leads": list(lead_ids)})


ADOPT = f"""
INSERT INTO leads_stagechange (lead_id, kind, seq, prev_seq, move, from_stage, from_standing, to_stage,
    to_standing, at, reason, owner_id, definition_version, return_on)
SELECT l.id, 'live', l.seq + 1, l.seq, 'adopt', l.stage, l.standing, s.to_stage, s.to_standing, s.since, '',
    l.owner_id, {VERSION_AT.format(at="s.since")}, s.return_on
FROM settled s JOIN leads_lead l ON l.id = s.lead_id
WHERE l.seq IS NOT NULL AND (l.stage, l.standing) <> (s.to_stage, s.to_standing)
ORDER BY l.id
"""

# All the history that a lead had was undone, or was of an import that was: it stands where every lead begins.
BEGIN_AGAIN = f"""
UPDATE leads_lead l SET stage = 'visitor', standing = 'active', stage_since = l.born_at, highest_stage = 'visitor',
    returned_at = NULL, return_on = NULL, {", ".join(f"{stage}_at = NULL" for stage in LADDER)}, version = l.version + 1
WHERE l.id = ANY(%(leads)s) AND NOT EXISTS (SELECT 1 FROM settled s WHERE s.lead_id = l.id)
    AND (l.seq IS NULL OR (l.stage, l.standing) = ('visitor', 'active'))
"""

SETTLE = f"""
UPDATE leads_lead l SET
    stage = s.to_stage, standing = s.to_standing, stage_since = s.since,
    seq = CASE WHEN (l.stage, l.standing) <> (s.to_stage, s.to_standing) THEN l.seq + 1 ELSE l.seq END,
    return_on = CASE WHEN s.to_standing = 'nurturing' THEN s.return_on END,
    highest_stage = (ARRAY[{", ".join(f"'{stage}'" for stage in LADDER)}])[s.highest + 1],
    born_at = least(l.born_at, s.born_at), returned_at = s.returned_at,
    visitor_at = s.visitor_at, mql_at = s.mql_at, sal_at = s.sal_at, sql_at = s.sql_at,
    customer_at = s.customer_at, version = l.version + 1
FROM settled s WHERE l.id = s.lead_id
"""

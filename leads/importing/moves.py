"""What one row of a history file says: where the lead stood from then on, and by which move it got there."""

from __future__ import annotations

from typing import NamedTuple

from leads.importing.cells import Draft
from leads.importing.faults import RowFault
from leads.stages import (
    CHURNED,
    CUSTOMER,
    LADDER,
    LOST,
    MOVES,
    NURTURE,
    START,
    Move,
    Position,
    Stage,
    Standing,
)

# Where a move leads by itself, when the row names no place.
_LEADS_TO = {
    Move.CAPTURE: START,
    Move.QUALIFY: Position(Stage.MQL, Standing.ACTIVE),
    Move.ACCEPT: Position(Stage.SAL, Standing.ACTIVE),
    Move.ADVANCE: Position(Stage.SQL, Standing.ACTIVE),
    Move.WIN: CUSTOMER,
    Move.REJECT: NURTURE,
    Move.RECYCLE: NURTURE,
    Move.LOSE: LOST,
    Move.CHURN: CHURNED,
}
_OFF_THE_ROAD = {
    Standing.NURTURING: (NURTURE, Move.RECYCLE),
    Standing.LOST: (LOST, Move.LOSE),
    Standing.CHURNED: (CHURNED, Move.CHURN),
    Standing.WON: (CUSTOMER, Move.REACH),
}
ELSEWHERE = "the move does not lead there; the stage counts"
OF_A_CUSTOMER = "a customer cannot be disqualified; kept as disqualified from SQL and not barred"


class Place(NamedTuple):
    """`stage` is None where the row leaves it to what is known of the lead: of a disqualified or reopened one."""

    stage: str | None
    standing: str
    move: Move


def read_place(draft: Draft) -> Place:
    """The place and the move of a row; raises `RowFault` where it names none."""
    values = draft.values
    if not {"stage", "standing", "move"} & values.keys():
        if any(warning.startswith("unknown") for warning, _ in draft.warnings):
            return Place(Stage.VISITOR, Standing.ACTIVE, Move.REACH)  # an unknown word counts as the default
        raise RowFault("no stage", "the stage is missing; fill in stage, standing or move, such as mql")
    stage, standing, move = _words(values)
    if not (stage or standing or move):
        return Place(Stage.VISITOR, Standing.ACTIVE, Move.REACH)
    if standing in ("", Standing.ACTIVE) and move == Move.REOPEN:
        return Place(stage or None, Standing.ACTIVE, Move.REOPEN)
    if move == Move.DISQUALIFY and not standing:
        standing = Standing.DISQUALIFIED
    elif move in _LEADS_TO and _says_the_place(stage, standing, move):
        stage, standing = _LEADS_TO[Move(move)]
    if standing == Standing.DISQUALIFIED:
        return Place(*_disqualified(draft, stage, move))
    position, by_itself = _OFF_THE_ROAD.get(Standing(standing or Standing.ACTIVE), (None, Move.REACH))
    if position is None:
        position = _on_the_road(stage or Stage.VISITOR)
    return Place(*position, _checked(draft, move, position) or by_itself)


def _words(values: dict) -> tuple[str, str, str]:
    """Stage, standing and move, each by its own column first."""
    of_stage, of_standing = values.get("stage", ("", "", "")), values.get("standing", ("", "", ""))
    stage = of_stage[0] or of_standing[0]
    standing = of_standing[1] or of_stage[1]
    return stage, standing, values.get("move") or of_standing[2] or of_stage[2]


def _says_the_place(stage: str, standing: str, move: str) -> bool:
    """Whether the move has to tell it: the row names no stage, or only the one that the lead left."""
    if standing not in ("", Standing.ACTIVE):
        return False
    return not stage or (not standing and move in (Move.REJECT, Move.RECYCLE, Move.LOSE, Move.CHURN))


def _on_the_road(stage: str) -> Position:
    return CUSTOMER if stage == Stage.CUSTOMER else Position(stage, Standing.ACTIVE)


def _disqualified(draft: Draft, stage: str, move: str) -> tuple[str | None, str, Move]:
    if move == Move.REJECT:
        return Stage.MQL, Standing.DISQUALIFIED, Move.REJECT
    if stage == Stage.CUSTOMER:
        draft.warn(OF_A_CUSTOMER)
        stage = LADDER[-2]
    return stage or None, Standing.DISQUALIFIED, Move.DISQUALIFY


def _checked(draft: Draft, move: str, position: Position) -> Move | None:
    """The move of the row, if the table of moves lets it lead to this place."""
    if not move or move in (Move.REACH, Move.CAPTURE):
        return None
    if any(after == position for _, after in MOVES[Move(move)]):
        return Move(move)
    draft.warn(ELSEWHERE)
    return None

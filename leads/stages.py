"""The vocabulary of the funnel and the table of moves. No query here: a table one can read and doubt.

The same table stands in PostgreSQL (`leads_allowedmove`), where a foreign key of every live history row
refers to it; a test compares the two.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from django.db import models


class Stage(models.TextChoices):
    VISITOR = "visitor", "Visitor"
    MQL = "mql", "MQL"
    SAL = "sal", "SAL"
    SQL = "sql", "SQL"
    CUSTOMER = "customer", "Customer"

    @property
    def rank(self) -> int:
        return LADDER.index(self)


class Standing(models.TextChoices):
    ACTIVE = "active", "Active"
    NURTURING = "nurturing", "Nurturing"
    DISQUALIFIED = "disqualified", "Disqualified"
    LOST = "lost", "Lost"
    WON = "won", "Won"
    CHURNED = "churned", "Churned"


class Move(models.TextChoices):
    CAPTURE = "capture", "Captured"
    QUALIFY = "qualify", "Qualified"
    ACCEPT = "accept", "Accepted"
    REJECT = "reject", "Rejected"
    ADVANCE = "advance", "Advanced"
    WIN = "win", "Won"
    LOSE = "lose", "Lost"
    RECYCLE = "recycle", "Returned to nurture"
    DISQUALIFY = "disqualify", "Disqualified"
    REOPEN = "reopen", "Reopened"
    CHURN = "churn", "Churned"
    UNDO = "undo", "Undone"
    REACH = "reach", "Reached (imported)"
    ADOPT = "adopt", "Adopted from imported history"


class Position(NamedTuple):
    """Where a lead stands: how far along the funnel, and what is being done with it."""

    stage: str
    standing: str

    @property
    def state(self) -> str:
        """The one word reports use: the standing where it takes the lead out of the funnel, else the stage."""
        return str(self.standing if self.standing in OFF_THE_ROAD else self.stage)


LADDER = list(Stage)
OFF_THE_ROAD = (Standing.NURTURING, Standing.DISQUALIFIED, Standing.LOST, Standing.CHURNED)
STATES = [*(str(stage) for stage in LADDER), *(str(standing) for standing in OFF_THE_ROAD)]
RETURNS = (Standing.NURTURING, Standing.DISQUALIFIED, Standing.LOST, Standing.CHURNED)

START = Position(Stage.VISITOR, Standing.ACTIVE)
NURTURE = Position(Stage.VISITOR, Standing.NURTURING)
MQL = Position(Stage.MQL, Standing.ACTIVE)
SAL = Position(Stage.SAL, Standing.ACTIVE)
SQL = Position(Stage.SQL, Standing.ACTIVE)
LOST = Position(Stage.SQL, Standing.LOST)
CUSTOMER = Position(Stage.CUSTOMER, Standing.WON)
CHURNED = Position(Stage.CUSTOMER, Standing.CHURNED)
BARRED = [Position(stage, Standing.DISQUALIFIED) for stage in LADDER if stage != Stage.CUSTOMER]
POSITIONS = [START, NURTURE, MQL, SAL, SQL, LOST, CUSTOMER, CHURNED, *BARRED]

MOVES: dict[Move, list[tuple[Position, Position]]] = {
    Move.QUALIFY: [(START, MQL), (NURTURE, MQL)],
    Move.ACCEPT: [(MQL, SAL)],
    Move.REJECT: [(MQL, NURTURE), (MQL, Position(Stage.MQL, Standing.DISQUALIFIED))],
    Move.ADVANCE: [(SAL, SQL)],
    Move.WIN: [(SQL, CUSTOMER)],
    Move.LOSE: [(SQL, LOST)],
    Move.RECYCLE: [(MQL, NURTURE), (SAL, NURTURE), (SQL, NURTURE), (LOST, NURTURE)],
    Move.DISQUALIFY: [
        (position, Position(position.stage, Standing.DISQUALIFIED))
        for position in (START, NURTURE, MQL, SAL, SQL, LOST)
    ],
    Move.REOPEN: [(position, Position(position.stage, Standing.ACTIVE)) for position in BARRED],
    Move.CHURN: [(CUSTOMER, CHURNED)],
}
MOVES[Move.UNDO] = sorted({(after, before) for pairs in MOVES.values() for before, after in pairs})
# Imported history may show a lead somewhere its live chain never went; the chain then follows the evidence.
MOVES[Move.ADOPT] = [(a, b) for a, b in product(POSITIONS, POSITIONS) if a != b]

UNDOABLE = set(MOVES) - {Move.UNDO, Move.ADOPT}


def targets(move: Move, position: Position) -> list[Position]:
    """Where `move` may lead from `position`; empty when it is not allowed there."""
    return [after for before, after in MOVES[move] if before == position]


def moves_from(position: Position) -> list[Move]:
    """The moves a person may make from here, in the order of the table."""
    return [move for move in MOVES if move in UNDOABLE and targets(move, position)]

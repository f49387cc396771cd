"""What becomes of each lead over the year: invented step by step, then cut off at the present. No database here.

A life is drawn to its end and only then cut, so that the same seed and day give the same company at any hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from leads.stages import Move, Position
from smarketing.demo.campaigns import Plan
from smarketing.demo.library import Asset
from smarketing.demo.society import Person


@dataclass(slots=True)
class Step:
    """One line of the stage history."""

    at: datetime
    move: Move
    to: Position
    by: int | None
    owner: int | None
    reason: str = ""
    return_on: date | None = None
    note: str = ""
    id: int = 0


@dataclass(slots=True)
class Touched:
    at: datetime
    plan: Plan
    asset: Asset | None = None
    origin: bool = False


@dataclass(slots=True)
class Assigned:
    at: datetime
    owner: int
    rule: str
    candidates: list[int]
    by: int | None = None


@dataclass(slots=True)
class Delivery:
    """One hand-over; `ended_by` is the step that ended it."""

    entry: Step
    rep: int
    at: datetime
    ended_at: datetime | None = None
    ending: str = ""
    cause: str = ""
    ended_by: Step | None = None

    def end(self, at: datetime, ending: str, by: Step | None, cause: str = "") -> None:
        self.ended_at, self.ending, self.cause, self.ended_by = at, ending, cause, by

    def reopen(self) -> None:
        self.ended_at, self.ending, self.cause, self.ended_by = None, "", "", None


@dataclass(slots=True)
class Bargain:
    """One deal."""

    at: datetime
    amount: Decimal
    currency: str
    expected_on: date
    opened_by: Step | None = None
    outcome: str = "open"
    closed_at: datetime | None = None
    closed_by: Step | None = None
    lost_reason: str = ""
    product: str = "all sites"
    refunds: list[tuple[datetime, Decimal]] = field(default_factory=list)
    id: int = 0

    def close(self, at: datetime, outcome: str, by: Step | None, reason: str = "") -> None:
        self.closed_at, self.outcome, self.closed_by, self.lost_reason = at, outcome, by, reason

    def reopen(self) -> None:
        self.closed_at, self.outcome, self.closed_by, self.lost_reason = None, "open", None, ""


@dataclass(slots=True)
class Work:
    """One activity of a rep, perhaps with words."""

    at: datetime
    by: int | None
    kind: str
    outcome: str
    connected: bool
    text: str = ""
    id: int = 0


@dataclass(slots=True)
class Journey:
    person: Person
    plan: Plan
    born_at: datetime
    asset: Asset | None = None  # what brought them
    owner: int | None = None
    steps: list[Step] = field(default_factory=list)
    touches: list[Touched] = field(default_factory=list)
    assignments: list[Assigned] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    deals: list[Bargain] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    id: int = 0

    def step(self, at: datetime, move: Move, to: Position, by: int | None = None, **more) -> Step:
        step = Step(at, move, to, by, self.owner, **more)
        self.steps.append(step)
        return step

    def cut(self, moment: datetime) -> None:
        """Forget what lies after `moment`: what ends later is still open, what begins later never was."""
        self.steps = [step for step in self.steps if step.at <= moment]
        self.touches = [touch for touch in self.touches if touch.at <= moment]
        self.assignments = [row for row in self.assignments if row.at <= moment]
        self.work = [work for work in self.work if work.at <= moment]
        self.deliveries = [delivery for delivery in self.deliveries if delivery.at <= moment]
        self.deals = [deal for deal in self.deals if deal.at <= moment]
        for ending in self.deliveries:
            if ending.ended_at and ending.ended_at > moment:
                ending.reopen()
        for deal in self.deals:
            if deal.closed_at and deal.closed_at > moment:
                deal.reopen()
            deal.refunds = [refund for refund in deal.refunds if refund[0] <= moment]
        self.owner = self.assignments[-1].owner if self.assignments else None

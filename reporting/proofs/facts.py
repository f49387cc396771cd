"""What proofs start from: the rows that count, as named parts of one SQL statement.

They are compiled from the querysets that acts and pages use, so that a row which those leave out (undone, of an
undone import) is left out here too, without a second place that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leads.models import Assignment, Handover, Lead, StageChange, Suppression
from reporting.compiled import compiled

PLACE = ["stage", "standing", "seq", "customer_at", "owner_id", "merged_into_id", "erased_at"]
CHANGE = ["id", "lead_id", "kind", "seq", "move", "from_stage", "from_standing", "to_stage", "to_standing"]
CHANGE += ["at", "recorded_at", "reason", "owner_id", "batch_id"]
HANDOVER = ["id", "lead_id", "entry_id", "rep_id", "opened_at", "ended_at", "ending", "cause"]
HANDOVER += ["ended_by_change_id", "ended_by_batch_id", "batch_id"]


@dataclass(frozen=True)
class Offender:
    """A lead and what is wrong with it, in ids and codes; never personal data, for it is stored."""

    lead: int
    about: str


@dataclass(frozen=True)
class Check:
    """One thing that must hold. `offends` finds the leads of which it does not: SQL over `facts()` with the columns
    `lead_id` and `about`, for a portion of the leads where it names %(leads)s; or a function of a portion."""

    code: str
    says: str
    offends: str | Callable[[list[int]], list[Offender]]


def facts() -> str:
    """WITH …: `lead`, `history` (what readings count), `chain` (all rows, undone ones too), `handover` (what the
    ledger counts), `delivered` (all), `assignment`, `latest` (each lead's last assignment), `bar`."""
    assignments = Assignment.objects.values("id", "lead_id", "owner_id", "at", "recorded_at", "rule")
    named = {
        "lead": Lead.objects.values("id", *PLACE),
        "history": StageChange.objects.counted().values(*CHANGE),
        "chain": StageChange.objects.values(*CHANGE),
        "handover": Handover.objects.counted().values(*HANDOVER),
        "delivered": Handover.objects.values(*HANDOVER),
        "assignment": assignments,
        "latest": assignments.order_by("lead_id", "-id").distinct("lead_id"),
        "bar": Suppression.objects.filter(lifted_at=None, kind="lead").values("value"),
    }
    parts = [f"{name} AS NOT MATERIALIZED ({compiled(rows)})" for name, rows in named.items()]
    return "WITH " + ",\n".join(parts)

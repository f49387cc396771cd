"""How a hand-over ends: once, by the move that ended it, and open again only when that move is undone."""

from datetime import datetime

from leads.models import Handover, Lead, StageChange


def end(lead: Lead, ending: str, *, change: StageChange | None, moment: datetime, cause: str = "") -> None:
    """End the lead's open hand-over, if it has one; the caller holds the lead locked."""
    Handover.objects.open().filter(lead=lead).update(
        ended_at=moment, ending=ending, cause=cause, ended_by_change=change
    )


def reopen(change: StageChange) -> None:
    """Open what `change` ended; PostgreSQL lets this through only when an undo of `change` is on record."""
    Handover.objects.filter(ended_by_change=change).update(
        ended_at=None, ending="", cause="", ended_by_change=None
    )
